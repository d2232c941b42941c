/** What messages say about money, and about subscriptions whose renewal is a matter of money. */
import { declineText } from '#adapters/gateways/decline-words.ts'
import type { Shop, Teller } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import { format, type Money } from '#platform/money.ts'
import { dateOf, formatDay, isBefore, plusHours } from '#platform/time.ts'
import { findPlan } from '../catalog/plans.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import { type Customer, readCustomer } from '../people/customers.ts'
import { type LinkKind, signLink } from '../people/links.ts'
import { factsUnder } from '../subscriptions/facts.ts'
import { pausesOf } from '../subscriptions/pause.ts'
import { termsOfNext } from '../subscriptions/plan-changes.ts'
import { findSubscription, readPolicy } from '../subscriptions/queries.ts'
import { cutOff, type PlannedStep, timeline } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { defaultMethodId, findCollection } from './collections.ts'
import { findMethod, nameOfMethod } from './payment-methods.ts'
import { findInvoice, findPayment, findRefund, type InvoicedLine, linesOfInvoice, renewalInvoiceOf } from './queries.ts'
import { invoiceNumber } from './rules.ts'

/** A signed link of 14 days: it opens this one thing without a sign-in. */
export const linkTo = (shop: Shop, kind: LinkKind, path: string, id: string): string =>
  `${shop.baseUrl}${path}/${signLink(shop.app, { kind, businessId: shop.businessId, id }, plusHours(shop.now(), 14 * 24))}`

type Facts = {
  subscription: Subscription
  customer: Customer
  planned: readonly PlannedStep[]
  common: Record<string, string>
}

export async function about(tx: Tx, shop: Shop, subscriptionId: string | undefined): Promise<Facts | null> {
  const subscription = await findSubscription(tx, subscriptionId ?? '')
  if (subscription === null || subscription.paidThrough === null) return null
  const customer = await readCustomer(tx, subscription.customerId)
  const plan = await findPlan(tx, subscription.planId)
  const { planned, suspendsOn, terminatesOn } = await ladder(tx, shop, subscription, customer.language)
  return {
    subscription,
    customer,
    planned,
    common: {
      customer_name: customer.name,
      account_url: `${shop.baseUrl}/account`,
      shop_url: `${shop.baseUrl}/plans`,
      plan_name: plan?.name ?? '',
      ends_on: formatDay(subscription.paidThrough, shop.zone, customer.language),
      suspends_on: suspendsOn,
      terminates_on: terminatesOn,
      amount: format(
        { minor: (await termsOfNext(tx, subscription)).totalMinor, currency: subscription.currency },
        customer.language,
      ),
      renew_url: linkTo(shop, 'renew', '/renew', subscription.id),
      pay_url: linkTo(shop, 'renew', '/renew', subscription.id),
    },
  }
}

async function ladder(tx: Tx, shop: Shop, subscription: Subscription, language: string) {
  const policy = await readPolicy(tx, subscription.policyId)
  const facts = await factsUnder(tx, policy, subscription)
  const planned = timeline(subscription, policy, facts)
  const end = planned.find((step) => step.action === 'terminate')
  const on = (at: Temporal.Instant | null) => (at === null ? '' : formatDay(at, shop.zone, language))
  return {
    planned,
    suspendsOn: on(cutOff(subscription, policy, facts)),
    terminatesOn: on(end?.at ?? null),
  }
}

/** A message about a period says nothing once that period was renewed: what is asked for is committed state, read at sending (F90). */
const samePeriod = (facts: Facts, periodEnd: string | undefined): boolean =>
  periodEnd === undefined || facts.subscription.paidThrough?.toString() === periodEnd

/** Whom the invoice asks for as well: all of them where money is asked for, else as far as the same has become of them; and what is owed for all. */
async function beside(tx: Tx, { subscription, customer }: Facts, asks: boolean): Promise<Record<string, string>> {
  const { id, householdId, paidThrough } = subscription
  if (paidThrough === null) return {}
  const invoice = await renewalInvoiceOf(tx, id, paidThrough)
  if (invoice === null || (householdId === null && !invoice.consolidated)) return {}
  const lines = (await linesOfInvoice(tx, invoice.id)).filter(
    ({ status }) => (asks && invoice.consolidated) || status === subscription.status,
  )
  if (lines.length < 2) return {}
  return {
    together: lines.map(nameOfLine).join(', '),
    ...(invoice.status === 'open' ? { amount: format(owed(invoice), customer.language) } : {}),
  }
}

const nameOfLine = ({ planName, username }: InvoicedLine): string => `${planName} (${username})`

