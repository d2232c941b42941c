/**
 * Collects an invoice from the customer's kept method, when a try is due. Everything that speaks against it is asked again under the
 * invoice's lock, immediately before; the attempt is stored before the gateway is called, and the database keeps it the only one (F01,
 * F10, F20). An open payment page is closed first, and a customer who is paying just now is left alone.
 */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { assert, ProviderError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isAfter, laterOf, plusHours, plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { whyNotCharged } from './charge-facts.ts'
import { type Collection, defaultMethodId, lockCollection, moveCollection, type NextState } from './collections.ts'
import { findGateway, gatewayKind, isOffered } from './gateways.ts'
import { findMethod, type PaymentMethod } from './payment-methods.ts'
import { findPayment, type Invoice, lockInvoice, nextAttempt, type Payment, paymentsOf } from './queries.ts'
import { chargeAttempt, refreshPayment } from './refresh-payment.ts'
import { mostTriesPerCard, networkDays, networkPause, pageHoldsUntil } from './rules/charging.ts'
import { isFinal, isMoving, isOpenAttempt } from './rules.ts'
import { cancelAttempt } from './start-payment.ts'

export async function collectInvoice(shop: Shop, invoiceId: string): Promise<void> {
  for (const mayClose of [true, true, false]) {
    const found = await transaction(shop, 'begin-charge', (tx) => begin(tx, shop, invoiceId, mayClose, shop.now()))
    if (found.kind === 'nothing') return
    if (found.kind === 'charge') return void (await chargeAttempt(shop, found.payment))
    for (const page of found.pages) await close(shop, page)
  }
}

type Found = { kind: 'nothing' } | { kind: 'charge'; payment: Payment } | { kind: 'close'; pages: Payment[] }

async function begin(tx: Tx, shop: Shop, invoiceId: string, mayClose: boolean, now: Temporal.Instant): Promise<Found> {
  const invoice = await lockInvoice(tx, invoiceId)
  const plan = await lockCollection(tx, invoiceId)
  if (plan?.nextTryAt == null || isAfter(plan.nextTryAt, now)) return { kind: 'nothing' }
  if (shop.standstill !== null) {
    const reason = 'nothing is charged until somebody confirms the catch-up'
    await moveCollection(tx, invoiceId, { status: 'planned', at: plusHours(now, 1), reason }, now)
    return { kind: 'nothing' }
  }
  const attempts = await paymentsOf(tx, invoiceId)
  const pages = attempts.filter(
    (each) => !isFinal(each.status) && each.methodId === null && !isOpenAttempt(each.status),
  )
  const found =
    (await forbids(tx, invoice)) ??
    (await mustWait(tx, shop, attempts, pages, now)) ??
    (await methodFor(tx, shop, plan, now))
  if (!('method' in found)) {
    await moveCollection(tx, invoiceId, found, now)
    return { kind: 'nothing' }
  }
  if (pages.length > 0) {
    if (mayClose) return { kind: 'close', pages }
    const reason = 'an open payment page could not be closed'
    await moveCollection(tx, invoiceId, { status: 'planned', at: plusSeconds(now, 900), reason }, now)
    return { kind: 'nothing' }
  }
  return {
    kind: 'charge',
    payment: await insertCharge(tx, shop, invoice, found.method, nextAttempt(attempts, invoice.id), now),
  }
}

/** What no try may ignore: the invoice is settled, or the customer does not renew (F76, F77, F86). */
async function forbids(tx: Tx, invoice: Invoice): Promise<NextState | null> {
  if (invoice.status === 'paid') return { status: 'ended', reason: 'it is paid' }
  if (invoice.status !== 'open' && invoice.status !== 'draft') return { status: 'ended', reason: 'it is closed' }
  if (invoice.totalMinor <= invoice.paidMinor) return { status: 'ended', reason: 'nothing is owed' }
  const reason = await whyNotCharged(tx, invoice.id)
  return reason === null ? null : { status: 'ended', reason }
}

/** Money is on its way by another path, or the customer may be paying just now. */
async function mustWait(
  tx: Tx,
  shop: Shop,
  attempts: readonly Payment[],
  pages: readonly Payment[],
  now: Temporal.Instant,
): Promise<NextState | null> {
  if (attempts.some(isMoving)) return { status: 'planned', at: plusHours(now, 1), reason: 'a payment is on its way' }
  for (const page of pages) {
    const account = await findGateway(tx, page.gatewayAccountId)
    const byHand = account !== null && gatewayKind(shop.app, account.kind).capabilities.staffConfirms
    const until = pageHoldsUntil(page.createdAt, byHand)
    if (isAfter(until, now)) return { status: 'planned', at: until, reason: 'the customer may be paying just now' }
  }
  return null
}

async function methodFor(
  tx: Tx,
  shop: Shop,
  plan: Collection,
  now: Temporal.Instant,
): Promise<NextState | { method: PaymentMethod }> {
  const id = plan.methodId ?? (await defaultMethodId(tx, plan.customerId))
  const method = id === null ? null : await findMethod(tx, id)
  if (method === null || method.status !== 'active' || method.customerId !== plan.customerId)
    return { status: 'waiting', for: 'method', reason: 'no saved payment method' }
  const account = await findGateway(tx, method.gatewayAccountId)
  if (account === null || !isOffered(account) || !gatewayKind(shop.app, account.kind).capabilities.savesMethods)
    return { status: 'waiting', for: 'staff', reason: 'its gateway is switched off' }
  const pause = networkPause(await chargesOfCard(tx, method, now), now)
  if (pause === null) return { method }
  const reason = `${mostTriesPerCard} charges of this card in ${networkDays} days: card networks allow no more`
  return { status: 'planned', at: laterOf(pause, plusSeconds(now, 60)), reason }
}

/** Counted per card, one at a time: two invoices that are charged at once count each other. */
async function chargesOfCard(tx: Tx, method: PaymentMethod, now: Temporal.Instant): Promise<Temporal.Instant[]> {
  const card = method.fingerprint ?? method.id
  await rows(tx, sql`select pg_advisory_xact_lock(hashtextextended(current_business() || '/card/' || ${card}, 0))`)
  const charges = await rows(
    tx,
    sql<{ at: Temporal.Instant }>`select p.created_at as at from payments p
      join payment_methods m on m.business_id = p.business_id and m.id = p.payment_method_id
      where p.business_id = current_business() and (m.id = ${method.id} or m.fingerprint = ${method.fingerprint})
        and p.created_at >= ${plusHours(now, -networkDays * 24)} order by p.created_at`,
  )
  return charges.map(({ at }) => at)
}

async function insertCharge(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  method: PaymentMethod,
  attempt: number,
  now: Temporal.Instant,
): Promise<Payment> {
  const id = newId('pay', shop.app.clock)
  await run(
    tx,
    sql`insert into payments (business_id, id, invoice_id, customer_id, gateway_account_id, attempt, status, currency, amount_minor, by, payment_method_id,
        next_check_at, expires_at, created_at)
      values (${shop.businessId}, ${id}, ${invoice.id}, ${invoice.customerId}, ${method.gatewayAccountId}, ${attempt}, 'created', ${invoice.currency},
        ${invoice.totalMinor - invoice.paidMinor}, ${shop.actor}, ${method.id}, ${plusSeconds(now, 60)}, ${plusHours(now, 24)}, ${now})`,
  )
  await moveCollection(tx, invoice.id, { status: 'charging', reason: 'a charge is on its way' }, now)
  await record(tx, shop, now, {
    type: 'payment.charging',
    subjectType: 'payment',
    subjectId: id,
    customerId: invoice.customerId,
    data: { invoice: invoice.id, method: method.id },
  })
  const payment = await findPayment(tx, id)
  assert(payment !== null, 'the attempt was stored just now')
  return payment
}

/** Closes a page and learns whether it was paid meanwhile. A gateway that does not answer leaves it open: the next try asks again. */
async function close(shop: Shop, page: Payment): Promise<void> {
  try {
    await cancelAttempt(shop, page)
    await refreshPayment(shop, page.id)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
  }
}
