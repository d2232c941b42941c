/** Notices, signed with the signature key as text, repeated until acknowledged. */
import { createHmac, randomUUID } from 'node:crypto'
import type { Deliver } from '../../kit/deliver.ts'
import type { Account, Transaction } from './account.ts'

export type Delivery = { id: string; body: string; type: string; tries: number; dueAt: string; flaw: 'tampered' | null }

export const noticeFaults = ['notice_duplicate', 'notice_reorder', 'notice_drop', 'notice_tamper'] as const

/** Amounts keep their decimals (`10.00`), as no JSON library would write them. */
export function emit(account: Account, eventType: string, made: Transaction): void {
  const { faults } = account.kit
  if (account.settings.webhookUrl === '' || faults.strikes('notice_drop', eventType)) return
  const body = `{"notificationId":"${randomUUID()}","eventType":"net.authorize.payment.${eventType}","eventDate":"${account.now()}","webhookId":"63d6fea2-aa13-4b1d-a204-f5fbc15942b7","payload":{"responseCode":${made.responseCode},"authCode":"8VTPDC","avsResponse":"Y","authAmount":${(made.amount / 100).toFixed(2)},"merchantReferenceId":"${made.refId}","entityName":"transaction","id":"${made.transId}"}}`
  const line = (flaw: Delivery['flaw']) => {
    const id = randomUUID()
    account.deliveries.put(id, { id, body, type: eventType, tries: 0, dueAt: account.now().toString(), flaw })
  }
  if (faults.strikes('notice_tamper', eventType)) line('tampered')
  line(null)
  if (faults.strikes('notice_duplicate', eventType)) for (let copy = 0; copy < 4; copy += 1) line(null)
}

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
  const { signatureKey, webhookUrl, retryWaitsSeconds } = account.settings
  const mac = createHmac('sha512', signatureKey).update(delivery.body).digest('hex').toUpperCase()
  const body = delivery.flaw ? delivery.body.replace('"responseCode":', '"responseCode": ') : delivery.body
  const headers = { 'content-type': 'application/json', 'x-anet-signature': `sha512=${mac}` }
  const status = await deliver(webhookUrl, body, headers).catch(() => 0)
  const acknowledged = status >= 200 && status < 300
  account.kit.did('notice_sent', { type: delivery.type, status, flaw: delivery.flaw ?? '' })
  const wait = retryWaitsSeconds[delivery.tries]
  if (acknowledged || delivery.flaw || wait === undefined) return void account.deliveries.delete(delivery.id)
  const dueAt = account.now().add({ seconds: wait }).toString()
  account.deliveries.put(delivery.id, { ...delivery, tries: delivery.tries + 1, dueAt })
}
