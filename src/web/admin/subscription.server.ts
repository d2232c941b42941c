/** All that staff see of one subscription: what comes next and why, what was paid for, the line, history. */
import { type Shop, transaction } from '#app.ts'
import { explainSubscription } from '#modules/analytics/explain-subscription.ts'
import { possibleCompanions } from '#modules/billing/household.ts'
import { addOnsOf } from '#modules/billing/preview-add-ons.ts'
import { priceExceptionOf } from '#modules/billing/price-exception.ts'
import { lastDayOf } from '#modules/billing/rules/card-expiry.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { eachOf } from '#modules/catalog/rules.ts'
import { findOrderBySubscription } from '#modules/checkout/queries.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { syncStateOf } from '#modules/lines/rules.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { withFreeDays } from '#modules/subscriptions/by-hand.ts'
import { discountOf } from '#modules/subscriptions/coupons.ts'
import { factsUnder } from '#modules/subscriptions/facts.ts'
import { membersOf } from '#modules/subscriptions/households.ts'
import { overridesOf } from '#modules/subscriptions/overrides.ts'
import { pausesOf, previewPause } from '#modules/subscriptions/pause.ts'
import { comingPriceOf } from '#modules/subscriptions/price-changes.ts'
import { listPolicies, periodsOf, readPolicy, readSubscription, stepsDone } from '#modules/subscriptions/queries.ts'
import { discountOn } from '#modules/subscriptions/rules/discount.ts'
import { whyNotUndo } from '#modules/subscriptions/rules/override.ts'
import { endPause } from '#modules/subscriptions/rules/pause.ts'
import { accessOf, cutOff, timeline } from '#modules/subscriptions/rules/policy.ts'
import { comesOn } from '#modules/subscriptions/rules/price-change.ts'
import { renewalMinor, type Subscription } from '#modules/subscriptions/rules/subscription.ts'
import type { Tx } from '#platform/db.ts'
import { money } from '#platform/money.ts'
import { describeTerm } from '#platform/time.ts'
import { openAddOn } from '../portal/add-on.server.ts'
import { openChange } from '../portal/plan-change.server.ts'
import { readHistory } from './history.server.ts'

export const readSubscriptionRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-subscription', async (tx) => {
    const now = shop.now()
    const subscription = await readSubscription(tx, id)
    const policy = await readPolicy(tx, subscription.policyId)
    const facts = await factsUnder(tx, policy, subscription)
    const planned = timeline(subscription, policy, facts)
    const done = subscription.paidThrough === null ? new Set<string>() : await stepsDone(tx, subscription)
    const [customer, plan, line, order, periods] = [
      await findCustomer(tx, subscription.customerId),
      await findPlan(tx, subscription.planId),
      await lineOfSubscription(tx, id),
      await findOrderBySubscription(tx, id),
      await periodsOf(tx, id),
    ]
    const { next } = await explainSubscription(tx, shop, id, now)
    const passedOver = new Map(next.map((step) => [step.key, step.passedOver]))
    const running = ['trial', 'active', 'grace', 'suspended'].includes(subscription.status)
    return {
      subscription: {
        id,
        status: subscription.status,
        paidThrough: subscription.paidThrough?.toString() ?? null,
        anchorDay: subscription.anchorDay,
        autoRenew: subscription.autoRenew,
        cancelAtEnd: subscription.cancelAtEnd,
        holdUntil: subscription.holdUntil?.toString() ?? null,
        asleepSince: subscription.asleepSince?.toString() ?? null,
        waitingFor: subscription.waitingFor,
        suspendedAt: subscription.suspendedAt?.toString() ?? null,
        restrictedTo: subscription.restrictedTo,
        terminatedAt: subscription.terminatedAt?.toString() ?? null,
        terminatedBecause: subscription.terminatedBecause,
        price: money(renewalMinor(subscription), subscription.currency),
        term: describeTerm(subscription.term),
        cutOff: cutOff(subscription, policy, facts)?.toString() ?? null,
        access: accessOf(subscription, policy, facts)?.wanted ?? null,
        paidTimeIsOver:
          subscription.paidThrough !== null && Temporal.Instant.compare(subscription.paidThrough, now) <= 0,
      },
      running,
      rest: await restOf(tx, shop, subscription, now),
      /** What one free day would make of the end: the preview counts from it. */
      freeDaysFrom: running ? (withFreeDays(subscription, 1, now).period?.starts.toString() ?? null) : null,
      discount: await discountShown(tx, subscription),
      planChange: await openChange(tx, id),
      newPrice: await newPriceOf(tx, subscription, now),
      priceException: await exceptionOf(tx, id),
      overrides: (await overridesOf(tx, id)).map((each) => ({
        id: each.id,
        kind: each.kind,
        reason: each.reason,
        by: each.by,
        at: each.at.toString(),
        undoneAt: each.undoneAt?.toString() ?? null,
        undoneBy: each.undoneBy,
        undoReason: each.undoReason,
        whyNot: whyNotUndo(each, subscription, now),
      })),
      addOns: await addOnsRecord(tx, shop, subscription),
      together: await togetherOf(tx, subscription),
      customer: { id: subscription.customerId, name: customer?.name || customer?.email || '' },
      plan: { name: plan?.name ?? '' },
      policy: { name: policy.name, version: policy.version },
      line:
        line === null || line.wanted === 'none'
          ? null
          : { id: line.id, username: line.username, sync: syncStateOf(line) },
      order: order === null ? null : { id: order.id, number: order.number },
      steps: planned.map(({ key, action, at, because }) => ({
        key,
        action,
        at: at.toString(),
        because,
        done: done.has(key),
        passedOver: passedOver.get(key) ?? null,
      })),
      periods: periods
        .map(({ id: periodId, starts, ends, kind }) => ({
          id: periodId,
          starts: starts.toString(),
          ends: ends.toString(),
          kind,
        }))
        .reverse(),
      explained: await explanationOf(tx, shop, id, now),
      history: await readHistory(tx, { subjectId: id }),
    }
  })

