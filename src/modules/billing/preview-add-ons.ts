/** What more or fewer of an add-on would mean: one answer for API, console and portal, and the one that the act carries out. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import { type AddOn, addOnPrice, addOnsFor, findAddOn } from '../catalog/add-ons.ts'
import { type Exchange, readExchange } from '../catalog/exchange.ts'
import { type Converted, pieceAt, type VolumeConverted } from '../catalog/rules/exchange.ts'
import { eachOf } from '../catalog/rules.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import { readSetting } from '../people/settings.ts'
import { heldOf } from '../subscriptions/add-ons.ts'
import { lifeSetting } from '../subscriptions/life-settings.ts'
import { openChangeOf } from '../subscriptions/plan-changes.ts'
import { fingerprintOf } from '../subscriptions/preview.ts'
import { findSubscription } from '../subscriptions/queries.ts'
import {
  type AddOnChange,
  addOnChange,
  creditsOf,
  type HeldAddOn,
  mostConnections,
  sumOf,
} from '../subscriptions/rules/add-on.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { paidTime } from './paid-time.ts'

export type AddOnPreview = {
  subscription: Subscription
  addOn: AddOn
  /** What it has now; `quantity` 0 where it has none. */
  held: HeldAddOn
  /** What it would have from `change.at` on. */
  quantity: number
  change: AddOnChange
  /** What is paid before more is given. */
  due: Money
  /** Of each, where there are so many, for each period. */
  price: Money
  /** What that was made of, where it is sold by rate. */
  converted: Converted | null
  /** Each renewal from then on: the plan and all of its add-ons. */
  nextPrice: Money
  /** Credits that the add-ons take with each new period, in thousandths. */
  nextCreditsMilli: bigint
  line: { username: string; connections: { before: number; after: number } }
  /** To be sent with the act, which then does exactly this. */
  fingerprint: string
}

/** `asOf`: the instant at which amounts are counted. Throws with a sentence where it cannot be had. */
export async function previewAddOn(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  addOnId: string,
  quantity: number,
  asOf: Temporal.Instant,
): Promise<AddOnPreview> {
  const subscription = await findSubscription(tx, subscriptionId)
  const line = await lineOfSubscription(tx, subscriptionId)
  if (subscription === null || line === null) throw new Refusal('not_found', 'There is no such subscription.')
  const addOn = await findAddOn(tx, addOnId)
  if (addOn === null) throw new Refusal('not_found', 'There is no such add-on.')
  await refuseOpenChange(tx, subscriptionId)
  const all = await heldOf(tx, subscriptionId)
  const { held, converted } = wouldHold(all, addOn, quantity, subscription, await readExchange(tx, shop), asOf)
  const { currency } = subscription
  const rules = await readSetting(tx, shop, lifeSetting)
  const change = addOnChange({
    subscription,
    held,
    quantity,
    price: held,
    stretches: (await paidTime(tx, subscriptionId, asOf, subscription.term, 'priced')).stretches,
    counting: { unit: rules.proration, zone: subscription.zone },
    now: asOf,
  })
  if (change === null) throw new Refusal('conflict', `Add-ons cannot be changed while it is ${subscription.status}.`)
  const after = line.connections + quantity - held.quantity
  if (after > mostConnections) throw new Refusal('not_sellable', `A line has at most ${mostConnections} connections.`)
  const next = [...all.filter(({ addOnId: id }) => id !== addOn.id), { ...held, renewsQuantity: quantity }]
  const nextMinor = subscription.priceMinor + sumOf(next, 'renewsQuantity')
  return {
    subscription,
    addOn,
    held,
    quantity,
    change,
    due: money(change.dueMinor, currency),
    price: money(eachOf(held, quantity), currency),
    converted: pieceAt(converted, quantity),
    nextPrice: money(nextMinor, currency),
    nextCreditsMilli: creditsOf(next, 'renewsQuantity'),
    line: { username: line.username, connections: { before: line.connections, after } },
    fingerprint: fingerprintOf(asOf, {
      ...change,
      at: change.at?.toString(),
      subscription: subscription.id,
      addOn: addOn.id,
      quantity,
      held: { ...held, name: undefined },
      end: subscription.paidThrough?.toString(),
      nextMinor,
    }),
  }
}

