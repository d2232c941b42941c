/** Invoices: what is owed, how it is paid, the paper. */
import type { TransferDetails } from '#adapters/gateways/gateway.ts'
import type { Shop } from '#app.ts'
import { renderInvoicePdf } from '#modules/billing/document/render-invoice.ts'
import { documentOf } from '#modules/billing/document-of.ts'
import { findGateway } from '#modules/billing/gateways.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { findInvoice, type Invoice, type InvoiceItem, itemsOf, listInvoices } from '#modules/billing/queries.ts'
import { eachOfItem, invoiceNumber } from '#modules/billing/rules.ts'
import { spendBalanceFor } from '#modules/billing/spend-balance.ts'
import { type PayStarted, startPayment } from '#modules/billing/start-payment.ts'
import { takeBackInvoice } from '#modules/billing/withdraw-invoice.ts'
import { convertedFrom } from '#modules/catalog/rules/exchange.ts'
import { Refusal } from '#platform/errors.ts'
import { ConvertedOut, convertedOut } from './converted.ts'
import { type Call, pdfRoute, route } from './route.ts'
import {
  at,
  atOr,
  byId,
  id,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  moneyOf,
  resource,
  time,
  webAddress,
  words,
  z,
} from './schemas.ts'
import { TaxInOut, taxInOut } from './tax-in.ts'

const facts = {
  id: z.string(),
  number: z
    .string()
    .nullable()
    .openapi({ description: 'Given when it is issued; until then it is a pro forma.', example: 'INV-2026-00017' }),
  customer_id: z.string(),
  status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']),
  purpose: z.enum(['order', 'renewal', 'manual', 'change']),
  consolidated: z.boolean().openapi({
    description: 'It asks for several subscriptions that were to be invoiced on one day, and not only for a household.',
  }),
  net: money,
  tax: money,
  tax_in: TaxInOut,
  total: money,
  paid: money,
  forgiven: money.openapi({ description: 'Of `paid`: what was missing and is not asked for, since it was so little.' }),
  due_at: time.nullable(),
  created_at: time,
  issued_at: time.nullable(),
  paid_at: time.nullable(),
  voided_at: time.nullable(),
  po_number: z.string().nullable().openapi({ description: 'What the buyer called his purchase when it was issued.' }),
}

const Item = z.strictObject({
  id: z.string(),
  kind: z.enum(['period', 'setup', 'custom', 'change', 'add_on', 'discount', 'late_fee']),
  description: z.string(),
  quantity: z.int(),
  unit_net: money.nullable().openapi({ description: 'Of one; null where `net` does not divide.' }),
  subscription_id: z.string().nullable(),
  plan_id: z.string().nullable(),
  add_on_id: z.string().nullable(),
  period_starts: time.nullable(),
  covers_until: time.nullable().openapi({ description: 'Of what is no whole term: until the day of a household.' }),
  net: money,
  tax: money,
  tax_rate: z.string().openapi({ description: 'Percent, as a decimal.' }),
  total: money,
  converted: ConvertedOut,
  fulfilled_at: time.nullable(),
})

export const InvoiceSummary = resource('InvoiceSummary', facts)
const InvoiceOut = resource('Invoice', { ...facts, items: z.array(Item) })

export const invoiceOf = (shop: Shop, invoice: Invoice): z.input<typeof InvoiceSummary> => ({
  id: invoice.id,
  number: invoiceNumber(invoice.series, invoice.number),
  customer_id: invoice.customerId,
  status: invoice.status,
  purpose: invoice.purpose,
  consolidated: invoice.consolidated,
  net: minor(invoice.netMinor, invoice.currency),
  tax: minor(invoice.taxMinor, invoice.currency),
  tax_in: taxInOut(invoice.taxIn),
  total: minor(invoice.totalMinor, invoice.currency),
  paid: minor(invoice.paidMinor, invoice.currency),
  forgiven: minor(invoice.forgivenMinor, invoice.currency),
  due_at: atOr(invoice.dueAt),
  created_at: at(invoice.createdAt),
  issued_at: atOr(invoice.issuedAt),
  paid_at: atOr(invoice.paidAt),
  voided_at: atOr(invoice.voidedAt),
  po_number: invoice.document?.poNumber ?? null,
  livemode: shop.livemode,
})

