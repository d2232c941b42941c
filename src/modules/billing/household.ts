/**
 * Subscriptions of one customer that are renewed together. Joining costs nothing and moves nothing at once: the next renewal of what joins is sold
 * as the time until the household's day, and from then on one invoice asks for all. Leaving gives it an invoice of its own again.
 */
import { type Shop, transaction } from '#app.ts'
import { rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import { describeTerm, endOfTerm } from '#platform/time.ts'
import { findPlan } from '../catalog/plans.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import { enterHousehold, exitHousehold, findHousehold, membersOf, openHousehold } from '../subscriptions/households.ts'
import { spanned, termsOfNext, wholeTerm } from '../subscriptions/plan-changes.ts'
import { lockSubscription, readSubscription, subscriptionsOf } from '../subscriptions/queries.ts'
import { fitsTogether, isAsked } from '../subscriptions/rules/household.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { renewalInvoice } from './invoices.ts'
import { linesOfInvoice, lockInvoice, renewalInvoiceOf } from './queries.ts'
import { canBeWithdrawn, renewedBy, replaceRenewal, withdrawInvoice } from './withdraw-invoice.ts'

export type HouseholdPreview = {
  subscription: Subscription
  /** Whose days are those of the household. */
  lead: Subscription
  /** Its renewal that brings it to the day: from the end of paid time, for so much. Null: it ends on such a day already. */
  first: { starts: Temporal.Instant; ends: Temporal.Instant; price: Money } | null
  /** From when on all are renewed together. */
  from: Temporal.Instant
  /** What it costs at each renewal after that. */
  price: Money
  /** An unpaid invoice for the next period is out: it stays as it is, and the renewal after it is the first that counts. */
  invoiceStays: boolean
}

/** What it means for `id` to be renewed together with `other`, or why that cannot be. */
export async function previewJoin(tx: Tx, id: string, other: string): Promise<HouseholdPreview> {
  const [subscription, lead] = [await readSubscription(tx, id), await leadFor(tx, await readSubscription(tx, other))]
  const because = whyNot(subscription, await readSubscription(tx, other), lead)
  if (because !== null) throw new Refusal('conflict', because)
  const { currency, paidThrough, anchorDay, zone } = subscription
  if (paidThrough === null || anchorDay === null || lead.paidThrough === null || lead.anchorDay === null)
    throw new Refusal('conflict', notRunning)
  const whole = await wholeTerm(tx, subscription)
  const invoice = await renewalInvoiceOf(tx, id, paidThrough)
  const invoiceStays = invoice?.status === 'open' || invoice?.status === 'draft'
  const starts = invoiceStays ? endOfTerm(paidThrough, whole.term, anchorDay, zone) : paidThrough
  const next = spanned({ ...subscription, paidThrough: starts }, whole, {
    paidThrough: lead.paidThrough,
    anchorDay: lead.anchorDay,
  })
  return {
    subscription,
    lead,
    first: next.span === null ? null : { starts, ends: next.span.ends, price: money(next.totalMinor, currency) },
    from: next.span?.ends ?? starts,
    price: money(whole.totalMinor, currency),
    invoiceStays,
  }
}

/** Who sets the days: the lead of the household that `other` is in, or `other` itself, which then begins one. */
async function leadFor(tx: Tx, other: Subscription): Promise<Subscription> {
  const household = other.householdId === null ? null : await findHousehold(tx, other.householdId)
  const lead = household === null ? null : await readSubscription(tx, household.leadId)
  return lead === null || !runs(lead) ? other : lead
}

const notRunning = 'Only subscriptions that run and were paid for can be renewed together.'

const runs = ({ status }: Subscription): boolean => ['active', 'grace', 'suspended', 'paused'].includes(status)

/** Why the two cannot be renewed together, as a sentence; null: they can. */
function whyNot(subscription: Subscription, other: Subscription, lead: Subscription): string | null {
  if (subscription.customerId !== other.customerId) return 'Both subscriptions must belong to the same customer.'
  if (subscription.id === other.id) return 'Please choose another subscription to renew it with.'
  if (!runs(subscription) || !runs(other)) return notRunning
  if (subscription.householdId !== null)
    return 'It is renewed together with others already. Please take it out of there first.'
  if (subscription.currency !== lead.currency)
    return `One is paid in ${subscription.currency}, the other in ${lead.currency}.`
  if (!fitsTogether(subscription.term, lead.term))
    return `One is sold by ${describeTerm(subscription.term)}, the other by ${describeTerm(lead.term)}: their days do not meet.`
  return null
}

/** Safe to repeat: who is with `other` already is left as it is. */
export function joinHousehold(shop: Shop, id: string, other: string, reason = ''): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'join-household', async (tx) => {
    // In one order, so that two who join each other do not wait for each other.
    for (const each of [id, other].sort()) await lockSubscription(tx, each)
    const [mine, their] = [await readSubscription(tx, id), await readSubscription(tx, other)]
    if (mine.householdId !== null && mine.householdId === their.householdId && id !== other) return
    await previewJoin(tx, id, other)
    const householdId = their.householdId ?? (await openHousehold(tx, shop, their, now))
    await enterHousehold(tx, shop, id, householdId, reason, now)
  })
}

