import { Plus } from 'lucide-react'
import { transaction } from '#app.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { listQuotes, quoteState } from '#modules/checkout/quotes.ts'
import { sumsOfQuote } from '#modules/checkout/rules/quote.ts'
import { money } from '#platform/money.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/quotes.ts'
import { useMay } from './frame.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

/** What was offered to whom, and what became of it. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'orders:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  const now = shop.now()
  return transaction(shop, 'read-quotes', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listQuotes(tx, each))
    const plans = new Map((await listPlans(tx)).map(({ id, name }) => [id, name]))
    return {
      page,
      rows: rows.map((quote) => ({
        id: quote.id,
        email: quote.email,
        plan: plans.get(quote.planId) ?? '',
        today: money(sumsOfQuote(quote).today, quote.currency),
        until: quote.validUntil.toString(),
        state: quoteState(quote, now),
      })),
    }
  })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function Quotes({ loaderData: { rows, page } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const add = may('orders:change') ? (
    <LinkButton look="primary" to="/admin/quotes/new" icon={<Plus aria-hidden="true" className="size-4" />}>
      {t('console.quotes.add')}
    </LinkButton>
  ) : null
  const columns: readonly Column<Row>[] = [
    { id: 'email', header: t('console.quotes.for'), cell: (row) => <bdi className="break-all">{row.email}</bdi> },
    { id: 'plan', header: t('console.quotes.plan'), cell: (row) => row.plan },
    { id: 'today', header: t('console.quotes.sum'), align: 'end', cell: (row) => <Money value={row.today} /> },
    { id: 'until', header: t('console.quotes.until'), cell: (row) => <When at={row.until} as="date" /> },
    { id: 'state', header: t('console.quotes.state'), cell: (row) => <StateBadge of="quote" state={row.state} /> },
  ]
  return (
    <>
      <PageHeader
        title={t('console.quotes.title')}
        description={t('console.quotes.lead')}
        actions={rows.length > 0 ? add : null}
      />
      <Card flush>
        <DataTable
          caption={t('console.quotes.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/quotes/${row.id}`}
          page={page}
          empty={
            <EmptyState title={t('console.quotes.none')} actions={add}>
              {t('console.quotes.none.lead')}
            </EmptyState>
          }
        />
      </Card>
    </>
  )
}
