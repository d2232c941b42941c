/**
 * A customer wants to pay an invoice through a gateway. The attempt is stored before the gateway is asked; the same attempt, asked
 * again, is the same payment at the gateway. One way of collecting per invoice at a time (F01).
 */
import type { CheckoutStarted, TransferDetails } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { json, maybe, rows, run, sql, type Tx, together } from '#platform/db.ts'
import { assert, ProviderError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isAfter, plusSeconds } from '#platform/time.ts'
import { readCustomer } from '../people/customers.ts'
import { refuseFrozen } from './disputes/freeze.ts'
import { findGateway, type GatewayAccount, gatewayKind, isOffered, openGateway } from './gateways.ts'
import { formAddress } from './payment-form.ts'
import { customerRefOf } from './payment-methods.ts'
import { type Invoice, invoicesOf, lockInvoice, nextAttempt, type Payment, paymentsOf } from './queries.ts'
import { isFinal, isMoving, orderExpires } from './rules.ts'

export type PayRequest = {
  invoiceId: string
  /** Further invoices of the same customer and currency, paid with it and after it, in this order. */
  also?: readonly string[]
  gatewayAccountId: string
  returnUrl: string
  cancelUrl: string
  description: string
  /** The exact sentence with which the customer let us keep the method and charge renewals to it; null: he did not. */
  saveConsent?: string | null | undefined
}

export type PayStarted = {
  paymentId: string
  redirectUrl: string | null
  instructions: string | null
  reference: string | null
  transfer: TransferDetails | null
}

export async function startPayment(shop: Shop, request: PayRequest): Promise<PayStarted> {
  const now = shop.now()
  const { payment, account, others, email, saveFor } = await transaction(shop, 'start-payment', (tx) =>
    begin(tx, shop, request, now),
  )
  for (const other of others) await cancelAttempt(shop, other)
  if (payment.remoteRef !== null) return started(payment)

  const { gateway } = openGateway(shop, account)
  crashPoint('gateway-createCheckout:before')
  const checkout = await gateway
    .createCheckout({
      ourRef: payment.id,
      attempt: payment.attempt,
      amount: { minor: payment.amountMinor, currency: payment.currency },
      description: request.description,
      customerEmail: email,
      returnUrl: request.returnUrl,
      cancelUrl: request.cancelUrl,
      expiresAt: payment.expiresAt ?? orderExpires(now),
      saveFor,
    })
    .catch((error: unknown) => failed(shop, payment, account, error))
  crashPoint('gateway-createCheckout:after')
  return started(
    await transaction(shop, 'save-checkout', (tx) => saveStarted(tx, shop, request, payment, checkout, now)),
  )
}

const started = (payment: Payment): PayStarted => ({
  paymentId: payment.id,
  redirectUrl: payment.redirectUrl,
  instructions: payment.instructions,
  reference: payment.reference,
  transfer: payment.transfer,
})

async function begin(tx: Tx, shop: Shop, request: PayRequest, now: Temporal.Instant) {
  const ids = [request.invoiceId, ...(request.also ?? [])]
  await lockOpenAttempts(tx, ids) // Payments before invoices, as everywhere.
  const invoices = await together(ids.map((id) => lockInvoice(tx, id)))
  const [invoice] = invoices
  assert(invoice !== undefined, 'a payment is for an invoice')
  await refuseFrozen(tx, invoice.customerId)
  for (const each of invoices) refuseUnpayable(each, invoice)
  const account = await findGateway(tx, request.gatewayAccountId)
  if (account === null || !isOffered(account))
    throw new Refusal('invalid_input', 'Please choose a way to pay.', [
      { pointer: '/gateway', code: 'unknown', detail: 'This way to pay is not offered.' },
    ])
  const attempts = await attemptsFor(tx, ids)
  if (attempts.some(isMoving))
    throw new Refusal('in_progress', 'A payment for this invoice is on its way. We tell you as soon as it has arrived.')
  const { email } = await readCustomer(tx, invoice.customerId)
  const mandate = gatewayKind(shop.app, account.kind).capabilities.savesMethods ? (request.saveConsent ?? null) : null
  const saveFor =
    mandate === null
      ? undefined
      : { customerId: invoice.customerId, customerRef: await customerRefOf(tx, invoice.customerId, account.id) }
  const waiting = attempts.filter((each) => !isFinal(each.status))
  const same = waiting.find(
    (each) =>
      each.gatewayAccountId === account.id &&
      paysExactly(each, invoices) &&
      each.mandate === mandate &&
      each.supersededAt === null &&
      each.expiresAt !== null &&
      isAfter(each.expiresAt, plusSeconds(now, 60)),
  )
  const others = waiting.filter((each) => each !== same && each.remoteRef !== null)
  if (same !== undefined) return { payment: same, account, others, email, saveFor }
  // The new attempt takes the place of those before: the database lets an invoice have one.
  await run(
    tx,
    sql`update payments set superseded_at = ${now} where business_id = current_business() and id = any(${waiting.map(({ id }) => id)}::text[]) and superseded_at is null`,
  )
  const payment = await insertAttempt(tx, shop, invoices, account.id, mandate, nextAttempt(attempts, invoice.id), now)
  return { payment, account, others, email, saveFor }
}

