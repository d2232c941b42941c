/** Payments: attempts to pay an invoice, and what became of them. */
import type { Shop } from '#app.ts'
import { findPayment, listPayments, type Payment } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { Refusal } from '#platform/errors.ts'
import { TransferOut, transferOf } from './invoices.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, list, listQuery, minor, money, resource, time, z } from './schemas.ts'

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
  customer_id: z.string(),
  gateway_id: z.string(),
  attempt: z.int(),
  status,
  amount: money,
  received: money,
  refunded: money,
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
  customer_id: payment.customerId,
  gateway_id: payment.gatewayAccountId,
  attempt: payment.attempt,
  status: payment.status,
  amount: minor(payment.amountMinor, payment.currency),
  received: minor(payment.receivedMinor, payment.currency),
  refunded: minor(payment.refundedMinor, payment.currency),
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
