import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { listTransfers } from '#modules/analytics/books.ts'
import { Refusal } from '#platform/errors.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/books-account.ts'
import { holderOf, kindOf, namesOfHolders, sidedOf } from './books.server.ts'
import { SidedAmount } from './books-parts.tsx'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { subjectHref } from './sentence-of.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const account = new URL(request.url).searchParams.get('id') ?? ''
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  return transaction(shop, 'read-account', async (tx) => {
    const { rows, page } = await readPage(query, async (each) =>
      (await listTransfers(tx, { account }, each)).map((found) => ({ ...found, createdAt: found.at })),
    )
    const others = rows.map(({ debit, credit }) => (debit === account ? credit : debit))
    if (rows.length === 0 && query.after === null) throw new Refusal('not_found', 'There is no such account.')
    const names = await namesOfHolders(tx, [holderOf(account), ...others.map(holderOf)])
    const named = (id: string) => ({ id, kind: kindOf(id), name: names.get(holderOf(id) ?? '') ?? null })
    return {
      account: named(account),
      query,
      page,
      rows: rows.map((each, index) => ({
        id: each.id,
        at: each.at.toString(),
        purpose: each.purpose,
        other: named(others[index] ?? ''),
        // A refund is told on the page of its payment.
        source:
          each.source === null
            ? null
            : {
                ...each.source,
                href: subjectHref(
                  each.refunded === null ? each.source.type : 'payment',
                  each.refunded ?? each.source.id,
                ),
              },
        amount: sidedOf(each.unit, each.debit === account ? -each.amount : each.amount),
      })),
    }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

/** One account: every transfer with its other side, and what it was about. */
export default function BooksAccountPage({ loaderData: { account, query, page, rows } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    { id: 'when', header: t('console.books.when'), cell: (row) => <When at={row.at} as="exact" /> },
    {
      id: 'purpose',
      header: t('console.books.purpose'),
      cell: (row) => (
        <>
          {row.purpose.split('/')[0]?.replaceAll('_', ' ')}
          {row.source ? <Source of={row.source} /> : null}
        </>
      ),
    },
    {
      id: 'other',
      header: t('console.books.other'),
      cell: (row) => (
        <Link to={`/admin/books/account?id=${encodeURIComponent(row.other.id)}`} className="text-brand hover:underline">
          {t(`console.books.kind.${row.other.kind}`)}
          {row.other.name ? <bdi className="block break-words text-muted">{row.other.name}</bdi> : null}
        </Link>
      ),
      wide: true,
    },
    { id: 'amount', header: t('console.order.amount'), align: 'end', cell: (row) => <SidedAmount of={row.amount} /> },
  ]
  return (
    <>
      <PageHeader
        title={[t(`console.books.kind.${account.kind}`), account.name].filter(Boolean).join(' · ')}
        back={{ to: '/admin/books', label: t('console.books.title') }}
        actions={
          <LinkButton to={`/admin/books/journal.csv?account=${encodeURIComponent(account.id)}`} reload>
            {t('console.books.journal')}
          </LinkButton>
        }
      />
      <Card flush>
        <DataTable
          caption={t('console.books.entries')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          query={query}
          page={page}
          empty={<EmptyState title={t('console.books.none')} />}
        />
      </Card>
    </>
  )
}

function Source({ of }: { of: NonNullable<Row['source']> }) {
  const t = useText()
  return of.href === null ? null : (
    <Link to={of.href} className="block text-brand hover:underline">
      {t(`console.books.open.${of.type}`)}
    </Link>
  )
}
