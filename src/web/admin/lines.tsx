import { transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { listLines } from '#modules/lines/queries.ts'
import { nameOfLine, syncStateOf } from '#modules/lines/rules.ts'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { Count, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/lines.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const syncs = ['in_step', 'out_of_step', 'delayed', 'needs_review'] as const
const wishes = ['active', 'suspended', 'ended'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  const rules = { sorts: [], defaultSort: '', filters: { sync: syncs, wanted: wishes, panel: 'any' as const } }
  const query = readList(request.url, rules)
  const { sync, wanted, panel } = query.filters
  const filter = { search: query.q || undefined, sync, wanted, panelId: panel }
  return transaction(shop, 'read-lines', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listLines(tx, filter, each))
    const customers = await customersById(
      tx,
      rows.map(({ customerId }) => customerId),
    )
    const panels = (await listPanels(tx)).map(({ id, name }) => ({ id, name }))
    const told = rows.map((line) => {
      const customer = customers.get(line.customerId)
      return {
        id: line.id,
        name: nameOfLine(line),
        customer: customer?.name || customer?.email || '',
        panel: panels.find(({ id }) => id === line.panelId)?.name ?? '–',
        wanted: line.wanted,
        sync: syncStateOf(line),
        lastAnswer: line.lastAnswer,
        wantedUntil: line.wantedUntil.toString(),
        connections: line.connections,
      }
    })
    return { query, rows: told, page, panels }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function LinesPage({ loaderData: { query, rows, page, panels } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    { id: 'username', header: t('console.lines.name'), cell: (row) => <bdi className="code">{row.name}</bdi> },
    {
      id: 'customer',
      header: t('console.customers.customer'),
      cell: (row) => <bdi className="break-words">{row.customer}</bdi>,
    },
    { id: 'panel', header: t('console.line.panel'), cell: (row) => row.panel, wide: true },
    { id: 'wanted', header: t('console.line.wanted'), cell: (row) => <StateBadge of="wanted" state={row.wanted} /> },
    {
      id: 'sync',
      header: t('console.line.sync'),
      cell: (row) => <StateBadge of="sync" state={row.sync} reason={row.sync === 'in_step' ? null : row.lastAnswer} />,
    },
    { id: 'until', header: t('console.line.expiry'), cell: (row) => <When at={row.wantedUntil} as="date" /> },
    {
      id: 'connections',
      header: t('console.line.connections'),
      align: 'end',
      wide: true,
      cell: (row) => <Count value={row.connections} />,
    },
  ]
  return (
    <>
      <PageHeader title={t('console.lines.title')} />
      <div className="mb-4">
        <FilterBar
          query={query}
          search={t('console.lines.search')}
          filters={[
            {
              name: 'wanted',
              label: t('console.line.wanted'),
              options: wishes.map((each) => ({ value: each, label: t(`state.wanted.${each}`) })),
            },
            {
              name: 'sync',
              label: t('console.line.sync'),
              options: syncs.map((each) => ({ value: each, label: t(`state.sync.${each}`) })),
            },
            {
              name: 'panel',
              label: t('console.line.panel'),
              options: panels.map(({ id, name }) => ({ value: id, label: name })),
            },
          ]}
        />
      </div>
      <Card flush>
        <DataTable
          caption={t('console.lines.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/lines/${row.id}`}
          query={query}
          page={page}
          empty={<EmptyState title={t('console.lines.none')}>{t('console.lines.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}
