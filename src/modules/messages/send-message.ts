/**
 * Sends one message: reads its facts as they are now, renders, hands it to the transport, keeps what the transport said. Sent means
 * accepted by a transport. Running twice is safe: a message is claimed by a lease and its claim is never made again.
 */

import type { Delivery } from '#adapters/transports/transport.ts'
import { jointTransaction, type Shop, single, singleOf, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { asked, type Batch, inFoundRow, run, sql, type Tx, table, together } from '#platform/db.ts'
import { isFresh } from '#platform/jobs.ts'
import { TemplateError } from '#platform/templates/engine.ts'
import { isAfter, plusSeconds } from '#platform/time.ts'
import { record, recordEach, type Told, told, toldColumns } from '../events/record.ts'
import { isRaised, raise, settle } from '../people/attention.ts'
import { forgetAfter } from '../people/business.ts'
import { type Born, type Known, leaseSeconds } from './jobs.ts'
import { factsOf, type Letter, type Message, writeLetter } from './letter.ts'
import { always, waitsForPlace } from './mail-limit.ts'
import { mailerOf } from './mail-settings.ts'
import { definitions } from './render/definitions.ts'

const mostTries = 8
/** What is left of a lease must be enough for a transport that is slow to answer. */
const sendSeconds = 70

export async function sendMessage(shop: Shop, messageId: string, known?: Known, born?: Born): Promise<void> {
  const now = shop.now()
  if (shop.standstill !== null && (await waitsForPerson(shop, messageId, now))) return
  if (await waitsForPlace(shop, messageId, now)) return
  const letter =
    born?.letter !== undefined && isFresh(born.until, now, sendSeconds)
      ? born.letter
      : await jointTransaction(shop, 'claim-message', messageId, (tx) =>
          prepare(tx, shop, messageId, { known, born }, now),
        )
  if (letter === null) return
  const { message, mailer } = letter
  const outgoing = await letter.outgoing.catch((error: unknown) => notRendered(shop, message, error, now))
  if (outgoing === null) return

  crashPoint('mail-send:before')
  const delivery = await mailer.transport.send(outgoing)
  crashPoint('mail-send:after')
  const alarmed = await shop.keep('mail-alarm', () =>
    transaction(shop, 'read-alarm', (tx) => isRaised(tx, 'mail_failing', shop.businessId)),
  )
  if (delivery.outcome === 'accepted' && !alarmed) await saveAccepted(shop, letter, outgoing.subject, delivery, now)
  else await transaction(shop, 'save-delivery', (tx) => save(tx, shop, letter, outgoing.subject, delivery, now))
}

/** The usual case in one statement. */
const saveAccepted = (
  shop: Shop,
  { message, mailer }: Letter,
  subject: string,
  delivery: Delivery,
  now: Temporal.Instant,
) =>
  singleOf(shop, 'save-accepted', accepted, {
    message,
    transport: mailer.name,
    subject,
    answer: delivery.detail.slice(0, 500),
    ...told(shop, now, deliveryData(message, delivery)),
  })

const accepted: Batch<Told & { message: Message; transport: string; subject: string; answer: string }> = {
  keyOf: ({ message }) => message.id,
  many: (messages) => sql`with changed as (
      update messages m set status = 'sent', subject = a.subject, transport = a.transport, answer = a.answer, tries = m.tries + 1, next_try_at = null, accepted_at = a.at
      from ${table('a', messages, [
        ['message_id', 'text', ({ message }) => message.id],
        ['transport', 'text', ({ transport }) => transport],
        ['subject', 'text', ({ subject }) => subject],
        ['answer', 'text', ({ answer }) => answer],
        ...toldColumns,
      ])} where m.business_id = current_business() and m.id = a.message_id
      returning m.id, m.customer_id, a.event_id, a.at, a.actor, a.request_id, a.data)
    ${recordEach('message.sent', 'message')}`,
}

const deliveryData = (message: Message, delivery: Delivery) => ({
  template: message.template,
  outcome: delivery.outcome,
})
/** While the business stands still, what would be caught up waits, unless somebody waits for it and this is no copy that nobody should hear of: true when this message does. */
async function waitsForPerson(shop: Shop, messageId: string, now: Temporal.Instant): Promise<boolean> {
  const { since, because } = shop.standstill ?? { since: now, because: 'silence' }
  const answers = because === 'silence' || because === 'clock'
  const waiting = await single(
    shop,
    'message-waits',
    sql<{ id: string }>`update messages set next_try_at = ${plusSeconds(now, 900)}
      where business_id = current_business() and id = ${messageId} and ${inFoundRow(sql`next_try_at <= ${now}`)} and status = 'queued'
        and template <> all (${always}::text[]) and not (${answers}::boolean and created_at >= ${since}) returning id`,
  )
  return waiting.length > 0
}

/** Claims the message and writes its letter. Null: nothing is to be sent now, and the row says why. */
async function prepare(
  tx: Tx,
  shop: Shop,
  messageId: string,
  { known, born }: { known: Known; born: Born | undefined },
  now: Temporal.Instant,
): Promise<Letter | null> {
  const claim = { id: messageId, now, leaseUntil: plusSeconds(now, leaseSeconds), held: born?.until ?? null }
  const [[message], early] = await together([
    asked(tx, claimMessage, claim),
    known === undefined ? undefined : factsOf(tx, shop, known),
  ])
  if (message === undefined) return null
  if (message.begun && !message.repeatable) {
    await end(tx, message, 'failed', 'We cannot know whether it arrived, and it is not sent twice.')
    return null
  }
  if (message.sendUntil !== null && isAfter(now, message.sendUntil)) {
    await end(tx, message, 'expired', 'It could not be sent in time.')
    return null
  }
  const mailer = await mailerOf(tx, shop)
  if (mailer === null) {
    await notDelivered(tx, shop, message, now)
    return null
  }
  const variables = early === undefined ? await factsOf(tx, shop, message) : early
  if (variables === null) {
    await end(tx, message, 'expired', noLongerSo)
    return null
  }
  return writeLetter(tx, shop, { message, mailer, variables }, now)
}

const noLongerSo = 'What it would say is no longer so.'

/** `held`: the claim that the message was born with, which goes on. */
type Claim = { id: string; now: Temporal.Instant; leaseUntil: Temporal.Instant; held: Temporal.Instant | null }

export const claimMessage: Batch<Claim, Message> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ id }) => id,
  many: (claims) => sql`with before as (
      select m.id, m.created_at, m.status = 'sending' and m.next_try_at is distinct from c.held as begun, c.lease_until
      from ${table('c', claims, [
        ['id', 'text', ({ id }) => id],
        ['due_by', 'timestamptz', ({ now }) => now],
        ['lease_until', 'timestamptz', ({ leaseUntil }) => leaseUntil],
        ['held', 'timestamptz', ({ held }) => held],
      ])} join messages m on m.business_id = current_business() and m.id = c.id
      where ${inFoundRow(sql`m.next_try_at <= c.due_by or m.next_try_at = c.held`)} for update of m)
    update messages m set status = 'sending', next_try_at = before.lease_until from before
    where m.business_id = current_business() and m.id = before.id and m.created_at = before.created_at
    returning m.id, m.template, m.kind, m.customer_id as "customerId", m.to_address as to, m.language, m.about, m.tries, m.repeatable, m.send_until as "sendUntil",
      before.begun`,
}

