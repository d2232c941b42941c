/**
 * Executes what is due of one subscription's timeline, in order, and writes when to look next. Safe to repeat: the row is locked, a
 * step that is done is remembered per period, and messages and invoices have claims of their own.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { isAfter, plusHours } from '#platform/time.ts'
import { askToCollect } from '../billing/collections.ts'
import { settleForNothing } from '../billing/confirm-payment.ts'
import { renewalInvoice } from '../billing/invoices.ts'
import { renewalInvoiceOf } from '../billing/queries.ts'
import { wantLine } from '../lines/want-line.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { type NewAttention, raise, settle } from '../people/attention.ts'
import { catchUpStep } from '../people/standstill.ts'
import { changeSubscription, flagForRenewal, keepAccess } from '../subscriptions/change-subscription.ts'
import { factsUnder } from '../subscriptions/facts.ts'
import { comingPriceOf, noteEndPlanned } from '../subscriptions/price-changes.ts'
import { lockSubscription, policyOf, stepsDone } from '../subscriptions/queries.ts'
import { nextStep, type PlannedStep, type Policy, timeline } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { askStaff, factsFor } from './guards.ts'
import { countOne, massOf, park } from './parked.ts'
import { claimOf, decideStep, unansweredPrice, type Verdict } from './rules/decide.ts'

export async function executeSteps(shop: Shop, subscriptionId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'execute-steps', (tx) =>
    shop.standstill === null ? execute(tx, shop, subscriptionId, now) : putOff(tx, subscriptionId, now),
  )
}

/** While the business stands still: looked at again in an hour, or as soon as somebody confirms. */
const putOff = (tx: Tx, id: string, now: Temporal.Instant): Promise<unknown> =>
  run(
    tx,
    sql`update subscriptions set next_step_at = ${plusHours(now, 1)}, next_step = ${catchUpStep}
      where business_id = current_business() and id = ${id} and next_step_at <= ${now}`,
  )

async function execute(tx: Tx, shop: Shop, id: string, now: Temporal.Instant): Promise<void> {
  let subscription = await lockSubscription(tx, id)
  if (subscription.nextStepAt === null || isAfter(subscription.nextStepAt, now)) return
  const policy = await policyOf(tx, shop, subscription)
  const known = await factsUnder(tx, policy, subscription)
  const done = await stepsDone(tx, subscription)
  let planned = timeline(subscription, policy, known)
  for (let step = nextStep(planned, done); step !== null && !isAfter(step.at, now); step = nextStep(planned, done)) {
    const outcome = await perform(tx, shop, { subscription, policy, planned, done }, step, now)
    if (outcome.kind === 'wait') return sleepUntil(tx, id, outcome.until, step.key)
    await remember(tx, shop, subscription, step, outcome, now)
    done.add(step.key)
    const { paidThrough } = subscription
    subscription = await lockSubscription(tx, id)
    // What costs nothing has renewed itself: its next period has steps of its own, of which none is done.
    if (String(subscription.paidThrough) !== String(paidThrough)) return
    // A rule may ask for the state that the step has just made.
    planned = timeline(subscription, policy, known)
  }
  await keepAccess(tx, shop, subscription, policy, known, now)
  const next = nextStep(planned, done)
  await sleepUntil(tx, id, next?.at ?? null, next?.key ?? null)
}

/** What is known while the steps of one subscription are carried out. */
type Course = {
  subscription: Subscription
  policy: Policy
  planned: readonly PlannedStep[]
  done: ReadonlySet<string>
}

type Outcome = { kind: 'done' | 'skipped'; reason: string } | { kind: 'wait'; until: Temporal.Instant }

