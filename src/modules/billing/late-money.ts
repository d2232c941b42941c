/**
 * Money for an invoice that was taken back meanwhile. What its business has said about that is decided in the commit that books the money, so it is
 * done once, however often the money is told; whatever cannot be done leaves it on the customer's balance, and staff are told why.
 */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import type { Money } from '#platform/money.ts'
import { secondsBetween } from '#platform/time.ts'
import { keptPlan } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { isMacFree, lineOfSubscription } from '../lines/queries.ts'
import { takePlaceAgain } from '../lines/route-line.ts'
import { readCustomer } from '../people/customers.ts'
import { readSetting } from '../people/settings.ts'
import { freeCoupon, retakeCoupon } from '../subscriptions/coupons.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { isFrozen } from './disputes/freeze.ts'
import { findGateway, openGateway } from './gateways.ts'
import { paymentMoved, refreshRefundJob } from './jobs.ts'
import { oddMoneySetting } from './odd-money.ts'
import { type Invoice, lockInvoice, lockUnfulfilled, owedBy, type Payment } from './queries.ts'
import { requestRefund } from './refund-payment.ts'
import { taxRules } from './tax/settings.ts'
import { taxFor } from './tax/tax-of.ts'

/** What asked for it is gone. A second payment of what is paid already is no late one. */
export const isTakenBack = ({ status }: Pick<Invoice, 'status'>): boolean =>
  status === 'void' || status === 'uncollectible'

/** `invoice`: it asks for this money once more. Else: whether it goes back, and what staff are told of why it stays. */
export type Late = { invoice: Invoice } | { invoice: null; refund: boolean; why: string }

/** What becomes of money for these locked invoices; null: it is not late. */
export async function late(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  invoices: readonly Invoice[],
  received: Money,
  now: Temporal.Instant,
): Promise<Late | null> {
  const [invoice] = invoices
  if (invoice === undefined || !invoices.every(isTakenBack)) return null
  const { late_money: way } = await readSetting(tx, shop, oddMoneySetting)
  if (way !== 'reopen') return { invoice: null, refund: way === 'refund', why: '' }
  const again = await reopen(tx, shop, payment, invoice, received, now)
  return typeof again === 'string' ? { invoice: null, refund: false, why: again } : { invoice: again }
}

/** For so long what was ordered is sold as it was asked for. */
const sameForDays = 30

/**
 * An order that was given up goes on, when exactly what it asked for has come: its invoice is a draft once more, which this money pays. A string:
 * why it does not. The invoice is locked.
 */
async function reopen(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  invoice: Invoice,
  received: Money,
  now: Temporal.Instant,
): Promise<Invoice | string> {
  const why = await whyNot(tx, shop, payment, invoice, received, now)
  if (why !== null) return why
  await run(
    tx,
    sql`update invoices set status = 'draft', voided_at = null, void_reason = null, version = version + 1
      where business_id = current_business() and id = ${invoice.id} and status = 'void' and number is null`,
  )
  await record(tx, shop, now, {
    type: 'invoice.reopened',
    subjectType: 'invoice',
    subjectId: invoice.id,
    customerId: invoice.customerId,
    data: { payment: payment.id },
  })
  // Its order says so, too.
  await paymentMoved(tx, shop, payment)
  return lockInvoice(tx, invoice.id)
}

