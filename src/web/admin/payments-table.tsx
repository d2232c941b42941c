import type { Money as MoneyValue } from '#platform/money.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { StateBadge } from '../ui/state-badge.tsx'

type Row = {
  id: string
  gateway: string
  state: string
  failure: string | null
  attempt: number
  amount: MoneyValue
  createdAt: string
}

/** The attempts to pay one invoice. */
export function PaymentsTable({ payments }: { payments: readonly Row[] }) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'attempt',
      header: t('console.payments.attempt'),
      cell: (row) => t('console.payments.nth', { n: row.attempt }),
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
    <DataTable
      caption={t('console.payments.title')}
      columns={columns}
      rows={payments}
      rowKey={(row) => row.id}
      rowHref={(row) => `/admin/payments/${row.id}`}
      empty={<EmptyState title={t('console.payments.noneHere')} />}
    />
  )
}
