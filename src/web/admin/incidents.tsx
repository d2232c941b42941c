import { transaction } from '#app.ts'
import { listIncidents, stateOf } from '#modules/lines/incidents.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/incidents.ts'
import { useMay } from './frame.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:see')
  const query = readList(new URL(request.url), { sorts: [], defaultSort: '' })
  return transaction(shop, 'read-incidents', async (tx) => {
    const { rows, page } = await readPage(query, (page) => listIncidents(tx, {}, page))
    return {
      page,
      rows: rows.map((incident) => ({
        id: incident.id,
        name: incident.name,
        target: incident.target,
        sentence: incident.sentence,
        state: stateOf(incident, shop.now()),
        starts: incident.starts.toString(),
        ends: incident.ends?.toString() ?? null,
      })),
    }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function IncidentsPage({ loaderData: { rows, page } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const declare = may('panels:change') ? (
    <LinkButton look="primary" to="/admin/incidents/new">
      {t('console.incidents.declare')}
    </LinkButton>
  ) : null
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.incidents.facts'),
      cell: (row) => (
        <>
          <span className="font-medium break-words">{row.name}</span>
          <span className="block break-words text-muted">{row.target}</span>
        </>
      ),
    },
    { id: 'state', header: t('console.list.state'), cell: (row) => <StateBadge of="incident" state={row.state} /> },
    { id: 'starts', header: t('console.incidents.starts'), cell: (row) => <When at={row.starts} as="exact" /> },
    {
      id: 'ends',
      header: t('console.incidents.ends'),
      cell: (row) => (row.ends ? <When at={row.ends} as="exact" /> : t('console.incidents.lasts')),
    },
  ]
  return (
    <>
      <PageHeader title={t('console.incidents.title')} description={t('console.incidents.lead')} actions={declare} />
      <Card flush>
        <DataTable
          caption={t('console.incidents.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/incidents/${row.id}`}
          page={page}
          empty={
            <EmptyState title={t('console.incidents.none')} actions={declare}>
              {t('console.incidents.lead')}
            </EmptyState>
          }
        />
      </Card>
    </>
  )
}
