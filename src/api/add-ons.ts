/** Add-ons: what is sold beside a plan by the piece, and what a subscription has of them. */
import type { Shop } from '#app.ts'
import { changeAddOn, undoAddOn } from '#modules/billing/change-add-ons.ts'
import { type AddOnPreview, addOnsOf, previewAddOn } from '#modules/billing/preview-add-ons.ts'
import {
  type AddOn,
  type AddOnFacts,
  type AddOnPrice,
  addOnKinds,
  findAddOn,
  listAddOns,
  saveAddOn,
} from '#modules/catalog/add-ons.ts'
import { dipsOf } from '#modules/catalog/rules.ts'
import { heldOf, openAddOnChangeOf, type StoredAddOnChange } from '#modules/subscriptions/add-ons.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { type HeldAddOn, mostConnections } from '#modules/subscriptions/rules/add-on.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { toJson } from '#platform/money.ts'
import { ConvertedOut, convertedOut } from './converted.ts'
import { type Call, route, whole } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
  currency,
  given,
  id,
  list,
  minor,
  money,
  position,
  resource,
  time,
  words,
  z,
} from './schemas.ts'

const most = mostConnections - 1
const creditCost = z.int().min(0).max(1_000_000_000).openapi({ description: 'Thousandths of a credit, for one of it.' })
const breaks = z
  .array(z.strictObject({ from: z.int().min(2).max(most), amount }))
  .max(10)
  .openapi({ description: 'From that many on, each of them costs so much; the number decides on the price of all.' })
const PlanIn = z.strictObject({
  plan_id: id('plan'),
  credit_cost_milli: creditCost.default(0),
  prices: z.array(z.strictObject({ amount, currency, breaks: breaks.default([]) })).max(50),
})

const shape = {
  kind: z.enum(addOnKinds).openapi({ description: '`connection`: one more screen at the same time.' }),
  name: words(80),
  max_quantity: z.int().min(1).max(most).openapi({ description: 'How many one subscription may have.' }),
  active: z.boolean(),
  position,
  plans: z
    .array(PlanIn)
    .max(500)
    .openapi({ description: 'The plans it is sold with, and what one of it costs for one term of each.' }),
}

const New = z.strictObject({
  ...shape,
  kind: shape.kind.default('connection'),
  max_quantity: shape.max_quantity.default(1),
  active: shape.active.default(true),
  position: position.default(0),
})

const BreakOut = z.strictObject({ from: z.int(), amount: z.int() })
const PriceOut = z.strictObject({ amount: z.int(), currency: z.string(), breaks: z.array(BreakOut) })

const breaksOut = (steps: AddOnPrice['breaks']): z.input<typeof BreakOut>[] =>
  steps.map(({ from, amountMinor }) => ({ from, amount: Number(amountMinor) }))

const AddOnOut = resource('AddOn', {
  id: z.string(),
  kind: z.enum(addOnKinds),
  name: z.string(),
  max_quantity: z.int(),
  active: z.boolean(),
  position: z.int(),
  plans: z.array(z.strictObject({ plan_id: z.string(), credit_cost_milli: z.int(), prices: z.array(PriceOut) })),
  cheaper_in_all: z
    .array(z.strictObject({ plan_id: z.string(), quantity: z.int(), total: money, total_of_one_less: money }))
    .openapi({ description: 'Where more of it cost less in all than one less: allowed, and perhaps a slip.' }),
})

const addOnOf = (shop: Shop, addOn: AddOn): z.input<typeof AddOnOut> => ({
  id: addOn.id,
  kind: addOn.kind,
  name: addOn.name,
  max_quantity: addOn.maxQuantity,
  active: addOn.active,
  position: addOn.position,
  plans: addOn.plans.map((each) => ({
    plan_id: each.planId,
    credit_cost_milli: Number(each.creditCostMilli),
    prices: each.prices.map((price) => ({
      ...minor(price.amountMinor, price.currency),
      breaks: breaksOut(price.breaks),
    })),
  })),
  cheaper_in_all: addOn.plans.flatMap(({ planId, prices }) =>
    prices.flatMap(({ currency: code, amountMinor, breaks: steps }) =>
      dipsOf({ priceMinor: amountMinor, breaks: steps }, addOn.maxQuantity).map((dip) => ({
        plan_id: planId,
        quantity: dip.quantity,
        total: minor(dip.total, code),
        total_of_one_less: minor(dip.before, code),
      })),
    ),
  ),
  livemode: shop.livemode,
})

const missing = () => new Refusal('not_found', 'There is no such add-on.')

const read = async (call: Call, addOnId: string): Promise<z.input<typeof AddOnOut>> => {
  const found = await call.read((tx) => findAddOn(tx, addOnId))
  if (found === null) throw missing()
  return addOnOf(call.shop, found)
}

