import { Link, redirect } from 'react-router'
import { openSums, payOpen } from '#modules/billing/pay-open.ts'
import { listInvoices } from '#modules/billing/queries.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { doorOf } from '#web/context.ts'
import { redirectWith } from '#web/flash.ts'
import { MethodChoice } from '../storefront/method-choice.tsx'
import { chosenMethod, payMethods, saveConsentOf } from '../storefront/paying.server.ts'
import { formOf, read, textOf } from '../storefront/shop.server.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, moneyText, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/invoices.ts'
import { creditNotesFor } from './credit-notes.server.ts'
import { CreditNotes } from './credit-notes.tsx'
import { Portal } from './frame.tsx'
import { type InvoiceView, invoiceView } from './invoice-view.ts'
import { meOf } from './visitor.server.ts'

export const handle = { plain: true }

const pageSize = 25

export async function loader({ context, request }: Route.LoaderArgs) {
  const { web, shop, customerId } = await meOf(context, request)
  const before = cursorOf(new URL(request.url).searchParams.get('before'))
  const [found, notes] = await read(shop, async (tx) => [
    await listInvoices(tx, { customerId }, { limit: pageSize + 1, before }),
    before === undefined ? await creditNotesFor(tx, { customerId }) : [],
  ])
  const sums = before === undefined ? await read(shop, (tx) => openSums(tx, customerId)) : []
  const several = sums.filter(({ invoiceIds }) => invoiceIds.length > 1)
  const shown = found.slice(0, pageSize)
  const last = shown.at(-1)
  return {
    // Without a number it was never issued: an order that was not finished.
    rows: shown.filter(({ number }) => number !== null).map((invoice) => invoiceView(invoice, shop.now())),
    older: found.length > pageSize && last ? `?before=${last.createdAt}~${last.id}` : null,
    newer: before !== undefined,
    notes,
    together: await Promise.all(
      several.map(async ({ total, invoiceIds }) => ({
        total,
        count: invoiceIds.length,
        methods: await payMethods(web, shop, total.currency),
      })),
    ),
  }
}

/** One payment over everything that is open in a currency. The sum is the one that was shown: when another is owed by now, nothing begins. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const { web, shop, customerId } = await meOf(context, request)
  const gatewayAccountId = chosenMethod(form)
  await doorOf(web).limits.count('checkout', { account: customerId, network: web.address })
  const [minor, currency = ''] = textOf(form, 'sum').split(' ')
  if (!/^\d{1,18}$/.test(minor ?? '')) throw new Refusal('bad_request', 'Please open the page again.')
  const sums = await read(shop, (tx) => openSums(tx, customerId))
  const oldest = sums.find(({ total }) => total.currency === currency)?.invoiceIds[0]
  const page = `${shop.baseUrl}/account/invoices${oldest === undefined ? '' : `/${oldest}`}`
  const started = await payOpen(shop, {
    customerId,
    currency,
    amount: money(BigInt(minor ?? ''), currency),
    gatewayAccountId,
    description: shop.name,
    returnUrl: `${page}?back=1`,
    cancelUrl: page,
    saveConsent: saveConsentOf(web, shop, form),
  })
  if (started === null) return redirectWith('/account/invoices', 'money.open.paid')
  return redirect(started.redirectUrl ?? `/account/invoices/${started.invoiceId}`, 303)
}

/** Where a page of the list goes on; anything that is no place begins anew. */
function cursorOf(text: string | null): { at: Temporal.Instant; id: string } | undefined {
  const [at = '', id = ''] = text?.split('~') ?? []
  try {
    return id === '' ? undefined : { at: Temporal.Instant.from(at), id }
  } catch {
    return undefined
  }
}

export default function Invoices({ loaderData: { rows, older, newer, notes, together } }: Route.ComponentProps) {
  const page = usePage()
  const { t, basePath } = page
  const failed = useFailure()
  const columns: Column<InvoiceView>[] = [
    {
      id: 'number',
      header: t('portal.invoice.number'),
      cell: ({ id, number }) => (
        <Link to={`/account/invoices/${id}`} className="inline-flex min-h-6 items-center font-medium underline">
          {number}
        </Link>
      ),
    },
    { id: 'date', header: t('portal.invoice.date'), cell: ({ issuedAt }) => <When at={issuedAt} as="date" /> },
    { id: 'state', header: t('portal.invoice.state'), cell: ({ state }) => <StateBadge of="invoice" state={state} /> },
    { id: 'sum', header: t('portal.invoice.sum'), align: 'end', cell: ({ total }) => <Money value={total} /> },
    {
      id: 'pdf',
      header: t('portal.invoice.pdf'),
      align: 'end',
      cell: ({ id, number, payable }) => (
        <span className="inline-flex flex-wrap justify-end gap-2">
          {payable ? (
            <LinkButton dense to={`/account/invoices/${id}`}>
              {t('portal.invoice.pay')}
              <span className="sr-only"> {number}</span>
            </LinkButton>
          ) : null}
          <LinkButton dense href={`${basePath}/account/invoices/${id}/pdf`}>
            {t('portal.invoice.pdf')}
            <span className="sr-only"> {number}</span>
          </LinkButton>
        </span>
      ),
    },
  ]
  return (
    <Portal>
      <PageHeader
        title={t('portal.invoices.title')}
        actions={rows.length === 0 ? null : <LinkButton to="/account/statement">{t('papers.statement')}</LinkButton>}
      />
      <FormErrors failure={failed} />
      {together.map(({ total, count, methods }) => (
        <div key={total.currency} className="mb-6">
          <Card title={t('money.open.title')}>
            <form method="post" className="flex flex-col gap-4">
              <p>{t('money.open.lead', { count })}</p>
              <input type="hidden" name="sum" value={`${total.minor} ${total.currency}`} />
              <MethodChoice methods={methods} />
              {methods.length === 0 ? null : (
                <Button look="primary" wide>
                  {t('store.pay.button', { amount: moneyText(total, page) })}
                </Button>
              )}
            </form>
          </Card>
        </div>
      ))}
      <Card flush>
        <DataTable
          caption={t('portal.invoices.title')}
          columns={columns}
          rows={rows}
          rowKey={({ id }) => id}
          empty={<EmptyState title={t('portal.invoices.none')}>{t('portal.invoices.none.lead')}</EmptyState>}
        />
      </Card>
      {older !== null || newer ? (
        <nav aria-label={t('portal.invoices.pages')} className="mt-4 flex flex-wrap gap-2">
          {newer ? <LinkButton to="/account/invoices">{t('portal.invoices.newest')}</LinkButton> : null}
          {older === null ? null : (
            <LinkButton to={`/account/invoices${older}`}>{t('portal.invoices.older')}</LinkButton>
          )}
        </nav>
      ) : null}
      <CreditNotes notes={notes} />
    </Portal>
  )
}
