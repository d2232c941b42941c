/**
 * The one door to a subscription. State, period, history and consequence move together: the row is locked, a pure decision is
 * asked, and what follows from it (the line's wish, the engine's next look) is written in the same transaction.
 */
import type { Shop } from '#app.ts'
import { type Batch, run, sql, type Tx, table, together, written } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { secondsBetween } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { wantLine } from '../lines/want-line.ts'
import { gateByCredits } from './credits.ts'
import { factsOf } from './facts.ts'
import { noteOverride } from './overrides.ts'
import { keptChoices, lockSubscription, policyOf } from './queries.ts'
import { asksFacts, choose } from './rules/choice.ts'
import { type Facts, factsAfter, isSold, noFacts } from './rules/condition.ts'
import { accessOf, cutOff, nextStep, type Policy, timeline } from './rules/policy.ts'
import type { Change, Subscription } from './rules/subscription.ts'

export type Decision = (subscription: Subscription) => Change | null

/** Null from the decision: nothing changes. `invoiceItemId` is what paid for the period; it can buy only one, forever. */
export async function changeSubscription(
  tx: Tx,
  shop: Shop,
  id: string,
  now: Temporal.Instant,
  decide: Decision,
  why: {
    actor?: string
    reason?: string
    invoiceItemId?: string
    data?: Record<string, unknown>
    /** The row, when this transaction has locked it already and not changed it since. */
    locked?: Subscription | undefined
  } = {},
): Promise<Subscription> {
  const before = why.locked ?? (await lockSubscription(tx, id))
  const change = decide(before)
  if (change === null) return before
  const periodId = change.period === undefined ? null : newId('per', shop.app.clock)
  const stood = await stand(tx, shop, before, change)
  const { policy, facts } = stood
  const after =
    shop.parentId === null
      ? stood.after
      : await gateByCredits(tx, shop, before, stood.after, change, periodId, why.invoiceItemId ?? null, now)
  const access = accessOf(after, policy, facts)
  written(tx, saved, { ...after, ...engineLooks(after, change, policy, facts, now) })
  if (change.period !== undefined && periodId !== null)
    written(tx, periods, {
      ...change.period,
      id: periodId,
      subscriptionId: id,
      invoiceItemId: why.invoiceItemId ?? null,
      now,
    })
  await together([
    record(tx, shop, now, {
      type: `subscription.${change.event}`,
      subjectType: 'subscription',
      subjectId: id,
      customerId: before.customerId,
      ...(why.actor === undefined ? {} : { actor: why.actor }),
      data: {
        from: before.status,
        to: after.status,
        paid_through_before: before.paidThrough?.toString() ?? null,
        paid_through: after.paidThrough?.toString() ?? null,
        ...(why.reason === undefined ? {} : { reason: why.reason }),
        ...why.data,
      },
    }),
    access === null ? undefined : wantLine(tx, shop, id, access, now),
  ])
  return after
}

/** What it is after the change, under which policy, and the facts that the policy's rules ask for. A new period chooses its policy anew. */
async function stand(
  tx: Tx,
  shop: Shop,
  before: Subscription,
  change: Change,
): Promise<{ after: Subscription; policy: Policy; facts: Facts }> {
  const wanted: Subscription = { ...before, ...change.next, version: before.version + 1 }
  const choices = change.period === undefined || wanted.policyChosenBy === 'staff' ? null : await keptChoices(tx, shop)
  const asked = choices !== null && asksFacts(choices) ? await factsNow(tx, before.id, change) : null
  const chosen =
    choices === null || change.next.policyId !== undefined
      ? {}
      : choose(choices, wanted, { planId: wanted.planId, productId: asked?.productId ?? null }, asked)
  const placed = { ...wanted, ...chosen }
  const policy = await policyOf(tx, shop, placed)
  const facts =
    policy.rules.length === 0
      ? { ...noFacts, periodStarts: change.period !== undefined && isSold(change.period) ? change.period.starts : null }
      : (asked ?? (await factsNow(tx, before.id, change)))
  const over = (change.period !== undefined && change.event !== 'compensated') || placed.status === 'terminated'
  return {
    after: {
      ...placed,
      policyVersion: policy.version,
      // Whatever ends the grace lifts the restriction.
      restrictedTo: placed.status === 'grace' ? placed.restrictedTo : null,
      cutOffAt: cutOff(placed, policy, facts),
      // A new period takes it out of the renewal queue; an hour that was given does not.
      ...(over ? { flaggedAt: null, flaggedBecause: null } : {}),
    },
    policy,
    facts,
  }
}

