/**
 * Money has arrived, and is on record whatever happens next: payment, fact, ledger and invoice move in one transaction, and what the
 * invoice sold is given in it too, or left as due when that fails. Gateways repeat themselves, so a second call for the same payment
 * changes nothing.
 */
import type { Shop } from '#app.ts'
import { inSavepoint, json, run, sql, type Tx, together } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { format, type Money } from '#platform/money.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { post, type Transfer } from '../ledger/post.ts'
import { clearing, customerBalance, deferred, taxPayable } from '../ledger/rules.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise } from '../people/attention.ts'
import { fulfil } from './fulfil-invoice.ts'
import { issueWithCommit } from './invoices.ts'
import { fulfilInvoiceJob } from './jobs.ts'
import { type Invoice, lockInvoice, type Payment } from './queries.ts'
import { settle } from './rules.ts'

export type Received = {
  amount: Money
  /** The gateway's id of the money: one effect per id, forever. */
  factId: string
  kind: 'capture' | 'received_by_hand'
  method?: { kind: string; brand: string | null; last4: string | null } | null
  reference?: string
}

/** Books the money of a payment that the caller's transaction has locked, whatever path reported it. */
export async function confirm(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  received: Received,
  now: Temporal.Instant,
): Promise<void> {
  const paymentId = payment.id
  if (payment.status === 'succeeded') return
  // The unique key is the guard: the same money, reported under whatever event, counts once.
  const [news, invoice] = await together([
    run(
      tx,
      sql`insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, at)
        values (${shop.businessId}, ${payment.gatewayAccountId}, ${received.kind}, ${received.factId}, ${paymentId}, ${received.amount.minor}, ${now}) on conflict do nothing`,
    ),
    lockInvoice(tx, payment.invoiceId),
  ])
  if (news === 0) return
  const open = invoice.status === 'draft' || invoice.status === 'open'
  const nothing = { applied: 0n, surplus: received.amount.minor, paidInFull: false }
  const { applied, surplus, paidInFull } = open ? settle(invoice, received.amount.minor) : nothing
  const receipt: Transfer = {
    debit: clearing(payment.currency, payment.gatewayAccountId),
    credit: customerBalance(payment.currency, payment.customerId),
    amount: received.amount.minor,
    purpose: 'receipt',
    causeId: paymentId,
  }
  await together([
    saveSucceeded(tx, payment, received, now),
    record(tx, shop, now, {
      type: 'payment.succeeded',
      subjectType: 'payment',
      subjectId: paymentId,
      customerId: payment.customerId,
      data: { invoice: invoice.id, amount: received.amount.minor.toString(), currency: received.amount.currency },
    }),
    applied > 0n
      ? payInvoice(tx, shop, invoice, { paymentId, applied, paidInFull, before: [receipt] }, now)
      : post(tx, shop, [receipt], { id: paymentId, at: now }),
  ])
  if (surplus > 0n) await keepSurplus(tx, shop, payment, { minor: surplus, currency: payment.currency }, now)
  if (paidInFull) await giveWhatWasSold(tx, shop, invoice, now)
}

const saveSucceeded = (tx: Tx, payment: Payment, received: Received, now: Temporal.Instant) =>
  run(
    tx,
    sql`update payments set status = 'succeeded', succeeded_at = ${now}, received_minor = ${received.amount.minor}, next_check_at = null, fetched_at = ${now}, failure = null,
        method = ${received.method ? json(received.method) : null}, received_reference = ${received.reference ?? null}, version = version + 1
      where business_id = current_business() and id = ${payment.id}`,
  )

