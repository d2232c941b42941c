/** What lines bring in and what they cost, and what the credits cost that they are kept with. */
import type { Shop } from '#app.ts'
import { type MarginSums, marginByLine, marginByPlan, marginCsv, marginOf } from '#modules/analytics/margin.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import {
  type CreditLot,
  enterCreditLot,
  findCreditLot,
  listCreditLots,
  undoCreditLot,
  unpricedCredits,
} from '#modules/reselling/credit-lots.ts'
import { Refusal } from '#platform/errors.ts'
import { monthIn, monthOf, monthsAsked } from './ledger.ts'
import { type Call, fileRoute, route, whole } from './route.ts'
import {
  at,
  atOr,
  byId,
  id,
  instantIn,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  moneyOf,
  resource,
  time,
  z,
} from './schemas.ts'

const sums = {
  earned: money.openapi({ description: 'Served in this month, net of tax.' }),
  refunded: money,
  fees: money.openapi({ description: 'Kept by gateways: of payments, refunds and disputes.' }),
  cost: money.openapi({ description: 'Of the credits that the month was kept with, as far as it is known.' }),
  unknown_credits_milli: z.int().openapi({ description: 'Thousandths of a credit of which nobody has said the cost.' }),
  margin: money.nullable().openapi({ description: 'What is left; null where a part of the cost is not known.' }),
}

const sumsOut = (each: MarginSums & { currency: string }) => {
  const margin = marginOf(each)
  return {
    earned: minor(each.earned, each.currency),
    refunded: minor(each.refunded, each.currency),
    fees: minor(each.fees, each.currency),
    cost: minor(each.cost, each.currency),
    unknown_credits_milli: Number(each.unknownMilli),
    margin: margin === null ? null : minor(margin, each.currency),
  }
}

const month = z.string().openapi({ example: '2026-03' })
const MarginOut = resource('MarginOfPlan', {
  month,
  of: z.enum(['plan', 'resellers', 'other']).openapi({
    description: '`resellers`: lines of businesses below, which earn in their own books. `other`: sold without a plan.',
  }),
  plan_id: z.string().nullable(),
  plan_name: z.string().nullable(),
  ...sums,
})
const LineMarginOut = resource('MarginOfLine', {
  month,
  plan_id: z.string(),
  subscription_id: z.string(),
  username: z.string().nullable(),
  ...sums,
})

const LotOut = resource('CreditLot', {
  id: z.string(),
  panel_id: z.string().nullable().openapi({ description: 'Bought for our account at this panel.' }),
  transfer_id: z.string().nullable().openapi({ description: 'Given to our wallet by this transfer of our supplier.' }),
  credits_milli: z.int(),
  cost: money,
  bought_at: time,
  note: z.string(),
  by: z.string(),
  created_at: time,
  undone_at: time.nullable(),
})

const lotOf = (shop: Shop, each: CreditLot): z.input<typeof LotOut> => ({
  id: each.id,
  panel_id: each.panelId,
  transfer_id: each.transferId,
  credits_milli: Number(each.creditsMilli),
  cost: minor(each.costMinor, each.currency),
  bought_at: at(each.boughtAt),
  note: each.note,
  by: each.createdBy,
  created_at: at(each.createdAt),
  undone_at: atOr(each.undoneAt),
  livemode: shop.livemode,
})

const read = async (call: Call, lotId: string): Promise<z.input<typeof LotOut>> => {
  const found = await call.read((tx) => findCreditLot(tx, lotId))
  if (found === null) throw new Refusal('not_found', 'There is no such entry.')
  return lotOf(call.shop, found)
}

const rowsAsked = (call: Call<unknown, { from?: string | undefined; to?: string | undefined }>) =>
  call.read((tx) => marginByPlan(tx, monthsAsked(call), call.shop.zone))

const period = z.strictObject({ from: monthIn.optional(), to: monthIn.optional() })

