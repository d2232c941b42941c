/** An unpaid invoice that asks for the wrong thing is taken back: a draft by itself, a numbered one by a credit note over all of it. */
import type { Shop } from '#app.ts'
import { one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { nextNumber, nextSeries, renewalInvoice, voidDraft } from './invoices.ts'
import { type Invoice, lockInvoice, type Payment, paymentsOf, renewalInvoiceOf } from './queries.ts'
import { invoiceNumber, isOpenAttempt } from './rules.ts'
import { taxTakenBack } from './tax/tax-in.ts'

/** A saved method is charged without anybody at a page: from the moment the attempt is stored its money may come. */
const isOnItsWay = ({ status, methodId }: Payment): boolean =>
  isOpenAttempt(status) || (status === 'created' && methodId !== null)

/** No money is here, and none is on its way. */
export const canBeWithdrawn = async (tx: Tx, invoice: Invoice): Promise<boolean> =>
  (invoice.status === 'open' || invoice.status === 'draft') &&
  invoice.paidMinor === 0n &&
  !(await paymentsOf(tx, invoice.id)).some(isOnItsWay)

/** Throws while money is on its way, or some of it is here. The caller holds the invoice's lock. */
export async function withdrawInvoice(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  if (invoice.status === 'void') return
  if ((await paymentsOf(tx, invoice.id)).some(isOnItsWay))
    throw new Refusal('in_progress', 'A payment for the open invoice is on its way. Please wait until it has arrived.')
  if (invoice.paidMinor > 0n || (invoice.status !== 'open' && invoice.status !== 'draft'))
    throw new Refusal('conflict', 'Money was received for the open invoice, so it cannot be taken back.')
  if (invoice.status === 'draft') return void (await voidDraft(tx, shop, invoice.id, reason, now))
  const { series, number } = await insertCreditNote(tx, shop, invoice, { ...invoice, refundId: null }, reason, now)
  const note = invoiceNumber(series, number)
  await run(
    tx,
    sql`update invoices set status = 'void', voided_at = ${now}, void_reason = ${`${note}: ${reason}`}, version = version + 1
      where business_id = current_business() and id = ${invoice.id}`,
  )
  // The period may be asked for again, by another invoice.
  await run(
    tx,
    sql`update invoice_items set period_start = null, late_invoice_id = null where business_id = current_business() and invoice_id = ${invoice.id}`,
  )
  await record(tx, shop, now, {
    type: 'invoice.credited',
    subjectType: 'invoice',
    subjectId: invoice.id,
    customerId: invoice.customerId,
    data: { credit_note: note, amount: invoice.totalMinor.toString(), currency: invoice.currency, reason },
  })
}

/**
 * Staff take back an invoice that asks for the wrong thing, or of which nobody will pay. What a renewal asked for is asked for anew, as it is
 * agreed now: no subscription runs on unbilled. What an order or a change waits for goes with that. Repeating it changes nothing.
 */
export async function takeBackInvoice(
  tx: Tx,
  shop: Shop,
  invoiceId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  const invoice = await lockInvoice(tx, invoiceId)
  if (invoice.status === 'void') return
  if (invoice.status !== 'draft' && (invoice.purpose === 'order' || invoice.purpose === 'change'))
    throw new Refusal(
      'conflict',
      'It was asked for by an order or a change: cancel that, and its invoice goes with it.',
    )
  const renewed = await renewedBy(tx, invoice.id)
  await withdrawInvoice(tx, shop, invoice, reason, now)
  for (const subscriptionId of renewed) await renewalInvoice(tx, shop, subscriptionId, now)
}

/**
 * The next period is another one than the open renewal invoice asks for: it is taken back, and where one was out its successor is
 * issued at once. `unlessBusy`: what is being paid stays as it is; else that is refused.
 */
export async function replaceRenewal(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  periodStart: Temporal.Instant,
  { unlessBusy, again }: { unlessBusy: boolean; again: boolean },
  now: Temporal.Instant,
): Promise<void> {
  const found = await renewalInvoiceOf(tx, subscriptionId, periodStart)
  if (found === null || (found.status !== 'open' && found.status !== 'draft')) return
  const invoice = await lockInvoice(tx, found.id)
  if (unlessBusy && !(await canBeWithdrawn(tx, invoice))) return
  const all = await renewedBy(tx, invoice.id)
  await withdrawInvoice(tx, shop, invoice, 'the next period is another one', now)
  if (again) await renewalInvoice(tx, shop, subscriptionId, now)
  for (const other of all) if (other !== subscriptionId) await renewalInvoice(tx, shop, other, now)
}

/** Whom an invoice asks to renew: one subscription, or those of a household. */
export const renewedBy = async (tx: Tx, invoiceId: string): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{
        id: string
      }>`select distinct i.subscription_id as id from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
        where i.business_id = current_business() and i.invoice_id = ${invoiceId} and i.kind = 'period' and v.purpose = 'renewal' order by 1`,
    )
  ).map(({ id }) => id)

/** What a credit note takes back, and of which refund. */
export type Credit = { totalMinor: bigint; taxMinor: bigint; refundId: string | null }

/** The next number of the series of credit notes; the row is a lock until the commit. */
export async function insertCreditNote(
  tx: Tx,
  shop: Shop,
  invoice: Pick<Invoice, 'id' | 'currency' | 'taxIn'>,
  credit: Credit,
  reason: string,
  now: Temporal.Instant,
) {
  const series = await nextSeries(tx, shop, 'creditNote', now)
  const id = newId('cn', shop.app.clock)
  const { totalMinor, taxMinor } = credit
  const taxIn = await taxTakenBack(tx, invoice, { netMinor: totalMinor - taxMinor, taxMinor })
  return one(
    tx,
    sql<{ series: string; number: number }>`with counter as (
        ${nextNumber(shop, series)})
      insert into credit_notes (business_id, id, invoice_id, refund_id, series, number, currency, total_minor, tax_minor, tax_in, reason, by, issued_at)
        select ${shop.businessId}, ${id}, ${invoice.id}, ${credit.refundId}, ${series}, last_number, ${invoice.currency}, ${totalMinor}, ${taxMinor}, ${taxIn}::jsonb, ${reason}, ${shop.actor}, ${now} from counter
      returning series, number`,
  )
}
