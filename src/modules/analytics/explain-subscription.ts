/**
 * Why a subscription is as it is: the change that made it so, with its rule and version; the money behind it; who acted; what holds a
 * suspension back; and every step to come, with its instant, its reason and the rules that shaped it. Reads only.
 */
import type { Shop } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Instant, isAfter, laterOf } from '#platform/time.ts'
import { householdOf, type Member } from '../billing/household.ts'
import { nameOfMethod } from '../billing/payment-methods.ts'
import { type Invoice, renewalInvoiceOf } from '../billing/queries.ts'
import { invoiceNumber } from '../billing/rules.ts'
import { cardTooShortFor } from '../billing/watch-card.ts'
import { factsFor } from '../dunning/guards.ts'
import { saidOf } from '../dunning/parked.ts'
import { decideStep, type WaitCause, whyNotRestricted } from '../dunning/rules/decide.ts'
import { type Event, listEvents } from '../events/queries.ts'
import { restrictionOf } from '../lines/panels.ts'
import { factsUnder } from '../subscriptions/facts.ts'
import { comingPriceOf } from '../subscriptions/price-changes.ts'
import { findSubscription, readPolicy, stepsDone } from '../subscriptions/queries.ts'
import { cutOff, type PlannedStep, type Policy, timeline } from '../subscriptions/rules/policy.ts'
import { type ComingPrice, comesOn } from '../subscriptions/rules/price-change.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'

/** What made it so. `rule`: the step of a policy, when no person did. */
export type Cause = {
  at: Instant
  event: string
  actor: string
  reason: string | null
  rule: { policyId: string; version: number | null; step: string; rules: readonly string[] } | null
}

/** What the present period was paid with. */
export type Bought = {
  invoiceId: string
  invoiceNumber: string | null
  totalMinor: bigint
  currency: string
  paymentId: string | null
  receivedMinor: bigint | null
  paidAt: Instant | null
}

/** What keeps the line up although a step says otherwise, or would: with its reason and how long, where that is known. */
export type Guard = { cause: WaitCause | 'held' | 'credits'; until: Instant | null; reason: string }

export type Explanation = {
  subscription: Subscription
  policy: Pick<Policy, 'id' | 'version' | 'name'>
  /** Null only for what was never paid. */
  because: Cause | null
  /** What happened to it, latest first. */
  acted: readonly Cause[]
  bought: Bought | null
  /** The unpaid invoice for the time that follows. */
  open: Invoice | null
  /** A new price that is announced, and the first renewal that is asked for it. */
  coming: ComingPrice | null
  comesOn: Instant | null
  /** The saved card that expires before this one is charged again. */
  card: { methodId: string; name: string; expiresAt: Instant } | null
  /** All that are renewed together with it, itself among them; none where it is in no household. */
  household: readonly Member[]
  cutOff: Instant | null
  guards: readonly Guard[]
  next: readonly NextStep[]
}

/** `passedOver`: why it will not be done to this one; null: it will. */
export type NextStep = PlannedStep & { passedOver: string | null }

/** How many changes are told. */
const mostActed = 10

export async function explainSubscription(tx: Tx, shop: Shop, id: string, now: Instant): Promise<Explanation> {
  const subscription = await findSubscription(tx, id)
  if (subscription === null) throw new Refusal('not_found', 'There is no such subscription.')
  const { paidThrough } = subscription
  const policy = await readPolicy(tx, subscription.policyId)
  const facts = await factsUnder(tx, policy, subscription)
  const done = paidThrough === null ? new Set<string>() : await stepsDone(tx, subscription)
  const planned = timeline(subscription, policy, facts)
  const causes = (await listEvents(tx, { subjectId: id }, { limit: 50 })).map((event) => ({
    event,
    cause: causeOf(event),
  }))
  const renewal = paidThrough === null ? null : await renewalInvoiceOf(tx, id, paidThrough)
  const coming = await comingPriceOf(tx, id)
  return {
    subscription,
    policy: { id: policy.id, version: policy.version, name: policy.name },
    because: causes.find(({ event }) => makesState(event, subscription))?.cause ?? null,
    acted: causes.slice(0, mostActed).map(({ cause }) => cause),
    bought: await boughtBy(tx, subscription),
    open: renewal !== null && (renewal.status === 'open' || renewal.status === 'draft') ? renewal : null,
    coming,
    comesOn: coming === null ? null : comesOn(subscription, coming, now),
    card: await cardOf(tx, shop, subscription),
    household: await householdOf(tx, subscription),
    cutOff: cutOff(subscription, policy, facts),
    guards: await guardsOf(tx, shop, subscription, planned, done, now),
    next: await nextOf(tx, shop, id, planned, done),
  }
}

