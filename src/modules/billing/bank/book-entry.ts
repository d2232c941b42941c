/** What is done with an entry: its money is booked by the door of all payments, or it is put aside. Each act looks before it acts. */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../../events/record.ts'
import { raise, settle } from '../../people/attention.ts'
import { type Choice, chosenInvoice, requireCurrency } from '../chosen-invoice.ts'
import { confirm, isMoneyKnown } from '../confirm-payment.ts'
import { attemptOver } from '../mark-received.ts'
import { findPayment, lockInvoice, lockPayment, type Payment, paymentsOf } from '../queries.ts'
import { isFinal } from '../rules.ts'
import { type BankEntry, countWaiting, lockEntry } from './entries.ts'
import type { Target } from './rules.ts'

/** Books a waiting entry where a person says. More than is open, or for an invoice that is settled, becomes the customer's balance. */
export async function bookEntry(shop: Shop, entryId: string, choice: Choice): Promise<void> {
  const now = shop.now()
  try {
    await transaction(shop, 'book-entry', async (tx) => {
      const entry = await lockEntry(tx, entryId)
      if (entry.status !== 'waiting') throw notWaiting(entry)
      if (entry.direction === 'debit')
        throw new Refusal('conflict', 'This money left the account: there is nothing to book.')
      const invoiceId = await chosenInvoice(tx, choice, entry.currency)
      await book(tx, shop, entry, { invoiceId }, now)
      await tellWaiting(tx, shop, entry.gatewayAccountId, now)
    })
  } catch (error) {
    if (isMoneyKnown(error)) throw new Refusal('conflict', 'This money is booked already.')
    throw error
  }
}

const notWaiting = ({ status }: Pick<BankEntry, 'status'>) =>
  new Refusal('conflict', status === 'booked' ? 'This entry is booked already.' : 'This entry does not wait for you.')

/** The entry is locked. Its key is the fact: the database books it once, whatever happens. */
export async function book(tx: Tx, shop: Shop, entry: BankEntry, target: Target, now: Temporal.Instant): Promise<void> {
  const payment = await paymentFor(tx, shop, entry, target, now)
  await confirm(
    tx,
    shop,
    payment,
    {
      amount: { minor: entry.amountMinor, currency: entry.currency },
      factId: entry.entryKey,
      kind: 'capture',
      reference: entry.bankRef ?? entry.id,
      method: { kind: 'bank_transfer', brand: null, last4: entry.iban?.slice(-4) ?? null },
    },
    now,
  )
  await run(
    tx,
    sql`update bank_entries set status = 'booked', why = null, reason = null, payment_id = ${payment.id}, decided_at = ${now}, decided_by = ${shop.actor}, version = version + 1
      where business_id = current_business() and id = ${entry.id}`,
  )
  await record(tx, shop, now, {
    type: 'bank_entry.booked',
    subjectType: 'bank_entry',
    subjectId: entry.id,
    customerId: payment.customerId,
    data: { payment: payment.id, amount: entry.amountMinor.toString(), currency: entry.currency },
  })
}

/** The attempt that waits for this money at this account, else one of its own. Payments are locked before invoices, as everywhere. */
async function paymentFor(
  tx: Tx,
  shop: Shop,
  entry: BankEntry,
  target: Target,
  now: Temporal.Instant,
): Promise<Payment> {
  const here = ({ gatewayAccountId, status }: Payment) =>
    gatewayAccountId === entry.gatewayAccountId && status !== 'succeeded'
  const referred = 'paymentId' in target ? await findPayment(tx, target.paymentId) : null
  const invoiceId = 'invoiceId' in target ? target.invoiceId : (referred?.invoiceId ?? '')
  const waiting =
    referred ??
    (await paymentsOf(tx, invoiceId)).find((each) => here(each) && !isFinal(each.status) && each.also.length === 0) ??
    null
  if (waiting !== null && here(waiting)) {
    const locked = await lockPayment(tx, waiting.id)
    if (locked.status !== 'succeeded') {
      requireCurrency(entry.currency, locked)
      return locked
    }
  }
  const invoice = await lockInvoice(tx, invoiceId)
  const open = invoice.totalMinor - invoice.paidMinor
  requireCurrency(entry.currency, invoice)
  return attemptOver(tx, shop, invoice, entry.gatewayAccountId, open > 0n ? open : entry.amountMinor, now)
}

/** It is not for an invoice: a person says why. It can be taken back. */
export const putAside = (shop: Shop, entryId: string, reason: string): Promise<void> =>
  move(shop, entryId, 'waiting', { status: 'aside', type: 'bank_entry.put_aside', reason })

export const takeBack = (shop: Shop, entryId: string): Promise<void> =>
  move(shop, entryId, 'aside', { status: 'waiting', type: 'bank_entry.taken_back', reason: null })

const move = (
  shop: Shop,
  entryId: string,
  from: 'waiting' | 'aside',
  to: { status: 'waiting' | 'aside'; type: string; reason: string | null },
): Promise<void> =>
  transaction(shop, 'move-entry', async (tx) => {
    const now = shop.now()
    const entry = await lockEntry(tx, entryId)
    if (entry.status === to.status) return
    if (entry.status !== from) throw notWaiting(entry)
    const aside = to.status === 'aside'
    await run(
      tx,
      sql`update bank_entries set status = ${to.status}, reason = ${to.reason}, decided_at = ${aside ? now : null}::timestamptz, decided_by = ${aside ? shop.actor : null}::text,
        version = version + 1 where business_id = current_business() and id = ${entry.id}`,
    )
    await record(tx, shop, now, {
      type: to.type,
      subjectType: 'bank_entry',
      subjectId: entry.id,
      ...(to.reason === null ? {} : { data: { reason: to.reason } }),
    })
    await tellWaiting(tx, shop, entry.gatewayAccountId, now)
  })

/** One item among what needs attention, as long as an entry waits. */
export async function tellWaiting(tx: Tx, shop: Shop, accountId: string, now: Temporal.Instant): Promise<void> {
  const waiting = await countWaiting(tx, accountId)
  if (waiting === 0) {
    await settle(tx, 'bank_entries_wait', accountId, shop.actor, now)
    return
  }
  await raise(
    tx,
    shop,
    {
      kind: 'bank_entries_wait',
      subjectType: 'bank',
      subjectId: accountId,
      title:
        waiting === 1
          ? 'Money on the bank account waits for you'
          : `${waiting} entries on the bank account wait for you`,
      detail: 'Nobody can tell surely whose money it is. Choose the invoice, or put it aside.',
      severity: 'warn',
    },
    now,
  )
}