export const margin = [
  route({
    method: 'get',
    path: '/reports/margin',
    scope: 'transfers:read',
    summary:
      'Tells by month and plan what lines brought in, what the credits cost that they were kept with, and what is left.',
    query: period,
    answer: list(MarginOut),
    handle: async (call) =>
      whole(
        call,
        (await rowsAsked(call)).map((each) => ({
          ...{ month: each.month, of: each.of, plan_id: each.planId, plan_name: each.planName },
          ...sumsOut(each),
          livemode: call.shop.livemode,
        })),
      ),
  }),
  fileRoute({
    method: 'get',
    path: '/reports/margin/csv',
    scope: 'transfers:read',
    summary: 'The same as a table, one row a line.',
    query: period,
    media: 'text/csv',
    handle: async (call) => new TextEncoder().encode(marginCsv(await rowsAsked(call))),
  }),
  route({
    method: 'get',
    path: '/plans/{id}/margin',
    scope: 'transfers:read',
    summary: 'Tells what each line of a plan brought in and cost in a month: this one, where none is named.',
    params: byId('plan'),
    query: z.strictObject({ month: monthIn.optional() }),
    answer: list(LineMarginOut),
    handle: async (call) => {
      const plan_id = call.params.id
      const asked = call.query.month ?? monthOf(call.now, call.shop)
      if ((await call.read((tx) => findPlan(tx, plan_id))) === null)
        throw new Refusal('not_found', 'There is no such plan.')
      const found = await call.read((tx) => marginByLine(tx, asked, plan_id, call.shop.zone))
      return whole(
        call,
        found.map((each) => ({
          ...{ month: asked, plan_id, subscription_id: each.subscriptionId, username: each.username },
          ...sumsOut(each),
          livemode: call.shop.livemode,
        })),
      )
    },
  }),
  route({
    method: 'get',
    path: '/unpriced_credits',
    scope: 'payments:read',
    summary:
      'Lists credits that came into the wallet otherwise than by a purchase, and nobody has said what they cost.',
    answer: list(resource('UnpricedCredits', { transfer_id: z.string(), given_at: time, credits_milli: z.int() })),
    handle: async (call) =>
      whole(
        call,
        (await call.read(unpricedCredits)).map((each) => ({
          transfer_id: each.transferId,
          given_at: at(each.at),
          credits_milli: Number(each.creditsMilli),
          livemode: call.shop.livemode,
        })),
      ),
  }),
  route({
    method: 'get',
    path: '/credit_lots',
    scope: 'payments:read',
    summary: 'Lists what credits cost that were bought at panels or given by the supplier, newest first.',
    query: listQuery({}),
    answer: list(LotOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listCreditLots(tx, call.page)),
        (each) => lotOf(call.shop, each),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'get',
    path: '/credit_lots/{id}',
    scope: 'payments:read',
    summary: 'Reads what a lot of credits cost.',
    params: byId('clt'),
    answer: LotOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/credit_lots',
    scope: 'payments:write',
    summary:
      'Enters what credits cost: bought for the account at a panel (`panel_id`, `credits_milli`, `bought_at`), or given to the wallet by a transfer (`transfer_id`).',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      panel_id: id('pan').optional(),
      credits_milli: z.int().min(1).max(1_000_000_000_000).optional(),
      bought_at: instantIn.optional(),
      transfer_id: id('trf').optional(),
      cost: moneyIn,
      note: z.string().max(200).default(''),
    }),
    answer: LotOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { panel_id, credits_milli, bought_at, transfer_id, cost, note } = call.body
      if ((panel_id === undefined) === (transfer_id === undefined))
        throw new Refusal('invalid_input', 'Please name a panel or a transfer.', [
          { pointer: '/panel_id', code: 'required', detail: 'One of the two.' },
        ])
      const what =
        transfer_id === undefined
          ? {
              panelId: panel_id ?? '',
              creditsMilli: BigInt(credits_milli ?? 0),
              boughtAt: bought_at ?? call.now,
            }
          : { transferId: transfer_id }
      return read(call, await enterCreditLot(call.shop, { ...what, cost: moneyOf(cost), note }))
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/credit_lots/{id}/undo',
    scope: 'payments:write',
    summary: 'Takes back what was entered by mistake.',
    needsKey: true,
    params: byId('clt'),
    answer: LotOut,
    handle: async (call) => {
      await undoCreditLot(call.shop, call.params.id)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
]
