/**
 * Events and their delivery. A delivery that was not acknowledged is repeated, each time signed anew with a new time; order
 * is not promised. Faults add copies, forged copies and delays but never take the genuine notice away, `notice_drop` aside.
 */
import { createHmac } from 'node:crypto'
import type { Deliver } from '../../kit/deliver.ts'
import type { Account } from './account.ts'
import { apiVersion, type Event, type WebhookEndpoint } from './objects.ts'

/** `flaw` marks the extra copies of a fault: sent once, never repeated. `dueAt` is Unix seconds. */
export type Delivery = {
  id: string
  event: string
  endpoint: string
  tries: number
  dueAt: number
  flaw: 'tampered' | 'stale' | 'copy' | null
}

export const noticeFaults = [
  'notice_duplicate',
  'notice_reorder',
  'notice_delay',
  'notice_drop',
  'notice_tamper',
  'notice_stale',
] as const

const staleSeconds = 3600
const sentAtOnce = 8

/** Records what happened and lines up a notice for every endpoint that asked for it. */
export function emit(account: Account, type: string, object: object): Event {
  const endpoints = [...account.endpoints.values()].filter((each) => wants(each, type))
  const event: Event = {
    id: account.newId('evt'),
    object: 'event',
    api_version: apiVersion,
    created: account.now(),
    data: { object },
    livemode: false,
    pending_webhooks: endpoints.length,
    request: { ...account.cause },
    type,
  }
  account.events.put(event.id, event)
  for (const endpoint of endpoints) lineUp(account, event, endpoint)
  return event
}

/** Sends an event again, to every endpoint, as often as asked: as a person does with the button in the dashboard. */
export function resend(account: Account, event: Event, copies: number): void {
  for (const endpoint of account.endpoints.values()) {
    for (let copy = 0; copy < copies; copy++) queue(account, event, endpoint, account.now(), copy === 0 ? null : 'copy')
  }
}

const wants = (endpoint: WebhookEndpoint, type: string) =>
  endpoint.status === 'enabled' && (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type))

function lineUp(account: Account, event: Event, endpoint: WebhookEndpoint): void {
  const { faults } = account.kit
  if (faults.strikes('notice_drop', event.type)) return

  const delay = faults.take(event.type, (name) => name === 'notice_delay')
  const dueAt = account.now() + Math.ceil((delay?.ms ?? 0) / 1000)
  if (faults.strikes('notice_tamper', event.type)) queue(account, event, endpoint, dueAt, 'tampered')
  if (faults.strikes('notice_stale', event.type)) queue(account, event, endpoint, dueAt, 'stale')
  queue(account, event, endpoint, dueAt, null)
  if (!faults.strikes('notice_duplicate', event.type)) return
  for (let copy = 1; copy < account.settings.duplicates; copy++) queue(account, event, endpoint, dueAt, 'copy')
}

function queue(account: Account, event: Event, endpoint: WebhookEndpoint, dueAt: number, flaw: Delivery['flaw']): void {
  const id = account.newId('wd')
  account.deliveries.put(id, { id, event: event.id, endpoint: endpoint.id, tries: 0, dueAt, flaw })
}

/**
 * Sends everything that is due, copies of one event at once, and answers how many notices left. What is not acknowledged stays
 * queued, and so does what a killed process was sending.
 */
export async function sendDue(account: Account, deliver: Deliver): Promise<number> {
  const now = account.now()
  const due = [...account.deliveries.values()].filter((each) => each.dueAt <= now)
  if (due.length === 0) return 0
  await account.kit.store.flush() // A notice never tells of something that a killed process would have forgotten.
  const reversed = due.length > 1 && account.kit.faults.strikes('notice_reorder', 'notice')
  const batches = reversed ? due.reverse().map((each) => [each]) : inBatches(due)
  for (const batch of batches) await Promise.all(batch.map((each) => send(account, each, deliver)))
  return due.length
}

/** Copies of one event stay together however many there are. */
function inBatches(due: Delivery[]): Delivery[][] {
  const batches: Delivery[][] = []
  for (const each of due) {
    const last = batches.at(-1)
    if (last && (last.length < sentAtOnce || last.at(-1)?.event === each.event)) last.push(each)
    else batches.push([each])
  }
  return batches
}

async function send(account: Account, delivery: Delivery, deliver: Deliver): Promise<void> {
  const endpoint = account.endpoints.get(delivery.endpoint)
  const event = account.events.get(delivery.event)
  const secret = account.settings.webhookSecrets.get(delivery.endpoint)
  if (!endpoint || !event || secret === undefined) {
    account.deliveries.delete(delivery.id)
    return
  }

  const { body, signature } = signed(event, secret, account.now(), delivery.flaw)
  const status = await deliver(endpoint.url, body, headers(signature)).catch(() => 0)
  account.kit.did('notice_sent', {
    event: event.id,
    type: event.type,
    endpoint: endpoint.id,
    status,
    flaw: delivery.flaw ?? '',
  })
  settle(account, delivery, event.id, status >= 200 && status < 300)
}

function signed(event: Event, secret: string, now: number, flaw: Delivery['flaw']) {
  const body = JSON.stringify(event, null, 2)
  const time = flaw === 'stale' ? now - staleSeconds : now
  const mac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return {
    body: flaw === 'tampered' ? body.replace(/"livemode": false/, '"livemode": true') : body,
    signature: `t=${time},v1=${mac}`,
  }
}

const headers = (signature: string) => ({
  'content-type': 'application/json; charset=utf-8',
  'stripe-signature': signature,
  'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
})

function settle(account: Account, delivery: Delivery, eventId: string, acknowledged: boolean): void {
  const wait = account.settings.retryWaitsSeconds[delivery.tries]
  if (!acknowledged && delivery.flaw === null && wait !== undefined) {
    account.deliveries.put(delivery.id, { ...delivery, tries: delivery.tries + 1, dueAt: account.now() + wait })
    return
  }
  account.deliveries.delete(delivery.id)
  const event = account.events.get(eventId)
  if (event && acknowledged && delivery.flaw === null && event.pending_webhooks > 0) {
    account.events.put(event.id, { ...event, pending_webhooks: event.pending_webhooks - 1 })
  }
}