/** It keeps its end and its price. An unpaid invoice that asked for all is taken back, and each side gets its own at once. */
export function leaveHousehold(shop: Shop, id: string, reason = ''): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'leave-household', async (tx) => {
    const before = await lockSubscription(tx, id)
    if (before.householdId === null) throw new Refusal('conflict', 'It is not renewed together with any other.')
    const members = await membersOf(tx, before.householdId)
    await exitHousehold(tx, shop, before, reason, now)
    await partInvoices(tx, shop, members, now)
    await sellWholeTerm(tx, shop, before, now)
  })
}

/** The days of the others are no concern of it any more. */
async function sellWholeTerm(
  tx: Tx,
  shop: Shop,
  { id, paidThrough }: Subscription,
  now: Temporal.Instant,
): Promise<void> {
  const invoice = paidThrough === null ? null : await renewalInvoiceOf(tx, id, paidThrough)
  const lines = invoice === null ? [] : await linesOfInvoice(tx, invoice.id)
  if (paidThrough !== null && lines.some(({ coversUntil }) => coversUntil !== null))
    await replaceRenewal(tx, shop, id, paidThrough, { unlessBusy: true, again: true }, now)
}

/**
 * Invoices that ask for several of `before` and should not any more: one has left the household, is canceled or rests. They are taken back, and who still
 * wants to renew is asked again. What is being paid stays as it is: the money decides.
 */
export async function partInvoices(
  tx: Tx,
  shop: Shop,
  before: readonly Subscription[],
  now: Temporal.Instant,
): Promise<void> {
  const shared = await rows(
    tx,
    sql<{
      id: string
      consolidated: boolean
    }>`select v.id, v.consolidated from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      where i.business_id = current_business() and i.subscription_id = any(${before.map(({ id }) => id)}::text[]) and i.kind = 'period'
        and v.purpose = 'renewal' and v.status in ('draft', 'open')
      group by v.id, v.consolidated having count(distinct i.subscription_id) > 1 order by v.id`,
  )
  for (const each of shared) {
    const asked: Subscription[] = []
    for (const id of await renewedBy(tx, each.id)) asked.push(await readSubscription(tx, id))
    const [first] = asked
    const belong = (one: Subscription) =>
      each.consolidated || (one.householdId !== null && one.householdId === first?.householdId)
    if (asked.every((one) => isAsked(one) && belong(one))) continue
    const invoice = await lockInvoice(tx, each.id)
    if (!(await canBeWithdrawn(tx, invoice))) continue
    await withdrawInvoice(tx, shop, invoice, partedBecause, now)
    for (const one of asked) if (isAsked(one)) await renewalInvoice(tx, shop, one.id, now)
  }
}

/** Before the engine looks at several together: whose invoice was taken back only because it rested or was not to be renewed, and now is, is asked again. */
export async function mendInvoices(
  tx: Tx,
  shop: Shop,
  members: readonly Subscription[],
  now: Temporal.Instant,
): Promise<void> {
  await partInvoices(tx, shop, members, now)
  const parted = await rows(
    tx,
    sql<{ id: string }>`select id from (
        select distinct on (i.subscription_id) i.subscription_id as id, v.status, v.void_reason from invoice_items i
        join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
        where i.business_id = current_business() and i.subscription_id = any(${members.map(({ id }) => id)}::text[]) and i.kind = 'period' and v.purpose = 'renewal'
        order by i.subscription_id, v.created_at desc, v.id desc) last
      where status = 'void' and void_reason like ${`%${partedBecause}`}`,
  )
  for (const each of members)
    if (isAsked(each) && parted.some(({ id }) => id === each.id)) await renewalInvoice(tx, shop, each.id, now)
}

const partedBecause = 'its subscriptions are not renewed together'

export type Member = {
  subscription: Subscription
  planName: string
  username: string
  /** Its next renewal, which may be no whole term. */
  next: { price: Money; ends: Temporal.Instant } | null
  /** What a whole term costs. */
  price: Money
}

/** All of its household, in the order in which they were sold; none where it is in none. */
export async function householdOf(tx: Tx, { householdId }: Subscription): Promise<Member[]> {
  const members: Member[] = []
  for (const subscription of householdId === null ? [] : await membersOf(tx, householdId)) {
    const whole = await wholeTerm(tx, subscription)
    const plan = await findPlan(tx, whole.planId)
    const line = await lineOfSubscription(tx, subscription.id)
    members.push({
      subscription,
      planName: plan?.name ?? '',
      username: line?.username ?? '',
      next: await nextOf(tx, subscription),
      price: money(whole.totalMinor, subscription.currency),
    })
  }
  return members
}

async function nextOf(tx: Tx, subscription: Subscription): Promise<Member['next']> {
  const { paidThrough, anchorDay, zone, currency } = subscription
  if (paidThrough === null || anchorDay === null || !isAsked(subscription)) return null
  const next = await termsOfNext(tx, subscription)
  const ends = next.span?.ends ?? endOfTerm(paidThrough, next.term, anchorDay, zone)
  return { price: money(next.totalMinor, currency), ends }
}

/** Others of the same customer with which it could be renewed together. */
export async function possibleCompanions(tx: Tx, subscription: Subscription): Promise<Subscription[]> {
  const found: Subscription[] = []
  for (const other of await subscriptionsOf(tx, subscription.customerId)) {
    const lead = await leadFor(tx, other)
    if (whyNot(subscription, other, lead) === null) found.push(other)
  }
  return found
}
