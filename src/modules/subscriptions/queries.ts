/** All reading of subscriptions, periods and policies. */
import type { RawBuilder } from 'kysely'
import type { Shop } from '#app.ts'
import { asked, type Batch, byId, maybe, onceIn, one, rows, sql, type Tx, table } from '#platform/db.ts'
import { assert, Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Choice } from './rules/choice.ts'
import type { Policy } from './rules/policy.ts'
import type { Period, Subscription } from './rules/subscription.ts'

export type SubscriptionRow = Omit<Subscription, 'term'> & { termUnit: Subscription['term']['unit']; termCount: number }

export const subscriptionColumns = sql`id, customer_id as "customerId", plan_id as "planId", household_id as "householdId", policy_id as "policyId", zone, status, anchor_day as "anchorDay",
  paid_through as "paidThrough", suspended_at as "suspendedAt", served_since as "servedSince", restricted_to as "restrictedTo", terminated_at as "terminatedAt", terminated_because as "terminatedBecause",
  paused_at as "pausedAt", asleep_since as "asleepSince", currency, price_minor as "priceMinor", add_ons as "addOns", add_ons_minor as "addOnsMinor", coupon_use_id as "couponUseId", term_unit as "termUnit", term_count as "termCount", auto_renew as "autoRenew",
  cancel_at_end as "cancelAtEnd", hold_until as "holdUntil", waiting_for as "waitingFor", next_step_at as "nextStepAt", next_step as "nextStep",
  policy_version as "policyVersion", policy_chosen_by as "policyChosenBy", cut_off_at as "cutOffAt", flagged_at as "flaggedAt", flagged_because as "flaggedBecause",
  created_at as "createdAt", version`

export const subscriptionOf = ({ termUnit, termCount, ...rest }: SubscriptionRow): Subscription => ({
  ...rest,
  term: { unit: termUnit, count: termCount },
})

export async function findSubscription(tx: Tx, id: string): Promise<Subscription | null> {
  const row = await maybe(
    tx,
    sql<SubscriptionRow>`select ${subscriptionColumns} from subscriptions where business_id = current_business() and id = ${id}`,
  )
  return row === null ? null : subscriptionOf(row)
}

