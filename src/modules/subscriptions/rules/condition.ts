/**
 * Conditions of smart rules: a tree of all, any and not over facts, kept as data. Facts are counted back from the end of paid time, so
 * that only what happens changes them, never the mere passing of time: a timeline that was shown stays true until something happens.
 */
import { z } from 'zod'
import { type Instant, isBefore, secondsBetween } from '#platform/time.ts'
import { type Change, type Period, renewalMinor, type Subscription } from './subscription.ts'

/** What is known of a subscription beside its own row; read for many at once by `factsOf`. */
export type Facts = {
  /** Where the present period began. Null: nothing was sold yet, or no short term needs it. */
  readonly periodStarts: Instant | null
  /** When its first period began. */
  readonly since: Instant | null
  /** Periods that money bought. */
  readonly paidPeriods: number
  /** Invoices of renewals, latest first, and whether each was paid by the end of the time before. */
  readonly renewals: readonly { readonly due: Instant; readonly onTime: boolean }[]
  /** When payments of its invoices were declined. */
  readonly failedCharges: readonly Instant[]
  /** When somebody watched last, or since when nobody did although his line is up; null where the panel does not tell. */
  readonly lastSeen: Instant | null
  readonly country: string | null
  readonly productId: string | null
  readonly tags: readonly string[]
}

export const noFacts: Facts = {
  periodStarts: null,
  since: null,
  paidPeriods: 0,
  renewals: [],
  failedCharges: [],
  lastSeen: null,
  country: null,
  productId: null,
  tags: [],
}

/** Paid for, or tried: what is given is neither. */
export const isSold = ({ kind }: Pick<Period, 'kind'>): boolean => kind === 'paid' || kind === 'trial'

/** Facts as they are once `change` is written. */
export function factsAfter(facts: Facts, { period }: Change): Facts {
  if (period === undefined) return facts
  return {
    ...facts,
    // Time that is given continues the period before it.
    periodStarts: isSold(period) ? period.starts : facts.periodStarts,
    since: facts.since ?? period.starts,
    paidPeriods: facts.paidPeriods + (period.kind === 'paid' ? 1 : 0),
  }
}

export const comparisons = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const
export type Comparison = (typeof comparisons)[number]
const op = z.enum(comparisons)
const count = z.int().min(0).max(100_000)
const statuses = ['trial', 'active', 'grace', 'suspended'] as const

/** One question about one fact. */
export const Test = z.discriminatedUnion('fact', [
  z.strictObject({ fact: z.literal('tenure_days'), op, value: count }),
  z.strictObject({ fact: z.literal('paid_periods'), op, value: count }),
  z.strictObject({ fact: z.literal('on_time_streak'), op, value: count }),
  z.strictObject({
    fact: z.literal('on_time_percent'),
    last: z.int().min(1).max(60),
    op,
    value: z.number().min(0).max(100),
  }),
  z.strictObject({ fact: z.literal('unseen_days'), op, value: count }),
  z.strictObject({ fact: z.literal('failed_charges'), days: z.int().min(1).max(365), op, value: count }),
  z.strictObject({
    fact: z.literal('amount'),
    currency: z.string().regex(/^[A-Z]{3}$/),
    op,
    value: z.int().min(0).max(1_000_000_000),
  }),
  z.strictObject({
    fact: z.enum(['country', 'plan', 'product']),
    op: z.enum(['in', 'not_in']),
    value: z.array(z.string().min(1).max(60)).min(1).max(50),
  }),
  z.strictObject({
    fact: z.literal('status'),
    op: z.enum(['in', 'not_in']),
    value: z.array(z.enum(statuses)).min(1),
  }),
  z.strictObject({ fact: z.literal('tags'), op: z.enum(['has', 'has_not']), value: z.string().min(1).max(40) }),
])
export type Test = z.infer<typeof Test>

export type Condition = Test | { all: Condition[] } | { any: Condition[] } | { not: Condition }

/** A tree that nobody can read is refused: four levels, thirty questions. */
const deepest = 4
const mostTests = 30

const Tree: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    Test,
    z.strictObject({ all: z.array(Tree).min(1).max(20) }),
    z.strictObject({ any: z.array(Tree).min(1).max(20) }),
    z.strictObject({ not: Tree }),
  ]),
)

export const Condition: z.ZodType<Condition> = Tree.refine(
  (tree) => depthOf(tree) <= deepest && testsOf(tree).length <= mostTests,
  { error: `A condition has at most ${deepest} levels and ${mostTests} questions.` },
)

const partsOf = (tree: Condition): readonly Condition[] =>
  'all' in tree ? tree.all : 'any' in tree ? tree.any : 'not' in tree ? [tree.not] : []
const depthOf = (tree: Condition): number => 1 + Math.max(0, ...partsOf(tree).map(depthOf))
export const testsOf = (tree: Condition): Test[] => ('fact' in tree ? [tree] : partsOf(tree).flatMap(testsOf))

