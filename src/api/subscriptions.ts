/** Subscriptions: paid time, what comes next and why, and what staff may decide against the course. */
import type { Shop } from '#app.ts'
import { type Cause, type Explanation, explainSubscription } from '#modules/analytics/explain-subscription.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { giveFreeDays, resumeByHand, suspendByHand, terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { holdSuspension, setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { assignPolicy } from '#modules/subscriptions/choices.ts'
import { factsUnder } from '#modules/subscriptions/facts.ts'
import { moveEnd, restoreByHand } from '#modules/subscriptions/move-end.ts'
import { openChangeOf } from '#modules/subscriptions/plan-changes.ts'
import {
  findSubscription,
  listSubscriptions,
  periodsOf,
  readPolicy,
  stepsDone,
} from '#modules/subscriptions/queries.ts'
import { cutOff, timeline } from '#modules/subscriptions/rules/policy.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { actOnSubscription } from './act-on-subscription.ts'
import { addOnsOut, HeldOut } from './add-ons.ts'
import { DiscountOut, discountOut } from './coupons.ts'
import { CustomerOut, customerOf } from './customers.ts'
import { InvoiceSummary, invoiceOf, PayOut, payInvoice, payOf, requireGateway, returnFields } from './invoices.ts'
import { LineOut, lineOf } from './lines.ts'
import { PlanChangeOut, planChangeOf } from './plan-changes.ts'
import { PlanOut, planOf } from './plans.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, instantIn, list, listQuery, minor, money, resource, time, words, z } from './schemas.ts'

const status = z.enum(['pending', 'trial', 'active', 'grace', 'suspended', 'paused', 'terminated'])

const facts = {
  id: z.string(),
  customer_id: z.string(),
  plan_id: z.string(),
  household_id: z.string().nullable().openapi({ description: 'Those of one household are renewed together.' }),
  policy_id: z.string(),
  status,
  paid_through: time.nullable(),
  price: money.openapi({ description: "The plan's, agreed at the sale: each renewal costs it." }),
  add_ons_price: money.openapi({ description: 'What its add-ons cost beside it at each renewal.' }),
  term: z.strictObject({ unit: z.string(), count: z.int() }),
  auto_renew: z.boolean(),
  cancel_at_end: z.boolean(),
  hold_until: time.nullable().openapi({ description: 'Staff: do not suspend before.' }),
  waiting_for: z.string().nullable(),
  suspended_at: time.nullable(),
  restricted_to: z.int().nullable().openapi({ description: 'In grace: no more connections than these are left.' }),
  terminated_at: time.nullable(),
  terminated_because: z.enum(['unpaid', 'canceled', 'refunded', 'staff']).nullable(),
  next_step: z.string().nullable(),
  next_step_at: time.nullable(),
  created_at: time,
}

const SubscriptionSummary = resource('SubscriptionSummary', facts)
const SubscriptionOut = resource('Subscription', {
  ...facts,
  cut_off_at: time.nullable().openapi({ description: 'When the picture stops unless it is paid.' }),
  steps: z
    .array(z.strictObject({ key: z.string(), action: z.string(), at: time, because: z.string(), done: z.boolean() }))
    .openapi({ description: 'Every step of the present period, with its reason.' }),
  periods: z.array(
    z.strictObject({
      id: z.string(),
      starts: time,
      ends: time,
      kind: z.enum(['paid', 'trial', 'free', 'compensation']),
    }),
  ),
  add_ons: z.array(HeldOut),
  discount: DiscountOut.nullable().openapi({
    description: 'What its coupon takes off the next period, while it runs; `price` is without it.',
  }),
  plan_change: PlanChangeOut.nullable().openapi({ description: 'Another plan that was asked for and has not begun.' }),
  customer: CustomerOut.nullable().openapi({ description: 'With `expand=customer`.' }),
  plan: PlanOut.nullable().openapi({ description: 'With `expand=plan`.' }),
  line: LineOut.nullable().openapi({ description: 'With `expand=line`, for keys that may read lines.' }),
})