const factsNow = async (tx: Tx, id: string, change: Change): Promise<Facts> =>
  factsAfter((await factsOf(tx, [id])).get(id) ?? noFacts, change)

/**
 * When the engine looks next: at once, since it alone knows what is done; but nothing is done yet in a period that just began, so its
 * first step can be named here and saves the engine a look at every sale.
 */
function engineLooks(
  after: Subscription,
  change: Change,
  policy: Policy,
  facts: Facts,
  now: Temporal.Instant,
): Pick<Subscription, 'nextStepAt' | 'nextStep'> {
  if (after.status === 'terminated') return { nextStepAt: null, nextStep: null }
  if (change.period === undefined) return { nextStepAt: now, nextStep: null }
  const first = nextStep(timeline(after, policy, facts), new Set())
  return { nextStepAt: first?.at ?? null, nextStep: first?.key ?? null }
}

/** Paid time that is kept while it rests. */
const bankedSeconds = ({ pausedAt, paidThrough }: Subscription): number =>
  pausedAt === null || paidThrough === null ? 0 : Math.floor(secondsBetween(pausedAt, paidThrough))

const saved: Batch<Subscription> = {
  keyOf: ({ id }) => id,
  many: (
    subscriptions,
  ) => sql`update subscriptions s set status = n.status, anchor_day = n.anchor_day, paid_through = n.paid_through, suspended_at = n.suspended_at, served_since = n.served_since, restricted_to = n.restricted_to,
      terminated_at = n.terminated_at, terminated_because = n.terminated_because, paused_at = n.paused_at, banked_seconds = n.banked_seconds, plan_id = n.plan_id,
      price_minor = n.price_minor, term_unit = n.term_unit, term_count = n.term_count, policy_id = n.policy_id, policy_version = n.policy_version,
      policy_chosen_by = n.policy_chosen_by, cut_off_at = n.cut_off_at, household_id = n.household_id, flagged_at = n.flagged_at, flagged_because = n.flagged_because, auto_renew = n.auto_renew,
      cancel_at_end = n.cancel_at_end, hold_until = n.hold_until, waiting_for = n.waiting_for, next_step_at = n.next_step_at, next_step = n.next_step, version = n.version
    from ${table('n', subscriptions, [
      ['id', 'text', (s) => s.id],
      ['status', 'text', (s) => s.status],
      ['anchor_day', 'int', (s) => s.anchorDay],
      ['paid_through', 'timestamptz', (s) => s.paidThrough],
      ['suspended_at', 'timestamptz', (s) => s.suspendedAt],
      ['served_since', 'timestamptz', (s) => s.servedSince],
      ['restricted_to', 'int', (s) => s.restrictedTo],
      ['terminated_at', 'timestamptz', (s) => s.terminatedAt],
      ['terminated_because', 'text', (s) => s.terminatedBecause],
      ['paused_at', 'timestamptz', (s) => s.pausedAt],
      ['banked_seconds', 'bigint', bankedSeconds],
      ['plan_id', 'text', (s) => s.planId],
      ['price_minor', 'bigint', (s) => s.priceMinor],
      ['term_unit', 'text', (s) => s.term.unit],
      ['term_count', 'int', (s) => s.term.count],
      ['policy_id', 'text', (s) => s.policyId],
      ['policy_version', 'int', (s) => s.policyVersion],
      ['policy_chosen_by', 'text', (s) => s.policyChosenBy],
      ['cut_off_at', 'timestamptz', (s) => s.cutOffAt],
      ['household_id', 'text', (s) => s.householdId],
      ['flagged_at', 'timestamptz', (s) => s.flaggedAt],
      ['flagged_because', 'text', (s) => s.flaggedBecause],
      ['auto_renew', 'boolean', (s) => s.autoRenew],
      ['cancel_at_end', 'boolean', (s) => s.cancelAtEnd],
      ['hold_until', 'timestamptz', (s) => s.holdUntil],
      ['waiting_for', 'text', (s) => s.waitingFor],
      ['next_step_at', 'timestamptz', (s) => s.nextStepAt],
      ['next_step', 'text', (s) => s.nextStep],
      ['version', 'int', (s) => s.version],
    ])} where s.business_id = current_business() and s.id = n.id`,
}