/** A broken text ends the message and is told; any other trouble gives it back, for nothing of it has left. */
async function notRendered(shop: Shop, message: Message, error: unknown, now: Temporal.Instant): Promise<null> {
  const broken = error instanceof TemplateError && error.fault.code !== 'too_slow'
  await transaction(shop, 'message-not-rendered', async (tx) => {
    if (broken) await tellBroken(tx, shop, message, now)
    else await giveBack(tx, message, now)
  })
  if (!broken) throw error
  return null
}

const giveBack = (tx: Tx, { id, tries }: Message, now: Temporal.Instant): Promise<number> =>
  run(
    tx,
    sql`update messages set status = 'queued', next_try_at = ${retryAt(now, tries + 1)} where business_id = current_business() and id = ${id}`,
  )

async function tellBroken(tx: Tx, shop: Shop, message: Message, now: Temporal.Instant): Promise<void> {
  await end(tx, message, 'expired', noLongerSo)
  await raise(
    tx,
    shop,
    {
      kind: 'template_broken',
      subjectType: 'template',
      subjectId: message.template,
      title: `The text "${definitions[message.template].title}" cannot be rendered`,
      severity: 'bad',
    },
    now,
  )
}

async function save(
  tx: Tx,
  shop: Shop,
  { message, mailer }: Letter,
  subject: string,
  delivery: Delivery,
  now: Temporal.Instant,
): Promise<void> {
  const tries = message.tries + 1
  const { status, nextTryAt } = outcomeOf(message, delivery, tries, now)
  await together([
    run(
      tx,
      sql`update messages set status = ${status}, subject = ${subject}, transport = ${mailer.name}, answer = ${delivery.detail.slice(0, 500)}, tries = ${tries},
        next_try_at = ${nextTryAt}, accepted_at = ${status === 'sent' ? now : null}
      where business_id = current_business() and id = ${message.id}`,
    ),
    record(tx, shop, now, {
      type: status === 'sent' ? 'message.sent' : status === 'failed' ? 'message.failed' : 'message.delayed',
      subjectType: 'message',
      subjectId: message.id,
      customerId: message.customerId,
      data: deliveryData(message, delivery),
    }),
    status === 'sent' ? settle(tx, 'mail_failing', shop.businessId, 'system', now) : undefined,
  ])
  if (status === 'sent') return
  if (delivery.outcome === 'rejected' && message.customerId !== null)
    await run(
      tx,
      sql`update customers set mail_broken_at = coalesce(mail_broken_at, ${now}) where business_id = current_business() and id = ${message.customerId}`,
    )
  else if (delivery.outcome === 'auth_failed' || tries >= 3) {
    forgetAfter(tx, shop)
    await raise(
      tx,
      shop,
      {
        kind: 'mail_failing',
        subjectType: 'business',
        subjectId: shop.businessId,
        title: 'Mail does not leave',
        detail: delivery.detail,
        severity: 'bad',
      },
      now,
    )
  }
}

