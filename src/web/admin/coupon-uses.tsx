import { Link } from 'react-router'
import type { Money as MoneyValue } from '#platform/money.ts'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import type { PageInfo } from '../ui/pager.tsx'
import { StateBadge } from '../ui/state-badge.tsx'

type Use = {
  id: string
  customerId: string
  customer: string
  subscriptionId: string | null
  status: 'waiting' | 'used' | 'freed'
  given: number
  taken: MoneyValue | null
  at: string
}

/** Who used a coupon, for how many periods, and what it took off. */
export function CouponUses({ uses: { rows, page } }: { uses: { rows: readonly Use[]; page: PageInfo } }) {
  const t = useText()
  const columns: readonly Column<Use>[] = [
    {
      id: 'customer',
      header: t('console.coupons.use.customer'),
      cell: (row) => (
        <Link to={`/admin/customers/${row.customerId}`} className="break-words text-brand hover:underline">
          {row.customer}
        </Link>
      ),
    },
    { id: 'at', header: t('console.coupons.use.at'), cell: (row) => <When at={row.at} as="date" /> },
    { id: 'given', header: t('console.coupons.use.given'), align: 'end', cell: (row) => <Count value={row.given} /> },
    {
      id: 'taken',
      header: t('console.coupons.use.taken'),
      align: 'end',
      cell: (row) => (row.taken === null ? '–' : <Money value={row.taken} />),
    },
    {
      id: 'state',
      header: t('console.coupons.state'),
      cell: (row) => <StateBadge of="couponUse" state={row.status} />,
    },
  ]
  return (
    <Card flush title={t('console.coupons.uses')}>
      <DataTable
        caption={t('console.coupons.uses')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        page={page}
        empty={<EmptyState title={t('console.coupons.uses.none')} />}
      />
    </Card>
  )
}