const factsOf = (body: z.output<typeof New>): AddOnFacts => ({
  kind: body.kind,
  name: body.name,
  maxQuantity: body.max_quantity,
  active: body.active,
  position: body.position,
  plans: body.plans.map((each) => ({
    planId: each.plan_id,
    creditCostMilli: BigInt(each.credit_cost_milli),
    prices: each.prices.map((price) => ({
      currency: price.currency,
      amountMinor: BigInt(price.amount),
      breaks: price.breaks.map((step) => ({ from: step.from, amountMinor: BigInt(step.amount) })),
    })),
  })),
})

export const HeldOut = z
  .strictObject({
    add_on_id: z.string(),
    kind: z.enum(addOnKinds),
    name: z.string(),
    quantity: z.int().openapi({ description: 'Paid for, and given.' }),
    renews_quantity: z.int().openapi({ description: 'What the next renewal asks for.' }),
    price: money.openapi({ description: 'Agreed: of one, for each period.' }),
    breaks: z.array(BreakOut).openapi({ description: 'Agreed: of each, where there are so many.' }),
  })
  .openapi('SubscriptionAddOn')

export const heldOut = (held: HeldAddOn, code: string): z.input<typeof HeldOut> => ({
  add_on_id: held.addOnId,
  kind: held.kind,
  name: held.name,
  quantity: held.quantity,
  renews_quantity: held.renewsQuantity,
  price: minor(held.priceMinor, code),
  breaks: breaksOut(held.breaks),
})

const ChangeOut = z
  .strictObject({
    id: z.string(),
    add_on_id: z.string(),
    from_quantity: z.int(),
    quantity: z.int(),
    invoice_id: z.string().nullable(),
    due: money,
    due_at: time.nullable().openapi({ description: 'Unpaid until then, it lapses.' }),
    created_at: time,
  })
  .openapi('AddOnChange')

const changeOf = (change: StoredAddOnChange, code: string): z.input<typeof ChangeOut> => ({
  id: change.id,
  add_on_id: change.addOnId,
  from_quantity: change.fromQuantity,
  quantity: change.toQuantity,
  invoice_id: change.invoiceId,
  due: minor(change.chargeMinor, code),
  due_at: atOr(change.dueAt),
  created_at: at(change.createdAt),
})

/** Every add-on of a subscription, for whoever shows the subscription. */
export const addOnsOut = async (tx: Tx, { id: subscriptionId, currency: code }: Subscription) =>
  (await heldOf(tx, subscriptionId)).map((each) => heldOut(each, code))

const HeldList = resource('SubscriptionAddOns', {
  subscription_id: z.string(),
  data: z.array(HeldOut),
  change: ChangeOut.nullable().openapi({ description: 'More of an add-on that waits for its payment.' }),
})

const readHeld = (call: Call<{ id: string }>): Promise<z.input<typeof HeldList>> =>
  call.read(async (tx) => {
    const subscription = await readSubscription(tx, call.params.id)
    const change = await openAddOnChangeOf(tx, subscription.id)
    return {
      subscription_id: subscription.id,
      data: await addOnsOut(tx, subscription),
      change: change && changeOf(change, subscription.currency),
      livemode: call.shop.livemode,
    }
  })

const quantity = z.int().min(0).max(most).openapi({ description: 'How many it shall have in all.' })

const Preview = z
  .strictObject({
    add_on_id: z.string(),
    quantity_before: z.int(),
    quantity: z.int(),
    takes_effect: z
      .enum(['now', 'at_end'])
      .openapi({ description: '`now`: as soon as `due` is paid. `at_end`: with the next period.' }),
    takes_effect_at: time.nullable().openapi({ description: 'Null: when it is paid.' }),
    due: money.openapi({ description: 'What is invoiced now, for the rest of the paid time.' }),
    price: money.openapi({ description: 'Of each, where there are so many, for each period.' }),
    next_price: money.openapi({ description: 'Each renewal from then on, with the plan and all add-ons.' }),
    converted: ConvertedOut,
    next_credits: z.number().openapi({ description: 'Credits that its add-ons take with each new period.' }),
    line: z.strictObject({ username: z.string(), connections_before: z.int(), connections: z.int() }),
    fingerprint: z
      .string()
      .openapi({ description: 'Send it with `change_add_on` within half an hour: exactly this happens, or nothing.' }),
  })
  .openapi('AddOnPreview')

