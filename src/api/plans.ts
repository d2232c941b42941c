/** Plans: a product sold for a term, at a price per currency. */
import type { Shop } from '#app.ts'
import { findPlan, listPlans, type Plan, type PlanFacts, savePlan } from '#modules/catalog/plans.ts'
import { whyNotSold } from '#modules/checkout/why-not-sold.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import {
  amount,
  byId,
  currency,
  flag,
  given,
  id,
  lines,
  list,
  minor,
  money,
  position,
  resource,
  words,
  z,
} from './schemas.ts'

const Term = z
  .strictObject({ unit: z.enum(['hour', 'day', 'month', 'year']), count: z.int().min(1).max(1_000) })
  .openapi('Term')
const PriceIn = z.strictObject({ amount, setup_amount: amount.default(0), currency })

const shape = {
  product_id: id('prod'),
  name: words(80),
  description: lines(2_000),
  term: Term,
  prices: z.array(PriceIn).max(50),
  credit_cost_milli: z.int().min(0).max(1_000_000_000).openapi({ description: 'Thousandths of a credit.' }),
  trial: z.boolean(),
  renewable: z.boolean(),
  best_value: z.boolean(),
  active: z.boolean(),
  position,
}

const New = z.strictObject({
  ...shape,
  description: shape.description.default(''),
  credit_cost_milli: shape.credit_cost_milli.default(0),
  trial: shape.trial.default(false),
  renewable: shape.renewable.default(true),
  best_value: shape.best_value.default(false),
  active: shape.active.default(true),
  position: position.default(0),
})

export const PlanOut = resource('Plan', {
  id: z.string(),
  product_id: z.string(),
  name: z.string(),
  description: z.string(),
  term: Term,
  prices: z.array(z.strictObject({ price: money, setup: money })),
  credit_cost_milli: z.int(),
  trial: z.boolean(),
  renewable: z.boolean(),
  best_value: z.boolean(),
  active: z.boolean(),
  position: z.int(),
})

export const planOf = (shop: Shop, plan: Plan): z.input<typeof PlanOut> => ({
  id: plan.id,
  product_id: plan.productId,
  name: plan.name,
  description: plan.description,
  term: { unit: plan.termUnit, count: plan.termCount },
  prices: plan.prices.map((each) => ({
    price: minor(each.amountMinor, each.currency),
    setup: minor(each.setupMinor, each.currency),
  })),
  credit_cost_milli: Number(plan.creditCostMilli),
  trial: plan.trial,
  renewable: plan.renewable,
  best_value: plan.bestValue,
  active: plan.active,
  position: plan.position,
  livemode: shop.livemode,
})

const read = async (call: Call, planId: string): Promise<z.input<typeof PlanOut>> => {
  const found = await call.read((tx) => findPlan(tx, planId))
  if (found === null) throw new Refusal('not_found', 'There is no such plan.')
  return planOf(call.shop, found)
}

function pricesOf(prices: z.output<typeof PriceIn>[]): Plan['prices'] {
  const twice = prices.findIndex((each, index) => prices.findIndex((other) => other.currency === each.currency) < index)
  if (twice >= 0)
    throw new Refusal('invalid_input', 'Please check the prices.', [
      { pointer: `/prices/${twice}/currency`, code: 'duplicate', detail: 'There is another price in this currency.' },
    ])
  return prices.map((each) => ({
    currency: each.currency,
    amountMinor: BigInt(each.amount),
    setupMinor: BigInt(each.setup_amount),
  }))
}

const factsOf = (body: z.output<typeof New>): PlanFacts => ({
  productId: body.product_id,
  name: body.name,
  description: body.description,
  termUnit: body.term.unit,
  termCount: body.term.count,
  creditCostMilli: BigInt(body.credit_cost_milli),
  trial: body.trial,
  renewable: body.renewable,
  bestValue: body.best_value,
  active: body.active,
  position: body.position,
  prices: pricesOf(body.prices),
})

export const plans = [
  route({
    method: 'get',
    path: '/plans',
    scope: 'plans:read',
    summary: 'Lists all plans, in the order of the shop.',
    query: z.strictObject({ for_sale: flag.optional() }),
    answer: list(PlanOut),
    handle: async (call) => {
      const found = await call.read((tx) => listPlans(tx, { forSale: call.query.for_sale ?? false }))
      return whole(
        call,
        found.map((each) => planOf(call.shop, each)),
      )
    },
  }),
  route({
    method: 'post',
    path: '/plans',
    scope: 'plans:write',
    summary: 'Makes a plan.',
    status: 201,
    body: New,
    answer: PlanOut,
    handle: async (call) =>
      read(call, await call.write('save-plan', (tx) => savePlan(tx, call.shop, factsOf(call.body)))),
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/plans/{id}',
    scope: 'plans:read',
    summary: 'Reads a plan.',
    params: byId('plan'),
    answer: PlanOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/plans/{id}',
    scope: 'plans:write',
    summary: 'Changes a plan. Agreed prices of running subscriptions stay; `active: false` takes it off sale.',
    params: byId('plan'),
    body: z.strictObject(shape).partial(),
    answer: PlanOut,
    handle: async (call) => {
      await call.write('save-plan', async (tx) => {
        const before = await findPlan(tx, call.params.id)
        if (before === null) throw new Refusal('not_found', 'There is no such plan.')
        const { prices: _, livemode: __, id: ___, ...as } = planOf(call.shop, before)
        const prices = before.prices.map((each) => ({
          currency: each.currency,
          amount: Number(each.amountMinor),
          setup_amount: Number(each.setupMinor),
        }))
        await savePlan(tx, call.shop, factsOf({ ...as, prices, ...given(call.body) }), before.id)
      })
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/plans/{id}/obstacles',
    scope: 'plans:read',
    summary: 'Tells why a plan cannot be bought at the moment; empty when it can.',
    params: byId('plan'),
    answer: z.strictObject({
      obstacles: z.array(
        z.enum(['plan_off', 'product_off', 'no_price', 'no_package', 'panel_untested', 'panels_closed', 'no_room']),
      ),
      livemode: z.boolean(),
    }),
    handle: async (call) => {
      const obstacles = await call.read(async (tx) => {
        const plan = await findPlan(tx, call.params.id)
        if (plan === null) throw new Refusal('not_found', 'There is no such plan.')
        return whyNotSold(tx, call.shop, plan)
      })
      return { obstacles, livemode: call.shop.livemode }
    },
  }),
]