export const subscriptionOf = (shop: Shop, subscription: Subscription): z.input<typeof SubscriptionSummary> => ({
  id: subscription.id,
  customer_id: subscription.customerId,
  plan_id: subscription.planId,
  household_id: subscription.householdId,
  policy_id: subscription.policyId,
  status: subscription.status,
  paid_through: atOr(subscription.paidThrough),
  price: minor(subscription.priceMinor, subscription.currency),
  add_ons_price: minor(subscription.addOnsMinor, subscription.currency),
  term: subscription.term,
  auto_renew: subscription.autoRenew,
  cancel_at_end: subscription.cancelAtEnd,
  hold_until: atOr(subscription.holdUntil),
  waiting_for: subscription.waitingFor,
  suspended_at: atOr(subscription.suspendedAt),
  restricted_to: subscription.restrictedTo,
  terminated_at: atOr(subscription.terminatedAt),
  terminated_because: subscription.terminatedBecause,
  next_step: subscription.nextStep,
  next_step_at: atOr(subscription.nextStepAt),
  created_at: at(subscription.createdAt),
  livemode: shop.livemode,
})

const cause = z.strictObject({
  at: time,
  event: z.string(),
  actor: z.string(),
  reason: z.string().nullable(),
  rule: z
    .strictObject({ policy_id: z.string(), version: z.int().nullable(), step: z.string(), rules: z.array(z.string()) })
    .nullable(),
})

const ExplanationOut = resource('SubscriptionExplanation', {
  subscription_id: z.string(),
  status,
  because: cause.nullable().openapi({ description: 'The change that made it so, with its rule and version.' }),
  acted: z.array(cause).openapi({ description: 'What happened to it, latest first.' }),
  policy: z.strictObject({
    id: z.string(),
    version: z.int(),
    name: z.string(),
    chosen_by: z.enum(['staff', 'rule', 'plan', 'product', 'business']),
  }),
  paid_through: time.nullable(),
  bought_with: z
    .strictObject({
      invoice_id: z.string(),
      invoice_number: z.string().nullable(),
      total: money,
      payment_id: z.string().nullable(),
      received: money.nullable(),
      paid_at: time.nullable(),
    })
    .nullable(),
  open_invoice: z.strictObject({ id: z.string(), owed: money }).nullable(),
  coming_price: z
    .strictObject({ price_change_id: z.string(), price: money, from: time.nullable(), asks_consent: z.boolean() })
    .nullable()
    .openapi({ description: 'A new price that is announced, and the first renewal that is asked for it.' }),
  expiring_card: z
    .strictObject({ payment_method_id: z.string(), name: z.string(), expires_at: time })
    .nullable()
    .openapi({ description: 'The saved card that expires before this subscription is charged again.' }),
  renewed_with: z.array(z.string()).openapi({ description: 'Subscriptions that are renewed together with it.' }),
  cut_off_at: time.nullable(),
  guards: z
    .array(z.strictObject({ cause: z.string(), until: time.nullable(), reason: z.string() }))
    .openapi({ description: 'What keeps the line up although a step says otherwise, or would.' }),
  next: z.array(
    z.strictObject({
      key: z.string(),
      action: z.string(),
      at: time,
      because: z.string(),
      rules: z.array(z.string()),
      passed_over: z.string().nullable().openapi({ description: 'Why this step will not be done to it.' }),
    }),
  ),
})

const causeOf = ({ at: when, rule, ...rest }: Cause): z.input<typeof cause> => ({
  ...rest,
  at: at(when),
  rule: rule && { policy_id: rule.policyId, version: rule.version, step: rule.step, rules: [...rule.rules] },
})

const explained = (shop: Shop, { subscription, ...known }: Explanation): z.input<typeof ExplanationOut> => ({
  subscription_id: subscription.id,
  status: subscription.status,
  because: known.because && causeOf(known.because),
  acted: known.acted.map(causeOf),
  policy: { ...known.policy, chosen_by: subscription.policyChosenBy },
  paid_through: atOr(subscription.paidThrough),
  bought_with: known.bought && {
    invoice_id: known.bought.invoiceId,
    invoice_number: known.bought.invoiceNumber,
    total: minor(known.bought.totalMinor, known.bought.currency),
    payment_id: known.bought.paymentId,
    received: known.bought.receivedMinor === null ? null : minor(known.bought.receivedMinor, known.bought.currency),
    paid_at: atOr(known.bought.paidAt),
  },
  open_invoice: known.open && {
    id: known.open.id,
    owed: minor(known.open.totalMinor - known.open.paidMinor, known.open.currency),
  },
  coming_price: known.coming && {
    price_change_id: known.coming.id,
    price: minor(known.coming.newMinor, subscription.currency),
    from: atOr(known.comesOn),
    asks_consent: known.coming.consent === 'ask',
  },
  expiring_card: known.card && {
    payment_method_id: known.card.methodId,
    name: known.card.name,
    expires_at: at(known.card.expiresAt),
  },
  renewed_with: known.household.flatMap((each) =>
    each.subscription.id === subscription.id ? [] : [each.subscription.id],
  ),
  cut_off_at: atOr(known.cutOff),
  guards: known.guards.map(({ until, ...rest }) => ({ ...rest, until: atOr(until) })),
  next: known.next.map(({ key, action, at: when, because, by, passedOver }) => ({
    passed_over: passedOver,
    key,
    action,
    at: at(when),
    because,
    rules: by.map((rule) => rule.key),
  })),
  livemode: shop.livemode,
})

