/**
 * Executes what is due of one subscription's timeline, in order, and writes when to look next. Safe to repeat: the row is locked, a
 * step that is done is remembered per period, and messages and invoices have claims of their own. What is due at once travels together
 * (decision 0020): each statement here serves one subscription and many.
 */
import { jointTransaction, type Shop, transaction } from '#app.ts'
import { type Batch, sql, type Tx, table, together, written } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isAfter, plusHours } from '#platform/time.ts'
import { nudgeEach } from '#platform/worker/sweep.ts'
import { askToCollect } from '../billing/collections.ts'
import { settleForNothing } from '../billing/confirm-payment.ts'
import { frozenCustomers } from '../billing/disputes/freeze.ts'
import { mendInvoices } from '../billing/household.ts'
import { renewalInvoiceOfLocked } from '../billing/invoices.ts'
import { spendBalanceSoon } from '../billing/jobs.ts'
import { renewalInvoiceOf } from '../billing/queries.ts'
import { hasBalance } from '../billing/spend-balance.ts'
import { wantLine } from '../lines/want-line.ts'
import { claimMessage, messageOfClaim, type NewMessage, queueLate, queueMessage } from '../messages/queue-message.ts'
import { type NewAttention, raise, settle } from '../people/attention.ts'
import { catchUpStep } from '../people/standstill.ts'
import { changeSubscription, flagForRenewal, keepAccess } from '../subscriptions/change-subscription.ts'
import { factsUnder } from '../subscriptions/facts.ts'
import { firstOfEach, membersOf } from '../subscriptions/households.ts'
import { comingPriceOf, noteEndPlanned } from '../subscriptions/price-changes.ts'
import { lockSubscription, policyOf, sharersOf, stepsDone } from '../subscriptions/queries.ts'
import { nextStep, type PlannedStep, type Policy, timeline } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { sleepOn } from '../subscriptions/wake.ts'
import { askStaff, factsFor } from './guards.ts'
import { executeStepsJob } from './jobs.ts'
import { type Place, park, placeOf } from './parked.ts'
import { claimOf, decideStep, unansweredPrice, type Verdict, wordOfDay } from './rules/decide.ts'

/** The rows of two subscriptions are apart, also of one customer: what both may write (a parked run, the invoices' counter) is one statement. */
export async function executeSteps(shop: Shop, subscriptionId: string): Promise<void> {
  const places: Place[] = []
  try {
    await jointTransaction(shop, 'execute-steps', subscriptionId, async (tx) => {
      // It may be done a second time, by itself.
      leaveAll(places)
      const now = shop.now()
      if (shop.standstill !== null) return putOff(tx, subscriptionId, now)
      const subscription = await lockSubscription(tx, subscriptionId)
      const group = await groupOf(tx, subscription)
      if (group.length === 0) return execute(tx, shop, places, subscription, null, now)
      await executeTogether(tx, shop, places, group, now)
    })
  } catch (error) {
    leaveAll(places)
    throw error
  }
}

/** With whom it is looked at: all of a customer who gets one invoice for a day, or its household. None: it is looked at alone. */
async function groupOf(tx: Tx, { id, customerId, householdId }: Subscription): Promise<Subscription[]> {
  const sharers = await sharersOf(tx, customerId)
  if (sharers.length > 1 && sharers.some((each) => each.id === id)) return sharers
  return householdId === null ? [] : membersOf(tx, householdId)
}

/** One after the other: what happens to several at once is told in one message. */
async function executeTogether(
  tx: Tx,
  shop: Shop,
  places: Place[],
  members: readonly Subscription[],
  now: Temporal.Instant,
): Promise<void> {
  await mendInvoices(tx, shop, members, now)
  const told: Told = new Map()
  // Read anew each time: what one of them did may have changed the others.
  for (const { id, householdId, nextStepAt } of members) {
    // A customer may have many that only share his invoices, of which few are due.
    if (householdId === null && (nextStepAt === null || isAfter(nextStepAt, now))) continue
    await execute(tx, shop, places, await lockSubscription(tx, id), told, now)
  }
}

/** Messages of this look, by occasion. Null: it is looked at alone. */
type Told = Map<string, string> | null

