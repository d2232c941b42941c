/** Puts a message on its way, once per occasion, in the transaction of its cause. */
import type { Shop } from '#app.ts'
import { asked, type Batch, maybe, run, sql, type Tx, table } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { sendMessageJob } from './jobs.ts'

export type NewMessage = {
  /** Its id, where the caller lets it speak for further occasions (`claimMessage`). */
  id?: string
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
  /** It may wait so that what is urgent goes first, or may prove unnecessary. */
  notBefore?: Temporal.Instant
  /** Later it would be wrong, so it expires. */
  sendUntil?: Temporal.Instant
}

/**
 * True when this call made the message; false when the occasion was claimed before, or there is nobody to write to: marketing goes
 * only to those who agreed, an erased customer gets nothing. Address, claim and message are one statement.
 */
export async function queueMessage(tx: Tx, shop: Shop, message: NewMessage, now: Temporal.Instant): Promise<boolean> {
  const id = message.id ?? newId('msg', shop.app.clock)
  const kind = message.kind ?? 'service'
  const due = message.notBefore ?? now
  const made = await asked(tx, queued, { ...message, id, kind, due, now })
  if (made.length === 0) return false
  // What may wait is found by the sweep when its time comes.
  if (due === now) {
    const known = { template: message.template, kind, customerId: message.customerId ?? null, about: message.about }
    await enqueue(tx, sendMessageJob, { businessId: shop.businessId, messageId: id, known })
  }
  return true
}

/** A further occasion that a message of this transaction speaks for. False: it was told before. */
export const claimMessage = async (tx: Tx, claim: string, messageId: string): Promise<boolean> =>
  (await run(
    tx,
    sql`insert into message_claims (business_id, claim, message_id) values (current_business(), ${claim}, ${messageId}) on conflict do nothing`,
  )) > 0

/** As `queueMessage`, by whoever need not know whether it was made: a round trip less where this process runs a worker. */
export async function queueLate(tx: Tx, shop: Shop, message: NewMessage, now: Temporal.Instant): Promise<void> {
  const queued = queueMessage(tx, shop, message, now)
  if (tx.local === null) await queued
  else tx.late(queued)
}

type Queued = NewMessage & { id: string; kind: string; due: Temporal.Instant; now: Temporal.Instant }

const queued: Batch<Queued, { id: string }> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ id }) => id,
  many: (messages) => sql`with asked as (
      select * from ${table('a', messages, [
        ['id', 'text', ({ id }) => id],
        ['claim', 'text', ({ claim }) => claim],
        ['template', 'text', ({ template }) => template],
        ['kind', 'text', ({ kind }) => kind],
        ['customer_id', 'text', ({ customerId }) => customerId ?? null],
        ['to_address', 'text', ({ to }) => to ?? null],
        ['language', 'text', ({ language }) => language ?? null],
        ['about', 'jsonb', ({ about }) => about],
        ['due', 'timestamptz', ({ due }) => due],
        ['send_until', 'timestamptz', ({ sendUntil }) => sendUntil ?? null],
        ['repeatable', 'boolean', ({ repeatable }) => repeatable ?? false],
        ['at', 'timestamptz', ({ now }) => now],
      ])}),
    whom as (
      select a.id, a.claim, a.to_address as address, coalesce(a.language, 'en') as written_in from asked a where a.to_address is not null
      union all
      select a.id, a.claim, c.email, coalesce(a.language, c.language) from asked a
        join customers c on c.business_id = current_business() and c.id = a.customer_id and c.erased_at is null
      where a.to_address is null and (a.kind <> 'marketing' or c.marketing_consent_at is not null)),
    claimed as (
      insert into message_claims (business_id, claim, message_id) select current_business(), claim, id from whom
      on conflict do nothing returning message_id)
    insert into messages (business_id, id, template, kind, customer_id, to_address, language, about, status, next_try_at, send_until, repeatable, created_at)
    select current_business(), a.id, a.template, a.kind, a.customer_id, whom.address, whom.written_in, a.about, 'queued', a.due, a.send_until, a.repeatable, a.at
    from claimed join asked a on a.id = claimed.message_id join whom on whom.id = a.id returning id`,
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
