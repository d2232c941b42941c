/** Our books beside the lists of the gateways: comparisons, and what does not agree. */
import type { Shop } from '#app.ts'
import {
  compareBooks,
  comparisonStates,
  type GatewayComparison,
  listComparisons,
  readComparison,
} from '#modules/billing/comparison/comparisons.ts'
import {
  bookDifference,
  putDifferenceAside,
  takeDifferenceBack,
} from '#modules/billing/comparison/decide-difference.ts'
import {
  findMoneyDifference,
  listMoneyDifferences,
  type MoneyDifference,
  moneyDifferenceStates,
} from '#modules/billing/comparison/differences.ts'
import { differenceKinds } from '#modules/billing/comparison/rules.ts'
import { Refusal } from '#platform/errors.ts'
import { choiceOf } from './bank.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, list, listQuery, minor, money, resource, time, words, z } from './schemas.ts'

const ComparisonOut = resource('GatewayComparison', {
  id: z.string(),
  gateway: z.string(),
  asked_by: z.string().nullable().openapi({ description: 'Null: it was due, as every day.' }),
  state: z.enum(comparisonStates).openapi({
    description:
      '`doubtful`: the list left out far too much to be believed, and nothing was concluded. `failed`: the gateway did not show it.',
  }),
  from: time,
  until: time,
  listed: z.int().openapi({ description: 'How many payments its list told.' }),
  foreign: z.int().openapi({ description: 'How many of them are of others who use the account.' }),
  expected: z.int().nullable().openapi({ description: 'How many of ours it should have told.' }),
  missing: z.int().nullable().openapi({ description: 'How many of those it left out; each was looked up by itself.' }),
  last_error: z.string().nullable(),
  started_at: time,
  finished_at: time.nullable(),
})

const comparisonOf = (shop: Shop, each: GatewayComparison): z.input<typeof ComparisonOut> => ({
  id: each.id,
  gateway: each.gatewayAccountId,
  asked_by: each.askedBy,
  state: each.state,
  from: at(each.from),
  until: at(each.until),
  listed: each.listed,
  foreign: each.foreign,
  expected: each.expected,
  missing: each.missing,
  last_error: each.lastError,
  started_at: at(each.startedAt),
  finished_at: atOr(each.finishedAt),
  livemode: shop.livemode,
})

const DifferenceOut = resource('MoneyDifference', {
  id: z.string(),
  gateway: z.string(),
  kind: z.enum(differenceKinds).openapi({
    description:
      '`unknown`: money there without a payment here; `not_booked`: paid there, not here; `missing_there`: paid here, not there; `other_amount`, `other_refunds`: the amounts differ.',
  }),
  payment_id: z.string().nullable(),
  remote_ref: z.string().nullable().openapi({ description: 'The payment’s name at the gateway.' }),
  our_ref: z.string().nullable().openapi({ description: 'What it says of us there.' }),
  ours: money,
  theirs: money,
  money_at: time,
  state: z.enum(moneyDifferenceStates),
  because: z.enum(['gone', 'booked']).nullable(),
  reason: z.string().nullable(),
  decided_by: z.string().nullable(),
  decided_at: time.nullable(),
  created_at: time,
})

const differenceOf = (shop: Shop, each: MoneyDifference): z.input<typeof DifferenceOut> => ({
  id: each.id,
  gateway: each.gatewayAccountId,
  kind: each.kind,
  payment_id: each.paymentId,
  remote_ref: each.remoteRef ?? (each.kind === 'unknown' ? each.fact : null),
  our_ref: each.ourRef,
  ours: minor(each.oursMinor, each.currency),
  theirs: minor(each.theirsMinor, each.currency),
  money_at: at(each.moneyAt),
  state: each.state,
  because: each.because,
  reason: each.reason,
  decided_by: each.decidedBy,
  decided_at: atOr(each.decidedAt),
  created_at: at(each.createdAt),
  livemode: shop.livemode,
})