const missing = () => new Refusal('not_found', 'There is no such subscription.')

type Shown = z.input<typeof SubscriptionOut>

const read = (call: Call, subscriptionId: string, expand: readonly string[] = []): Promise<Shown> =>
  call.read(async (tx) => {
    const found = await findSubscription(tx, subscriptionId)
    if (found === null) throw missing()
    return {
      ...subscriptionOf(call.shop, found),
      ...(await courseOf(tx, found)),
      ...(await expanded(tx, call, found, expand)),
    }
  })

async function courseOf(
  tx: Tx,
  subscription: Subscription,
): Promise<Pick<Shown, 'cut_off_at' | 'steps' | 'periods' | 'add_ons' | 'discount' | 'plan_change'>> {
  const policy = await readPolicy(tx, subscription.policyId)
  const facts = await factsUnder(tx, policy, subscription)
  const planned = timeline(subscription, policy, facts)
  const done = await stepsDone(tx, subscription)
  const periods = await periodsOf(tx, subscription.id)
  const change = await openChangeOf(tx, subscription.id)
  return {
    cut_off_at: atOr(cutOff(subscription, policy, facts)),
    add_ons: subscription.addOns === 0 ? [] : await addOnsOut(tx, subscription),
    discount: await discountOut(tx, subscription),
    plan_change: change && planChangeOf(change, subscription.currency),
    steps: planned.map((step) => ({
      key: step.key,
      action: step.action,
      at: at(step.at),
      because: step.because,
      done: done.has(step.key),
    })),
    periods: periods.map(({ id: periodId, starts, ends, kind }) => ({
      id: periodId,
      starts: at(starts),
      ends: at(ends),
      kind,
    })),
  }
}

/** Only what the key could read by itself. */
async function expanded(
  tx: Tx,
  call: Call,
  subscription: Subscription,
  expand: readonly string[],
): Promise<Pick<Shown, 'customer' | 'plan' | 'line'>> {
  const { shop } = call
  const customer =
    expand.includes('customer') && call.allows('customers:read')
      ? await findCustomer(tx, subscription.customerId)
      : null
  const plan = expand.includes('plan') && call.allows('plans:read') ? await findPlan(tx, subscription.planId) : null
  const line =
    expand.includes('line') && call.allows('lines:read') ? await lineOfSubscription(tx, subscription.id) : null
  return {
    customer: customer && customerOf(shop, customer),
    plan: plan && planOf(shop, plan),
    line: line && lineOf(shop, line),
  }
}

const again = (call: Call<{ id: string }>): Promise<Shown> => read(call, call.params.id)
const reason = words(200)

/** With a reason, answered with the subscription. */
const act = actOnSubscription(SubscriptionOut, again)

/** One renewal invoice per period, however often it is asked for. */
const invoiceFor = (call: Call<{ id: string }>) =>
  call.write('renewal-invoice', async (tx) => {
    const invoice = await renewalInvoice(tx, call.shop, call.params.id, call.now)
    if (invoice === null)
      throw new Refusal(
        'conflict',
        'This subscription cannot be renewed: its plan is not, or its new price waits for the customer’s agreement.',
      )
    return invoice
  })

