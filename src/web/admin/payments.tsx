import '../i18n/areas/notices.ts'
import { transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { listPayments } from '#modules/billing/queries.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/payments.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { paymentRow } from './payment.server.ts'

const states = [
  'created',
  'requires_action',
  'processing',
  'indeterminate',
  'succeeded',
  'failed',
  'canceled',
  'expired',
] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { state: states } })
  return transaction(shop, 'read-payments', async (tx) => {
    const filter = { status: query.filters.state, search: query.q || undefined }
    const { rows, page } = await readPage(query, (each) => listPayments(tx, filter, each))
    const gateways = new Map((await listGateways(tx)).map(({ id, name }) => [id, name]))
    const customers = await customersById(
      tx,
      rows.map(({ customerId }) => customerId),
    )
    const told = rows.map((each) => ({
      ...paymentRow(each, gateways.get(each.gatewayAccountId) ?? ''),
      customer: customers.get(each.customerId) ?? null,
    }))
    return { query, rows: told, page }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function PaymentsPage({ loaderData: { query, rows, page } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'customer',
      header: t('console.invoices.customer'),
      cell: (row) => <bdi className="break-words">{row.customer?.name || row.customer?.email}</bdi>,
    },
    { id: 'gateway', header: t('console.payments.gateway'), cell: (row) => <bdi>{row.gateway}</bdi> },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="payment" state={row.state} reason={row.failure} />,
    },
    { id: 'created', header: t('console.payments.begun'), cell: (row) => <When at={row.createdAt} />, wide: true },
    { id: 'amount', header: t('console.order.amount'), align: 'end', cell: (row) => <Money value={row.amount} /> },
  ]
  return (
    <>
      <PageHeader
        title={t('console.payments.title')}
        description={t('console.payments.lead')}
        actions={<LinkButton to="/admin/notices">{t('notices.open')}</LinkButton>}
      />
      <div className="mb-4">
        <FilterBar
          query={query}
          search={t('console.payments.search')}
          filters={[
            {
              name: 'state',
              label: t('console.list.state'),
              options: states.map((state) => ({ value: state, label: t(`state.payment.${state}`) })),
            },
          ]}
        />
      </div>
      <Card flush>
        <DataTable
          caption={t('console.payments.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/payments/${row.id}`}
          query={query}
          page={page}
          empty={<EmptyState title={t('console.payments.none')}>{t('console.payments.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}