async function perform(
  tx: Tx,
  shop: Shop,
  { subscription, policy, planned, done }: Course,
  step: PlannedStep,
  now: Temporal.Instant,
): Promise<Outcome> {
  const { id } = subscription
  const why = {
    actor: `rule:${policy.id}/${step.key}`,
    reason: step.because,
    data: { policy: policy.id, policy_version: policy.version, step: step.key, rules: step.by.map(({ key }) => key) },
  }
  const mass = await massOf(tx, shop, subscription, step, now)
  const issues = step.action === 'issue_invoice' && (mass === 'free' || mass === 'let_go')
  const invoice = issues ? await renewalInvoice(tx, shop, id, now) : null
  const facts = await factsFor(tx, shop, subscription, step, [...keysOf(planned), ...done], invoice, mass, now)
  const verdict = decideStep(subscription, step, planned, facts, now)
  switch (verdict.kind) {
    case 'skip':
      return { kind: 'skipped', reason: verdict.reason }
    case 'wait':
      await waitOn(tx, shop, subscription, step, verdict, now)
      return { kind: 'wait', until: verdict.until }
    case 'settle':
      assert(invoice !== null, 'what settles itself has an invoice')
      await countOne(tx, shop, step, now)
      await settleForNothing(tx, shop, invoice.id, now)
      return { kind: 'done', reason: `invoice ${invoice.id}: nothing to pay` }
    case 'act': {
      if (step.action === 'suspend') await settle(tx, 'suspension_waits', id, why.actor, now)
      if (step.action === 'flag') await flagForRenewal(tx, id, step.because, now)
      if (step.action === 'notify_staff') await raise(tx, shop, noticeOf(subscription, step), now)
      await countOne(tx, shop, step, now)
      if (step.action === 'charge') return charge(tx, shop, subscription, why.actor, now)
      const { change, tells } = verdict
      const unanswered = facts.invoice === 'unanswered'
      const said = unanswered ? { ...why, reason: unansweredPrice } : why
      if (change !== null) await changeSubscription(tx, shop, id, now, () => change, said)
      if (unanswered) return noteUnanswered(tx, id, now)
      const told =
        tells !== null &&
        (await tell(tx, shop, subscription, tells, step, invoice === null ? {} : { invoice_id: invoice.id }, now))
      if ((step.action === 'remind' || step.action === 'offer') && !told)
        return { kind: 'skipped', reason: step.action === 'remind' ? 'told before' : 'nobody to tell' }
      return { kind: 'done', reason: invoice === null ? '' : `invoice ${invoice.id}` }
    }
  }
}

async function noteUnanswered(tx: Tx, id: string, now: Temporal.Instant): Promise<Outcome> {
  const coming = await comingPriceOf(tx, id)
  if (coming !== null) await noteEndPlanned(tx, coming.id, now)
  return { kind: 'done', reason: unansweredPrice }
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
  if (invoice === null) return { kind: 'skipped', reason: 'no invoice is open' }
  const next = await askToCollect(tx, shop, { invoiceId: invoice.id, customerId, by, atOnce: false }, now)
  if (next.status === 'waiting') return { kind: 'skipped', reason: next.reason }
  return { kind: 'done', reason: `invoice ${invoice.id}: ${next.reason}` }
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
    { wanted: 'active', until: plusHours(verdict.until, 48), restrictedTo: subscription.restrictedTo },
    now,
  )
}

const noticeOf = (subscription: Subscription, step: PlannedStep): NewAttention => ({
  kind: `policy_${step.key}`,
  subjectType: 'subscription',
  subjectId: subscription.id,
  title: step.because,
  severity: 'info',
})

/** Reminders expire with the day they speak of. */
const tell = (
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  template: string,
  step: PlannedStep,
  about: Record<string, string>,
  now: Temporal.Instant,
): Promise<boolean> =>
  queueMessage(
    tx,
    shop,
    {
      template,
      claim: claimOf(template, subscription, step),
      customerId: subscription.customerId,
      about: { subscription_id: subscription.id, period_end: String(subscription.paidThrough), ...about },
      ...(step.action === 'offer' ? { kind: 'marketing' } : {}),
      ...(step.action === 'remind' || step.action === 'offer' ? { sendUntil: plusHours(now, 24) } : {}),
    },
    now,
  )

const remember = (
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  outcome: { kind: string; reason: string },
  now: Temporal.Instant,
) =>
  run(
    tx,
    sql`insert into steps_done (business_id, subscription_id, period_end, step, outcome, reason, due_at, at)
      values (${shop.businessId}, ${subscription.id}, ${subscription.paidThrough}, ${step.key}, ${outcome.kind}, ${outcome.reason}, ${step.at}, ${now}) on conflict do nothing`,
  )

const sleepUntil = (tx: Tx, id: string, at: Temporal.Instant | null, step: string | null): Promise<void> =>
  run(
    tx,
    sql`update subscriptions set next_step_at = ${at}, next_step = ${step} where business_id = current_business() and id = ${id}`,
  ).then(() => undefined)