export const subscriptions = [
  route({
    method: 'get',
    path: '/subscriptions',
    scope: 'subscriptions:read',
    summary: 'Lists subscriptions, newest first; those never paid only with `status=pending`.',
    query: listQuery({
      status: status.optional(),
      customer_id: id('cus').optional(),
      expires_before: instantIn.optional(),
    }),
    answer: list(SubscriptionSummary),
    handle: async (call) => {
      const { status: state, customer_id, expires_before } = call.query
      const found = await call.read((tx) =>
        listSubscriptions(tx, { status: state, customerId: customer_id, endsBefore: expires_before }, call.page),
      )
      return call.list(
        found,
        (each) => subscriptionOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/subscriptions/{id}',
    scope: 'subscriptions:read',
    summary: 'Reads a subscription with its steps to come.',
    params: byId('sub'),
    query: z.strictObject({
      expand: z
        .string()
        .regex(/^(customer|plan|line)(,(customer|plan|line)){0,2}$/, 'customer, plan, line, separated by commas')
        .optional(),
    }),
    answer: SubscriptionOut,
    handle: (call) => read(call, call.params.id, call.query.expand?.split(',') ?? []),
  }),
  route({
    method: 'get',
    path: '/subscriptions/{id}/explanation',
    scope: 'subscriptions:read',
    summary: 'Explains a subscription: why it is as it is, which money, who acted, what comes next and when.',
    params: byId('sub'),
    answer: ExplanationOut,
    handle: (call) =>
      call.read(async (tx) => explained(call.shop, await explainSubscription(tx, call.shop, call.params.id, call.now))),
  }),
  route({
    method: 'patch',
    path: '/subscriptions/{id}',
    scope: 'subscriptions:write',
    summary: 'Switches renewal on or off. Nothing is cut before the paid end.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ auto_renew: z.boolean(), reason: reason.optional() }),
    answer: SubscriptionOut,
    handle: async (call) => {
      const { auto_renew, reason: why } = call.body
      await call.write('set-auto-renew', (tx) => setAutoRenew(tx, call.shop, call.params.id, auto_renew, call.now, why))
      return again(call)
    },
  }),
  act(
    'hold',
    'Holds a suspension back until an instant; null lifts the hold.',
    { until: instantIn.nullable(), reason },
    (call) =>
      call.write('hold-suspension', (tx) =>
        holdSuspension(tx, call.shop, call.params.id, call.body.until, call.now, call.body.reason),
      ),
  ),
  act(
    'policy',
    'Puts it under a policy of its own, which then stays; null gives it back to plan, product and rules.',
    {
      policy_id: z
        .string()
        .regex(/^pol_[a-z0-9_]{1,40}$/)
        .nullable(),
      reason,
    },
    (call) => assignPolicy(call.shop, call.params.id, call.body.policy_id, call.body.reason),
  ),
  act('suspend', 'Cuts the line off at once; paid time runs on.', { reason }, (call) =>
    suspendByHand(call.shop, call.params.id, call.body.reason),
  ),
  act(
    'resume',
    'Lifts a suspension without money. When the paid time is over, say until when.',
    { reason, until: instantIn.optional() },
    (call) => resumeByHand(call.shop, call.params.id, call.body.reason, call.body.until ?? null),
  ),
  act(
    'move_end',
    'Moves the end of paid time: later is a gift, earlier takes time away. No money is asked or given back.',
    { reason, to: instantIn },
    (call) => moveEnd(call.shop, call.params.id, call.body.to, call.body.reason),
  ),
  act(
    'restore',
    'Brings back what has ended. When no paid time is left, say until when the line stays up.',
    { reason, until: instantIn.optional() },
    (call) => restoreByHand(call.shop, call.params.id, call.body.reason, call.body.until ?? null),
  ),
  act('terminate', 'Ends it for good. Refunds are a decision of their own.', { reason }, (call) =>
    terminateByHand(call.shop, call.params.id, call.body.reason),
  ),
  act('give_days', 'Gives free days after the paid time.', { reason, days: z.int().min(1).max(365) }, (call) =>
    giveFreeDays(call.shop, call.params.id, call.body.days, call.body.reason),
  ),
  route({
    method: 'post',
    path: '/subscriptions/{id}/renewal_invoice',
    scope: 'invoices:write',
    summary: 'Issues the invoice for the next period, or answers with the one that was issued.',
    needsKey: true,
    params: byId('sub'),
    answer: InvoiceSummary,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => invoiceOf(call.shop, await invoiceFor(call)),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/renew',
    scope: 'payments:write',
    summary: 'Starts the payment of the next period and tells where the customer pays.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ gateway: id('gwa'), ...returnFields }),
    answer: PayOut,
    again: true,
    refuses: ['already_settled', 'conflict', 'gateway_failed'],
    handle: async (call) => {
      await again(call)
      await requireGateway(call, call.body.gateway)
      const invoice = await invoiceFor(call)
      return payOf(
        call.shop,
        await payInvoice(call, invoice.id, `${call.shop.baseUrl}/account`, call.shop.name, call.body),
      )
    },
  }),
]