/** Whether the condition holds. What is not known (no renewal yet, another currency) makes its question false. */
export function matches(condition: Condition, subscription: Subscription, facts: Facts): boolean {
  if ('all' in condition) return condition.all.every((each) => matches(each, subscription, facts))
  if ('any' in condition) return condition.any.some((each) => matches(each, subscription, facts))
  if ('not' in condition) return !matches(condition.not, subscription, facts)
  return answer(condition, subscription, facts)
}

function answer(test: Test, subscription: Subscription, facts: Facts): boolean {
  switch (test.fact) {
    case 'tenure_days':
      return compare(tenureDays(subscription, facts), test.op, test.value)
    case 'paid_periods':
      return compare(facts.paidPeriods, test.op, test.value)
    case 'on_time_streak':
      return compare(streak(subscription, facts), test.op, test.value)
    case 'on_time_percent':
      return compare(onTimePercent(subscription, facts, test.last), test.op, test.value)
    case 'failed_charges':
      return compare(failedWithin(subscription, facts, test.days), test.op, test.value)
    case 'unseen_days':
      return compare(unseenDays(subscription, facts), test.op, test.value)
    case 'amount':
      return test.currency === subscription.currency && compare(Number(renewalMinor(subscription)), test.op, test.value)
    case 'country':
      return among(facts.country, test)
    case 'plan':
      return among(subscription.planId, test)
    case 'product':
      return among(facts.productId, test)
    case 'status':
      return among(subscription.status, test)
    case 'tags':
      return facts.tags.includes(test.value) === (test.op === 'has')
  }
}

const among = (known: string | null, test: { op: 'in' | 'not_in'; value: readonly string[] }): boolean =>
  known !== null && test.value.includes(known) === (test.op === 'in')

function compare(known: number | null, how: Comparison, value: number): boolean {
  if (known === null) return false
  switch (how) {
    case 'eq':
      return known === value
    case 'ne':
      return known !== value
    case 'lt':
      return known < value
    case 'lte':
      return known <= value
    case 'gt':
      return known > value
    case 'gte':
      return known >= value
  }
}

const daySeconds = 24 * 3600

function tenureDays({ paidThrough }: Subscription, { since }: Facts): number | null {
  return paidThrough === null || since === null ? null : Math.floor(secondsBetween(since, paidThrough) / daySeconds)
}

/** The invoice for the period to come is not late yet: only those that were due before the end of paid time count. */
const judged = ({ paidThrough }: Subscription, { renewals }: Facts) =>
  paidThrough === null ? [] : renewals.filter(({ due }) => isBefore(due, paidThrough))

function streak(subscription: Subscription, facts: Facts): number {
  const known = judged(subscription, facts)
  const late = known.findIndex(({ onTime }) => !onTime)
  return late === -1 ? known.length : late
}

function onTimePercent(subscription: Subscription, facts: Facts, last: number): number | null {
  const known = judged(subscription, facts).slice(0, last)
  return known.length === 0 ? null : (known.filter(({ onTime }) => onTime).length * 100) / known.length
}

/** Who watched after the end of paid time was not away at all. */
function unseenDays({ paidThrough }: Subscription, { lastSeen }: Facts): number | null {
  if (paidThrough === null || lastSeen === null) return null
  return Math.max(0, Math.floor(secondsBetween(lastSeen, paidThrough) / daySeconds))
}

function failedWithin({ paidThrough }: Subscription, { failedCharges }: Facts, days: number): number | null {
  if (paidThrough === null) return null
  return failedCharges.filter((at) => secondsBetween(at, paidThrough) <= days * daySeconds).length
}

const words: Record<Comparison, string> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is less than',
  lte: 'is at most',
  gt: 'is more than',
  gte: 'is at least',
}

/** The condition as a sentence part, for staff: `on-time renewals in a row is at least 6 and country is one of DE, AT`. */
export function describeCondition(condition: Condition): string {
  const joined = (parts: readonly Condition[], by: string) =>
    parts.map((each) => ('fact' in each ? describeTest(each) : `(${describeCondition(each)})`)).join(by)
  if ('all' in condition) return joined(condition.all, ' and ')
  if ('any' in condition) return joined(condition.any, ' or ')
  if ('not' in condition) return `not (${describeCondition(condition.not)})`
  return describeTest(condition)
}

function describeTest(test: Test): string {
  switch (test.fact) {
    case 'tenure_days':
      return `days as a customer of this line ${words[test.op]} ${test.value}`
    case 'paid_periods':
      return `paid periods ${words[test.op]} ${test.value}`
    case 'on_time_streak':
      return `on-time renewals in a row ${words[test.op]} ${test.value}`
    case 'on_time_percent':
      return `on-time share of the last ${test.last} renewals ${words[test.op]} ${test.value} %`
    case 'failed_charges':
      return `declined payments in the last ${test.days} days ${words[test.op]} ${test.value}`
    case 'unseen_days':
      return `days without watching by the end of paid time ${words[test.op]} ${test.value}`
    case 'amount':
      return `renewal price in ${test.currency} minor units ${words[test.op]} ${test.value}`
    case 'tags':
      return `the customer is ${test.op === 'has' ? '' : 'not '}tagged ${test.value}`
    default:
      return `${test.fact} is ${test.op === 'in' ? '' : 'not '}one of ${test.value.join(', ')}`
  }
}
