import { transaction } from '#app.ts'
import { monthsBetween, revenueByPeriod } from '#modules/analytics/revenue.ts'
import { money } from '#platform/money.ts'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Money } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/books-revenue.ts'
import { BooksTabs } from './books-parts.tsx'
import { staffOf } from './guard.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const here = shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().toPlainYearMonth()
  const months = monthsBetween(here.subtract({ months: 11 }).toString(), here.toString())
  const found = await transaction(shop, 'read-revenue', (tx) => revenueByPeriod(tx, months, shop.zone))
  return {
    rows: found.toReversed().map(({ month, currency, ...sums }) => ({
      month,
      earned: money(sums.earned, currency),
      refunded: money(sums.refunded, currency),
      lost: money(sums.lost, currency),
      fees: money(sums.fees, currency),
      deferred: money(sums.deferred, currency),
    })),
  }
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

/** Revenue over the time that was sold, by month. */
export default function BooksRevenuePage({ loaderData: { rows } }: Route.ComponentProps) {
  const t = useText()
  const sum = (id: 'earned' | 'refunded' | 'lost' | 'fees' | 'deferred', wide = true): Column<Row> => ({
    id,
    header: t(`console.books.${id}`),
    align: 'end',
    cell: (row) => <Money value={row[id]} />,
    wide,
  })
  const columns: readonly Column<Row>[] = [
    { id: 'month', header: t('console.books.month'), cell: (row) => row.month },
    sum('earned', false),
    sum('refunded'),
    sum('lost'),
    sum('fees'),
    sum('deferred', false),
  ]
  return (
    <>
      <PageHeader title={t('console.books.title')} description={t('console.books.revenue.lead')} />
      <div className="flex flex-col gap-6">
        <BooksTabs current="revenue" />
        <Card flush>
          <DataTable
            caption={t('console.books.revenue')}
            columns={columns}
            rows={rows}
            rowKey={(row) => `${row.month}/${row.earned.currency}`}
            empty={<EmptyState title={t('console.books.none')}>{t('console.books.none.lead')}</EmptyState>}
          />
        </Card>
      </div>
    </>
  )
}
