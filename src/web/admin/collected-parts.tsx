import '../i18n/areas/collecting.ts'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { Badge } from '../ui/badge.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { type AnyMoney, Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

type Standing = { balance: AnyMoney; held: AnyMoney; heldUntil: string | null; payable: AnyMoney }

/** In one currency: owed, held back, free. */
export function StandingList({ standing: { balance, held, heldUntil, payable } }: { standing: Standing }) {
  const t = useText()
  return (
    <DescriptionList
      items={[
        { label: t('console.collecting.balance'), value: <Money value={balance} /> },
        { label: t('console.collecting.held'), value: <Money value={held} /> },
        ...(heldUntil === null
          ? []
          : [{ label: t('console.collecting.heldUntil'), value: <When at={heldUntil} as="date" /> }]),
        { label: t('console.collecting.payable'), value: <Money value={payable} /> },
      ]}
    />
  )
}

type LoanRow = { id: string; name: string; kept: string; holdDays: number; ended: boolean }

/** Gateways that are lent. `kept`: what the column of the lender's part is called, by us or by him. */
export function Loans<Row extends LoanRow>({
  rows,
  title,
  kept,
  rowActions,
  none,
}: {
  rows: readonly Row[]
  title: string
  kept: string
  rowActions?: (row: Row) => ReactNode
  none?: string
}) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.collecting.gateway'),
      cell: (row) => <bdi className="break-words">{row.name}</bdi>,
    },
    {
      id: 'kept',
      header: kept,
      cell: (row) => row.kept || t('console.collecting.kept.nothing'),
    },
    {
      id: 'hold',
      header: t('console.collecting.hold'),
      cell: (row) => t('console.collecting.days', { days: String(row.holdDays) }),
      wide: true,
    },
    { id: 'state', header: t('console.collecting.state'), cell: (row) => <LoanState ended={row.ended} /> },
  ]
  return (
    <Card flush title={title}>
      <DataTable
        caption={title}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        {...(rowActions === undefined ? {} : { rowActions })}
        {...(none === undefined ? {} : { empty: <EmptyState title={none} /> })}
      />
    </Card>
  )
}

type StatementRow = { id: string; number: string; until: string; collected: AnyMoney; closing: AnyMoney }

export function Statements({ rows }: { rows: readonly StatementRow[] }) {
  const t = useText()
  const columns: readonly Column<StatementRow>[] = [
    {
      id: 'number',
      header: t('console.collecting.number'),
      cell: (row) => (
        <Link to={`/admin/collected/${row.id}`} className="font-medium text-brand hover:underline">
          {row.number}
        </Link>
      ),
    },
    { id: 'until', header: t('console.collecting.until'), cell: (row) => <When at={row.until} as="date" /> },
    {
      id: 'collected',
      header: t('console.collecting.collected'),
      align: 'end',
      cell: (row) => <Money value={row.collected} />,
      wide: true,
    },
    {
      id: 'closing',
      header: t('console.collecting.closing'),
      align: 'end',
      cell: (row) => <Money value={row.closing} />,
    },
  ]
  return (
    <Card flush title={t('console.collecting.statements')}>
      <DataTable
        caption={t('console.collecting.statements')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('console.collecting.statements.none')} />}
      />
    </Card>
  )
}

type PayoutRow = { id: string; paidOn: string; reference: string; amount: AnyMoney }

export function PaidOut({ rows }: { rows: readonly PayoutRow[] }) {
  const t = useText()
  const columns: readonly Column<PayoutRow>[] = [
    {
      id: 'day',
      header: t('console.collecting.day'),
      cell: (row) => <When at={`${row.paidOn}T12:00:00Z`} as="date" />,
    },
    {
      id: 'reference',
      header: t('console.collecting.reference'),
      cell: (row) => <bdi className="break-words">{row.reference}</bdi>,
    },
    {
      id: 'amount',
      header: t('console.collecting.amount'),
      align: 'end',
      cell: (row) => <Money value={row.amount} />,
    },
  ]
  return (
    <Card flush title={t('console.collecting.payouts')}>
      <DataTable
        caption={t('console.collecting.payouts')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('console.collecting.payouts.none')} />}
      />
    </Card>
  )
}

export function LoanState({ ended }: { ended: boolean }) {
  const t = useText()
  return <Badge tone={ended ? 'none' : 'good'}>{t(`console.collecting.state.${ended ? 'ended' : 'live'}`)}</Badge>
}
