import { transaction } from '#app.ts'
import { standingsOf } from '#modules/analytics/names.ts'
import { listCustomers } from '#modules/people/customers.ts'
import { Badge } from '../ui/badge.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/customers.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { sinceOf } from './since.server.ts'
import { spanFilter, spans } from './spans.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'customers:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { tag: 'any', since: spans } })
  const { tag, since } = query.filters
  const filter = { search: query.q || undefined, tag, since: sinceOf(shop, since) }
  return transaction(shop, 'read-customers', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listCustomers(tx, filter, each))
    const standings = await standingsOf(
      tx,
      rows.map(({ id }) => id),
    )
    const told = rows.map(({ id, name, email, tags, createdAt, mailBrokenAt }) => {
      const standing = standings.get(id)
      return {
        id,
        name,
        email,
        tags,
        mailBroken: mailBrokenAt !== null,
        createdAt: createdAt.toString(),
        lines: standing?.lines ?? 0,
        status: standing?.status ?? null,
        paid: standing?.paid ?? null,
        endsNext: standing?.endsNext?.toString() ?? null,
      }
    })
    return { query, rows: told, page }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function CustomersPage({ loaderData: { query, rows, page } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.customers.customer'),
      cell: (row) => <bdi className="break-words">{row.name || row.email}</bdi>,
    },
    {
      id: 'email',
      header: t('console.customers.email'),
      wide: true,
      cell: (row) => (
        <span className="break-all">
          {row.email} {row.mailBroken ? <Badge tone="bad">{t('console.customers.mailBroken')}</Badge> : null}
        </span>
      ),
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) =>
        row.status ? <StateBadge of="subscription" state={row.status} /> : <span className="text-muted">–</span>,
    },
    { id: 'lines', header: t('console.customers.lines'), align: 'end', cell: (row) => <Count value={row.lines} /> },
    {
      id: 'ends',
      header: t('console.subscriptions.ends'),
      cell: (row) => (row.endsNext ? <When at={row.endsNext} as="date" /> : '–'),
    },
    {
      id: 'paid',
      header: t('console.customers.paid'),
      align: 'end',
      cell: (row) => (row.paid ? <Money value={row.paid} /> : '–'),
    },
    {
      id: 'since',
      header: t('console.customers.since'),
      wide: true,
      cell: (row) => <When at={row.createdAt} as="date" />,
    },
  ]
  return (
    <>
      <PageHeader title={t('console.customers.title')} />
      <div className="mb-4">
        <FilterBar query={query} search={t('console.customers.search')} filters={[spanFilter(t)]} />
      </div>
      <Card flush>
        <DataTable
          caption={t('console.customers.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/customers/${row.id}`}
          query={query}
          page={page}
          empty={<EmptyState title={t('console.customers.none')}>{t('console.customers.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}
