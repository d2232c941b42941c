import { transaction } from '#app.ts'
import { linesByPanel } from '#modules/analytics/names.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { panelStateOf } from '#modules/lines/rules.ts'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/panels.ts'
import { useMay } from './frame.ts'
import { staffOf } from './guard.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:see')
  return transaction(shop, 'read-panels', async (tx) => {
    const now = shop.now()
    const lines = await linesByPanel(tx)
    const panels = (await listPanels(tx)).map((panel) => ({
      id: panel.id,
      name: panel.name,
      kind: shop.app.panels.get(panel.kind)?.title ?? panel.kind,
      state: panelStateOf(panel, now),
      lastError: panel.lastError,
      latencyMs: panel.latencyMs,
      lines: lines.get(panel.id) ?? 0,
      capacity: panel.capacity,
      drained: panel.drained,
      testedAt: panel.testedAt?.toString() ?? null,
    }))
    return { panels }
  })
}

type Row = Route.ComponentProps['loaderData']['panels'][number]

export default function PanelsPage({ loaderData: { panels } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const add = may('panels:secrets') ? (
    <LinkButton look="primary" to="/admin/panels/new">
      {t('console.panels.add')}
    </LinkButton>
  ) : null
  const columns: readonly Column<Row>[] = [
    { id: 'name', header: t('console.panel.name'), cell: (row) => row.name },
    {
      id: 'health',
      header: t('console.panel.health'),
      cell: (row) => (
        <span className="flex flex-wrap gap-1.5">
          <StateBadge of="panel" state={row.state} reason={row.lastError} />
          {row.drained ? <Badge tone="warn">{t('console.panel.drained')}</Badge> : null}
        </span>
      ),
    },
    { id: 'kind', header: t('console.panel.kind'), cell: (row) => row.kind, wide: true },
    {
      id: 'lines',
      header: t('console.panel.lines'),
      align: 'end',
      cell: (row) => (
        <>
          <Count value={row.lines} />
          {row.capacity === null ? null : (
            <>
              {' / '}
              <Count value={row.capacity} />
            </>
          )}
        </>
      ),
    },
    {
      id: 'latency',
      header: t('console.panel.latency'),
      align: 'end',
      cell: (row) => (row.latencyMs === null ? '–' : <>{row.latencyMs} ms</>),
    },
    {
      id: 'tested',
      header: t('console.panel.tested'),
      cell: (row) =>
        row.testedAt ? <When at={row.testedAt} /> : <Badge tone="warn">{t('console.panel.untested')}</Badge>,
    },
  ]
  return (
    <>
      <PageHeader
        title={t('console.panels.title')}
        actions={
          panels.length > 0 ? (
            <>
              <LinkButton to="/admin/panels/routing">{t('console.routing.title')}</LinkButton>
              {add}
            </>
          ) : null
        }
      />
      <Card flush>
        <DataTable
          caption={t('console.panels.title')}
          columns={columns}
          rows={panels}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/panels/${row.id}`}
          empty={
            <EmptyState title={t('console.panels.none')} actions={add}>
              {t('console.panels.none.lead')}
            </EmptyState>
          }
        />
      </Card>
    </>
  )
}