/** Allocates from the customer's balance, where the receipt just went, and recognises the sale as deferred. */
export async function payInvoice(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  pay: { paymentId: string | null; applied: bigint; paidInFull: boolean; before?: readonly Transfer[] },
  now: Temporal.Instant,
): Promise<void> {
  const allocationId = newId('all', shop.app.clock)
  const moved = [
    pay.applied > 0n ? allocate(tx, shop, invoice, allocationId, pay, now) : undefined,
    run(
      tx,
      sql`update invoices set paid_minor = paid_minor + ${pay.applied}, status = case when ${pay.paidInFull} then 'paid' else status end,
          paid_at = case when ${pay.paidInFull} then ${now}::timestamptz end, version = version + 1
        where business_id = current_business() and id = ${invoice.id}`,
    ),
  ]
  if (!pay.paidInFull) return void (await together(moved))
  await together([
    ...moved,
    record(tx, shop, now, {
      type: 'invoice.paid',
      subjectType: 'invoice',
      subjectId: invoice.id,
      customerId: invoice.customerId,
    }),
    // The login is what the customer waits for; on a busy night receipts go after it.
    queueMessage(tx, shop, { ...receiptOf(invoice), notBefore: plusSeconds(now, 60) }, now),
    // The number travels with the commit: its counter is a lock for all.
    issueWithCommit(tx, shop, invoice, now),
  ])
}

/** An invoice over nothing settles itself, and gives what it sold as a paid one does (F67). */
export async function settleForNothing(tx: Tx, shop: Shop, invoiceId: string, now: Temporal.Instant): Promise<void> {
  const invoice = await lockInvoice(tx, invoiceId)
  await payInvoice(tx, shop, invoice, { paymentId: null, applied: 0n, paidInFull: true }, now)
  await giveWhatWasSold(tx, shop, invoice, now)
}

const receiptOf = (invoice: Invoice) => ({
  template: 'receipt',
  claim: `receipt/${invoice.id}`,
  customerId: invoice.customerId,
  about: { invoice_id: invoice.id },
})

async function allocate(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  id: string,
  pay: { paymentId: string | null; applied: bigint; paidInFull: boolean; before?: readonly Transfer[] },
  now: Temporal.Instant,
): Promise<void> {
  // Tax is owed when the invoice is paid in full; parts before that are carried as deferred.
  const tax = pay.paidInFull ? invoice.taxMinor : 0n
  const taxNow = tax < pay.applied ? tax : pay.applied
  const balance = customerBalance(invoice.currency, invoice.customerId)
  await together([
    run(
      tx,
      sql`insert into allocations (business_id, id, invoice_id, payment_id, amount_minor, at) values (${shop.businessId}, ${id}, ${invoice.id}, ${pay.paymentId}, ${pay.applied}, ${now})`,
    ),
    post(
      tx,
      shop,
      [
        ...(pay.before ?? []),
        { debit: balance, credit: deferred(invoice.currency), amount: pay.applied - taxNow, purpose: 'sale' },
        { debit: balance, credit: taxPayable(invoice.currency), amount: taxNow, purpose: 'tax' },
      ],
      { id, at: now },
    ),
  ])
}

/**
 * Gives what a paid invoice sold, in the commit of its payment: a step less for a buyer who waits. Should giving fail, the money stays
 * on record and the invoice stays due for the sweep (F22).
 */
export async function giveWhatWasSold(
  tx: Tx,
  shop: Shop,
  invoice: Pick<Invoice, 'id'>,
  now: Temporal.Instant,
): Promise<void> {
  const given = await inSavepoint(
    tx,
    () => fulfil(tx, shop, invoice.id, now, now),
    (error) => shop.app.log.error('fulfilment failed; it is tried again', { invoice: invoice.id, error }),
  )
  if (!given) await enqueue(tx, fulfilInvoiceJob, { businessId: shop.businessId, invoiceId: invoice.id })
}

/** More than was asked, or for an invoice that is settled: it stays the customer's, and a person is told (M3, F24). */
async function keepSurplus(tx: Tx, shop: Shop, payment: Payment, surplus: Money, now: Temporal.Instant): Promise<void> {
  await raise(
    tx,
    shop,
    {
      kind: 'surplus_money',
      subjectType: 'payment',
      subjectId: payment.id,
      title: `${format(surplus)} more than was owed`,
      detail: 'It is kept as the customer’s balance. Refund it, or leave it for the next invoice.',
      severity: 'warn',
    },
    now,
  )
  await record(tx, shop, now, {
    type: 'balance.credited',
    subjectType: 'customer',
    subjectId: payment.customerId,
    customerId: payment.customerId,
    data: { amount: surplus.minor.toString(), currency: surplus.currency },
  })
}