type NewPeriod = NonNullable<Change['period']> & {
  id: string
  subscriptionId: string
  invoiceItemId: string | null
  now: Temporal.Instant
}

const periods: Batch<NewPeriod> = {
  keyOf: ({ id }) => id,
  many: (
    rows,
  ) => sql`insert into periods (business_id, id, subscription_id, starts, ends, kind, invoice_item_id, created_at)
    select current_business(), p.* from ${table('p', rows, [
      ['id', 'text', ({ id }) => id],
      ['subscription_id', 'text', ({ subscriptionId }) => subscriptionId],
      ['starts', 'timestamptz', ({ starts }) => starts],
      ['ends', 'timestamptz', ({ ends }) => ends],
      ['kind', 'text', ({ kind }) => kind],
      ['invoice_item_id', 'text', ({ invoiceItemId }) => invoiceItemId],
      ['created_at', 'timestamptz', ({ now }) => now],
    ])}`,
}

/**
 * Facts or the policy may have moved the cut-off since it was last written: then the line's expiry, our safety net, moves with it. For
 * the engine, which knows the facts at each look.
 */
export async function keepAccess(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  policy: Policy,
  facts: Facts,
  now: Temporal.Instant,
): Promise<void> {
  const cut = cutOff(subscription, policy, facts)
  const known = subscription.cutOffAt
  if (cut === null || (known !== null && cut.equals(known)) || subscription.status === 'terminated') return
  const access = accessOf(subscription, policy, facts)
  await run(
    tx,
    sql`update subscriptions set cut_off_at = ${cut} where business_id = current_business() and id = ${subscription.id}`,
  )
  if (access !== null) await wantLine(tx, shop, subscription.id, access, now)
}

/** A step of a policy puts it into the renewal queue: somebody should look at it. A second step leaves the first reason. */
export const flagForRenewal = (tx: Tx, id: string, because: string, now: Temporal.Instant): void =>
  written(tx, flagged, { id, because, now })

const flagged: Batch<{ id: string; because: string; now: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  many: (flags) => sql`update subscriptions s set flagged_at = f.at, flagged_because = f.because
    from ${table('f', flags, [
      ['id', 'text', ({ id }) => id],
      ['because', 'text', ({ because }) => because],
      ['at', 'timestamptz', ({ now }) => now],
    ])} where s.business_id = current_business() and s.id = f.id and s.flagged_at is null`,
}

/** Facts of a customer changed that a rule may ask for (tags, country): the engine looks at all that is his. */
export const lookAgain = (tx: Tx, customerId: string, now: Temporal.Instant) =>
  run(
    tx,
    sql`update subscriptions s set next_step_at = ${now} from policies p
      where s.business_id = current_business() and s.customer_id = ${customerId} and s.status in ('trial', 'active', 'grace', 'suspended')
        and p.business_id = s.business_id and p.id = s.policy_id and p.current and p.rules <> '[]'`,
  )

/** Customer or staff switch renewal off and on; nothing is cut before the paid end. */
export const setAutoRenew = (
  tx: Tx,
  shop: Shop,
  id: string,
  autoRenew: boolean,
  now: Temporal.Instant,
  reason?: string,
): Promise<Subscription> =>
  changeSubscription(
    tx,
    shop,
    id,
    now,
    (s) =>
      s.autoRenew === autoRenew
        ? null
        : { event: 'noted', next: autoRenew ? { autoRenew, cancelAtEnd: false } : { autoRenew } },
    {
      reason: `auto-renew ${autoRenew ? 'on' : 'off'}${reason ? `: ${reason}` : ''}`,
    },
  )

/** Staff: do not suspend before an instant. Null lifts the hold. */
export async function holdSuspension(
  tx: Tx,
  shop: Shop,
  id: string,
  until: Temporal.Instant | null,
  now: Temporal.Instant,
  reason: string,
): Promise<Subscription> {
  const before = await lockSubscription(tx, id)
  const after = await changeSubscription(tx, shop, id, now, () => ({ event: 'noted', next: { holdUntil: until } }), {
    reason: `${until === null ? 'hold lifted' : 'do not suspend'}: ${reason}`,
    locked: before,
  })
  await noteOverride(tx, shop, 'hold', [before, after], reason, now)
  return after
}