function refuseUnpayable(each: Invoice, first: Invoice): void {
  if (each.status === 'paid') throw new Refusal('already_settled', 'This invoice is paid already.')
  if (each.status === 'void' || each.status === 'uncollectible')
    throw new Refusal('conflict', 'This invoice is closed.')
  if (each.totalMinor <= each.paidMinor)
    throw new Refusal('conflict', 'There is nothing to pay: a plan that costs nothing renews itself.')
  assert(
    each.customerId === first.customerId && each.currency === first.currency,
    'one payment pays invoices of one customer and currency',
  )
}

/** All attempts to pay any of some invoices, each once. */
async function attemptsFor(tx: Tx, invoiceIds: readonly string[]): Promise<Payment[]> {
  const found = await together(invoiceIds.map((id) => paymentsOf(tx, id)))
  return [...new Map(found.flat().map((each) => [each.id, each])).values()]
}

/** The very invoices, at the very sum that is owed now: a page that asks for another one is not given out again (F05). */
const paysExactly = (payment: Payment, invoices: readonly Invoice[]): boolean =>
  invoicesOf(payment).join() === invoices.map(({ id }) => id).join() && payment.amountMinor === owedOf(invoices)

const owedOf = (invoices: readonly Invoice[]): bigint =>
  invoices.reduce((sum, { totalMinor, paidMinor }) => sum + totalMinor - paidMinor, 0n)

const lockOpenAttempts = (tx: Tx, invoiceIds: readonly string[]) =>
  rows(
    tx,
    sql`select id from payments where business_id = current_business()
      and id = any(array(select p.id from payments p where p.business_id = current_business() and p.invoice_id = any(${invoiceIds}::text[])
        union all select w.payment_id from payment_invoices w where w.business_id = current_business() and w.invoice_id = any(${invoiceIds}::text[])))
      and status in ('created', 'requires_action', 'processing', 'indeterminate') order by id for no key update`,
  )

async function insertAttempt(
  tx: Tx,
  shop: Shop,
  [invoice, ...others]: readonly Invoice[],
  gatewayAccountId: string,
  mandate: string | null,
  attempt: number,
  now: Temporal.Instant,
): Promise<Payment> {
  assert(invoice !== undefined, 'a payment is for an invoice')
  const payment: Payment = {
    id: newId('pay', shop.app.clock),
    invoiceId: invoice.id,
    also: others.map(({ id }) => id),
    customerId: invoice.customerId,
    gatewayAccountId,
    attempt,
    status: 'created',
    currency: invoice.currency,
    amountMinor: owedOf([invoice, ...others]),
    receivedMinor: 0n,
    refundedMinor: 0n,
    disputedMinor: 0n,
    forgivenMinor: 0n,
    remoteRef: null,
    redirectUrl: null,
    instructions: null,
    reference: null,
    transfer: null,
    failure: null,
    method: null,
    checks: 0,
    nextCheckAt: plusSeconds(now, 60),
    fetchedAt: null,
    // The shortest life of a hosted page among gateways is a day; the order itself is kept for two.
    expiresAt: plusSeconds(now, 23 * 3600),
    createdAt: now,
    succeededAt: null,
    methodId: null,
    mandate,
    supersededAt: null,
    stray: false,
  }
  await run(
    tx,
    sql`insert into payments (business_id, id, invoice_id, customer_id, gateway_account_id, attempt, status, currency, amount_minor, by, mandate, consented_at, next_check_at, expires_at, created_at)
      values (${shop.businessId}, ${payment.id}, ${payment.invoiceId}, ${payment.customerId}, ${gatewayAccountId}, ${attempt}, 'created', ${payment.currency},
        ${payment.amountMinor}, ${shop.actor}, ${mandate}, ${mandate === null ? null : now}, ${payment.nextCheckAt}, ${payment.expiresAt}, ${now})`,
  )
  await payAlso(tx, payment.id, payment.also)
  return payment
}