const retryAt = (now: Temporal.Instant, tries: number) => plusSeconds(now, [10, 60, 300, 900, 1800][tries - 1] ?? 3600)

function outcomeOf(
  message: Message,
  { outcome }: Delivery,
  tries: number,
  now: Temporal.Instant,
): { status: string; nextTryAt: Temporal.Instant | null } {
  const later = retryAt(now, tries)
  switch (outcome) {
    case 'accepted':
      return { status: 'sent', nextTryAt: null }
    case 'rejected':
      return { status: 'failed', nextTryAt: null }
    case 'ambiguous': // It may have arrived: only what may come twice goes again, under the same Message-ID.
      return message.repeatable && tries < mostTries
        ? { status: 'queued', nextTryAt: later }
        : { status: 'failed', nextTryAt: null }
    case 'auth_failed': // The settings are wrong: messages wait, with the alarm on, until somebody mends them.
      return { status: 'queued', nextTryAt: plusSeconds(now, 900) }
    case 'unavailable':
      return tries < mostTries || message.repeatable
        ? { status: 'queued', nextTryAt: later }
        : { status: 'failed', nextTryAt: null }
  }
}

/** No mail server: counted as not delivered, alarmed, and handed to staff to do by hand (S1-51, S1-78). */
async function notDelivered(tx: Tx, shop: Shop, message: Message, now: Temporal.Instant): Promise<void> {
  await end(tx, message, 'not_delivered', 'No mail server is set up.')
  if (message.kind === 'staff') return
  await raise(
    tx,
    shop,
    {
      kind: 'mail_missing',
      subjectType: 'business',
      subjectId: shop.businessId,
      title: 'Messages do not reach customers',
      detail: 'No mail server is set up. Each message becomes a task until one is.',
      severity: 'bad',
    },
    now,
  )
  await raise(
    tx,
    shop,
    {
      kind: 'message_by_hand',
      subjectType: 'message',
      subjectId: message.id,
      title: `Tell ${message.to}: ${definitions[message.template].title.toLowerCase()}`,
      detail: 'Write or call, then mark this as done.',
      severity: 'warn',
    },
    now,
  )
}

const end = (tx: Tx, message: Message, status: 'failed' | 'expired' | 'not_delivered', answer: string) =>
  run(
    tx,
    sql`update messages set status = ${status}, answer = ${answer}, next_try_at = null where business_id = current_business() and id = ${message.id}`,
  )
