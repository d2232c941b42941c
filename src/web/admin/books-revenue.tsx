import { Download } from 'lucide-react'
import { transaction } from '#app.ts'
import { monthsBetween, revenueByPeriod } from '#modules/analytics/revenue.ts'
import { type RevenueOfTenure, revenueByTenure } from '#modules/analytics/tenure.ts'
import { money } from '#platform/money.ts'
import { LinkButton } from '../ui/button.tsx'
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
  const { found, aged } = await transaction(shop, 'read-revenue', async (tx) => ({
    found: await revenueByPeriod(tx, months, shop.zone),
    aged: await revenueByTenure(tx, months, shop.zone),
  }))
  return {
    aged: aged.toReversed().map(({ month, from, to, earned, currency, customers }) => ({
      month,
      ...{ from, to, customers },
      earned: money(earned, currency),
      share: shareOf(
        earned,
        aged.filter((each) => each.month === month && each.currency === currency),
      ),
    })),
    rows: found.toReversed().map(({ month, currency, ...sums }) => ({
      month,
      earned: money(sums.earned, currency),
      refunded: money(sums.refunded, currency),
      lost: money(sums.lost, currency),
      fees: money(sums.fees, currency),
      received: money(sums.received, currency),
      returned: money(sums.returned, currency),
      deferred: money(sums.deferred, currency),
    })),
  }
}

/** In whole percent; null where a month has less than nothing. */
function shareOf(earned: bigint, all: readonly RevenueOfTenure[]): number | null {
  const whole = all.reduce((sum, each) => sum + each.earned, 0n)
  return whole <= 0n || earned < 0n ? null : Number((earned * 100n + whole / 2n) / whole)
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

/** Revenue over the time that was sold, by month, beside the cash that came and went; then by how long its customers have paid. */
export default function BooksRevenuePage({ loaderData: { rows, aged } }: Route.ComponentProps) {
  const t = useText()
  const sum = (
    id: 'earned' | 'refunded' | 'lost' | 'fees' | 'deferred' | 'received' | 'returned',
    wide = true,
  ): Column<Row> => ({
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
    sum('deferred'),
    sum('received', false),
    sum('returned'),
  ]
  return (
    <>
      <PageHeader
        title={t('console.books.title')}
        description={t('console.books.revenue.lead')}
        actions={
          <>
            <LinkButton href="/admin/books/revenue.csv" icon={<Download aria-hidden="true" className="size-4" />}>
              {t('console.books.revenue.csv')}
            </LinkButton>
            <LinkButton
              href="/admin/books/revenue.csv?by=tenure"
              icon={<Download aria-hidden="true" className="size-4" />}
            >
              {t('console.books.tenure.csv')}
            </LinkButton>
          </>
        }
      />
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
        <Tenures aged={aged} />
      </div>
    </>
  )
}

type Aged = Route.ComponentProps['loaderData']['aged'][number]

function Tenures({ aged }: { aged: readonly Aged[] }) {
  const t = useText()
  const columns: readonly Column<Aged>[] = [
    { id: 'month', header: t('console.books.month'), cell: (row) => row.month },
    { id: 'tenure', header: t('console.books.tenure.since'), cell: (row) => t(tenureWords(row)) },
    {
      id: 'customers',
      header: t('console.books.tenure.customers'),
      align: 'end',
      cell: (row) => row.customers,
      wide: true,
    },
    { id: 'earned', header: t('console.books.earned'), align: 'end', cell: (row) => <Money value={row.earned} /> },
    {
      id: 'share',
      header: t('console.books.tenure.share'),
      align: 'end',
      cell: (row) => (row.share === null ? '–' : `${row.share} %`),
      wide: true,
    },
  ]
  if (aged.length === 0) return null
  return (
    <Card title={t('console.books.tenure')} flush>
      <DataTable
        caption={t('console.books.tenure')}
        columns={columns}
        rows={aged}
        rowKey={(row) => `${row.month}/${row.from}/${row.earned.currency}`}
        empty={null}
      />
    </Card>
  )
}

/** The word of each bracket is named by where it begins. */
const tenureWords = ({ from }: Aged) => `console.books.tenure.${from}` as 'console.books.tenure.0'
