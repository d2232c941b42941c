/** Add-ons of a subscription: how many it has, from when, and what more of them costs. Values only. */
import { type Instant, isAfter } from '#platform/time.ts'
import type { AddOnKind } from '../../catalog/add-ons.ts'
import { allOf, eachOf, type VolumePrice } from '../../catalog/rules.ts'
import { priceOfRest, type Stretch } from './plan-change.ts'
import type { Counting } from './proration.ts'
import type { Subscription } from './subscription.ts'

/** What a subscription has of one add-on. Its price is the one agreed, for one term, in the subscription's currency. */
export type HeldAddOn = VolumePrice & {
  addOnId: string
  kind: AddOnKind
  name: string
  /** Paid for, and given. */
  quantity: number
  /** What the next renewal asks for. */
  renewsQuantity: number
  creditCostMilli: bigint
  /** The next period is paid with `renewsQuantity` already, which holds when this period begins. */
  fromPeriodId: string | null
}

/** The most that a line can have on any panel that we speak with. */
export const mostConnections = 50

/** How many further connections they give now. */
export const extraConnections = (held: readonly Pick<HeldAddOn, 'kind' | 'quantity'>[]): number =>
  held.reduce((sum, each) => sum + (each.kind === 'connection' ? each.quantity : 0), 0)

type Priced = Pick<HeldAddOn, 'quantity' | 'renewsQuantity' | 'creditCostMilli'>

/** What they cost for one term: as they are, or as the next renewal asks for them. */
export const sumOf = <Of extends 'quantity' | 'renewsQuantity'>(
  held: readonly Pick<HeldAddOn, 'priceMinor' | 'breaks' | Of>[],
  of: Of,
): bigint => held.reduce((sum, each) => sum + allOf(each, each[of]), 0n)

/** As an invoice asks for them: so many, each at the price of so many. */
export type Pieces = Pick<HeldAddOn, 'addOnId' | 'name' | 'quantity' | 'priceMinor'>

export const piecesOf = (
  held: readonly Omit<HeldAddOn, 'fromPeriodId'>[],
  of: 'quantity' | 'renewsQuantity',
): Pieces[] =>
  held.flatMap(({ addOnId, name, ...each }) =>
    each[of] === 0 ? [] : [{ addOnId, name, quantity: each[of], priceMinor: eachOf(each, each[of]) }],
  )

export const sumOfPieces = (pieces: readonly Pick<Pieces, 'quantity' | 'priceMinor'>[]): bigint =>
  pieces.reduce((sum, { quantity, priceMinor }) => sum + priceMinor * BigInt(quantity), 0n)

/** As `sumOf`, in thousandths of a credit. */
export const creditsOf = (held: readonly Priced[], of: 'quantity' | 'renewsQuantity'): bigint =>
  held.reduce((sum, each) => sum + each.creditCostMilli * BigInt(each[of]), 0n)

export type AddOnChange = {
  takesEffect: 'now' | 'at_end'
  /** Pieces that are paid for at once. */
  more: number
  /** What is paid before they are given; nothing for what waits for the next period. */
  dueMinor: bigint
  /** When it takes effect; null: as soon as it is paid. */
  at: Instant | null
}

export type AddOnWish = {
  subscription: Pick<Subscription, 'status' | 'paidThrough' | 'zone' | 'term'>
  held: Pick<HeldAddOn, 'quantity' | 'renewsQuantity'>
  quantity: number
  /** For one term. */
  price: VolumePrice
  /** Periods that are not over. */
  stretches: readonly Stretch[]
  counting: Counting
  now: Instant
}

/**
 * More is paid for the rest of all paid time, and given then; fewer waits for the next period, and nothing is given back. Where no paid
 * time is left, more waits for the next payment, too. Null: its state does not allow it.
 */
export function addOnChange(wish: AddOnWish): AddOnChange | null {
  const { subscription, held, quantity, now } = wish
  const { status, paidThrough } = subscription
  if (paidThrough === null || !['active', 'grace', 'suspended'].includes(status)) return null
  const runs = status === 'active' && isAfter(paidThrough, now)
  const more = quantity - held.quantity
  if (!runs || more <= 0) return { takesEffect: 'at_end', more: 0, dueMinor: 0n, at: runs ? paidThrough : null }
  // Each side at the price of its own number. More that costs less in all is given for nothing: what was paid is not given back.
  const dearer = allOf(wish.price, quantity) - allOf(wish.price, held.quantity)
  const price = dearer > 0n ? dearer : 0n
  const dueMinor = wish.stretches.reduce((sum, stretch) => sum + priceOfRest(stretch, price, wish), 0n)
  return { takesEffect: 'now', more, dueMinor, at: dueMinor === 0n ? now : null }
}

/**
 * How many there are when a paid period begins: as many as were paid for with it. More that was bought while its invoice was being paid
 * is kept, in the customer's favor; more that nobody paid for is not given.
 */
export const quantityFrom = (held: Pick<HeldAddOn, 'quantity' | 'renewsQuantity'>, paidQuantity: number): number =>
  Math.max(paidQuantity, Math.min(held.quantity, held.renewsQuantity))