export async function readSubscription(tx: Tx, id: string): Promise<Subscription> {
  const found = await findSubscription(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such subscription.')
  return found
}

/** Whether a customer's renewals of one day go on one invoice: what was said of him, else of all. */
export const sharesInvoices = (customerId: RawBuilder<unknown>) =>
  sql`coalesce((select w.one_invoice from customers w where w.business_id = current_business() and w.id = ${customerId}), ${invoicesOfAll})`

/** What the business says of customers of whom nothing else was said. */
export const invoicesOfAll = sql`coalesce((select g.value ->> 'invoices' = 'per_day' from settings g where g.business_id = current_business() and g.key = 'subscriptions'), false)`

/**
 * Those of one household, and all of a customer who gets one invoice for a day, are locked together and in one order: each may ask for the
 * others, which never wait for it in turn.
 */
const subscriptionsLocked = byId<SubscriptionRow>(
  (ids) =>
    sql`select ${subscriptionColumns} from subscriptions where business_id = current_business() and id = any(${ids}::text[] || array(
        select o.id from subscriptions s join subscriptions o on o.business_id = s.business_id and o.household_id = s.household_id
        where s.business_id = current_business() and s.id = any(${ids}::text[]) and s.household_id is not null) || array(
        select o.id from subscriptions s join subscriptions o on o.business_id = s.business_id and o.customer_id = s.customer_id
        where s.business_id = current_business() and s.id = any(${ids}::text[]) and o.status not in ('pending', 'terminated') and ${sharesInvoices(sql`s.customer_id`)}))
      order by id for update`,
)

const sharers: Batch<string, SubscriptionRow> = {
  keyOf: (customerId) => customerId,
  keyOfRow: ({ customerId }) => customerId,
  many: (customerIds) => sql`select ${subscriptionColumns} from subscriptions s
    where business_id = current_business() and customer_id = any(${customerIds}::text[]) and status not in ('pending', 'terminated') and ${sharesInvoices(sql`s.customer_id`)}
    order by created_at, id`,
}

/** All that a customer has, in the order in which they were sold, where his renewals of one day go on one invoice; none where each has its own. */
export const sharersOf = async (tx: Tx, customerId: string): Promise<Subscription[]> =>
  (await asked(tx, sharers, customerId)).map(subscriptionOf)

/** With all of its household, and of its customer where he gets one invoice for a day. */
export async function lockSubscription(tx: Tx, id: string): Promise<Subscription> {
  const [row] = await asked(tx, subscriptionsLocked, id)
  if (row === undefined) throw new Refusal('not_found', 'There is no such subscription.')
  return subscriptionOf(row)
}

/** The next ones by id, for work in batches: those that ended are left alone. */
export async function lockSubscriptions(
  tx: Tx,
  which: { after?: string | undefined; only?: string | undefined },
  limit: number,
): Promise<Subscription[]> {
  const found = await rows(
    tx,
    sql<SubscriptionRow>`select ${subscriptionColumns} from subscriptions where business_id = current_business() and status <> 'terminated' and id > ${which.after ?? ''}
        and (${which.only ?? null}::text is null or id = ${which.only ?? null})
      order by id limit ${limit} for update`,
  )
  return found.map(subscriptionOf)
}

export async function subscriptionsOf(tx: Tx, customerId: string): Promise<Subscription[]> {
  const found = await rows(
    tx,
    sql<SubscriptionRow>`select ${subscriptionColumns} from subscriptions where business_id = current_business() and customer_id = ${customerId} and status <> 'pending' order by created_at, id`,
  )
  return found.map(subscriptionOf)
}

export type SubscriptionFilter = {
  status?: string | undefined
  customerId?: string | undefined
  endsBefore?: Temporal.Instant | undefined
}

/** Newest first; those never paid are orders, not subscriptions yet. */
export async function listSubscriptions(tx: Tx, filter: SubscriptionFilter, page: Page): Promise<Subscription[]> {
  const found = await rowsOfPage(
    tx,
    sql<SubscriptionRow>`select ${subscriptionColumns} from subscriptions
      where business_id = current_business() and (status <> 'pending' or ${filter.status ?? null}::text = 'pending')
        and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.endsBefore ?? null}::timestamptz is null or (paid_through < ${filter.endsBefore ?? null} and status in ('trial', 'active', 'grace')))`,
    page,
  )
  return found.map(subscriptionOf)
}

export type PeriodRow = Period & { id: string; invoiceItemId: string | null; createdAt: Temporal.Instant }

export const periodsOf = (tx: Tx, subscriptionId: string): Promise<PeriodRow[]> =>
  rows(
    tx,
    sql<PeriodRow>`select id, starts, ends, kind, invoice_item_id as "invoiceItemId", created_at as "createdAt" from periods
      where business_id = current_business() and subscription_id = ${subscriptionId} order by starts`,
  )

/**
 * Where the present period began: the last that was sold, since time that was given continues it. Else an hour given would be a period of
 * its own, and too short for a reminder before its end.
 */
export const presentPeriodStarts = (id: ReturnType<typeof sql>, paidThrough: ReturnType<typeof sql>) =>
  sql<Temporal.Instant | null>`(select p.starts from periods p
    where p.business_id = current_business() and p.subscription_id = ${id} and p.ends <= ${paidThrough} and p.starts < p.ends
    order by p.kind in ('paid', 'trial') desc, p.ends desc limit 1)`

type PeriodOf = Pick<Subscription, 'id' | 'paidThrough'>

const periodsOfMany = (subscriptions: readonly PeriodOf[]) =>
  table('w', subscriptions, [
    ['id', 'text', ({ id }) => id],
    ['paid_through', 'timestamptz', ({ paidThrough }) => paidThrough],
  ])

const byPeriod = { keyOf: ({ id }: PeriodOf) => id, keyOfRow: ({ id }: { id: string }) => id }

const periodStarts: Batch<PeriodOf, { id: string; starts: Temporal.Instant | null }> = {
  ...byPeriod,
  many: (subscriptions) =>
    sql`select w.id, ${presentPeriodStarts(sql`w.id`, sql`w.paid_through`)} as starts from ${periodsOfMany(subscriptions)}`,
}

/** As `presentPeriodStarts`; the timeline of short terms depends on it. */
export async function periodStart(
  tx: Tx,
  subscription: Pick<Subscription, 'id' | 'paidThrough' | 'createdAt'>,
): Promise<Temporal.Instant> {
  const [found] = await asked(tx, periodStarts, subscription)
  return found?.starts ?? subscription.createdAt
}

const doneOfPeriods: Batch<PeriodOf, { id: string; step: string }> = {
  ...byPeriod,
  many: (subscriptions) => sql`select w.id, d.step from ${periodsOfMany(subscriptions)}
    join steps_done d on d.business_id = current_business() and d.subscription_id = w.id and d.period_end = w.paid_through`,
}

export const stepsDone = async (tx: Tx, subscription: PeriodOf): Promise<Set<string>> =>
  new Set((await asked(tx, doneOfPeriods, subscription)).map(({ step }) => step))

type PolicyRow = Policy & { createdAt: Temporal.Instant; createdBy: string; current: boolean }

const policyColumns = sql`id, version, name, steps, rules, calendar, created_at as "createdAt", created_by as "createdBy", current`

export async function readPolicy(tx: Tx, id: string): Promise<Policy> {
  const found = await maybe(
    tx,
    sql<PolicyRow>`select ${policyColumns} from policies where business_id = current_business() and id = ${id} and current`,
  )
  assert(found !== null, `policy ${id} exists`)
  return found
}

/** As `readPolicy`, for the engine and the doors: at most a second behind. */
export const keptPolicy = (tx: Tx, shop: Shop, id: string): Promise<Policy> =>
  onceIn(tx, `policy/${id}`, () => shop.keep(`policy/${id}`, () => readPolicy(tx, id)))

/** The policy that a subscription is under: never older than the version under which the engine was told to look. */
export async function policyOf(
  tx: Tx,
  shop: Shop,
  subscription: Pick<Subscription, 'policyId' | 'policyVersion'>,
): Promise<Policy> {
  const kept = await keptPolicy(tx, shop, subscription.policyId)
  return kept.version < (subscription.policyVersion ?? 0) ? readPolicy(tx, subscription.policyId) : kept
}

/** The current version of each. */
export const listPolicies = (tx: Tx): Promise<PolicyRow[]> =>
  rows(
    tx,
    sql<PolicyRow>`select ${policyColumns} from policies where business_id = current_business() and current order by id`,
  )

/** Every version of a policy, newest first. */
export const policyVersions = (tx: Tx, id: string): Promise<PolicyRow[]> =>
  rows(
    tx,
    sql<PolicyRow>`select ${policyColumns} from policies where business_id = current_business() and id = ${id} order by version desc`,
  )

export const policyExists = async (tx: Tx, id: string): Promise<boolean> =>
  (
    await one(
      tx,
      sql<{
        found: boolean
      }>`select exists (select from policies where business_id = current_business() and id = ${id}) as found`,
    )
  ).found

export type ChoiceRow = Choice & { createdAt: Temporal.Instant; createdBy: string }

/** The choices that hold now, in the order in which rules are asked. */
export const choicesOf = (tx: Tx): Promise<ChoiceRow[]> =>
  rows(
    tx,
    sql<ChoiceRow>`select id, scope, subject_id as "subjectId", policy_id as "policyId", name, condition, position, created_at as "createdAt",
        created_by as "createdBy"
      from policy_choices where business_id = current_business() and ended_at is null order by position, id`,
  )

/** As `choicesOf`, for sales and periods: at most a second behind. */
export const keptChoices = (tx: Tx, shop: Shop): Promise<Choice[]> => shop.keep('policy-choices', () => choicesOf(tx))