const itemOf = (item: InvoiceItem, currency: string): z.input<typeof Item> => {
  const each = eachOfItem(item.netMinor, item.quantity)
  return {
    id: item.id,
    kind: item.kind,
    description: item.description,
    quantity: item.quantity,
    unit_net: each === null ? null : minor(each, currency),
    subscription_id: item.subscriptionId,
    plan_id: item.planId,
    add_on_id: item.addOnId,
    period_starts: atOr(item.periodStart),
    covers_until: atOr(item.coversUntil),
    net: minor(item.netMinor, currency),
    tax: minor(item.taxMinor, currency),
    tax_rate: item.taxRate,
    total: minor(item.totalMinor, currency),
    converted: convertedOut(convertedFrom(item.converted)),
    fulfilled_at: atOr(item.fulfilledAt),
  }
}

const read = (call: Call, invoiceId: string): Promise<z.input<typeof InvoiceOut>> =>
  call.read(async (tx) => {
    const found = await findInvoice(tx, invoiceId)
    if (found === null) throw new Refusal('not_found', 'There is no such invoice.')
    const items = await itemsOf(tx, invoiceId)
    return { ...invoiceOf(call.shop, found), items: items.map((each) => itemOf(each, found.currency)) }
  })

export const returnFields = {
  return_url: webAddress
    .optional()
    .openapi({ description: 'Where the browser goes after paying. Proof of nothing: read the object.' }),
  cancel_url: webAddress.optional(),
  save_method_consent: words(2_000).optional().openapi({
    description:
      'The sentence with which the buyer agreed that the method he pays with is kept and charged for renewals. Left out: nothing is kept.',
  }),
}

/** Null for every other way to pay. */
export const TransferOut = z
  .strictObject({
    account_holder: z.string(),
    iban: z.string().openapi({ description: 'In groups of four.' }),
    bic: z.string().nullable(),
    bank: z.string().nullable(),
    note: z.string().nullable(),
    qr: z.string().nullable().openapi({
      description: 'What a QR code for banking apps says (EPC069-12); draw it with error correction M. Euros only.',
    }),
  })
  .nullable()

export const transferOf = (transfer: TransferDetails | null): z.input<typeof TransferOut> =>
  transfer && {
    account_holder: transfer.holder,
    iban: transfer.iban,
    bic: transfer.bic,
    bank: transfer.bank,
    note: transfer.note,
    qr: transfer.qr,
  }

export const PayOut = resource('PaymentStarted', {
  payment_id: z.string(),
  pay_url: z
    .string()
    .nullable()
    .openapi({ description: 'Send the buyer there. Null where there is nothing to visit.' }),
  instructions: z.string().nullable(),
  reference: z.string().nullable().openapi({ description: 'What the buyer writes on a transfer.' }),
  transfer: TransferOut.openapi({ description: 'The bank account, field by field.' }),
})

export const payOf = (shop: Shop, started: PayStarted): z.input<typeof PayOut> => ({
  payment_id: started.paymentId,
  pay_url: started.redirectUrl,
  instructions: started.instructions,
  reference: started.reference,
  transfer: transferOf(started.transfer),
  livemode: shop.livemode,
})

type PayWish = {
  gateway: string
  return_url?: string | undefined
  cancel_url?: string | undefined
  save_method_consent?: string | undefined
}

/** Before anything is made: a gateway that is not offered is a fault of its field. */
export async function requireGateway(call: Call, gateway: string): Promise<void> {
  const account = await call.read((tx) => findGateway(tx, gateway))
  if (account?.active) return
  throw new Refusal('invalid_input', 'Please choose a way to pay.', [
    { pointer: '/gateway', code: 'unknown', detail: 'This way to pay is not offered.' },
  ])
}