/** What the sweep found due. One that fails harms no other: it gets a nudge of its own, which is tried again and parked by itself. */
export async function executeStepSet(shop: Shop, ids: readonly string[]): Promise<void> {
  const { app, businessId } = shop
  const heads = await transaction(shop, 'read-households', (tx) => firstOfEach(tx, ids))
  const outcomes = await Promise.allSettled(heads.map((id) => executeSteps(shop, id)))
  const failed = heads.filter((_, index) => outcomes[index]?.status === 'rejected')
  if (failed.length === 0) return
  const nudges = failed.map((id) => ({ id, payload: { businessId, subscriptionId: id } }))
  await nudgeEach(app.db, 'subscription', executeStepsJob.name, nudges)
}

function leaveAll(places: Place[]): void {
  for (const place of places) place.leave()
  places.length = 0
}

/** While the business stands still: looked at again in an hour, or as soon as somebody confirms. */
const putOff = async (tx: Tx, id: string, now: Temporal.Instant): Promise<void> => written(tx, putOffs, { id, now })

const putOffs: Batch<{ id: string; now: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  many: (dues) => sql`update subscriptions s set next_step_at = d.later, next_step = ${catchUpStep}
    from ${table('d', dues, [
      ['id', 'text', ({ id }) => id],
      ['at', 'timestamptz', ({ now }) => now],
      ['later', 'timestamptz', ({ now }) => plusHours(now, 1)],
    ])} where s.business_id = current_business() and s.id = d.id and s.next_step_at <= d.at`,
}

async function execute(
  tx: Tx,
  shop: Shop,
  places: Place[],
  locked: Subscription,
  told: Told,
  now: Temporal.Instant,
): Promise<void> {
  const { id } = locked
  let subscription = locked
  if (subscription.nextStepAt === null || isAfter(subscription.nextStepAt, now)) return
  if (subscription.asleepSince) {
    await sleepOn(tx, id)
    return
  }
  const policy = await policyOf(tx, shop, subscription)
  const [known, done] = await together([factsUnder(tx, policy, subscription), stepsDone(tx, subscription)])
  let planned = timeline(subscription, policy, known)
  for (let step = nextStep(planned, done); step !== null && !isAfter(step.at, now); step = nextStep(planned, done)) {
    const course = { subscription, policy, planned, done, places, told }
    const outcome = await perform(tx, shop, course, step, now)
    if (outcome.kind === 'wait') return sleepUntil(tx, id, outcome.until, step.key)
    written(tx, remembered, { subscription, step, outcome, now })
    done.add(step.key)
    if (!outcome.moved) continue
    const { paidThrough } = subscription
    subscription = await lockSubscription(tx, id)
    // What costs nothing has renewed itself: its next period has steps of its own, of which none is done.
    if (String(subscription.paidThrough) !== String(paidThrough)) return
    // A rule may ask for the state that the step has just made.
    planned = timeline(subscription, policy, known)
  }
  await keepAccess(tx, shop, subscription, policy, known, now)
  const next = nextStep(planned, done)
  sleepUntil(tx, id, next?.at ?? null, next?.key ?? null)
}

/** What is known while the steps of one subscription are carried out. */
type Course = {
  subscription: Subscription
  policy: Policy
  planned: readonly PlannedStep[]
  done: ReadonlySet<string>
  places: Place[]
  told: Told
}

/** `moved`: the subscription is another now. */
type Done = { kind: 'done' | 'skipped'; reason: string; moved: boolean }
type Outcome = Done | { kind: 'wait'; until: Temporal.Instant }

const done = (reason: string, moved: boolean): Done => ({ kind: 'done', reason, moved })
const skipped = (reason: string): Done => ({ kind: 'skipped', reason, moved: false })

