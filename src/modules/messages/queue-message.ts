/** Puts a message on its way, once per occasion, in the transaction of its cause. */
import type { Shop } from '#app.ts'
import { json, maybe, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { sendMessageJob } from './jobs.ts'

export type NewMessage = {
  /** Key of the template, which also names the teller of its facts. */
  template: string
  /** The occasion: a second message with the same claim is not made. `reminder/sub_…/2026-02-28T…/remind-3d` */
  claim: string
  customerId?: string
  /** For messages to staff and for sign-in: where the customer's own address does not apply. */
  to?: string
  language?: string
  about: Record<string, string>
  kind?: 'service' | 'marketing' | 'staff'
  /** Whether it may go a second time when we cannot know that the first arrived: true for credentials. */
  repeatable?: boolean
  /** Later it would be wrong, so it expires. */
  sendUntil?: Temporal.Instant
}

/** True when this call made the message; false when the occasion was claimed before, or there is nobody to write to. */
export async function queueMessage(tx: Tx, shop: Shop, message: NewMessage, now: Temporal.Instant): Promise<boolean> {
  const address = await addressOf(tx, message)
  if (address === null) return false
  const id = newId('msg', shop.app.clock)
  const claimed = await run(
    tx,
    sql`insert into message_claims (business_id, claim, message_id) values (${shop.businessId}, ${message.claim}, ${id}) on conflict do nothing`,
  )
  if (claimed === 0) return false
  await run(
    tx,
    sql`insert into messages (business_id, id, template, kind, customer_id, to_address, language, about, status, next_try_at, send_until, repeatable, created_at)
      values (${shop.businessId}, ${id}, ${message.template}, ${message.kind ?? 'service'}, ${message.customerId ?? null}, ${address.to}, ${message.language ?? address.language},
        ${json(message.about)}, 'queued', ${now}, ${message.sendUntil ?? null}, ${message.repeatable ?? false}, ${now})`,
  )
  await enqueue(tx, sendMessageJob, { businessId: shop.businessId, messageId: id })
  return true
}

/** Marketing goes only to those who agreed; an erased customer gets nothing. */
async function addressOf(tx: Tx, message: NewMessage): Promise<{ to: string; language: string } | null> {
  if (message.to !== undefined) return { to: message.to, language: message.language ?? 'en' }
  const customer = await maybe(
    tx,
    sql<{
      to: string
      language: string
      agreed: boolean
    }>`select email as to, language, marketing_consent_at is not null as agreed from customers
      where business_id = current_business() and id = ${message.customerId ?? ''} and erased_at is null`,
  )
  if (customer === null || (message.kind === 'marketing' && !customer.agreed)) return null
  return customer
}

/** Sends a message again because somebody asked: a new message under its own claim, so the log shows both. */
export async function resend(tx: Tx, shop: Shop, messageId: string, now: Temporal.Instant): Promise<boolean> {
  const first = await maybe(
    tx,
    sql<{
      template: string
      kind: 'service' | 'marketing' | 'staff'
      customerId: string | null
      to: string
      language: string
      about: Record<string, string>
      repeatable: boolean
    }>`
      select template, kind, customer_id as "customerId", to_address as to, language, about, repeatable from messages where business_id = current_business() and id = ${messageId}`,
  )
  if (first === null) return false
  const { customerId, to, ...rest } = first
  const whom = customerId === null ? { to } : { customerId }
  await record(tx, shop, now, { type: 'message.resent', subjectType: 'message', subjectId: messageId, customerId })
  return queueMessage(tx, shop, { ...rest, ...whom, claim: `resend/${messageId}/${newId('msg', shop.app.clock)}` }, now)
}
