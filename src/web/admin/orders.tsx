import { transaction } from '#app.ts'
import { customersById, plansById, totalsByInvoice } from '#modules/analytics/names.ts'
import { listOrders } from '#modules/checkout/queries.ts'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/orders.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const states = [
  'awaiting_payment',
  'processing',
  'setting_up',
  'delayed',
  'needs_review',
  'ready',
  'canceled',
  'refunded',
] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'orders:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { state: states } })
  const filter = { search: query.q || undefined, status: query.filters.state }
  return transaction(shop, 'read-orders', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listOrders(tx, filter, each))
    const [customers, plans, totals] = [
      await customersById(
        tx,
        rows.map(({ customerId }) => customerId),
      ),
      await plansById(
        tx,
        rows.map(({ planId }) => planId),
      ),
      await totalsByInvoice(
        tx,
        rows.flatMap(({ invoiceId }) => invoiceId ?? []),
      ),
    ]
    const told = rows.map(({ id, number, customerId, planId, invoiceId, status, reason, createdAt, source }) => {
      const total = totals.get(invoiceId ?? '')
      return {
        id,
        number,
        status,
        reason,
        source,
        createdAt: createdAt.toString(),
        buyer: customers.get(customerId) ?? null,
        plan: plans.get(planId)?.name ?? '',
        total: total ? { minor: total.minor, currency: total.currency } : null,
      }
    })
    return { query, rows: told, page }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function OrdersPage({ loaderData: { query, rows, page } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    { id: 'number', header: t('console.orders.number'), cell: (row) => row.number },
    {
      id: 'buyer',
      header: t('console.orders.buyer'),
      cell: (row) => <bdi className="break-words">{row.buyer?.name || row.buyer?.email}</bdi>,
    },
    { id: 'plan', header: t('console.orders.plan'), cell: (row) => row.plan, wide: true },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="order" state={row.status} reason={row.reason || undefined} />,
    },
    { id: 'created', header: t('console.orders.created'), cell: (row) => <When at={row.createdAt} /> },
    {
      id: 'total',
      header: t('console.orders.total'),
      align: 'end',
      cell: (row) => (row.total ? <Money value={row.total} /> : '–'),
    },
  ]
  return (
    <>
      <PageHeader title={t('console.orders.title')} />
      <div className="mb-4">
        <FilterBar
          query={query}
          search={t('console.orders.search')}
          filters={[
            {
              name: 'state',
              label: t('console.list.state'),
              options: states.map((state) => ({ value: state, label: t(`state.order.${state}`) })),
            },
          ]}
        />
      </div>
      <Card flush>
        <DataTable
          caption={t('console.orders.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/orders/${row.id}`}
          query={query}
          page={page}
          empty={<EmptyState title={t('console.orders.none')}>{t('console.orders.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}
