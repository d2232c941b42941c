import { Plus } from 'lucide-react'
import { transaction } from '#app.ts'
import { listCoupons, planNamesOf } from '#modules/catalog/coupons.ts'
import { percentText } from '#modules/subscriptions/rules/discount.ts'
import { money } from '#platform/money.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, Money } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/coupons.ts'
import { couponState } from './coupon-form.server.ts'
import { useMay } from './frame.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

/** Codes that take something off a plan's price. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'plans:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  const now = shop.now()
  return transaction(shop, 'read-coupons', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listCoupons(tx, each))
    const shown = []
    for (const coupon of rows)
      shown.push({
        id: coupon.id,
        code: coupon.code,
        note: coupon.note,
        percent: coupon.percent === null ? null : percentText(coupon.percent),
        amounts: coupon.sums.flatMap(({ amountMinor, currency }) =>
          amountMinor === null ? [] : [money(amountMinor, currency)],
        ),
        periods: coupon.periods,
        plans: await planNamesOf(tx, coupon),
        taken: coupon.taken,
        stock: coupon.stock,
        state: couponState(coupon, now),
      })
    return { page, rows: shown }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function Coupons({ loaderData: { rows, page } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const add = may('plans:change') ? (
    <LinkButton look="primary" to="/admin/coupons/new" icon={<Plus aria-hidden="true" className="size-4" />}>
      {t('console.coupons.add')}
    </LinkButton>
  ) : null
  const columns: readonly Column<Row>[] = [
    {
      id: 'code',
      header: t('console.coupons.code'),
      cell: (row) => (
        <span className="min-w-0">
          <bdi className="code">{row.code}</bdi>
          {row.note === '' ? null : <span className="block text-sm text-muted break-words">{row.note}</span>}
        </span>
      ),
    },
    {
      id: 'off',
      header: t('console.coupons.off'),
      cell: (row) => (
        <>
          {row.percent}
          {row.amounts.map((each) => (
            <span key={each.currency} className="block">
              <Money value={each} />
            </span>
          ))}
        </>
      ),
    },
    {
      id: 'lasts',
      header: t('console.coupons.lasts'),
      cell: ({ periods }) =>
        periods === null
          ? t('console.coupons.always')
          : periods === 1
            ? t('console.coupons.once')
            : t('console.coupons.some', { count: periods }),
    },
    {
      id: 'plans',
      header: t('console.coupons.plans'),
      cell: ({ plans }) => (plans.length === 0 ? t('console.coupons.everyPlan') : plans.join(' · ')),
    },
    {
      id: 'used',
      header: t('console.coupons.used'),
      align: 'end',
      cell: ({ taken, stock }) => (
        <>
          <Count value={taken} />
          {stock === null ? null : (
            <>
              {' / '}
              <Count value={stock} />
            </>
          )}
        </>
      ),
    },
    {
      id: 'state',
      header: t('console.coupons.state'),
      cell: (row) => <StateBadge of="coupon" state={row.state} />,
    },
  ]
  return (
    <>
      <PageHeader
        title={t('console.coupons.title')}
        description={t('console.coupons.lead')}
        actions={rows.length > 0 ? add : null}
      />
      <Card flush>
        <DataTable
          caption={t('console.coupons.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/coupons/${row.id}`}
          page={page}
          empty={
            <EmptyState title={t('console.coupons.none')} actions={add}>
              {t('console.coupons.none.lead')}
            </EmptyState>
          }
        />
      </Card>
    </>
  )
}