const asksForMoney =
  (
    more: (tx: Tx, shop: Shop, facts: Facts) => Promise<Record<string, string | boolean | null> | null>,
    asks = false,
  ): Teller =>
  async (tx, shop, { subscription_id, period_end }) => {
    const facts = await about(tx, shop, subscription_id)
    if (facts === null || !samePeriod(facts, period_end)) return null
    const added = await more(tx, shop, facts)
    return added === null ? null : { ...facts.common, ...(await beside(tx, facts, asks)), ...added }
  }

/** The open invoice of the period; null when it is paid. */
async function openInvoice(tx: Tx, { subscription }: Facts) {
  const invoice =
    subscription.paidThrough === null ? null : await renewalInvoiceOf(tx, subscription.id, subscription.paidThrough)
  return invoice === null || invoice.status === 'paid' || invoice.status === 'void' ? null : invoice
}

/** "We charge Visa •••• 4242 on …": where a method is saved, the policy charges it, and nothing speaks against it. */
async function announced(tx: Tx, shop: Shop, { subscription, customer, planned }: Facts) {
  const { customerId, autoRenew, cancelAtEnd, paidThrough } = subscription
  const methodId = autoRenew && !cancelAtEnd ? await defaultMethodId(tx, customerId) : null
  const method = methodId === null ? null : await findMethod(tx, methodId)
  if (method === null || paidThrough === null) return {}
  const invoice = await renewalInvoiceOf(tx, subscription.id, paidThrough)
  const plan = invoice === null ? null : await findCollection(tx, invoice.id)
  if (plan?.status === 'waiting') return {}
  const step = planned.find(({ action, at }) => action === 'charge' && !isBefore(at, shop.now()))
  const at = plan?.nextTryAt ?? step?.at
  if (at === undefined) return {}
  return { auto_charge_on: formatDay(at, shop.zone, customer.language), payment_method: nameOfMethod(method) }
}

const renewalInvoice = asksForMoney(async (tx, shop, facts) => {
  const invoice = await openInvoice(tx, facts)
  return invoice === null
    ? null
    : {
        ...(await announced(tx, shop, facts)),
        invoice_number: invoiceNumber(invoice.series, invoice.number) ?? '',
        amount: format(owed(invoice), facts.customer.language),
      }
}, true)

const owed = (invoice: { totalMinor: bigint; paidMinor: bigint; currency: string }): Money => ({
  minor: invoice.totalMinor - invoice.paidMinor,
  currency: invoice.currency,
})

const reminder = asksForMoney(async (tx, shop, facts) => {
  const { subscription } = facts
  if (subscription.status === 'terminated' || subscription.status === 'suspended') return null
  const ends = subscription.paidThrough
  const now = shop.now()
  const ended = ends !== null && isBefore(ends, now) && dateOf(ends, shop.zone) !== dateOf(now, shop.zone)
  const card = ended ? {} : await announced(tx, shop, facts)
  return { ...card, ends_today: !ended && ends !== null && isBefore(ends, plusHours(now, 12)), has_ended: ended }
}, true)

/** Only while there is something to win back: who has renewed, or turned to another plan, is left in peace. */
const offer = asksForMoney(async (tx, _shop, { subscription }) => {
  const plan = await findPlan(tx, subscription.planId)
  return plan?.renewable ? {} : null
})

const stateMessage = (status: Subscription['status']): Teller =>
  asksForMoney(async (_tx, _shop, { subscription }) => (subscription.status === status ? {} : null))

const renewed: Teller = async (tx, shop, { subscription_id, invoice_id }) => {
  const facts = await about(tx, shop, subscription_id)
  const invoice = await findInvoice(tx, invoice_id ?? '')
  if (facts === null) return null
  const lines = invoice === null ? [] : await linesOfInvoice(tx, invoice.id)
  return {
    ...facts.common,
    ...(lines.length > 1 ? { together: lines.map(nameOfLine).join(', ') } : {}),
    ...(invoice === null
      ? {}
      : {
          amount: format({ minor: invoice.totalMinor, currency: invoice.currency }, facts.customer.language),
          invoice_number: invoiceNumber(invoice.series, invoice.number) ?? '',
          invoice_url: linkTo(shop, 'invoice', '/invoice', invoice.id),
        }),
  }
}

