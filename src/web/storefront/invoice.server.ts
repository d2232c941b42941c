/** An invoice on a page: its paper, what is open, and how its payment goes. For signed links and the portal. */
import { declineText } from '#adapters/gateways/decline-words.ts'
import type { Shop } from '#app.ts'
import { renderInvoicePdf } from '#modules/billing/document/render-invoice.ts'
import { viewOf } from '#modules/billing/document/view.ts'
import { documentOf } from '#modules/billing/document-of.ts'
import { findInvoice, itemsOf, paymentsOf, refundsOf } from '#modules/billing/queries.ts'
import { isOpenAttempt } from '#modules/billing/rules.ts'
import { findSubscription } from '#modules/subscriptions/queries.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { doorOf, type WebContext } from '#web/context.ts'
import { chosenMethod, lookAfterReturn, pay, payMethods, saveConsentOf } from './paying.server.ts'
import { asCustomer, read } from './shop.server.ts'

/** Throws `not_found`; with `customerId` also for another customer's. */
async function readInvoice(shop: Shop, id: string, customerId: string | null) {
  const invoice = await read(shop, (tx) => findInvoice(tx, id))
  if (invoice === null || (customerId !== null && invoice.customerId !== customerId))
    throw new Refusal('not_found', 'There is no such invoice.')
  return invoice
}

export async function invoicePage(
  web: WebContext,
  shop: Shop,
  request: Request,
  id: string,
  { customerId = null, payable = true }: { customerId?: string | null; payable?: boolean } = {},
) {
  const seen = await readInvoice(shop, id, customerId)
  const before = await read(shop, (tx) => paymentsOf(tx, id))
  const asked = await lookAfterReturn(web, shop, request, before.at(-1) ?? null)
  const invoice = asked ? await readInvoice(shop, id, customerId) : seen
  const { document, payments, claims, until } = await read(shop, async (tx) => {
    const items = await itemsOf(tx, id)
    const sold = items.find((item) => item.subscriptionId !== null)?.subscriptionId
    const subscription = sold === null || sold === undefined ? null : await findSubscription(tx, sold)
    const given = items.every((item) => item.subscriptionId === null || item.fulfilledAt !== null)
    return {
      document: await documentOf(tx, shop, id),
      payments: await paymentsOf(tx, id),
      claims: (await Promise.all(before.map((each) => refundsOf(tx, each.id)))).flat(),
      until: given ? (subscription?.paidThrough?.toString() ?? null) : null,
    }
  })
  const payment = payments.at(-1) ?? null
  const open = invoice.status === 'open' || invoice.status === 'draft'
  const back = new URL(request.url).searchParams.has('back')
  const awaited =
    payment !== null &&
    (isOpenAttempt(payment.status) ||
      payment.status === 'succeeded' ||
      (back && payment.status === 'requires_action' && payment.instructions === null))
  const progress = invoice.status === 'paid' ? 'paid' : !open ? 'closed' : awaited ? 'awaited' : 'open'
  return {
    view: viewOf(document),
    /** Businesses need it in a form that their programs read. */
    forBusiness: invoice.tax?.buyerVatId != null && invoice.number !== null,
    ...({ progress, until } as const),
    /** Money that waits until its buyer says where it shall go. */
    claims: claims.flatMap(({ claimUrl: url, amountMinor, currency }) =>
      url === null ? [] : [{ url, amount: money(amountMinor, currency) }],
    ),
    renewal: invoice.purpose === 'renewal',
    amount: money(invoice.totalMinor - invoice.paidMinor, invoice.currency),
    /** The last payment asks for more than this invoice. */
    together:
      payment !== null && payment.also.length > 0 && payment.status === 'requires_action'
        ? { count: payment.also.length + 1, total: money(payment.amountMinor, payment.currency) }
        : null,
    failure:
      payment?.status !== 'failed' ? null : payment.failure === null ? '' : declineText(payment.failure, web.locale),
    instructions: payment?.status === 'requires_action' ? payment.instructions : null,
    reference: payment?.reference ?? null,
    transfer: payment?.transfer ?? null,
    chosen: payment?.gatewayAccountId,
    methods: payable && progress === 'open' ? await payMethods(web, shop, invoice.currency) : [],
  }
}

export type InvoicePage = Awaited<ReturnType<typeof invoicePage>>

export async function payInvoiceForm(
  web: WebContext,
  shop: Shop,
  form: FormData,
  { id, page, customerId = null }: { id: string; page: string; customerId?: string | null },
): Promise<Response> {
  const gatewayId = chosenMethod(form)
  await doorOf(web).limits.count('checkout', { account: id, network: web.address })
  const invoice = await readInvoice(shop, id, customerId)
  const [item] = await read(shop, (tx) => itemsOf(tx, id))
  const own = asCustomer(shop, invoice.customerId)
  const saveConsent = saveConsentOf(web, shop, form)
  return pay(own, { invoiceId: id, gatewayId, description: item?.description ?? shop.name, page, saveConsent })
}

/** The PDF, made from the stored invoice: the same bytes whenever it is asked for. */
export async function invoicePdf(shop: Shop, id: string, customerId: string | null): Promise<Response> {
  const invoice = await readInvoice(shop, id, customerId)
  const document = await read(shop, (tx) => documentOf(tx, shop, id))
  const name = document.number ?? `pro-forma-${invoice.id}`
  return new Response(new Uint8Array(await renderInvoicePdf(document)), {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="${name.replace(/[^\w.-]/g, '_')}.pdf"`,
      'cache-control': 'private, no-store',
    },
  })
}
