import { Download } from 'lucide-react'
import { Link } from 'react-router'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Money } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/margin.ts'
import { BooksTabs } from './books-parts.tsx'
import { staffOf } from './guard.server.ts'
import { marginPage } from './margin.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  return marginPage(shop, request)
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

/** What lines bring in and what they cost: by month, then by plan, then by line. */
export default function MarginPage({ loaderData: { month, plan, rows } }: Route.ComponentProps) {
  const t = useText()
  const sum = (id: 'earned' | 'refunded' | 'fees' | 'cost', wide: boolean): Column<Row> => ({
    id,
    header: t(id === 'cost' ? 'console.margin.cost' : `console.books.${id}`),
    align: 'end',
    cell: (row) => <Money value={row[id]} />,
    wide,
  })
  const columns: readonly Column<Row>[] = [
    {
      id: 'of',
      header:
        month === null ? t('console.books.month') : t(plan === null ? 'console.margin.plan' : 'console.margin.line'),
      cell: (row) => {
        const name = row.of === 'resellers' || row.of === 'other' ? t(`console.margin.of.${row.of}`) : row.name
        return row.to === null ? (
          name
        ) : (
          <Link to={row.to} className="text-brand hover:underline">
            <bdi>{name}</bdi>
          </Link>
        )
      },
    },
    sum('earned', false),
    sum('refunded', true),
    sum('fees', true),
    sum('cost', false),
    {
      id: 'margin',
      header: t('console.margin.left'),
      align: 'end',
      cell: (row) =>
        row.margin === null ? (
          <>
            {t('console.margin.unknown')}
            <span className="block text-sm text-muted">{t('console.margin.credits', { n: row.unknown ?? '' })}</span>
          </>
        ) : (
          <Money value={row.margin} />
        ),
    },
  ]
  const back =
    plan !== null
      ? { to: `/admin/books/margin?month=${month}`, label: month ?? '' }
      : month === null
        ? null
        : { to: '/admin/books/margin', label: t('console.margin.title') }
  return (
    <>
      <PageHeader
        title={plan ?? month ?? t('console.books.title')}
        description={t('console.margin.lead')}
        {...(back === null ? {} : { back })}
        actions={
          <>
            <LinkButton to="/admin/books/credits">{t('console.lots.title')}</LinkButton>
            <LinkButton
              href={`/admin/books/margin.csv${month === null ? '' : `?month=${month}`}`}
              icon={<Download aria-hidden="true" className="size-4" />}
            >
              {t('console.margin.csv')}
            </LinkButton>
          </>
        }
      />
      <div className="flex flex-col gap-6">
        <BooksTabs current="margin" />
        {rows.some(({ margin }) => margin === null) ? (
          <Alert tone="info" title={t('console.margin.unknown.title')}>
            {t('console.margin.unknown.lead')}
          </Alert>
        ) : null}
        <Card flush>
          <DataTable
            caption={t('console.margin.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => `${row.key}/${row.earned.currency}`}
            empty={<EmptyState title={t('console.books.none')}>{t('console.books.none.lead')}</EmptyState>}
          />
        </Card>
      </div>
    </>
  )
}