/** What an attempt that was just stored pays besides its own invoice. */
export async function payAlso(tx: Tx, paymentId: string, invoiceIds: readonly string[]): Promise<void> {
  if (invoiceIds.length === 0) return
  await run(
    tx,
    sql`insert into payment_invoices (business_id, payment_id, invoice_id, position)
      select current_business(), ${paymentId}, o.id, o.position from unnest(${invoiceIds}::text[]) with ordinality as o (id, position)`,
  )
  await run(tx, sql`update payments set several = true where business_id = current_business() and id = ${paymentId}`)
}

async function saveStarted(
  tx: Tx,
  shop: Shop,
  request: PayRequest,
  payment: Payment,
  checkout: CheckoutStarted,
  now: Temporal.Instant,
): Promise<Payment> {
  const after: Payment = {
    ...payment,
    remoteRef: checkout.remoteRef,
    redirectUrl: addressOf(shop, request, payment, checkout),
    instructions: checkout.kind === 'instructions' ? checkout.text : null,
    reference: checkout.kind === 'instructions' ? checkout.reference : null,
    transfer: checkout.kind === 'instructions' ? (checkout.transfer ?? null) : null,
  }
  await run(
    tx,
    sql`update payments set remote_ref = ${after.remoteRef}, redirect_url = ${after.redirectUrl}, instructions = ${after.instructions}, reference = ${after.reference}, transfer = ${after.transfer === null ? null : json(after.transfer)},
        status = case when status in ('created', 'indeterminate') then 'requires_action' else status end,
        -- Nothing to poll where staff confirm: the money shows on a bank statement.
        next_check_at = ${checkout.kind === 'instructions' ? null : plusSeconds(now, 60)}::timestamptz
      where business_id = current_business() and id = ${payment.id}`,
  )
  return after
}

/** Where the browser goes: a page that is entered by posting a form is reached by way of ours. */
function addressOf(shop: Shop, request: PayRequest, payment: Payment, checkout: CheckoutStarted): string | null {
  if (checkout.kind === 'instructions') return null
  return checkout.kind === 'redirect' ? checkout.url : formAddress(shop, payment.id, request)
}

/** The gateway did not start it. What may have been started is left to the sweep, which asks by our reference. */
async function failed(shop: Shop, payment: Payment, account: GatewayAccount, error: unknown): Promise<never> {
  if (!(error instanceof ProviderError)) throw error
  shop.app.log.warn('checkout could not be started', { gateway: account.id, payment: payment.id, error })
  await transaction(shop, 'save-checkout-failed', (tx) =>
    run(
      tx,
      sql`update payments set status = ${error.kind === 'rejected' || error.kind === 'auth_failed' ? 'failed' : payment.status},
          failure = ${JSON.stringify({ class: 'configuration', code: error.code, message: error.message })}::jsonb,
          next_check_at = case when ${error.kind === 'rejected' || error.kind === 'auth_failed'} then null else next_check_at end
        where business_id = current_business() and id = ${payment.id}`,
    ),
  )
  throw new Refusal(
    'gateway_failed',
    `${account.name} does not answer at the moment. Nothing was charged. Please try again or choose another way to pay.`,
  )
}

/** Closes a hosted page that is not wanted any more, so that two open pages cannot both be paid. Its true state is applied later. */
export async function cancelAttempt(shop: Shop, payment: Payment): Promise<void> {
  const account = await transaction(shop, 'read-gateway', (tx) => findGateway(tx, payment.gatewayAccountId))
  if (account === null || payment.remoteRef === null) return
  const { gateway, kind } = openGateway(shop, account)
  await gateway
    .cancel?.(payment.remoteRef)
    .catch((error: unknown) => shop.app.log.warn('attempt not canceled', { payment: payment.id, error }))
  // Nobody to ask where staff confirm: it is over now, and money that comes all the same is booked by them.
  if (kind.capabilities.staffConfirms) return endByHand(shop, payment)
  await transaction(shop, 'canceled-attempt', (tx) =>
    run(
      tx,
      sql`update payments set next_check_at = ${shop.now()} where business_id = current_business() and id = ${payment.id} and status in ('created', 'requires_action')`,
    ),
  )
}

const endByHand = (shop: Shop, payment: Payment): Promise<void> =>
  transaction(shop, 'canceled-attempt', async (tx) => {
    await run(
      tx,
      sql`update payments set status = 'canceled', next_check_at = null, version = version + 1
        where business_id = current_business() and id = ${payment.id} and status in ('created', 'requires_action')`,
    )
  })

/** The gateway account behind a payment, for showing its name. */
export const gatewayNameOf = async (tx: Tx, payment: Pick<Payment, 'gatewayAccountId'>): Promise<string> =>
  (
    await maybe(
      tx,
      sql<{
        name: string
      }>`select name from gateway_accounts where business_id = current_business() and id = ${payment.gatewayAccountId}`,
    )
  )?.name ?? ''
