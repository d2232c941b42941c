/**
 * Executes what is due of one subscription's timeline, in order, and writes when to look next. Safe to repeat: the row is locked, a
 * step that is done is remembered per period, and messages and invoices have claims of their own.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { isAfter, plusHours } from '#platform/time.ts'
import { renewalInvoice } from '../billing/invoices.ts'
import { wantLine } from '../lines/want-line.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { type NewAttention, raise, settle } from '../people/attention.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { keptPolicy, lockSubscription, periodStart, stepsDone } from '../subscriptions/queries.ts'
import { nextStep, type PlannedStep, type Policy, timeline } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { askStaff, factsFor, parkRun } from './guards.ts'
import { claimOf, decideStep, type Verdict } from './rules/decide.ts'

export async function executeSteps(shop: Shop, subscriptionId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'execute-steps', (tx) => execute(tx, shop, subscriptionId, now))
}

async function execute(tx: Tx, shop: Shop, id: string, now: Temporal.Instant): Promise<void> {
  let subscription = await lockSubscription(tx, id)
  if (subscription.nextStepAt === null || isAfter(subscription.nextStepAt, now)) return
  const policy = await keptPolicy(tx, shop, subscription.policyId)
  const planned = timeline(subscription, policy, await periodStart(tx, subscription))
  const done = await stepsDone(tx, subscription)
  for (const step of planned) {
    if (done.has(step.key)) continue
    if (isAfter(step.at, now)) break
    const outcome = await perform(tx, shop, subscription, policy, step, planned, now)
    if (outcome.kind === 'wait') return sleepUntil(tx, id, outcome.until, step.key)
    await remember(tx, shop, subscription, step, outcome, now)
    done.add(step.key)
    subscription = await lockSubscription(tx, id)
  }
  const next = subscription.status === 'terminated' ? null : nextStep(planned, done)
  await sleepUntil(tx, id, next?.at ?? null, next?.key ?? null)
}

type Outcome = { kind: 'done' | 'skipped'; reason: string } | { kind: 'wait'; until: Temporal.Instant }

async function perform(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  policy: Policy,
  step: PlannedStep,
  planned: readonly PlannedStep[],
  now: Temporal.Instant,
): Promise<Outcome> {
  const { id } = subscription
  const why = { actor: `rule:${policy.id}/${step.key}`, reason: step.because }
  const invoice = step.action === 'issue_invoice' ? await renewalInvoice(tx, shop, id, now) : null
  const facts = await factsFor(tx, subscription, step, planned, invoice, now)
  const verdict = decideStep(subscription, step, planned, facts, now)
  switch (verdict.kind) {
    case 'skip':
      return { kind: 'skipped', reason: verdict.reason }
    case 'wait':
      await waitOn(tx, shop, subscription, step, verdict, now)
      return { kind: 'wait', until: verdict.until }
    case 'act': {
      if (step.action === 'suspend') await settle(tx, 'suspension_waits', id, why.actor, now)
      if (step.action === 'notify_staff') await raise(tx, shop, noticeOf(subscription, step), now)
      const { change, tells } = verdict
      if (change !== null) await changeSubscription(tx, shop, id, now, () => change, why)
      const told =
        tells !== null &&
        (await tell(tx, shop, subscription, tells, step, invoice === null ? {} : { invoice_id: invoice.id }, now))
      if (step.action === 'remind' && !told) return { kind: 'skipped', reason: 'told before' }
      return { kind: 'done', reason: invoice === null ? '' : `invoice ${invoice.id}` }
    }
  }
}

/** What a wait brings with it: the line stays up while we wait, and at the bound a person is asked. */
async function waitOn(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  verdict: Extract<Verdict, { kind: 'wait' }>,
  now: Temporal.Instant,
): Promise<void> {
  if (step.action !== 'suspend') return
  if (verdict.ask) await askStaff(tx, shop, subscription, verdict.reason, now)
  if (verdict.cause === 'mass') await parkRun(tx, shop, now)
  // The panel's own expiry must not cut the line off meanwhile.
  await wantLine(tx, shop, subscription.id, { wanted: 'active', until: plusHours(verdict.until, 48) }, now)
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
      ...(step.action === 'remind' ? { sendUntil: plusHours(now, 24) } : {}),
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
