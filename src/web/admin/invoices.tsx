import { transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { listInvoices } from '#modules/billing/queries.ts'
import { invoiceNumber, isOverdue } from '#modules/billing/rules.ts'
import { money } from '#platform/money.ts'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/invoices.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const states = ['draft', 'open', 'overdue', 'paid', 'void'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { state: states } })
  const now = shop.now()
  const overdue = query.filters.state === 'overdue'
  const filter = {
    search: query.q || undefined,
    status: overdue ? 'open' : query.filters.state,
    dueBefore: overdue ? now : undefined,
  }
  return transaction(shop, 'read-invoices', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listInvoices(tx, filter, each))
    const customers = await customersById(
      tx,
      rows.map(({ customerId }) => customerId),
    )
    const told = rows.map((each) => ({
      id: each.id,
      number: invoiceNumber(each.series, each.number),
      customer: customers.get(each.customerId) ?? null,
      state: isOverdue(each, now) ? 'overdue' : each.status,
      createdAt: each.createdAt.toString(),
      dueAt: each.dueAt?.toString() ?? null,
      total: money(each.totalMinor, each.currency),
    }))
    return { query, rows: told, page }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function InvoicesPage({ loaderData: { query, rows, page } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    { id: 'number', header: t('console.invoice.number'), cell: (row) => row.number ?? t('console.invoice.draft') },
    {
      id: 'customer',
      header: t('console.invoices.customer'),
      cell: (row) => <bdi className="break-words">{row.customer?.name || row.customer?.email}</bdi>,
    },
    { id: 'state', header: t('console.list.state'), cell: (row) => <StateBadge of="invoice" state={row.state} /> },
    {
      id: 'created',
      header: t('console.invoice.date'),
      cell: (row) => <When at={row.createdAt} as="date" />,
      wide: true,
    },
    {
      id: 'due',
      header: t('console.invoices.due'),
      cell: (row) => (row.dueAt ? <When at={row.dueAt} as="date" /> : '–'),
      wide: true,
    },
    { id: 'total', header: t('console.invoices.total'), align: 'end', cell: (row) => <Money value={row.total} /> },
  ]
  return (
    <>
      <PageHeader title={t('console.invoices.title')} />
      <div className="mb-4">
        <FilterBar
          query={query}
          search={t('console.invoices.search')}
          filters={[
            {
              name: 'state',
              label: t('console.list.state'),
              options: states.map((state) => ({ value: state, label: t(`state.invoice.${state}`) })),
            },
          ]}
        />
      </div>
      <Card flush>
        <DataTable
          caption={t('console.invoices.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/invoices/${row.id}`}
          query={query}
          page={page}
          empty={<EmptyState title={t('console.invoices.none')}>{t('console.invoices.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}
