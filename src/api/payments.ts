/** Payments: attempts to pay an invoice, and what became of them. */
import type { Shop } from '#app.ts'
import { receiveFromCustomer } from '#modules/billing/mark-received.ts'
import { payOpen } from '#modules/billing/pay-open.ts'
import { findPayment, listPayments, type Payment } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { Refusal } from '#platform/errors.ts'
import { PayOut, payOf, requireGateway, returnFields, TransferOut, transferOf } from './invoices.ts'
import { type Call, route } from './route.ts'
import {
  at,
  atOr,
  byId,
  currency,
  id,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  moneyOf,
  resource,
  time,
  words,
  z,
} from './schemas.ts'

const status = z.enum([
  'created',
  'requires_action',
  'processing',
  'succeeded',
  'failed',
  'canceled',
  'expired',
  'indeterminate',
])

const PaymentOut = resource('Payment', {
  id: z.string(),
  invoice_id: z.string(),
  also_pays: z
    .array(z.string())
    .openapi({ description: 'Further invoices that it pays, after its own and in this order.' }),
  customer_id: z.string(),
  gateway_id: z.string(),
  attempt: z.int(),
  status,
  amount: money,
  received: money,
  refunded: money,
  forgiven: money.openapi({ description: 'What was missing of it and is not asked for: `/settings/odd_money`.' }),
  stray: z.boolean().openapi({
    description: 'Some of its money came in another currency: `/stray_moneys?payment_id=` says what became of it.',
  }),
  gateway_reference: z.string().nullable(),
  pay_url: z.string().nullable(),
  instructions: z.string().nullable(),
  reference: z.string().nullable(),
  transfer: TransferOut,
  failure: z.strictObject({ class: z.string(), code: z.string(), message: z.string() }).nullable(),
  method: z.strictObject({ kind: z.string(), brand: z.string().nullable(), last4: z.string().nullable() }).nullable(),
  checked_at: time.nullable().openapi({ description: 'When the gateway itself was asked last.' }),
  expires_at: time.nullable(),
  created_at: time,
  succeeded_at: time.nullable(),
})

/** A page to pay on is told only as long as it can be used. */
const usable = (payment: Payment): boolean => payment.status === 'created' || payment.status === 'requires_action'

const paymentOf = (shop: Shop, payment: Payment): z.input<typeof PaymentOut> => ({
  id: payment.id,
  invoice_id: payment.invoiceId,
  also_pays: payment.also,
  customer_id: payment.customerId,
  gateway_id: payment.gatewayAccountId,
  attempt: payment.attempt,
  status: payment.status,
  amount: minor(payment.amountMinor, payment.currency),
  received: minor(payment.receivedMinor, payment.currency),
  refunded: minor(payment.refundedMinor, payment.currency),
  forgiven: minor(payment.forgivenMinor, payment.currency),
  stray: payment.stray,
  gateway_reference: payment.remoteRef,
  pay_url: usable(payment) ? payment.redirectUrl : null,
  instructions: usable(payment) ? payment.instructions : null,
  reference: payment.reference,
  transfer: usable(payment) ? transferOf(payment.transfer) : null,
  failure:
    payment.failure === null
      ? null
      : { class: payment.failure.class, code: payment.failure.code, message: payment.failure.message },
  method:
    payment.method === null
      ? null
      : { kind: payment.method.kind, brand: payment.method.brand, last4: payment.method.last4 },
  checked_at: atOr(payment.fetchedAt),
  expires_at: atOr(payment.expiresAt),
  created_at: at(payment.createdAt),
  succeeded_at: atOr(payment.succeededAt),
  livemode: shop.livemode,
})

const read = async (call: Call, paymentId: string): Promise<z.input<typeof PaymentOut>> => {
  const found = await call.read((tx) => findPayment(tx, paymentId))
  if (found === null) throw new Refusal('not_found', 'There is no such payment.')
  return paymentOf(call.shop, found)
}

async function requireCustomer(call: Call & { params: { id: string } }): Promise<void> {
  if ((await call.read((tx) => findCustomer(tx, call.params.id))) === null)
    throw new Refusal('not_found', 'There is no such customer.')
}

export const payments = [
  route({
    method: 'get',
    path: '/payments',
    scope: 'payments:read',
    summary: 'Lists payments, newest first.',
    query: listQuery({ status: status.optional(), customer_id: id('cus').optional() }),
    answer: list(PaymentOut),
    handle: async (call) => {
      const found = await call.read((tx) =>
        listPayments(tx, { status: call.query.status, customerId: call.query.customer_id }, call.page),
      )
      return call.list(
        found,
        (each) => paymentOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/payments/{id}',
    scope: 'payments:read',
    summary: 'Reads a payment.',
    params: byId('pay'),
    answer: PaymentOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/customers/{id}/pay_open',
    scope: 'payments:write',
    summary: 'Starts one payment over everything that a customer owes in one currency, the oldest invoice first.',
    needsKey: true,
    params: byId('cus'),
    body: z.strictObject({
      gateway: id('gwa'),
      currency: currency.optional().openapi({ description: 'Left out: that of the business.' }),
      amount: moneyIn.optional().openapi({ description: 'What the buyer has seen: another sum is refused.' }),
      ...returnFields,
    }),
    answer: PayOut,
    again: true,
    refuses: ['conflict', 'gateway_failed', 'customer_frozen'],
    handle: async (call) => {
      await requireCustomer(call)
      await requireGateway(call, call.body.gateway)
      const { gateway, amount, return_url, cancel_url, save_method_consent: saveConsent } = call.body
      const home = `${call.shop.baseUrl}/account`
      const started = await payOpen(call.shop, {
        customerId: call.params.id,
        currency: call.body.currency ?? amount?.currency ?? call.shop.currency,
        amount: amount && moneyOf(amount),
        gatewayAccountId: gateway,
        description: call.shop.name,
        returnUrl: return_url ?? home,
        cancelUrl: cancel_url ?? return_url ?? home,
        saveConsent,
      })
      if (started === null) throw new Refusal('conflict', 'The balance has paid everything that was open.')
      return payOf(call.shop, started)
    },
  }),
  route({
    method: 'post',
    path: '/customers/{id}/receive',
    scope: 'payments:write',
    summary:
      'Books money that came outside of a gateway on everything that a customer owes, oldest first; more stays his balance.',
    needsKey: true,
    status: 201,
    params: byId('cus'),
    body: z.strictObject({ amount: moneyIn, reference: words(120) }),
    answer: PaymentOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await requireCustomer(call)
      const { amount, reference } = call.body
      const customerId = call.params.id
      return read(call, await receiveFromCustomer(call.shop, { customerId, amount: moneyOf(amount), reference }))
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/payments/{id}/refresh',
    scope: 'payments:write',
    summary: 'Asks the gateway now what became of it, as the sweep does by itself.',
    params: byId('pay'),
    answer: PaymentOut,
    again: true,
    refuses: ['gateway_failed', 'outcome_unknown'],
    handle: async (call) => {
      await read(call, call.params.id)
      await refreshPayment(call.shop, call.params.id)
      return read(call, call.params.id)
    },
  }),
]