/** The plan that add-ons go with is about to be another one. */
async function refuseOpenChange(tx: Tx, subscriptionId: string): Promise<void> {
  if ((await openChangeOf(tx, subscriptionId)) !== null)
    throw new Refusal(
      'conflict',
      'A change of plan is open: please take it back first, or wait until it has taken effect.',
    )
}

/** The row as it is, at the agreed price, or one that it would be. Refuses what is not for sale, and what changes nothing. */
function wouldHold(
  all: readonly HeldAddOn[],
  addOn: AddOn,
  quantity: number,
  { planId, currency }: Subscription,
  exchange: Exchange,
  asOf: Temporal.Instant,
): { held: HeldAddOn; converted: VolumeConverted | null } {
  const held = all.find(({ addOnId }) => addOnId === addOn.id)
  if (held !== undefined && held.fromPeriodId !== null)
    throw new Refusal(
      'conflict',
      `The next period is paid with ${held.renewsQuantity} already: it can be changed once that has begun.`,
    )
  if (quantity === (held?.quantity ?? 0) && quantity === (held?.renewsQuantity ?? 0))
    throw new Refusal('conflict', 'That is what it has already.')
  const offered = addOnPrice(addOn, planId, currency, exchange, asOf)
  const grows = quantity > Math.max(held?.quantity ?? 0, held?.renewsQuantity ?? 0)
  if (grows && offered === null)
    throw new Refusal('not_sellable', `${addOn.name} is not sold with this plan at the moment.`)
  if (grows && quantity > addOn.maxQuantity)
    throw new Refusal('invalid_input', `At most ${addOn.maxQuantity} of it can be had.`, [
      { pointer: '/quantity', code: 'out_of_range', detail: `At most ${addOn.maxQuantity}.` },
    ])
  if (held !== undefined) return { held, converted: null }
  const none = {
    addOnId: addOn.id,
    kind: addOn.kind,
    name: addOn.name,
    quantity: 0,
    renewsQuantity: 0,
    priceMinor: offered?.priceMinor ?? 0n,
    breaks: offered?.breaks ?? [],
    creditCostMilli: offered?.creditCostMilli ?? 0n,
    fromPeriodId: null,
  }
  return { held: none, converted: offered?.converted ?? null }
}

/** An add-on beside what a subscription has of it. */
export type AddOnOffer = {
  addOn: Pick<AddOn, 'id' | 'kind' | 'name' | 'maxQuantity'>
  held: HeldAddOn
  forSale: boolean
}

/** What a subscription has, and what more could be had beside its plan, in the order of the shop. */
export async function addOnsOf(tx: Tx, shop: Shop, subscription: Subscription): Promise<AddOnOffer[]> {
  const held = subscription.addOns === 0 ? [] : await heldOf(tx, subscription.id)
  const offered = await addOnsFor(tx, shop, subscription.planId, subscription.currency, shop.now())
  const more = offered.flatMap(({ addOn, priceMinor, breaks, creditCostMilli }): AddOnOffer[] => {
    if (held.some(({ addOnId }) => addOnId === addOn.id)) return []
    const { id: addOnId, kind, name } = addOn
    const none = {
      addOnId,
      kind,
      name,
      quantity: 0,
      renewsQuantity: 0,
      priceMinor,
      breaks,
      creditCostMilli,
      fromPeriodId: null,
    }
    return [{ addOn, held: none, forSale: true }]
  })
  const had = held.map((each): AddOnOffer => {
    const known = offered.find(({ addOn }) => addOn.id === each.addOnId)?.addOn
    const most = Math.max(each.quantity, each.renewsQuantity)
    const addOn = known ?? { id: each.addOnId, kind: each.kind, name: each.name, maxQuantity: most }
    return { addOn, held: each, forSale: known !== undefined }
  })
  return [...had, ...more]
}
