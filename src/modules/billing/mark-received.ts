/** Staff confirm money that came outside a gateway. It takes the same way as every other payment (F27). */
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql, type Tx, together } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isPositive, type Money } from '#platform/money.ts'
import { confirm } from './confirm-payment.ts'
import { type GatewayAccount, gatewayKind, listGateways } from './gateways.ts'
import { lockInvoice, lockPayment, nextAttempt, owedBy, type Payment, paymentsOf } from './queries.ts'
import { isFinal, isMoving, settleInOrder } from './rules.ts'
import { cancelAttempt, payAlso } from './start-payment.ts'

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
    const factId = `${invoice.id}/${facts.reference}`
    await refuseSameReference(tx, payment, factId)
    await confirm(
      tx,
      shop,
      payment,
      {
        amount: facts.amount,
        factId,
        kind: 'received_by_hand',
        reference: facts.reference,
        method: { kind: 'manual', brand: null, last4: null },
      },
      now,
    )
    return payment.id
  })
}

export type CustomerReceipt = { customerId: string; amount: Money; reference: string }

/**
 * Money of a customer that names no invoice: it pays all that he owes in its currency, oldest first, the last perhaps in part, and what is
 * more stays his balance. The same reference of a customer is booked once. Throws `conflict` where he owes nothing.
 */
export async function receiveFromCustomer(shop: Shop, facts: CustomerReceipt): Promise<string> {
  const now = shop.now()
  const { amount, customerId, reference } = facts
  if (!isPositive(amount))
    throw new Refusal('invalid_input', 'Please enter what was received.', [
      { pointer: '/amount', code: 'too_small', detail: 'The amount must be more than zero.' },
    ])
  const { id, pages } = await transaction(shop, 'receive-from-customer', async (tx) => {
    const invoices = await together(
      (await owedBy(tx, customerId, amount.currency)).map(({ id }) => lockInvoice(tx, id)),
    )
    const { parts } = settleInOrder(invoices, amount.minor)
    const [first, ...rest] = parts.map(({ invoice }) => invoice)
    if (first === undefined)
      throw new Refusal('conflict', `Nothing is owed in ${amount.currency}. Book the money on its invoice.`)
    const [account] = await manualGateways(tx, shop)
    const also = rest.map(({ id }) => id)
    const before = await together(parts.map(({ invoice }) => paymentsOf(tx, invoice.id)))
    const payment = await attemptOver(tx, shop, first, account.id, amount.minor, now, also)
    const factId = `${customerId}/${reference}`
    await refuseSameReference(tx, payment, factId)
    await confirm(
      tx,
      shop,
      payment,
      { amount, factId, kind: 'received_by_hand', reference, method: { kind: 'manual', brand: null, last4: null } },
      now,
    )
    const pages = before.flat().filter((each) => !isFinal(each.status) && !isMoving(each) && each.remoteRef !== null)
    return { id: payment.id, pages: [...new Map(pages.map((each) => [each.id, each])).values()] }
  })
  // They ask for money that is not owed any more, or for more than that.
  for (const page of pages) await cancelAttempt(shop, page)
  return id
}

async function refuseSameReference(tx: Tx, payment: Payment, factId: string): Promise<void> {
  const known = await maybe(
    tx,
    sql`select from money_facts where business_id = current_business() and gateway_account_id = ${payment.gatewayAccountId} and kind = 'received_by_hand' and fact_id = ${factId}`,
  )
  if (known !== null)
    throw new Refusal('conflict', 'This receipt is booked already.', [
      {
        pointer: '/reference',
        code: 'duplicate',
        detail: 'Money with this reference was booked before.',
      },
    ])
}

async function manualAttempt(
  tx: Tx,
  shop: Shop,
  invoice: { id: string; customerId: string; totalMinor: bigint; paidMinor: bigint; currency: string },
  now: Temporal.Instant,
): Promise<Payment> {
  const [account, ...others] = await manualGateways(tx, shop)
  const manual = [account, ...others]
  const attempts = await paymentsOf(tx, invoice.id)
  const waiting = attempts.find(
    (each) =>
      manual.some(({ id }) => id === each.gatewayAccountId) && each.status !== 'succeeded' && each.also.length === 0,
  )
  if (waiting !== undefined) return lockPayment(tx, waiting.id)
  return attemptOver(tx, shop, invoice, account.id, invoice.totalMinor - invoice.paidMinor, now)
}

/** Where money is booked that staff say has come; at least one, or `conflict`. */
async function manualGateways(tx: Tx, shop: Shop): Promise<[GatewayAccount, ...GatewayAccount[]]> {
  const all = await listGateways(tx)
  const [first, ...rest] = all.filter(({ kind }) => gatewayKind(shop.app, kind).capabilities.staffConfirms)
  if (first === undefined)
    throw new Refusal('conflict', 'Please set up a manual gateway first: it is where money received by hand is booked.')
  return [first, ...rest]
}

/** An attempt for money that is here already: no other loses its place to it, and each is asked for to its end. The invoice is locked. */
export async function attemptOver(
  tx: Tx,
  shop: Shop,
  invoice: { id: string; customerId: string; currency: string },
  gatewayAccountId: string,
  amountMinor: bigint,
  now: Temporal.Instant,
  also: readonly string[] = [],
): Promise<Payment> {
  const attempt = nextAttempt(await paymentsOf(tx, invoice.id), invoice.id)
  const id = newId('pay', shop.app.clock)
  await run(
    tx,
    sql`insert into payments (business_id, id, invoice_id, customer_id, gateway_account_id, attempt, status, currency, amount_minor, by, superseded_at, created_at)
      values (${shop.businessId}, ${id}, ${invoice.id}, ${invoice.customerId}, ${gatewayAccountId}, ${attempt}, 'requires_action', ${invoice.currency}, ${amountMinor}, ${shop.actor}, ${now}, ${now})`,
  )
  await payAlso(tx, id, also)
  return lockPayment(tx, id)
}