async function perform(tx: Tx, shop: Shop, course: Course, step: PlannedStep, now: Temporal.Instant): Promise<Outcome> {
  const { subscription, policy, planned, done: known, places } = course
  const { id } = subscription
  const why = {
    actor: `rule:${policy.id}/${step.key}`,
    reason: step.because,
    data: { policy: policy.id, policy_version: policy.version, step: step.key, rules: step.by.map(({ key }) => key) },
  }
  const place = await placeOf(tx, shop, subscription, step, now)
  places.push(place)
  const { mass } = place
  const sells = (mass === 'free' || mass === 'let_go') && !(await frozenCustomers(tx)).has(subscription.customerId)
  const issues = step.action === 'issue_invoice' && sells
  const invoice = issues ? await renewalInvoiceOfLocked(tx, shop, subscription, now) : null
  const facts = await factsFor(tx, shop, subscription, step, [...keysOf(planned), ...known], invoice, mass, now)
  const verdict = decideStep(subscription, step, planned, facts, now)
  if (verdict.kind === 'skip' || verdict.kind === 'wait') place.leave()
  switch (verdict.kind) {
    case 'skip':
      return skipped(verdict.reason)
    case 'wait':
      await waitOn(tx, shop, subscription, step, verdict, now)
      return { kind: 'wait', until: verdict.until }
    case 'settle':
      assert(invoice !== null, 'what settles itself has an invoice')
      await settleForNothing(tx, shop, invoice.id, now)
      return done(`invoice ${invoice.id}: nothing to pay`, true)
    case 'act': {
      if (step.action === 'suspend') await settle(tx, 'suspension_waits', id, why.actor, now)
      if (step.action === 'flag') flagForRenewal(tx, id, step.because, now)
      if (step.action === 'notify_staff') await raise(tx, shop, noticeOf(subscription, step), now)
      if (step.action === 'charge') return charge(tx, shop, subscription, why.actor, now)
      const { change, tells } = verdict
      const unanswered = facts.invoice === 'unanswered'
      const said = unanswered ? { ...why, reason: unansweredPrice } : why
      if (change !== null) await changeSubscription(tx, shop, id, now, () => change, { ...said, locked: subscription })
      if (unanswered) return noteUnanswered(tx, id, now)
      const moved = change !== null || step.action === 'flag'
      const about = invoice === null ? {} : { invoice_id: invoice.id }
      if (invoice !== null && (await hasBalance(tx, subscription.customerId)))
        await spendBalanceSoon(tx, shop, subscription.customerId)
      const message = tells === null ? null : messageOf(subscription, tells, step, about, now)
      if (step.action === 'remind' || step.action === 'offer') {
        if (message !== null && (await tell(tx, shop, subscription, message, course, step, now))) return done('', moved)
        return skipped(step.action === 'remind' ? 'told before' : 'nobody to tell')
      }
      if (message !== null && course.told !== null) await tell(tx, shop, subscription, message, course, step, now)
      else if (message !== null) await queueLate(tx, shop, message, now)
      return done(invoice === null ? '' : `invoice ${invoice.id}`, moved)
    }
  }
}

/**
 * False: it was told before, or there is nobody to tell. Of those on one invoice the first message of a look, or what asked for its money
 * on the same day, speaks for the others, too; each has its own claim to it, so that whatever asks who was told finds it.
 */
async function tell(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  message: NewMessage,
  { planned, told }: Pick<Course, 'planned' | 'told'>,
  step: PlannedStep,
  now: Temporal.Instant,
): Promise<boolean> {
  const { id, paidThrough } = subscription
  const invoice = told === null || paidThrough === null ? null : await renewalInvoiceOf(tx, id, paidThrough)
  if (told === null || invoice === null) return queueMessage(tx, shop, message, now)
  const occasion = `${message.template}/${step.key}/${invoice.id}`
  const word = invoice.consolidated ? wordOfDay(invoice.id, step, planned, shop.zone) : null
  const spoken = told.get(occasion) ?? (word === null ? null : await messageOfClaim(tx, word)) ?? null
  if (spoken !== null) return claimMessage(tx, message.claim, spoken)
  const messageId = newId('msg', shop.app.clock)
  const made = await queueMessage(tx, shop, { ...message, id: messageId }, now)
  if (made) told.set(occasion, messageId)
  if (made && word !== null) await claimMessage(tx, word, messageId)
  return made
}

async function noteUnanswered(tx: Tx, id: string, now: Temporal.Instant): Promise<Outcome> {
  const coming = await comingPriceOf(tx, id)
  if (coming !== null) await noteEndPlanned(tx, coming.id, now)
  return done(unansweredPrice, true)
}

