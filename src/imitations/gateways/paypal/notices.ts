/**
 * Webhook events and their delivery: signed once, repeated as they were until acknowledged, in no promised order. Faults add copies,
 * forged copies and delays but never take the genuine notice away, `notice_drop` aside.
 */
import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Deliver } from '../../kit/deliver.ts'
import type { Account, Event } from './account.ts'

export type Delivery = {
  id: string
  event: string
  /** Given once, with the first try. */
  transmission: string
  sentAt: string
  tries: number
  dueAt: string
  flaw: 'tampered' | 'copy' | null
}

export const noticeFaults = [
  'notice_duplicate',
  'notice_reorder',
  'notice_delay',
  'notice_drop',
  'notice_tamper',
] as const

export function emit(account: Account, type: string, resourceType: string, resource: object): Event {
  const id = `WH-${account.newId()}-${account.newId()}`
  const at = account.now().round('second').toString()
  const links = [{ href: `${account.publicUrl()}/v1/notifications/webhooks-events/${id}`, rel: 'self', method: 'GET' }]
  const body = {
    id,
    event_version: '1.0',
    create_time: at,
    resource_type: resourceType,
    resource_version: '2.0',
    event_type: type,
    summary: type.toLowerCase().replace(/[._]/g, ' '),
    resource,
    links,
  }
  const event: Event = { id, type, body, at }
  account.events.put(id, event)
  const { faults } = account.kit
  if (account.settings.webhookUrl === '' || faults.strikes('notice_drop', type)) return event
  const delay = faults.take(type, (name) => name === 'notice_delay')
  const dueAt = account.now().add({ milliseconds: delay?.ms ?? 0 })
  if (faults.strikes('notice_tamper', type)) queue(account, event, dueAt, 'tampered')
  queue(account, event, dueAt, null)
  if (faults.strikes('notice_duplicate', type))
    for (let copy = 1; copy < account.settings.duplicates; copy += 1) queue(account, event, dueAt, 'copy')
  return event
}

/** Sends an event again, as `POST /v1/notifications/webhooks-events/{id}/resend` does. */
export const resend = (account: Account, event: Event): void => queue(account, event, account.now(), null)

function queue(account: Account, event: Event, dueAt: Temporal.Instant, flaw: Delivery['flaw']): void {
  const id = randomUUID()
  account.deliveries.put(id, {
    id,
    event: event.id,
    transmission: randomUUID(),
    sentAt: dueAt.round('second').toString(),
    tries: 0,
    dueAt: dueAt.toString(),
    flaw,
  })
}

/** Sends everything that is due and answers how many notices left. What is not acknowledged stays queued. */
export async function sendDue(account: Account, deliver: Deliver): Promise<number> {
  const now = account.now()
  const due = [...account.deliveries.values()].filter(({ dueAt }) => Temporal.Instant.compare(dueAt, now) <= 0)
  if (due.length === 0) return 0
  await account.kit.store.flush() // A notice never tells of something that a killed process would have forgotten.
  if (due.length > 1 && account.kit.faults.strikes('notice_reorder', 'notice')) due.reverse()
  for (const each of due) await send(account, each, deliver)
  return due.length
}

async function send(account: Account, delivery: Delivery, deliver: Deliver): Promise<void> {
  const event = account.events.get(delivery.event)
  if (!event) return void account.deliveries.delete(delivery.id)
  const body = JSON.stringify(event.body)
  const { webhookId, webhookUrl, retryWaitsSeconds } = account.settings
  const text = `${delivery.transmission}|${delivery.sentAt}|${webhookId}|${crc32(body)}`
  const sent = delivery.flaw === 'tampered' ? body.replace('"event_version":"1.0"', '"event_version":"1.1"') : body
  const status = await deliver(webhookUrl, sent, {
    'content-type': 'application/json',
    'paypal-transmission-id': delivery.transmission,
    'paypal-transmission-time': delivery.sentAt,
    'paypal-transmission-sig': account.signer.sign(text),
    'paypal-cert-url': `${account.publicUrl()}/v1/notifications/certs/${account.signer.name}`,
    'paypal-auth-algo': 'SHA256withRSA',
    'user-agent': 'PayPal/AUHD-214.0-58843437',
  }).catch(() => 0)
  account.kit.did('notice_sent', { event: event.id, type: event.type, status, flaw: delivery.flaw ?? '' })
  const wait = retryWaitsSeconds[delivery.tries]
  const acknowledged = status >= 200 && status < 300
  if (acknowledged || delivery.flaw !== null || wait === undefined) return void account.deliveries.delete(delivery.id)
  const dueAt = account.now().add({ seconds: wait }).toString()
  account.deliveries.put(delivery.id, { ...delivery, tries: delivery.tries + 1, dueAt })
}