const previewOut = (preview: AddOnPreview): z.input<typeof Preview> => ({
  add_on_id: preview.addOn.id,
  quantity_before: preview.held.quantity,
  quantity: preview.quantity,
  takes_effect: preview.change.takesEffect,
  takes_effect_at: atOr(preview.change.at),
  due: toJson(preview.due),
  price: toJson(preview.price),
  next_price: toJson(preview.nextPrice),
  converted: convertedOut(preview.converted),
  next_credits: Number(preview.nextCreditsMilli) / 1000,
  line: {
    username: preview.line.username,
    connections_before: preview.line.connections.before,
    connections: preview.line.connections.after,
  },
  fingerprint: preview.fingerprint,
})

export const addOns = [
  route({
    method: 'get',
    path: '/add_ons',
    scope: 'plans:read',
    summary: 'Lists all add-ons, in the order of the shop.',
    answer: list(AddOnOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(listAddOns)).map((each) => addOnOf(call.shop, each)),
      ),
  }),
  route({
    method: 'post',
    path: '/add_ons',
    scope: 'plans:write',
    summary: 'Makes an add-on, sold with the plans that it names.',
    status: 201,
    body: New,
    answer: AddOnOut,
    handle: async (call) =>
      read(call, await call.write('save-add-on', (tx) => saveAddOn(tx, call.shop, factsOf(call.body)))),
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/add_ons/{id}',
    scope: 'plans:read',
    summary: 'Reads an add-on.',
    params: byId('addon'),
    answer: AddOnOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/add_ons/{id}',
    scope: 'plans:write',
    summary: 'Changes an add-on. What subscriptions have stays at its agreed price; `active: false` takes it off sale.',
    params: byId('addon'),
    body: z.strictObject(shape).partial(),
    answer: AddOnOut,
    handle: async (call) => {
      await call.write('save-add-on', async (tx) => {
        const before = await findAddOn(tx, call.params.id)
        if (before === null) throw missing()
        const { livemode: _, id: __, cheaper_in_all: ___, ...as } = addOnOf(call.shop, before)
        await saveAddOn(tx, call.shop, factsOf({ ...as, ...given(call.body) }), before.id)
      })
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/subscriptions/{id}/add_ons',
    scope: 'subscriptions:read',
    summary: 'Lists the add-ons of a subscription, and what waits for its payment.',
    params: byId('sub'),
    answer: HeldList,
    handle: readHeld,
  }),
  route({
    method: 'get',
    path: '/subscriptions/{id}/change_add_on/preview',
    scope: 'subscriptions:read',
    summary:
      'Tells what one more of each add-on, or `quantity` of the one named, would cost and do, before it is confirmed.',
    params: byId('sub'),
    query: z.strictObject({
      add_on_id: id('addon').optional(),
      quantity: z.coerce
        .number()
        .int()
        .min(0)
        .max(most)
        .optional()
        .openapi({ description: 'How many it shall have in all; one more than now when left out.' }),
    }),
    answer: resource('AddOnPreviews', { data: z.array(Preview) }),
    refuses: ['conflict', 'not_sellable'],
    handle: (call) =>
      call.read(async (tx) => {
        const subscription = await readSubscription(tx, call.params.id)
        const { add_on_id, quantity: wanted } = call.query
        const known = await addOnsOf(tx, call.shop, subscription)
        const had = (addOnId: string) => known.find(({ held }) => held.addOnId === addOnId)?.held.quantity ?? 0
        const more = known.filter(({ forSale, held, addOn }) => forSale && held.quantity < addOn.maxQuantity)
        const data = []
        for (const addOnId of add_on_id === undefined ? more.map(({ addOn }) => addOn.id) : [add_on_id]) {
          const count = wanted ?? had(addOnId) + 1
          data.push(previewOut(await previewAddOn(tx, call.shop, subscription.id, addOnId, count, call.now)))
        }
        return { data, livemode: call.shop.livemode }
      }),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/change_add_on',
    scope: 'subscriptions:write',
    summary: 'Changes how many of an add-on it has, as previewed: more once it is paid, fewer with the next period.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ add_on_id: id('addon'), quantity, fingerprint: words(60), reason: words(200).optional() }),
    answer: HeldList,
    refuses: ['conflict', 'in_progress', 'not_sellable'],
    handle: async (call) => {
      await readHeld(call)
      const { add_on_id, quantity: wanted, fingerprint, reason } = call.body
      await changeAddOn(call.shop, call.params.id, { addOnId: add_on_id, quantity: wanted }, fingerprint, reason)
      return readHeld(call)
    },
    retell: readHeld,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/undo_change_add_on',
    scope: 'subscriptions:write',
    summary: 'Takes back more of an add-on for which no money came yet; its invoice is withdrawn.',
    needsKey: true,
    params: byId('sub'),
    answer: HeldList,
    refuses: ['conflict', 'in_progress'],
    handle: async (call) => {
      await readHeld(call)
      await undoAddOn(call.shop, call.params.id)
      return readHeld(call)
    },
    retell: readHeld,
  }),
]