async function whyNot(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  invoice: Invoice,
  received: Money,
  now: Temporal.Instant,
): Promise<string | null> {
  if (invoice.purpose !== 'order' || invoice.number !== null)
    return 'It was for an invoice that something else has taken the place of.'
  if (payment.also.length > 0 || received.minor !== invoice.totalMinor) return 'It is another sum than was asked for.'
  if (invoice.voidedAt === null || secondsBetween(invoice.voidedAt, now) > sameForDays * 86_400)
    return `The order was given up more than ${sameForDays} days ago.`
  if (await isFrozen(tx, invoice.customerId)) return 'Something has to be settled with this customer first.'
  const [item] = await lockUnfulfilled(tx, invoice.id)
  if (item === undefined || item.subscriptionId === null) return 'There is nothing left of the order.'
  const subscription = await lockSubscription(tx, item.subscriptionId)
  if (subscription.status !== 'pending') return 'What was ordered has begun already.'
  if (await hasGoneOn(tx, subscription)) return 'The customer has bought something else since then, or owes for it.'
  if (await isTaxedOtherwise(tx, shop, invoice, now)) return 'The tax on it is another one by now.'
  return whyNotGiven(tx, shop, invoice, subscription, now)
}

/** He asked again, or owes for something: what he does not get twice, and what the balance is for. */
const hasGoneOn = async (tx: Tx, { id, customerId, currency, createdAt }: Subscription): Promise<boolean> =>
  (await owedBy(tx, customerId, currency)).length > 0 ||
  (await maybe(
    tx,
    sql`select from subscriptions s where s.business_id = current_business() and s.customer_id = ${customerId} and s.id <> ${id} and s.created_at > ${createdAt}
      and (s.status <> 'pending' or exists (select from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
        where i.business_id = s.business_id and i.subscription_id = s.id and v.status in ('draft', 'open'))) limit 1`,
  )) !== null

/** It gets its number today, and today's rate counts. */
async function isTaxedOtherwise(tx: Tx, shop: Shop, { customerId, tax }: Invoice, now: Temporal.Instant) {
  const rules = await taxRules(tx, shop)
  if (rules.registrations.length === 0 && rules.note === null) return tax !== null
  if (tax === null) return true
  const { taxExempt } = await readCustomer(tx, customerId)
  const { buyerCountry: country, buyerVatId: vatId, region } = tax
  const address = country === null ? {} : { country, region }
  const today = await taxFor(tx, shop, rules, { country, vatId, address, taxExempt }, now)
  return today === null || today.treatment !== tax.treatment || today.rate !== tax.rate || today.country !== tax.country
}

/** Null: its place and its coupon are taken again. */
async function whyNotGiven(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  { id, planId }: Subscription,
  now: Temporal.Instant,
): Promise<string | null> {
  const plan = await keptPlan(tx, shop, planId)
  const line = await lineOfSubscription(tx, id)
  if (plan === null || line === null) return 'There is nothing left of the order.'
  const { panelId, panelBusinessId: businessId, mac } = line
  if (mac !== null && !(await isMacFree(tx, { businessId, id: panelId }, mac, line.id)))
    return 'The box runs on another line by now.'
  // The coupon first, as an order does it: two of them never wait for each other.
  if (!(await retakeCoupon(tx, invoice.id))) return 'Its coupon is used up by now.'
  if (await takePlaceAgain(tx, { productId: plan.productId, panelId, subscriptionId: id }, now)) return null
  await freeCoupon(tx, invoice.id, now)
  return 'The panel that it was ordered on has no place for it at the moment.'
}

/** All that came goes back where it came from: asked for here, carried out by its job. A string: why it does not. */
export async function giveBack(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  amount: Money,
  now: Temporal.Instant,
): Promise<string | null> {
  const account = await findGateway(tx, payment.gatewayAccountId)
  const opened = account && openGateway(shop, account)
  if (!opened?.kind.capabilities.refund || opened.gateway.refund === undefined || payment.remoteRef === null)
    return 'Where it came by, no money goes back by itself.'
  try {
    const refundId = await requestRefund(
      tx,
      shop,
      payment.id,
      amount,
      'It came for something that was taken back.',
      now,
    )
    await enqueue(tx, refreshRefundJob, { businessId: shop.businessId, refundId })
    return null
  } catch (error) {
    // Nothing of it was written: the lender of the gateway does not owe as much, for example.
    if (!(error instanceof Refusal)) throw error
    return error.fields[0]?.detail ?? error.message
  }
}
