/** A test mail on the real way: queued, rendered and handed to the transport like every other, and what the transport said. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Shop, transaction } from '#app.ts'
import { maybe, sql } from '#platform/db.ts'
import { assert, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { markMailTested } from './mail-settings.ts'
import { findMessage, type MessageRow } from './queries.ts'
import { queueMessage } from './queue-message.ts'
import { isTemplateKey } from './render/default-templates.ts'
import { sendMessage } from './send-message.ts'

export type TestSend = {
  to: string
  /** The text that is tried, with example values; by default the one that tests the mail settings, which then count as tested. */
  template?: string | undefined
  language?: string | undefined
}

/** `delivered` only when a transport accepted it; `detail` is what the transport said. */
export type TestResult = { messageId: string; delivered: boolean; status: MessageRow['status']; detail: string }

export async function sendTest(shop: Shop, { to, template = 'test_message', language }: TestSend): Promise<TestResult> {
  if (!isTemplateKey(template)) throw new Refusal('not_found', 'There is no such template.')
  const now = shop.now()
  const claim = `test/${newId('msg', shop.app.clock)}`
  const messageId = await transaction(shop, 'queue-test', async (tx) => {
    await queueMessage(
      tx,
      shop,
      {
        template,
        claim,
        to,
        language: language ?? shop.language,
        kind: 'staff',
        about: template === 'test_message' ? {} : { sample: 'yes' },
      },
      now,
    )
    const claimed = await maybe(
      tx,
      sql<{
        id: string
      }>`select message_id as id from message_claims where business_id = current_business() and claim = ${claim}`,
    )
    assert(claimed !== null, 'a test message was queued')
    return claimed.id
  })
  await sendMessage(shop, messageId)
  const message = await settled(shop, messageId)
  const delivered = message.status === 'sent'
  if (delivered && template === 'test_message')
    await transaction(shop, 'mail-tested', (tx) => markMailTested(tx, shop, now))
  return { messageId, delivered, status: message.status, detail: message.answer ?? '' }
}

const tries = 60
const pauseMs = 250

/** A worker may have taken the message before us: then it is sent there, and we wait for its answer, at most a quarter of a minute. */
async function settled(shop: Shop, messageId: string): Promise<MessageRow> {
  for (let left = tries; ; left--) {
    const message = await transaction(shop, 'read-message', (tx) => findMessage(tx, messageId))
    assert(message !== null, 'a queued message is on record')
    const waiting = message.status === 'sending' || (message.status === 'queued' && message.tries === 0)
    if (!waiting || left === 0) return message
    await wait(pauseMs)
  }
}