/** The step only asks: the charge is work of its own, and its retries follow from what the bank says. */
async function charge(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  by: string,
  now: Temporal.Instant,
): Promise<Outcome> {
  const { id, customerId, paidThrough } = subscription
  const invoice = paidThrough === null ? null : await renewalInvoiceOf(tx, id, paidThrough)
  if (invoice === null) return skipped('no invoice is open')
  const next = await askToCollect(tx, shop, { invoiceId: invoice.id, customerId, by, atOnce: false }, now)
  if (next.status === 'waiting') return skipped(next.reason)
  return done(`invoice ${invoice.id}: ${next.reason}`, false)
}

const keysOf = (steps: readonly PlannedStep[]): string[] => steps.map(({ key }) => key)

/** What a wait brings with it: the line stays up while we wait, and at the bound a person is asked. */
async function waitOn(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  verdict: Extract<Verdict, { kind: 'wait' }>,
  now: Temporal.Instant,
): Promise<void> {
  if (verdict.cause === 'mass') await park(tx, shop, subscription, step, now)
  if (step.action !== 'suspend') return
  if (verdict.ask) await askStaff(tx, shop, subscription, verdict.reason, now)
  // The panel's own expiry must not cut the line off meanwhile.
  await wantLine(
    tx,
    shop,
    subscription.id,
    {
      wanted: 'active',
      until: halfDayAfter(plusHours(verdict.until, 48)),
      paidUntil: subscription.paidThrough,
      restrictedTo: subscription.restrictedTo,
    },
    now,
  )
}

/** Looked at every hour, a wait of days would otherwise move the expiry on the panel each time. */
const halfDayAfter = (at: Temporal.Instant): Temporal.Instant =>
  at.round({ smallestUnit: 'hour', roundingIncrement: 12, roundingMode: 'ceil' })

const noticeOf = (subscription: Subscription, step: PlannedStep): NewAttention => ({
  kind: `policy_${step.key}`,
  subjectType: 'subscription',
  subjectId: subscription.id,
  title: step.because,
  severity: 'info',
})

/** Reminders expire with the day they speak of. */
const messageOf = (
  subscription: Subscription,
  template: string,
  step: PlannedStep,
  about: Record<string, string>,
  now: Temporal.Instant,
): NewMessage => ({
  template,
  claim: claimOf(template, subscription, step),
  customerId: subscription.customerId,
  about: { subscription_id: subscription.id, period_end: String(subscription.paidThrough), ...about },
  ...(step.action === 'offer' ? { kind: 'marketing' } : {}),
  ...(step.action === 'remind' || step.action === 'offer' ? { sendUntil: plusHours(now, 24) } : {}),
})

type Remembered = { subscription: Subscription; step: PlannedStep; outcome: Done; now: Temporal.Instant }

const remembered: Batch<Remembered> = {
  keyOf: ({ subscription, step }) => `${subscription.id}/${step.key}`,
  many: (
    steps,
  ) => sql`insert into steps_done (business_id, subscription_id, period_end, step, outcome, reason, due_at, at)
    select current_business(), d.* from ${table('d', steps, [
      ['subscription_id', 'text', ({ subscription }) => subscription.id],
      ['period_end', 'timestamptz', ({ subscription }) => subscription.paidThrough],
      ['step', 'text', ({ step }) => step.key],
      ['outcome', 'text', ({ outcome }) => outcome.kind],
      ['reason', 'text', ({ outcome }) => outcome.reason],
      ['due_at', 'timestamptz', ({ step }) => step.at],
      ['at', 'timestamptz', ({ now }) => now],
    ])} on conflict do nothing`,
}

const sleepUntil = (tx: Tx, id: string, at: Temporal.Instant | null, step: string | null): void =>
  written(tx, sleeping, { id, at, step })

const sleeping: Batch<{ id: string; at: Temporal.Instant | null; step: string | null }> = {
  keyOf: ({ id }) => id,
  many: (next) => sql`update subscriptions s set next_step_at = n.at, next_step = n.step
    from ${table('n', next, [
      ['id', 'text', ({ id }) => id],
      ['at', 'timestamptz', ({ at }) => at],
      ['step', 'text', ({ step }) => step],
    ])} where s.business_id = current_business() and s.id = n.id`,
}