async function newPriceOf(tx: Tx, subscription: Subscription, now: Temporal.Instant) {
  const coming = subscription.status === 'terminated' ? null : await comingPriceOf(tx, subscription.id)
  if (coming === null) return null
  return {
    campaignId: coming.campaignId,
    status: coming.status,
    asks: coming.consent === 'ask',
    silence: coming.silence,
    amount: money(coming.newMinor, subscription.currency),
    first: comesOn(subscription, coming, now)?.toString() ?? null,
  }
}

async function exceptionOf(tx: Tx, id: string) {
  const found = await priceExceptionOf(tx, id)
  return found && { reason: found.reason }
}

/** How many others are renewed with it, and whether there is anybody who could be. */
async function togetherOf(tx: Tx, subscription: Subscription) {
  const { householdId } = subscription
  const others = householdId === null ? 0 : (await membersOf(tx, householdId)).length - 1
  return { others, possible: others > 0 || (await possibleCompanions(tx, subscription)).length > 0 }
}

/** What it has, what waits for its payment, and whether there is anything to have. */
async function addOnsRecord(tx: Tx, shop: Shop, subscription: Subscription) {
  const known = await addOnsOf(tx, shop, subscription)
  return {
    offered: known.length > 0,
    open: await openAddOn(tx, subscription.id),
    held: known.flatMap(({ held: { addOnId, name, quantity, renewsQuantity, ...price } }) =>
      quantity + renewsQuantity === 0
        ? []
        : [
            {
              id: addOnId,
              name,
              quantity,
              renewsQuantity,
              price: money(eachOf(price, quantity || renewsQuantity), subscription.currency),
            },
          ],
    ),
  }
}

/** What a pause would mean, or what going on would. */
async function restOf(tx: Tx, shop: Shop, subscription: Subscription, now: Temporal.Instant) {
  if (subscription.status === 'paused') {
    const open = (await pausesOf(tx, subscription.id)).find(({ ends }) => ends === null)
    return {
      resting: true as const,
      resumesAt: open?.resumesAt.toString() ?? null,
      endsAt: endPause(subscription, now).next.paidThrough?.toString() ?? null,
    }
  }
  const offer = await previewPause(tx, shop, subscription, now)
  if (!offer.possible) return null
  return { resting: false as const, keptDays: Math.floor(offer.keptSeconds / 86_400), latest: offer.latest.toString() }
}

/** What made it so, which money, what keeps it up, under which policy: plain values for the page. */
async function explanationOf(tx: Tx, shop: Shop, id: string, now: Temporal.Instant) {
  const explained = await explainSubscription(tx, shop, id, now)
  const { because, bought, card, open, guards, policy, subscription, household } = explained
  return {
    together: household.flatMap(({ subscription: { id: member }, username }) =>
      member === id ? [] : [{ id: member, username }],
    ),
    because:
      because === null
        ? null
        : {
            event: {
              id,
              at: because.at.toString(),
              type: because.event,
              actor: because.actor,
              subjectType: 'subscription',
              subjectId: id,
              data: {},
            },
            reason: because.reason,
            rule: because.rule === null ? null : { ...because.rule, rules: [...because.rule.rules] },
          },
    bought:
      bought === null
        ? null
        : {
            invoiceId: bought.invoiceId,
            invoiceNumber: bought.invoiceNumber ?? '',
            total: money(bought.totalMinor, bought.currency),
          },
    open: open === null ? null : { invoiceId: open.id, owed: money(open.totalMinor - open.paidMinor, open.currency) },
    card: card && { name: card.name, lastDay: lastDayOf(card.expiresAt) },
    guards: guards.map(({ until, cause, reason }) => ({ cause, reason, until: until?.toString() ?? null })),
    policy: { ...policy, chosenBy: subscription.policyChosenBy },
    flagged: subscription.flaggedAt?.toString() ?? null,
    policies: (await listPolicies(tx)).map((each) => ({ id: each.id, name: each.name })),
  }
}

/** What its coupon takes off the next renewal, while it runs. */
async function discountShown(tx: Tx, subscription: Subscription) {
  const coupon = await discountOf(tx, subscription)
  const { planId, currency } = subscription
  const taken = coupon && discountOn(coupon, { planId, currency, baseMinor: renewalMinor(subscription) })
  if (coupon === null || taken === null) return null
  return { code: coupon.code, amount: money(-taken.minor, currency), given: coupon.given, of: coupon.periods }
}