const receipt: Teller = async (tx, shop, { invoice_id }) => {
  const invoice = await findInvoice(tx, invoice_id ?? '')
  if (invoice === null || invoice.paidAt === null || invoice.totalMinor === 0n) return null
  const customer = await readCustomer(tx, invoice.customerId)
  return {
    customer_name: customer.name,
    account_url: `${shop.baseUrl}/account`,
    amount: format({ minor: invoice.totalMinor, currency: invoice.currency }, customer.language),
    paid_on: formatDay(invoice.paidAt, shop.zone, customer.language),
    invoice_number: invoiceNumber(invoice.series, invoice.number) ?? '',
    invoice_url: linkTo(shop, 'invoice', '/invoice', invoice.id),
  }
}

const refund: Teller = async (tx, shop, { refund_id, payment_id }) => {
  const found = await maybe(
    tx,
    sql<{
      minor: bigint
      currency: string
    }>`select amount_minor as minor, currency from refunds where business_id = current_business() and id = ${refund_id ?? ''}`,
  )
  const payment = await findPayment(tx, payment_id ?? '')
  if (found === null || payment === null) return null
  const customer = await readCustomer(tx, payment.customerId)
  const invoice = await findInvoice(tx, payment.invoiceId)
  return {
    customer_name: customer.name,
    account_url: `${shop.baseUrl}/account`,
    amount: format(found, customer.language),
    invoice_number: invoice === null ? null : invoiceNumber(invoice.series, invoice.number),
  }
}

/** Says nothing any more once it was claimed or withdrawn. */
const refundClaim: Teller = async (tx, shop, about) => {
  const found = await findRefund(tx, about.refund_id ?? '')
  const facts = await refund(tx, shop, about)
  return found?.claimUrl == null || facts === null ? null : { ...facts, claim_url: found.claimUrl }
}

/** A charge that was declined. Nothing is said once the invoice is paid: by then it would only frighten (F90). */
const paymentFailed: Teller = async (tx, shop, { subscription_id, payment_id, next_try_at }) => {
  const facts = await about(tx, shop, subscription_id)
  const payment = await findPayment(tx, payment_id ?? '')
  const invoice = payment === null ? null : await findInvoice(tx, payment.invoiceId)
  if (facts === null || payment === null || (invoice?.status !== 'open' && invoice?.status !== 'draft')) return null
  const method = payment.methodId === null ? null : await findMethod(tx, payment.methodId)
  const { language } = facts.customer
  const lines = await linesOfInvoice(tx, payment.invoiceId)
  return {
    ...facts.common,
    ...(lines.length > 1 ? { together: lines.map(nameOfLine).join(', ') } : {}),
    amount: format({ minor: payment.amountMinor, currency: payment.currency }, language),
    payment_method: method === null ? null : nameOfMethod(method),
    failure_reason: payment.failure === null ? null : declineText(payment.failure, language),
    next_try_on: next_try_at === undefined ? null : formatDay(Temporal.Instant.from(next_try_at), shop.zone, language),
  }
}

/** Nothing is said once he has saved or chosen another one. The card is good until the day before it expires. */
const cardExpiring: Teller = async (tx, shop, { subscription_id, payment_method_id }) => {
  const facts = await about(tx, shop, subscription_id)
  const method = await findMethod(tx, payment_method_id ?? '')
  if (facts === null || method === null || !method.isDefault || method.status !== 'active' || method.expiresAt === null)
    return null
  return {
    ...facts.common,
    payment_method: nameOfMethod(method),
    expires_on: formatDay(plusHours(method.expiresAt, -1), shop.zone, facts.customer.language),
  }
}

export const billingTellers: Record<string, Teller> = {
  renewal_invoice: renewalInvoice,
  renewal_reminder: reminder,
  renewal_offer: offer,
  grace: stateMessage('grace'),
  restricted: asksForMoney(async (_tx, _shop, { subscription: { restrictedTo } }) =>
    restrictedTo === null ? null : { connections: String(restrictedTo) },
  ),
  suspended: stateMessage('suspended'),
  terminated: stateMessage('terminated'),
  renewed,
  plan_changed: asksForMoney(async () => ({})),
  add_ons_changed: asksForMoney(async (tx, _shop, { subscription }) => {
    const line = await lineOfSubscription(tx, subscription.id)
    return line === null ? null : { connections: String(line.connections) }
  }),
  paused: asksForMoney(async (tx, shop, { subscription, customer }) => {
    const open = (await pausesOf(tx, subscription.id)).find(({ ends }) => ends === null)
    return open === undefined ? null : { resumes_on: formatDay(open.resumesAt, shop.zone, customer.language) }
  }),
  resumed: renewed,
  payment_failed: paymentFailed,
  card_expiring: cardExpiring,
  receipt,
  refund,
  refund_claim: refundClaim,
}
