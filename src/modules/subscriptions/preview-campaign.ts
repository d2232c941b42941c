/**
 * Whom a campaign would reach now, what each would pay and from when on, and what that does to the recurring revenue: before it is
 * started counted over all subscriptions, afterwards over what was announced. Announcing asks the very same candidates.
 */
import { rows, sql, type Tx } from '#platform/db.ts'
import { factsOf } from './facts.ts'
import { type Campaign, progressRows } from './price-campaigns.ts'
import { type SubscriptionRow, subscriptionColumns, subscriptionOf } from './queries.ts'
import { noFacts, testsOf } from './rules/condition.ts'
import {
  type Candidate,
  type ChangeStatus,
  earliestStart,
  firstRenewal,
  fromMicro,
  type LeftOut,
  monthlyMicro,
  reach,
} from './rules/price-change.ts'
import type { Subscription } from './rules/subscription.ts'

export type Reached = { subscription: Subscription; newMinor: bigint }

/** Recurring revenue in minor units per average month. */
export type Revenue = { currency: string; count: number; monthlyBefore: bigint; monthlyAfter: bigint }

export type CampaignPreview = {
  count: number
  revenue: Revenue[]
  leftOut: Partial<Record<LeftOut, number>>
  /** A page of those whom it reaches, by id; `first`: the first renewal at the new price, were they told now. */
  rows: (Reached & { first: Temporal.Instant | null })[]
  /** Where the next page begins; null: this was the last. */
  next: string | null
}

/** How many subscriptions are weighed in one statement. */
export const batch = 1_000

type Row = SubscriptionRow & { renewable: boolean; changesPlan: boolean; hasComing: boolean; hasException: boolean }

/** The next candidates by id; with `lock` nobody changes them until the commit. */
export async function candidates(
  tx: Tx,
  campaign: Pick<Campaign, 'id' | 'condition'>,
  after: string,
  limit: number,
  lock = false,
): Promise<Candidate[]> {
  const found = await rows(
    tx,
    sql<Row>`with s as (select * from subscriptions where business_id = current_business() and id > ${after} and status not in ('pending', 'terminated') and asleep_since is null
        order by id limit ${limit} ${lock ? sql`for update` : sql``})
      select ${subscriptionColumns}, x.renewable, x."changesPlan", x."hasComing", x."hasException" from s,
        lateral (select coalesce((select pl.renewable from plans pl where pl.business_id = s.business_id and pl.id = s.plan_id), false) as renewable,
          exists (select from plan_changes c where c.business_id = s.business_id and c.subscription_id = s.id and c.status in ('awaiting_payment', 'scheduled', 'paid')) as "changesPlan",
          exists (select from price_changes p join price_campaigns o on o.business_id = p.business_id and o.id = p.campaign_id
            where p.business_id = s.business_id and p.subscription_id = s.id and p.ended_at is null and (o.status = 'running' or p.campaign_id = ${campaign.id})) as "hasComing",
          exists (select from price_exceptions e where e.business_id = s.business_id and e.subscription_id = s.id and e.ended_at is null) as "hasException") x
      order by id`,
  )
  const asks = campaign.condition !== null && testsOf(campaign.condition).some(({ fact }) => !ownFacts.includes(fact))
  const facts = asks
    ? await factsOf(
        tx,
        found.map(({ id }) => id),
      )
    : new Map()
  return found.map(({ renewable, changesPlan, hasComing, hasException, ...row }) => ({
    subscription: subscriptionOf(row),
    facts: facts.get(row.id) ?? noFacts,
    renewable,
    changesPlan,
    hasComing,
    hasException,
  }))
}

/** Answered by the subscription's own row. */
const ownFacts: readonly string[] = ['amount', 'plan', 'status']

/** Of a draft. `after`, `limit`: the page of `rows`; the figures are always of all. */
export async function previewCampaign(
  tx: Tx,
  campaign: Campaign,
  page: { after?: string | undefined; limit: number },
  now: Temporal.Instant,
): Promise<CampaignPreview> {
  const left: Partial<Record<LeftOut, number>> = {}
  const sums = new Map<string, { count: number; before: bigint; after: bigint }>()
  const shown: Reached[] = []
  let last: string | undefined = ''
  while (last !== undefined) {
    const found: Candidate[] = await candidates(tx, campaign, last, batch)
    for (const candidate of found) {
      const { subscription } = candidate
      const verdict = reach(campaign, candidate)
      if ('leftOut' in verdict) {
        left[verdict.leftOut] = (left[verdict.leftOut] ?? 0) + 1
        continue
      }
      const sum = sums.get(subscription.currency) ?? { count: 0, before: 0n, after: 0n }
      sum.count += 1
      sum.before += monthlyMicro(subscription.priceMinor, subscription.term)
      sum.after += monthlyMicro(verdict.newMinor, subscription.term)
      sums.set(subscription.currency, sum)
      if (shown.length <= page.limit && subscription.id > (page.after ?? ''))
        shown.push({ subscription, newMinor: verdict.newMinor })
    }
    last = found.length < batch ? undefined : found.at(-1)?.subscription.id
  }
  const { filter: _, ...leftOut } = left
  const rowsShown = shown.slice(0, page.limit)
  const from = earliestStart(campaign, now)
  return {
    count: [...sums.values()].reduce((total, { count }) => total + count, 0),
    revenue: revenueOf(sums),
    leftOut,
    rows: rowsShown.map((each) => ({ ...each, first: firstRenewal(each.subscription, from) })),
    next: shown.length > page.limit ? (rowsShown.at(-1)?.subscription.id ?? null) : null,
  }
}

const revenueOf = (sums: ReadonlyMap<string, { count: number; before: bigint; after: bigint }>): Revenue[] =>
  [...sums]
    .map(([currency, { count, before, after }]) => ({
      currency,
      count,
      monthlyBefore: fromMicro(before),
      monthlyAfter: fromMicro(after),
    }))
    .sort((a, b) => a.currency.localeCompare(b.currency))

export type CampaignProgress = { counts: Partial<Record<ChangeStatus | 'ended', number>>; revenue: Revenue[] }

/** Of a started one: how many are in which state, and the revenue of those who pay the new price or still may. */
export async function progressOf(tx: Tx, campaignId: string): Promise<CampaignProgress> {
  const counts: CampaignProgress['counts'] = {}
  const sums = new Map<string, { count: number; before: bigint; after: bigint }>()
  for (const { status, currency, count, unit, terms, old, new: wanted } of await progressRows(tx, campaignId)) {
    counts[status] = (counts[status] ?? 0) + count
    if (!['announced', 'accepted', 'applied'].includes(status)) continue
    const sum = sums.get(currency) ?? { count: 0, before: 0n, after: 0n }
    sum.count += count
    sum.before += monthlyMicro(old, { unit, count: terms })
    sum.after += monthlyMicro(wanted, { unit, count: terms })
    sums.set(currency, sum)
  }
  return { counts, revenue: revenueOf(sums) }
}
