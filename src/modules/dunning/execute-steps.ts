/**
 * Executes what is due of one subscription's timeline, in order, and writes when to look next. Safe to repeat: the row is locked, a
 * step that is done is remembered per period, and messages and invoices have claims of their own.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { isAfter, plusHours, plusSeconds, secondsBetween } from '#platform/time.ts'
import { renewalInvoice } from '../billing/invoices.ts'
import { wantLine } from '../lines/want-line.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise, settle } from '../people/attention.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { keptPolicy, lockSubscription, periodStart, stepsDone } from '../subscriptions/queries.ts'
import { isStale, nextStep, type PlannedStep, type Policy, timeline } from '../subscriptions/rules/policy.ts'
import { enterGrace, type Subscription, suspend, terminate } from '../subscriptions/rules/subscription.ts'
import { guardSuspension } from './guards.ts'

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
const did = (reason = ''): Outcome => ({ kind: 'done', reason })
const skipped = (reason: string): Outcome => ({ kind: 'skipped', reason })

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
  switch (step.action) {
    case 'issue_invoice': {
      const invoice = await renewalInvoice(tx, shop, id, now)
      if (invoice === null) return skipped('this plan is not renewed')
      if (invoice.status === 'paid') return skipped('paid already')
      await tell(tx, shop, subscription, 'renewal_invoice', step, { invoice_id: invoice.id }, now)
      return did(`invoice ${invoice.id}`)
    }
    case 'remind':
      if (isStale(step, planned, now)) return skipped('too late to help')
      return (await tell(tx, shop, subscription, 'renewal_reminder', step, {}, now)) ? did() : skipped('told before')
    case 'grace':
      if (subscription.status !== 'active') return skipped(`it is ${subscription.status}`)
      await changeSubscription(tx, shop, id, now, enterGrace, why)
      await tell(tx, shop, subscription, 'grace', step, {}, now)
      return did()
    case 'suspend': {
      if (subscription.status === 'suspended') return skipped('suspended already')
      const wait = await guardSuspension(tx, shop, subscription, step, now)
      if (wait !== null) {
        // The panel's own expiry must not cut the line off while we wait.
        await wantLine(tx, shop, id, { wanted: 'active', until: plusHours(wait.until, 48) }, now)
        return { kind: 'wait', until: wait.until }
      }
      await settle(tx, 'suspension_waits', id, why.actor, now)
      await changeSubscription(tx, shop, id, now, () => suspend(now), why)
      if (subscription.status !== 'trial' && !subscription.cancelAtEnd)
        await tell(tx, shop, subscription, 'suspended', step, {}, now)
      return did()
    }
    case 'terminate': {
      // The full ladder: nobody is terminated who was not suspended first (S7).
      if (subscription.status !== 'suspended') return { kind: 'wait', until: plusHours(now, 1) }
      // And nobody loses the days between the two, because a suspension came late: after a wait, or after our own downtime.
      const end = plusSeconds(subscription.suspendedAt ?? now, retentionSeconds(planned))
      if (isAfter(end, now)) return { kind: 'wait', until: end }
      await changeSubscription(
        tx,
        shop,
        id,
        now,
        () => terminate(now, subscription.cancelAtEnd || !subscription.autoRenew ? 'canceled' : 'unpaid'),
        why,
      )
      await tell(tx, shop, subscription, 'terminated', step, {}, now)
      return did()
    }
    case 'notify_staff':
      await raise(
        tx,
        shop,
        {
          kind: `policy_${step.key}`,
          subjectType: 'subscription',
          subjectId: id,
          title: step.because,
          severity: 'info',
        },
        now,
      )
      return did()
  }
}

/** From the planned suspension to the planned end: what a customer has to come back in. */
function retentionSeconds(planned: readonly PlannedStep[]): number {
  const [suspended, ended] = ['suspend', 'terminate'].map((action) => planned.find((each) => each.action === action))
  return suspended === undefined || ended === undefined ? 0 : secondsBetween(suspended.at, ended.at)
}

/** One message per subscription, period and step (F79). Reminders expire with the day they speak of. */
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
      claim: `${template}/${subscription.id}/${subscription.paidThrough}/${step.key}`,
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
