/** Refunds: money of a payment that goes back the way it came. */
import type { Shop } from '#app.ts'
import { findPayment, findRefund, type Refund, refundsOf } from '#modules/billing/queries.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, id, list, minor, money, moneyIn, moneyOf, resource, time, words, z } from './schemas.ts'

const RefundOut = resource('Refund', {
  id: z.string(),
  payment_id: z.string(),
  invoice_id: z
    .string()
    .nullable()
    .openapi({ description: 'Of what its payment paid; null: the payment’s own invoice.' }),
  stray_money_id: z
    .string()
    .nullable()
    .openapi({ description: 'Of money that came in another currency (`/stray_moneys`); null: of what was received.' }),
  amount: money,
  asked: money.nullable().openapi({
    description:
      'What was asked for, where the gateway sent less and will send no more; null: `amount` is what was asked for.',
  }),
  from_balance: money.openapi({ description: 'Of it: what had paid nothing and lay on the customer’s balance.' }),
  tax: money.openapi({ description: 'Of it: tax that is owed no more.' }),
  to: z.enum(['source', 'balance']),
  status: z.enum(['requested', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled', 'indeterminate']),
  reason: z.string(),
  by: z.string(),
  gateway_reference: z.string().nullable(),
  claim_url: z.string().nullable().openapi({
    description:
      'Where the customer says where it shall go, while it waits for him: whoever has it can claim the money.',
  }),
  created_at: time,
  done_at: time.nullable(),
})

const refundOf = (shop: Shop, refund: Refund): z.input<typeof RefundOut> => ({
  id: refund.id,
  payment_id: refund.paymentId,
  invoice_id: refund.invoiceId,
  stray_money_id: refund.strayId,
  amount: minor(refund.amountMinor, refund.currency),
  asked: refund.askedMinor === null ? null : minor(refund.askedMinor, refund.currency),
  from_balance: minor(refund.fromBalanceMinor, refund.currency),
  tax: minor(refund.taxMinor, refund.currency),
  to: refund.destination,
  status: refund.status as z.input<typeof RefundOut>['status'],
  reason: refund.reason,
  by: refund.by,
  gateway_reference: refund.remoteRef,
  claim_url: refund.claimUrl,
  created_at: at(refund.createdAt),
  done_at: atOr(refund.doneAt),
  livemode: shop.livemode,
})

const read = async (call: Call, refundId: string): Promise<z.input<typeof RefundOut>> => {
  const found = await call.read((tx) => findRefund(tx, refundId))
  if (found === null) throw new Refusal('not_found', 'There is no such refund.')
  return refundOf(call.shop, found)
}

export const refunds = [
  route({
    method: 'post',
    path: '/refunds',
    scope: 'refunds:write',
    summary: 'Gives money of a payment back. What it bought stays: end a subscription by its own act.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      payment_id: id('pay'),
      amount: moneyIn,
      reason: words(200),
      invoice_id: id('inv').optional().openapi({
        description:
          'Of a payment over several invoices: which of them it is. Left out: the payment’s own. Each has its own tax and credit note.',
      }),
      to: z.enum(['source', 'balance']).default('source').openapi({
        description: 'Back the way it came, or kept as the customer’s balance.',
      }),
    }),
    answer: RefundOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { payment_id, amount, reason, to, invoice_id } = call.body
      if ((await call.read((tx) => findPayment(tx, payment_id))) === null)
        throw new Refusal('invalid_input', 'Please check the payment.', [
          { pointer: '/payment_id', code: 'unknown', detail: 'There is no such payment.' },
        ])
      const { refundId } = await refundPayment(call.shop, payment_id, moneyOf(amount), reason, to, invoice_id)
      return read(call, refundId)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/refunds/{id}',
    scope: 'refunds:read',
    summary: 'Reads a refund.',
    params: byId('ref'),
    answer: RefundOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/payments/{id}/refunds',
    scope: 'refunds:read',
    summary: 'Lists the refunds of a payment.',
    params: byId('pay'),
    answer: list(RefundOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        if ((await findPayment(tx, call.params.id)) === null)
          throw new Refusal('not_found', 'There is no such payment.')
        return refundsOf(tx, call.params.id)
      })
      return whole(
        call,
        found.map((each) => refundOf(call.shop, each)),
      )
    },
  }),
]