async function cardOf(tx: Tx, shop: Shop, subscription: Subscription): Promise<Explanation['card']> {
  const card = await cardTooShortFor(tx, shop, subscription)
  return card === null ? null : { methodId: card.id, name: nameOfMethod(card), expiresAt: card.expiresAt }
}

async function nextOf(
  tx: Tx,
  shop: Shop,
  id: string,
  planned: readonly PlannedStep[],
  done: ReadonlySet<string>,
): Promise<NextStep[]> {
  const next = planned.filter(({ key }) => !done.has(key))
  const line = next.some(({ action }) => action === 'restrict') ? await restrictionOf(tx, shop.app, id) : null
  return next.map((step) => ({
    ...step,
    passedOver: line === null || step.action !== 'restrict' ? null : whyNotRestricted(step, line),
  }))
}

/** The latest change that led into the state it is in. */
const makesState = ({ data }: Event, { status }: Subscription): boolean => data.to === status && data.from !== status

function causeOf({ at, type, actor, data }: Event): Cause {
  const [, policyId, step] = /^rule:([^/]+)\/(.+)$/.exec(actor) ?? []
  return {
    at,
    event: type,
    actor,
    reason: typeof data.reason === 'string' ? data.reason : null,
    rule:
      policyId === undefined || step === undefined
        ? null
        : {
            policyId,
            version: typeof data.policy_version === 'number' ? data.policy_version : null,
            step,
            rules: Array.isArray(data.rules) ? data.rules.map(String) : [],
          },
  }
}

type BoughtRow = Omit<Bought, 'invoiceNumber'> & { series: string | null; number: number | null }

/** What paid for the present period; a period of which nothing is left is not it. */
async function boughtBy(tx: Tx, { id, paidThrough }: Subscription): Promise<Bought | null> {
  const found = await maybe(
    tx,
    sql<BoughtRow>`select v.id as "invoiceId", v.series, v.number, v.total_minor as "totalMinor", v.currency, pay.id as "paymentId", pay.received_minor as "receivedMinor", v.paid_at as "paidAt"
      from periods p
      join invoice_items i on i.business_id = p.business_id and i.id = p.invoice_item_id
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      left join lateral (
        select id, received_minor from payments where business_id = v.business_id and status = 'succeeded' and id in (
          select o.id from payments o where o.business_id = v.business_id and o.invoice_id = v.id
          union all select w.payment_id from payment_invoices w where w.business_id = v.business_id and w.invoice_id = v.id)
        order by succeeded_at desc limit 1) pay on true
      where p.business_id = current_business() and p.subscription_id = ${id} and p.ends = ${paidThrough} and p.starts < p.ends`,
  )
  if (found === null) return null
  const { series, number, ...bought } = found
  return { ...bought, invoiceNumber: invoiceNumber(series, number) }
}

/** Asked as the engine would ask it, now or when the suspension is due. */
async function guardsOf(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  planned: readonly PlannedStep[],
  done: ReadonlySet<string>,
  now: Instant,
): Promise<Guard[]> {
  const guards: Guard[] = []
  const { holdUntil, waitingFor, status } = subscription
  if (waitingFor !== null) guards.push({ cause: 'credits', until: null, reason: `it waits for ${waitingFor}` })
  if (!['trial', 'active', 'grace'].includes(status)) return guards
  if (holdUntil !== null && isAfter(holdUntil, now))
    guards.push({ cause: 'held', until: holdUntil, reason: 'held back by staff' })
  const suspension = planned.find(({ action }) => action === 'suspend')
  if (suspension === undefined) return guards
  const keys = [...planned.map(({ key }) => key), ...done]
  const mass = await saidOf(tx, subscription, suspension)
  const facts = await factsFor(tx, shop, subscription, suspension, keys, null, mass ?? 'free', now)
  const verdict = decideStep(subscription, suspension, planned, facts, laterOf(now, suspension.at))
  // That no message was accepted yet is no news before it is time to suspend.
  if (verdict.kind === 'wait' && (verdict.cause !== 'unwarned' || !isAfter(suspension.at, now)))
    guards.push({ cause: verdict.cause, until: verdict.until, reason: verdict.reason })
  return guards
}
