import { transaction } from '#app.ts'
import { customersById, linesBySubscription, plansById } from '#modules/analytics/names.ts'
import { listSubscriptions } from '#modules/subscriptions/queries.ts'
import { renewalMinor } from '#modules/subscriptions/rules/subscription.ts'
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
import type { Route } from './+types/subscriptions.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const statuses = ['trial', 'active', 'grace', 'suspended', 'paused', 'terminated'] as const
const horizons = ['7', '14', '30'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { status: statuses, ends: horizons } })
  const { status, ends } = query.filters
  const filter = { status, endsBefore: ends ? shop.now().add({ hours: Number(ends) * 24 }) : undefined }
  return transaction(shop, 'read-subscriptions', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listSubscriptions(tx, filter, each))
    const [customers, plans, lines] = [
      await customersById(
        tx,
        rows.map(({ customerId }) => customerId),
      ),
      await plansById(
        tx,
        rows.map(({ planId }) => planId),
      ),
      await linesBySubscription(
        tx,
        rows.map(({ id }) => id),
      ),
    ]
    const told = rows.map((each) => {
      const customer = customers.get(each.customerId)
      return {
        id: each.id,
        status: each.status,
        customer: customer?.name || customer?.email || '',
        plan: plans.get(each.planId)?.name ?? '',
        username: lines.get(each.id)?.username ?? null,
        paidThrough: each.paidThrough?.toString() ?? null,
        autoRenew: each.autoRenew && !each.cancelAtEnd,
        price: money(renewalMinor(each), each.currency),
      }
    })
    return { query, rows: told, page }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function SubscriptionsPage({ loaderData: { query, rows, page } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'customer',
      header: t('console.customers.customer'),
      cell: (row) => <bdi className="break-words">{row.customer}</bdi>,
    },
    { id: 'plan', header: t('console.orders.plan'), cell: (row) => row.plan },
    {
      id: 'username',
      header: t('console.line.line'),
      wide: true,
      cell: (row) => <bdi className="code">{row.username ?? '–'}</bdi>,
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="subscription" state={row.status} />,
    },
    {
      id: 'ends',
      header: t('console.subscriptions.ends'),
      cell: (row) => (row.paidThrough ? <When at={row.paidThrough} as="both" /> : '–'),
    },
    {
      id: 'renews',
      header: t('console.subscriptions.renews'),
      wide: true,
      cell: (row) => t(row.autoRenew ? 'console.subscriptions.renews.yes' : 'console.subscriptions.renews.no'),
    },
    { id: 'price', header: t('console.subscriptions.price'), align: 'end', cell: (row) => <Money value={row.price} /> },
  ]
  return (
    <>
      <PageHeader title={t('console.subscriptions.title')} />
      <div className="mb-4">
        <FilterBar
          query={query}
          filters={[
            {
              name: 'status',
              label: t('console.list.state'),
              options: statuses.map((status) => ({ value: status, label: t(`state.subscription.${status}`) })),
            },
            {
              name: 'ends',
              label: t('console.subscriptions.within'),
              options: horizons.map((days) => ({
                value: days,
                label: t('console.subscriptions.days', { count: Number(days) }),
              })),
            },
          ]}
        />
      </div>
      <Card flush>
        <DataTable
          caption={t('console.subscriptions.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/subscriptions/${row.id}`}
          query={query}
          page={page}
          empty={
            <EmptyState title={t('console.subscriptions.none')}>{t('console.subscriptions.none.lead')}</EmptyState>
          }
        />
      </Card>
    </>
  )
}