const readOne = async (call: Call, differenceId: string): Promise<z.input<typeof DifferenceOut>> => {
  const found = await call.read((tx) => findMoneyDifference(tx, differenceId))
  if (found === null) throw new Refusal('not_found', 'There is no such difference.')
  return differenceOf(call.shop, found)
}

export const comparisons = [
  route({
    method: 'get',
    path: '/gateway_comparisons',
    scope: 'payments:read',
    summary: 'Lists comparisons with the lists of gateways, newest first.',
    query: listQuery({ gateway: id('gwa').optional() }),
    answer: list(ComparisonOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listComparisons(tx, { gatewayAccountId: call.query.gateway }, call.page)),
        (each) => comparisonOf(call.shop, each),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'get',
    path: '/gateway_comparisons/{id}',
    scope: 'payments:read',
    summary: 'Reads a comparison, and how far it got.',
    params: byId('gcm'),
    answer: ComparisonOut,
    handle: async (call) => comparisonOf(call.shop, await call.read((tx) => readComparison(tx, call.params.id))),
  }),
  route({
    method: 'post',
    path: '/gateways/{id}/compare',
    scope: 'payments:write',
    summary: 'Compares our books with the gateway’s own list of the last seven days, now.',
    description: 'One that is under way is answered as it is. It happens by itself every day.',
    params: byId('gwa'),
    body: z.strictObject({
      trust_less: z.boolean().default(false).openapi({
        description: 'What the list leaves out is looked up one by one, however much it is.',
      }),
    }),
    answer: ComparisonOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) =>
      comparisonOf(
        call.shop,
        await call.write('compare-gateway', (tx) =>
          compareBooks(tx, call.shop, call.params.id, { trustsLess: call.body.trust_less }),
        ),
      ),
  }),
  route({
    method: 'get',
    path: '/money_differences',
    scope: 'payments:read',
    summary: 'Lists where our books and those of gateways differ, newest first.',
    query: listQuery({ gateway: id('gwa').optional(), state: z.enum(moneyDifferenceStates).optional() }),
    answer: list(DifferenceOut),
    handle: async (call) => {
      const { gateway, state } = call.query
      return call.list(
        await call.read((tx) => listMoneyDifferences(tx, { gatewayAccountId: gateway, state }, call.page)),
        (each) => differenceOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/money_differences/{id}',
    scope: 'payments:read',
    summary: 'Reads a difference.',
    params: byId('mdf'),
    answer: DifferenceOut,
    handle: (call) => readOne(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/money_differences/{id}/book',
    scope: 'payments:write',
    summary: 'Books money that we did not know to an invoice, or to what a customer owes longest.',
    description: 'As its gateway listed it, and once. More than is open becomes the customer’s balance.',
    needsKey: true,
    params: byId('mdf'),
    body: z.strictObject({ invoice_id: id('inv').optional(), customer_id: id('cus').optional() }),
    answer: DifferenceOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await readOne(call, call.params.id)
      await bookDifference(call.shop, call.params.id, await choiceOf(call, call.body))
      return readOne(call, call.params.id)
    },
    retell: (call) => readOne(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/money_differences/{id}/put_aside',
    scope: 'payments:write',
    summary: 'Says that a difference is as it should be, and why.',
    description: 'It shows again when its amounts become others.',
    params: byId('mdf'),
    body: z.strictObject({ reason: words(500) }),
    answer: DifferenceOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      await putDifferenceAside(call.shop, call.params.id, call.body.reason)
      return readOne(call, call.params.id)
    },
  }),
  route({
    method: 'post',
    path: '/money_differences/{id}/take_back',
    scope: 'payments:write',
    summary: 'Lets a difference that was put aside wait again.',
    params: byId('mdf'),
    answer: DifferenceOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      await takeDifferenceBack(call.shop, call.params.id)
      return readOne(call, call.params.id)
    },
  }),
]
