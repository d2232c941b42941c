/** What a charge needs to know of an invoice: for which subscriptions it is, whether they are still wanted, and how it is called on a statement. */
import { rows, sql, type Tx } from '#platform/db.ts'
import type { Status } from '../subscriptions/rules/subscription.ts'
import { isFrozen } from './disputes/freeze.ts'
import { frozenReason } from './disputes/rules.ts'
import { findInvoice } from './queries.ts'

export type Renewing = { id: string; status: Status; autoRenew: boolean; cancelAtEnd: boolean }

export const subscriptionsOfInvoice = (tx: Tx, invoiceId: string): Promise<Renewing[]> =>
  rows(
    tx,
    sql<Renewing>`select s.id, s.status, s.auto_renew as "autoRenew", s.cancel_at_end as "cancelAtEnd" from subscriptions s
      where s.business_id = current_business() and s.id in (
        select subscription_id from invoice_items where business_id = current_business() and invoice_id = ${invoiceId}) order by s.id`,
  )

/** Consent was given for renewals that the customer still wants. Null: nothing speaks against a charge. */
export async function whyNotCharged(tx: Tx, invoiceId: string): Promise<string | null> {
  const invoice = await findInvoice(tx, invoiceId)
  if (invoice !== null && (await isFrozen(tx, invoice.customerId))) return frozenReason
  const subscriptions = await subscriptionsOfInvoice(tx, invoiceId)
  // What was written for something else than a subscription is charged when somebody asks for it.
  if (subscriptions.length === 0) return invoice?.purpose === 'manual' ? null : 'it is for no subscription'
  for (const { status, autoRenew, cancelAtEnd } of subscriptions) {
    if (status === 'terminated') return 'its subscription has ended'
    if (status === 'paused') return 'its subscription is paused'
    if (cancelAtEnd) return 'its subscription was canceled'
    if (!autoRenew) return 'automatic renewal is off'
  }
  return null
}

export const descriptionOf = async (tx: Tx, invoiceId: string): Promise<string> =>
  (
    await rows(
      tx,
      sql<{
        text: string
      }>`select description as text from invoice_items where business_id = current_business() and invoice_id = ${invoiceId} order by position, id limit 1`,
    )
  )[0]?.text ?? 'Renewal'
