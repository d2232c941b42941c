/** Money that came in another currency than its payment asked for, and where it belongs. */
import type { Shop } from '#app.ts'
import { countStray, keepStray, returnStray, type Worth, worthOf } from '#modules/billing/decide-stray.ts'
import { findStray, leftOf, listStray, type StrayMoney, strayStates } from '#modules/billing/stray-money.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route } from './route.ts'
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
  words,
  z,
} from './schemas.ts'

const rate = z.strictObject({ rate: z.string(), day: z.string(), source: z.string() })

const StrayOut = resource('StrayMoney', {
  id: z.string(),
  payment_id: z.string(),
  customer_id: z.string(),
  gateway_id: z.string(),
  gateway_reference: z.string().openapi({ description: 'The gateway’s own name of this money.' }),
  amount: money,
  left: money.openapi({ description: 'Of it: what has no place yet, or is on its way back.' }),
  counted: money.openapi({ description: 'Of it: what its payment was paid with.' }),
  worth: money.openapi({ description: 'What `counted` was said to be worth, in the currency that was asked for.' }),
  kept: money.openapi({ description: 'Of it: what became the customer’s balance.' }),
  returned: money.openapi({ description: 'Of it: what went back at the gateway.' }),
  state: z.enum(strayStates).openapi({ description: '`open`: some of it has no place yet.' }),
  proposed: z
    .strictObject({ worth: money, rate })
    .nullable()
    .openapi({ description: 'What `left` is worth at the day’s rate; null: none is known, or nothing is left.' }),
  rate: rate.nullable().openapi({ description: 'The day’s rate when it was counted; null: none was known.' }),
  reason: z.string().nullable(),
  decided_by: z.string().nullable(),
  decided_at: time.nullable(),
  created_at: time,
})

const outOf = (shop: Shop, stray: StrayMoney, proposed: Worth | null): z.input<typeof StrayOut> => ({
  id: stray.id,
  payment_id: stray.paymentId,
  customer_id: stray.customerId,
  gateway_id: stray.gatewayAccountId,
  gateway_reference: stray.factId,
  amount: minor(stray.amountMinor, stray.currency),
  left: minor(leftOf(stray), stray.currency),
  counted: minor(stray.countedMinor, stray.currency),
  worth: minor(stray.worthMinor, stray.worthCurrency),
  kept: minor(stray.keptMinor, stray.currency),
  returned: minor(stray.returnedMinor, stray.currency),
  state: stray.state,
  proposed:
    proposed === null
      ? null
      : { worth: minor(proposed.worth.minor, proposed.worth.currency), rate: { ...proposed.rate } },
  rate: stray.rate,
  reason: stray.reason,
  decided_by: stray.decidedBy,
  decided_at: atOr(stray.decidedAt),
  created_at: at(stray.createdAt),
  livemode: shop.livemode,
})

const read = (call: Call<{ id: string }>): Promise<z.input<typeof StrayOut>> =>
  call.read(async (tx) => {
    const found = await findStray(tx, call.params.id)
    if (found === null) throw new Refusal('not_found', 'There is no such money.')
    return outOf(call.shop, found, found.state === 'open' ? await worthOf(tx, call.shop, found) : null)
  })

const Reason = z.strictObject({ reason: words(500) })

export const strayMoneys = [
  route({
    method: 'get',
    path: '/stray_moneys',
    scope: 'payments:read',
    summary: 'Lists money that came in another currency than was asked for, newest first.',
    description: '`proposed` is told where one is read by itself.',
    query: listQuery({ state: z.enum(strayStates).optional(), payment_id: id('pay').optional() }),
    answer: list(StrayOut),
    handle: async (call) => {
      const { state, payment_id: paymentId } = call.query
      return call.list(
        await call.read((tx) => listStray(tx, { state, paymentId }, call.page)),
        (each) => outOf(call.shop, each, null),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/stray_moneys/{id}',
    scope: 'payments:read',
    summary: 'Reads money that came in another currency, with what it is worth at the day’s rate.',
    params: byId('stm'),
    answer: StrayOut,
    handle: read,
  }),
  route({
    method: 'post',
    path: '/stray_moneys/{id}/count',
    scope: 'payments:write',
    summary: 'Counts all that is left of it for what its payment was made for.',
    description:
      'You say what it is worth in the currency that was asked for; from there it is paid as by any other money. Refunds of the payment go to the customer’s balance then.',
    needsKey: true,
    params: byId('stm'),
    body: z.strictObject({ worth: moneyIn, reason: words(500) }),
    answer: StrayOut,
    refuses: ['conflict', 'in_progress'],
    handle: async (call) => {
      const { worth, reason } = call.body
      await countStray(call.shop, call.params.id, { worth: moneyOf(worth), reason })
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/stray_moneys/{id}/keep',
    scope: 'payments:write',
    summary: 'Keeps all that is left of it as the customer’s balance, in the currency that it came in.',
    needsKey: true,
    params: byId('stm'),
    body: Reason,
    answer: StrayOut,
    refuses: ['conflict', 'in_progress'],
    handle: async (call) => {
      await keepStray(call.shop, call.params.id, call.body.reason)
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/stray_moneys/{id}/give_back',
    scope: 'refunds:write',
    summary: 'Gives all that is left of it back at the gateway, in the currency that it came in.',
    description: 'Its refund is among those of the payment (`/payments/{id}/refunds`).',
    needsKey: true,
    params: byId('stm'),
    body: Reason,
    answer: StrayOut,
    refuses: ['conflict', 'in_progress'],
    handle: async (call) => {
      await returnStray(call.shop, call.params.id, call.body.reason)
      return read(call)
    },
    retell: read,
  }),
]
