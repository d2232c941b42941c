/** What a personal message of staff says. Who has renewed since it was written is left in peace. */
import type { Teller } from '#app.ts'
import { maybe, sql } from '#platform/db.ts'
import { about } from '../billing/tell.ts'

const personal: Teller = async (tx, shop, { outreach_id, subscription_id, period_end }) => {
  const facts = await about(tx, shop, subscription_id)
  const written = await maybe(
    tx,
    sql<{
      subject: string
      body: string
    }>`select subject, body from outreaches where business_id = current_business() and id = ${outreach_id ?? ''}`,
  )
  if (facts === null || written === null || facts.subscription.status === 'terminated') return null
  if (facts.subscription.paidThrough?.toString() !== period_end) return null
  return { ...facts.common, message_subject: written.subject, message_text: written.body }
}

export const outreachTellers: Record<string, Teller> = { personal_message: personal }
