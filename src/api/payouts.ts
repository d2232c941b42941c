/** Payouts: what gateways have paid out to the bank, and what they hold still. */
import type { Shop } from '#app.ts'
import {
  findPayout,
  heldByGateways,
  listPayouts,
  type Payout,
  recordPayout,
  undoPayout,
} from '#modules/billing/payouts/record-payout.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
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

const day = z.iso.date().openapi({ example: '2026-03-31' })

const PayoutOut = resource('Payout', {
  id: z.string(),
  gateway: z.string(),
  amount: money.openapi({ description: 'What arrived at the bank.' }),
  fee: money.openapi({ description: 'What the gateway kept of it.' }),
  reference: z.string(),
  arrived_on: day,
  by: z.string(),
  created_at: time,
  undone_at: time.nullable(),
})

const payoutOf = (shop: Shop, each: Payout): z.input<typeof PayoutOut> => ({
  id: each.id,
  gateway: each.gatewayAccountId,
  amount: minor(each.amountMinor, each.currency),
  fee: minor(each.feeMinor, each.currency),
  reference: each.reference,
  arrived_on: each.arrivedOn,
  by: each.by,
  created_at: at(each.createdAt),
  undone_at: atOr(each.undoneAt),
  livemode: shop.livemode,
})

const HeldOut = resource('HeldByGateway', { gateway: z.string(), held: money })

const read = async (call: Call, payoutId: string): Promise<z.input<typeof PayoutOut>> => {
  const found = await call.read((tx) => findPayout(tx, payoutId))
  if (found === null) throw new Refusal('not_found', 'There is no such payout.')
  return payoutOf(call.shop, found)
}

export const payouts = [
  route({
    method: 'get',
    path: '/payouts',
    scope: 'payments:read',
    summary: 'Lists payouts, newest first.',
    query: listQuery({ gateway: id('gwa').optional() }),
    answer: list(PayoutOut),
    handle: async (call) => {
      const found = await call.read((tx) => listPayouts(tx, { gatewayAccountId: call.query.gateway }, call.page))
      return call.list(
        found,
        (each) => payoutOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/held_by_gateways',
    scope: 'payments:read',
    summary: 'Tells what each gateway holds for the business, by the books.',
    answer: list(HeldOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(heldByGateways)).map((each) => ({
          gateway: each.gatewayAccountId,
          held: minor(each.minor, each.currency),
          livemode: call.shop.livemode,
        })),
      ),
  }),
  route({
    method: 'get',
    path: '/payouts/{id}',
    scope: 'payments:read',
    summary: 'Reads a payout.',
    params: byId('pyo'),
    answer: PayoutOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/payouts',
    scope: 'payments:write',
    summary: 'Enters what a gateway has paid out, once per reference.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      gateway: id('gwa'),
      amount: moneyIn,
      fee: moneyIn.optional(),
      reference: words(120),
      arrived_on: day,
    }),
    answer: PayoutOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { gateway, amount, fee, reference, arrived_on } = call.body
      const made = await recordPayout(call.shop, {
        gatewayAccountId: gateway,
        amount: moneyOf(amount),
        fee: fee === undefined ? null : moneyOf(fee),
        reference,
        arrivedOn: Temporal.PlainDate.from(arrived_on),
      })
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/payouts/{id}/undo',
    scope: 'payments:write',
    summary: 'Takes back a payout that was entered by mistake.',
    needsKey: true,
    params: byId('pyo'),
    answer: PayoutOut,
    handle: async (call) => {
      await undoPayout(call.shop, call.params.id)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
]
