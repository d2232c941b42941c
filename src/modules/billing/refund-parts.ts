/** Where the money of a refund comes from: the sale that it paid, with its tax, or the customer's balance. */
import type { Shop } from '#app.ts'
import { one, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { available } from '../ledger/holds.ts'
import { post } from '../ledger/post.ts'
import { customerBalance, deferred } from '../ledger/rules.ts'
import { settle as settleAttention } from '../people/attention.ts'
import { findInvoice, type Invoice, lockInvoice, type Payment, type Refund } from './queries.ts'

/** `invoiceId`: null for the payment's own, and for what paid nothing. */
export type Parts = Pick<Refund, 'invoiceId' | 'fromBalanceMinor' | 'taxMinor'>

type Asked = { payment: Payment; other: string | null; amount: bigint; destination: Refund['destination'] }

/**
 * What of the payment paid nothing lies on the customer's balance and leaves it, else he would have it twice. Of the rest the share of tax is owed
 * no more. What paid a part of an invoice that is not paid in full is taken off it, and from then on lies on the balance, too. The payment is locked.
 */
export async function partsOf(tx: Tx, shop: Shop, asked: Asked, now: Temporal.Instant): Promise<Parts> {
  const { payment, other, amount, destination } = asked
  const invoiceId = other ?? payment.invoiceId
  const { allocated, taken, taxOf } = await taxesOf(tx, payment, invoiceId)
  // What paid nothing goes back with the payment's own invoice.
  const spare = other === null ? payment.receivedMinor - allocated - taken : 0n
  const free = spare > 0n ? await available(tx, customerBalance(payment.currency, payment.customerId)) : 0n
  const most = [amount, spare, free].reduce((least, each) => (each < least ? each : least))
  const fromBalance = destination === 'balance' || most < 0n ? 0n : most
  const takenOff = await takeOff(tx, shop, payment, invoiceId, amount - fromBalance, now)
  const fromBalanceMinor = fromBalance + takenOff
  return { invoiceId: takenOff > 0n ? null : other, fromBalanceMinor, taxMinor: taxOf(amount - fromBalanceMinor) }
}

/** Of an invoice that is paid in part: at most so much of what this payment paid of it is taken off, and put on the balance. Answers how much. */
async function takeOff(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  invoiceId: string,
  most: bigint,
  now: Temporal.Instant,
): Promise<bigint> {
  // One that is paid stays so: it is not locked for nothing.
  if (most <= 0n || !isPaidInPart(await findInvoice(tx, invoiceId))) return 0n
  const invoice = await lockInvoice(tx, invoiceId)
  if (!isPaidInPart(invoice)) return 0n
  const { paid } = await one(
    tx,
    sql<{ paid: bigint }>`select coalesce(sum(amount_minor), 0)::bigint as paid from allocations
      where business_id = current_business() and payment_id = ${payment.id} and invoice_id = ${invoiceId}`,
  )
  const amount = paid < most ? paid : most
  if (amount <= 0n) return 0n
  const id = newId('all', shop.app.clock)
  await run(
    tx,
    sql`insert into allocations (business_id, id, invoice_id, payment_id, amount_minor, at)
      values (${shop.businessId}, ${id}, ${invoiceId}, ${payment.id}, ${-amount}, ${now})`,
  )
  const { currency, customerId } = invoice
  const back = { debit: deferred(currency), credit: customerBalance(currency, customerId), amount }
  await post(tx, shop, [{ ...back, purpose: 'sale_undone' }], { id, at: now })
  await run(
    tx,
    sql`update invoices set paid_minor = paid_minor - ${amount}, version = version + 1
      where business_id = current_business() and id = ${invoiceId}`,
  )
  if (amount === invoice.paidMinor) await settleAttention(tx, 'short_payment', invoiceId, 'system', now)
  return amount
}

const isPaidInPart = (invoice: Invoice | null): boolean =>
  (invoice?.status === 'draft' || invoice?.status === 'open') && invoice.paidMinor > 0n

/** The tax in what goes back next of an invoice, after all else that was given back of it; `except`: what is reckoned anew. */
export async function taxesOf(tx: Tx, payment: Payment, invoiceId: string, except: string | null = null) {
  const { allocated, tax, total, before, taken } = await one(
    tx,
    sql<{ allocated: bigint; tax: bigint; total: bigint; before: bigint; taken: bigint }>`select
      coalesce((select sum(a.amount_minor) from allocations a where a.business_id = v.business_id and a.payment_id = ${payment.id}), 0)::bigint as allocated,
      case when v.status = 'paid' then v.tax_minor else 0 end as tax, v.total_minor as total,
      coalesce(r.total, 0)::bigint as before, coalesce(r.taken, 0)::bigint as taken
    from invoices v
    left join (select sum(f.amount_minor - f.from_balance_minor) as total, sum(f.from_balance_minor) filter (where f.payment_id = ${payment.id}) as taken
      from refunds f join payments p on p.business_id = f.business_id and p.id = f.payment_id
      where f.business_id = current_business() and f.stray_id is null and f.status not in ('failed', 'canceled') and f.id is distinct from ${except}
        and (p.invoice_id = ${invoiceId} and f.invoice_id is null or f.invoice_id = ${invoiceId})) r on true
    where v.business_id = current_business() and v.id = ${invoiceId}`,
  )
  // What of it paid others by way of the balance holds no tax of this one.
  const of = (refunded: bigint): bigint => (total === 0n ? 0n : ((refunded < total ? refunded : total) * tax) / total)
  return { allocated, taken, taxOf: (rest: bigint): bigint => of(before + rest) - of(before) }
}