/** The same attempt is started once, however often this is asked. */
export const payInvoice = (
  call: Call,
  invoiceId: string,
  home: string,
  description: string,
  wish: PayWish,
): Promise<PayStarted> =>
  startPayment(call.shop, {
    invoiceId,
    gatewayAccountId: wish.gateway,
    returnUrl: wish.return_url ?? home,
    cancelUrl: wish.cancel_url ?? wish.return_url ?? home,
    description,
    saveConsent: wish.save_method_consent,
  })

export const invoices = [
  route({
    method: 'get',
    path: '/invoices',
    scope: 'invoices:read',
    summary: 'Lists invoices, newest first.',
    query: listQuery({
      status: facts.status.optional(),
      customer_id: id('cus').optional(),
      search: words(64).optional(),
    }),
    answer: list(InvoiceSummary),
    handle: async (call) => {
      const { status, customer_id, search } = call.query
      const found = await call.read((tx) => listInvoices(tx, { status, customerId: customer_id, search }, call.page))
      return call.list(
        found,
        (each) => invoiceOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/invoices/{id}',
    scope: 'invoices:read',
    summary: 'Reads an invoice with its items.',
    params: byId('inv'),
    answer: InvoiceOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/invoices/{id}/use_balance',
    scope: 'invoices:write',
    summary: 'Pays it from its customer’s balance, as far as that reaches.',
    needsKey: true,
    params: byId('inv'),
    answer: InvoiceOut,
    refuses: ['conflict', 'already_settled', 'in_progress', 'customer_frozen'],
    handle: async (call) => {
      await spendBalanceFor(call.shop, call.params.id)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/invoices/{id}/take_back',
    scope: 'invoices:write',
    summary:
      'Takes back an invoice that nobody paid: a pro forma by itself, one with a number by a credit note over all of it. A renewal is asked for anew.',
    params: byId('inv'),
    body: z.strictObject({ reason: words(500) }),
    answer: InvoiceOut,
    again: true,
    refuses: ['conflict', 'in_progress'],
    handle: async (call) => {
      await call.write('take-back-invoice', (tx) =>
        takeBackInvoice(tx, call.shop, call.params.id, call.body.reason, call.now),
      )
      return read(call, call.params.id)
    },
  }),
  pdfRoute({
    method: 'get',
    path: '/invoices/{id}/pdf',
    scope: 'invoices:read',
    summary: 'The invoice as a PDF; before it is issued, a pro forma.',
    params: byId('inv'),
    handle: async (call) => renderInvoicePdf(await call.read((tx) => documentOf(tx, call.shop, call.params.id))),
  }),
  route({
    method: 'post',
    path: '/invoices/{id}/pay',
    scope: 'payments:write',
    summary: 'Starts a payment and tells where the buyer pays.',
    needsKey: true,
    params: byId('inv'),
    body: z.strictObject({ gateway: id('gwa'), ...returnFields }),
    answer: PayOut,
    again: true,
    refuses: ['already_settled', 'conflict', 'gateway_failed'],
    handle: async (call) => {
      const { number } = await read(call, call.params.id)
      await requireGateway(call, call.body.gateway)
      const home = `${call.shop.baseUrl}/account`
      return payOf(call.shop, await payInvoice(call, call.params.id, home, number ?? call.shop.name, call.body))
    },
  }),
  route({
    method: 'post',
    path: '/invoices/{id}/mark_received',
    scope: 'payments:write',
    summary: 'Books money that came outside of a gateway. The same reference is booked once.',
    needsKey: true,
    params: byId('inv'),
    body: z.strictObject({ amount: moneyIn, reference: words(140) }),
    answer: InvoiceOut,
    refuses: ['already_settled', 'conflict'],
    handle: async (call) => {
      const { amount, reference } = call.body
      await markReceived(call.shop, { invoiceId: call.params.id, amount: moneyOf(amount), reference })
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
]
