/** Puts a message on its way, once per occasion, in the transaction of its cause. */
import type { Shop } from '#app.ts'
import { asked, type Batch, maybe, run, sql, type Tx, table, together } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { bornClaimed, enqueue, offer } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { leaseSeconds, sendMessageJob } from './jobs.ts'
import { factsOf, type Letter, type Variables, writeLetter } from './letter.ts'
import { type Mailer, mailerOf } from './mail-settings.ts'
import type { TemplateKey } from './render/definitions.ts'

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
  const asking = queuedOf(shop, message, now, null)
  const made = await asked(tx, queued, asking)
  if (made.length === 0) return false
  // What may wait is found by the sweep when its time comes.
  if (asking.due === now)
    await enqueue(tx, sendMessageJob, { businessId: shop.businessId, messageId: asking.id, known: knownOf(asking) })
  return true
}

/** The message that an occasion was claimed by. */
export const messageOfClaim = async (tx: Tx, claim: string): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{
        id: string
      }>`select message_id as id from message_claims where business_id = current_business() and claim = ${claim}`,
    )
  )?.id ?? null

/** A further occasion that a message of this transaction speaks for. False: it was told before. */
export const claimMessage = async (tx: Tx, claim: string, messageId: string): Promise<boolean> =>
  (await run(
    tx,
    sql`insert into message_claims (business_id, claim, message_id) values (current_business(), ${claim}, ${messageId}) on conflict do nothing`,
  )) > 0

/** As `queueMessage`, by whoever need not know whether it was made: a round trip less where this process runs a worker. */
export async function queueLate(tx: Tx, shop: Shop, message: NewMessage, now: Temporal.Instant): Promise<void> {
  if (tx.local === null) return void (await queueMessage(tx, shop, message, now))
  const atOnce = message.repeatable === true && message.notBefore === undefined && shop.standstill === null
  const until = atOnce ? bornClaimed(tx, sendMessageJob, now, leaseSeconds) : null
  tx.late(until === null ? queueMessage(tx, shop, message, now) : queueBorn(tx, shop, message, until, now))
}

/**
 * The message is born as claimed by this process, with its letter from the facts as they are at this commit: one transaction less for a login. Only for
 * what may come twice, since a process that dies before it sends looks like one that died while sending.
 */
async function queueBorn(tx: Tx, shop: Shop, wanted: NewMessage, until: Temporal.Instant, now: Temporal.Instant) {
  const asking = queuedOf(shop, wanted, now, until)
  const known = knownOf(asking)
  const [[made], facts] = await together([
    asked(tx, queued, asking),
    // What this process has never read comes too late for this commit: then it is read before sending.
    together([mailerOf(tx, shop), factsOf(tx, shop, known)]).catch(() => [null, null] as const),
  ])
  if (made === undefined) return
  const letter = await earlyLetter(tx, shop, { ...asking, ...made }, facts, now)
  const payload = { businessId: shop.businessId, messageId: made.id, known, born: { until, letter } }
  offer(tx, sendMessageJob, payload)
}

/** Undefined when something of it is missing. */
async function earlyLetter(
  tx: Tx,
  shop: Shop,
  made: Queued & { to: string; language: string },
  [mailer, variables]: readonly [Mailer | null, Variables],
  now: Temporal.Instant,
): Promise<Letter | undefined> {
  if (mailer === null || variables === null) return undefined
  const { id, kind, customerId = null, to, language, about, sendUntil = null } = made
  const template = made.template as TemplateKey
  const message = {
    id,
    template,
    kind,
    customerId,
    to,
    language,
    about,
    sendUntil,
    tries: 0,
    repeatable: true,
    begun: false,
  }
  return writeLetter(tx, shop, { message, mailer, variables }, now).catch(() => undefined)
}

const queuedOf = (shop: Shop, message: NewMessage, now: Temporal.Instant, held: Temporal.Instant | null): Queued => ({
  ...message,
  id: message.id ?? newId('msg', shop.app.clock),
  kind: message.kind ?? 'service',
  due: message.notBefore ?? now,
  held,
  now,
})

const knownOf = ({ template, kind, customerId, about }: Queued) => ({
  template,
  kind,
  customerId: customerId ?? null,
  about,
})

type Queued = NewMessage & {
  id: string
  kind: NonNullable<NewMessage['kind']>
  due: Temporal.Instant
  /** Claimed at once, until then. */
  held: Temporal.Instant | null
  now: Temporal.Instant
}

const queued: Batch<Queued, { id: string; to: string; language: string }> = {
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
        ['due', 'timestamptz', ({ due, held }) => held ?? due],
        ['status', 'text', ({ held }) => (held === null ? 'queued' : 'sending')],
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
    select current_business(), a.id, a.template, a.kind, a.customer_id, whom.address, whom.written_in, a.about, a.status, a.due, a.send_until, a.repeatable, a.at
    from claimed join asked a on a.id = claimed.message_id join whom on whom.id = a.id returning id, to_address as to, language`,
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
