/**
 * A new price for subscriptions that run: whom a campaign reaches, what each pays then, and from which renewal on. Pure: preview,
 * engine, rehearsal and pages ask the same functions. What was sold, and what was asked for already, is never touched.
 */
import { z } from 'zod'
import { isCurrency } from '#platform/money.ts'
import { type Instant, isBefore, laterOf, plusHours, type Term } from '#platform/time.ts'
import { type Condition, type Facts, matches } from './condition.ts'
import { extend, renewalMinor, type Subscription } from './subscription.ts'

/** How the new price is found: in percent of the agreed one, rounded to a multiple of minor units, or one amount for all. */
export const PriceRule = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('percent'),
    percent: z.number().min(-90).max(500),
    round_to: z.int().min(1).max(10_000).default(1),
  }),
  z.strictObject({
    by: z.literal('amount'),
    amount: z.int().min(0).max(1_000_000_000),
    currency: z.string().refine(isCurrency, 'A currency of ISO 4217, like EUR.'),
  }),
])
export type PriceRule = z.infer<typeof PriceRule>

/** Null: the rule speaks of another currency. Half a unit is rounded up. */
export function newPrice(rule: PriceRule, { priceMinor, currency }: Pick<Subscription, 'priceMinor' | 'currency'>) {
  if (rule.by === 'amount') return rule.currency === currency ? BigInt(rule.amount) : null
  const unit = BigInt(rule.round_to)
  // Hundredths of a percent: what a person types is exact.
  const scaled = priceMinor * (10_000n + BigInt(Math.round(rule.percent * 100)))
  return ((scaled + 5_000n * unit) / (10_000n * unit)) * unit
}

/** Whether customers are only told (`notice`), or must agree (`ask`): then `silence` keeps the old price or ends the subscription. */
export type Terms = {
  effectiveAt: Instant
  noticeDays: number
  consent: 'notice' | 'ask'
  silence: 'keep' | 'end'
}

/** Open: told or about to be. The others are over. */
export type ChangeStatus = 'announced' | 'accepted' | 'declined' | 'kept' | 'excepted' | 'canceled' | 'applied'

export type ComingPrice = Terms & {
  id: string
  campaignId: string
  status: 'announced' | 'accepted' | 'declined'
  oldMinor: bigint
  newMinor: bigint
  note: string
  /** When a transport accepted the announcement, or staff told it by hand; null: not yet, so the notice has not begun. */
  toldAt: Instant | null
  /** Since when the end of the subscription is planned, because nobody agreed. */
  endPlannedAt: Instant | null
}

/** No period that begins before this instant is sold at the new price. */
export const earliestStart = (terms: Pick<Terms, 'effectiveAt' | 'noticeDays'>, toldAt: Instant): Instant =>
  laterOf(terms.effectiveAt, plusHours(toldAt, terms.noticeDays * 24))

/**
 * What the period that begins at `starts` is sold for: the old price, the new one, the old one for good (`lapsed`: nobody agreed), or
 * nothing (`end`), since nobody agreed and the subscription ends with the period before. Who comes back after the end sees the new price
 * before he pays it: that is his consent.
 */
export function askedFor(
  coming: ComingPrice,
  starts: Instant,
  status: Subscription['status'],
): 'old' | 'new' | 'lapsed' | 'end' {
  if (coming.toldAt === null || isBefore(starts, earliestStart(coming, coming.toldAt))) return 'old'
  if (coming.consent === 'notice' || coming.status === 'accepted') return 'new'
  if (coming.silence === 'keep') return 'lapsed'
  return status === 'terminated' ? 'new' : 'end'
}

/** What the period after the present end costs, with its add-ons. */
export function nextPrice(subscription: Subscription, coming: ComingPrice | null): bigint {
  const { paidThrough, status, addOnsMinor } = subscription
  if (coming === null || paidThrough === null) return renewalMinor(subscription)
  const asked = askedFor(coming, paidThrough, status)
  return asked === 'new' || asked === 'end' ? coming.newMinor + addOnsMinor : renewalMinor(subscription)
}

/** Longer than any period that is looked for. */
const mostPeriods = 5_000

/** The first renewal that may be sold at the new price: the first end of a period at or after `earliest`. Null: nothing was paid yet. */
export function firstRenewal(subscription: Subscription, earliest: Instant): Instant | null {
  let each: Subscription = { ...subscription, status: 'active' }
  for (let period = 0; period < mostPeriods; period++) {
    if (each.paidThrough === null) return null
    if (!isBefore(each.paidThrough, earliest)) return each.paidThrough
    each = { ...each, ...extend(each, each.term, each.paidThrough).next }
  }
  return each.paidThrough
}

/** As told to the customer: with the announcement not sent yet, it is counted as if it were sent now. */
export const comesOn = (subscription: Subscription, coming: ComingPrice, now: Instant): Instant | null =>
  firstRenewal(subscription, earliestStart(coming, coming.toldAt ?? now))

/** Why a subscription is left out. */
export const leftOut = [
  'filter',
  'not_running',
  'ends',
  'currency',
  'same',
  'plan_change',
  'coming',
  'exception',
] as const
export type LeftOut = (typeof leftOut)[number]

export type Candidate = {
  subscription: Subscription
  facts: Facts
  /** Its plan can be renewed. */
  renewable: boolean
  /** A change of plan waits: its price was agreed with it. */
  changesPlan: boolean
  /** Another campaign has announced a price. */
  hasComing: boolean
  /** Staff promised the present price. */
  hasException: boolean
}

/** The new price, or why it is left out. `filter`: the campaign does not mean it at all. */
export function reach(
  campaign: { condition: Condition | null; change: PriceRule },
  { subscription, facts, renewable, changesPlan, hasComing, hasException }: Candidate,
): { newMinor: bigint } | { leftOut: LeftOut } {
  if (campaign.condition !== null && !matches(campaign.condition, subscription, facts)) return { leftOut: 'filter' }
  if (!renewable || !['active', 'grace', 'suspended', 'paused'].includes(subscription.status))
    return { leftOut: 'not_running' }
  if (subscription.cancelAtEnd) return { leftOut: 'ends' }
  if (hasException) return { leftOut: 'exception' }
  if (changesPlan) return { leftOut: 'plan_change' }
  if (hasComing) return { leftOut: 'coming' }
  const newMinor = newPrice(campaign.change, subscription)
  if (newMinor === null) return { leftOut: 'currency' }
  return newMinor === subscription.priceMinor ? { leftOut: 'same' } : { newMinor }
}

/** Hours of a term, with months and years of average length. */
const hoursOf = { hour: 100n, day: 2_400n, month: 73_050n, year: 876_600n } as const

/** What a price brings in an average month, in millionths of a minor unit, so that many can be summed before they are rounded. */
export const monthlyMicro = (priceMinor: bigint, { unit, count }: Term): bigint =>
  (priceMinor * 1_000_000n * hoursOf.month) / (hoursOf[unit] * BigInt(count))

export const fromMicro = (micro: bigint): bigint => (micro + 500_000n) / 1_000_000n
