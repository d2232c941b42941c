/** The facts that decide a step (`rules/decide.ts`), as the database has them now, and what is left behind while a step waits. */
import type { Shop } from '#app.ts'
import { type Tx, together } from '#platform/db.ts'
import { defaultMethodId, dueChargeOf } from '../billing/collections.ts'
import { frozenCustomers } from '../billing/disputes/freeze.ts'
import { type Invoice, openAttemptsOf, renewalInvoiceOf } from '../billing/queries.ts'
import { holdsStill } from '../billing/rules.ts'
import { troubleOf } from '../lines/incidents.ts'
import { restrictionOf } from '../lines/panels.ts'
import { deliveredAt } from '../messages/queries.ts'
import { raise } from '../people/attention.ts'
import { termsOfNext } from '../subscriptions/plan-changes.ts'
import type { PlannedStep } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { claimOf, type StepFacts, warnings } from './rules/decide.ts'
import type { Mass } from './rules/mass.ts'

const unknown: StepFacts = {
  invoice: 'missing',
  payingSince: null,
  warnedAt: null,
  savedMethod: false,
  incident: null,
  line: { connections: 1, restrictable: false },
  mass: 'free',
}

/**
 * Only what the step asks for is read. `keys`: of the steps planned and done, whose messages count as a warning. `invoice`: what
 * `renewalInvoiceOfLocked` answered, for the step that issues it.
 */
export async function factsFor(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  keys: readonly string[],
  invoice: Pick<Invoice, 'status' | 'totalMinor'> | null,
  mass: Mass,
  now: Temporal.Instant,
): Promise<StepFacts> {
  const frozen = (await frozenCustomers(tx)).has(subscription.customerId)
  const nothing: StepFacts = frozen ? { ...unknown, frozen } : unknown
  if (step.action === 'issue_invoice') {
    // Asked only where no invoice could be made: a plan that is not renewed, or a new price that nobody agreed to.
    const unanswered = invoice === null && (await termsOfNext(tx, subscription)).unanswered
    const state = unanswered ? 'unanswered' : stateOf(invoice, 'none')
    return { ...nothing, mass, invoice: state === 'open' && invoice?.totalMinor === 0n ? 'free' : state }
  }
  if (step.action === 'charge') return { ...nothing, mass, ...(await chargeFacts(tx, subscription)) }
  if (step.action === 'terminate') return { ...nothing, mass, incident: await troubleOf(tx, subscription.id, now) }
  const cuts = step.action === 'suspend' || step.action === 'restrict'
  if (!cuts || subscription.status === 'suspended') return { ...nothing, mass }
  const { id, paidThrough } = subscription
  const claims = warnings.flatMap((template) => keys.map((key) => claimOf(template, subscription, { key })))
  const [attempts, charge, renewal, warnedAt, incident, line] = await together([
    openAttemptsOf(tx, id),
    dueChargeOf(tx, id, now),
    paidThrough === null ? null : renewalInvoiceOf(tx, id, paidThrough),
    deliveredAt(tx, claims),
    troubleOf(tx, id, now),
    step.action === 'restrict' ? restrictionOf(tx, shop.app, id) : unknown.line,
  ])
  const holding = attempts.find((each) => holdsStill(each.createdAt, now))
  // A charge that is due and was not tried yet is as good as on its way (F25).
  const payingSince = holding?.createdAt ?? charge
  return { ...nothing, invoice: stateOf(renewal, 'missing'), payingSince, warnedAt, incident, line, mass }
}

async function chargeFacts(tx: Tx, { id, customerId, paidThrough }: Subscription) {
  const [renewal, methodId] = await together([
    paidThrough === null ? null : renewalInvoiceOf(tx, id, paidThrough),
    defaultMethodId(tx, customerId),
  ])
  return { invoice: stateOf(renewal, 'missing'), savedMethod: methodId !== null }
}

const stateOf = (invoice: { status: string } | null, absent: 'none' | 'missing'): StepFacts['invoice'] =>
  invoice === null ? absent : invoice.status === 'paid' ? 'paid' : 'open'

export const askStaff = (tx: Tx, shop: Shop, subscription: Subscription, reason: string, now: Temporal.Instant) =>
  raise(
    tx,
    shop,
    {
      kind: 'suspension_waits',
      subjectType: 'subscription',
      subjectId: subscription.id,
      title: 'A suspension waits for your decision',
      detail: `It is overdue, but ${reason}. Tell the customer and suspend by hand, or extend.`,
      severity: 'warn',
    },
    now,
  )
