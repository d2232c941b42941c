/** Staff confirm money that came outside a gateway. It takes the same way as every other payment (F27). */
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isPositive, type Money } from '#platform/money.ts'
import { confirm } from './confirm-payment.ts'
import { gatewayKind, listGateways } from './gateways.ts'
import { lockInvoice, lockPayment, type Payment, paymentsOf } from './queries.ts'

export type HandReceipt = {
  invoiceId: string
  amount: Money /** What the bank statement or receipt says. */
  reference: string
}

/** Books the money against the invoice's waiting manual attempt, or against a new one. The same reference is booked once. */
export async function markReceived(shop: Shop, facts: HandReceipt): Promise<string> {
  const now = shop.now()
  if (!isPositive(facts.amount))
    throw new Refusal('invalid_input', 'Please enter what was received.', [
      { pointer: '/amount', code: 'too_small', detail: 'The amount must be more than zero.' },
    ])
  return transaction(shop, 'mark-received', async (tx) => {
    const invoice = await lockInvoice(tx, facts.invoiceId)
    if (invoice.status === 'paid') throw new Refusal('already_settled', 'This invoice is paid already.')
    if (invoice.status !== 'draft' && invoice.status !== 'open')
      throw new Refusal('conflict', 'This invoice is closed.')
    if (facts.amount.currency !== invoice.currency)
      throw new Refusal('invalid_input', 'The currency is another.', [
        { pointer: '/currency', code: 'mismatch', detail: `This invoice is in ${invoice.currency}.` },
      ])
    const payment = await manualAttempt(tx, shop, invoice, now)
    await refuseSameReference(tx, payment, facts.reference)
    await confirm(
      tx,
      shop,
      payment,
      {
        amount: facts.amount,
        factId: `${invoice.id}/${facts.reference}`,
        kind: 'received_by_hand',
        reference: facts.reference,
        method: { kind: 'manual', brand: null, last4: null },
      },
      now,
    )
    return payment.id
  })
}

async function refuseSameReference(tx: Tx, payment: Payment, reference: string): Promise<void> {
  const known = await maybe(
    tx,
    sql`select from money_facts where business_id = current_business() and gateway_account_id = ${payment.gatewayAccountId} and kind = 'received_by_hand' and fact_id = ${`${payment.invoiceId}/${reference}`}`,
  )
  if (known !== null)
    throw new Refusal('conflict', 'This receipt is booked already.', [
      {
        pointer: '/reference',
        code: 'duplicate',
        detail: 'Money with this reference was booked for this invoice before.',
      },
    ])
}

async function manualAttempt(
  tx: Tx,
  shop: Shop,
  invoice: { id: string; customerId: string; totalMinor: bigint; paidMinor: bigint; currency: string },
  now: Temporal.Instant,
): Promise<Payment> {
  const manual = (await listGateways(tx)).filter(({ kind }) => gatewayKind(shop.app, kind).capabilities.staffConfirms)
  const account = manual[0]
  if (account === undefined)
    throw new Refusal('conflict', 'Please set up a manual gateway first: it is where money received by hand is booked.')
  const attempts = await paymentsOf(tx, invoice.id)
  const waiting = attempts.find(
    (each) => manual.some(({ id }) => id === each.gatewayAccountId) && each.status !== 'succeeded',
  )
  if (waiting !== undefined) return lockPayment(tx, waiting.id)
  return attemptOver(tx, shop, invoice, account.id, invoice.totalMinor - invoice.paidMinor, now)
}

/** An attempt for money that is here already: no other loses its place to it, and each is asked for to its end. The invoice is locked. */
export async function attemptOver(
  tx: Tx,
  shop: Shop,
  invoice: { id: string; customerId: string; currency: string },
  gatewayAccountId: string,
  amountMinor: bigint,
  now: Temporal.Instant,
): Promise<Payment> {
  const attempts = await paymentsOf(tx, invoice.id)
  const id = newId('pay', shop.app.clock)
  await run(
    tx,
    sql`insert into payments (business_id, id, invoice_id, customer_id, gateway_account_id, attempt, status, currency, amount_minor, by, superseded_at, created_at)
      values (${shop.businessId}, ${id}, ${invoice.id}, ${invoice.customerId}, ${gatewayAccountId}, ${attempts.length + 1}, 'requires_action', ${invoice.currency}, ${amountMinor}, ${shop.actor}, ${now}, ${now})`,
  )
  return lockPayment(tx, id)
}
