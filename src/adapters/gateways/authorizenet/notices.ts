/** Authorize.Net's notices: HMAC-SHA512 over the raw bytes, with the signature key as the text that it is. They carry no signed time. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { checkBodySignature } from '../body-signature.ts'
import { type Hint, NoticeError, type RawNotice, type VerifiedNotice } from '../gateway.ts'
import { noticeJson } from '../signed-notice.ts'
import { isReference } from './transactions.ts'

/** Throws `NoticeError`. The body must be as it came: `10.00` written anew is `10`, and fits no more. */
export function checkNotice({ body, headers }: RawNotice, keys: readonly string[]): void {
  const given = /^sha512=([0-9a-f]{128})$/i.exec(headers['x-anet-signature'] ?? '')?.[1]
  checkBodySignature('sha512', body, given, keys)
}

const Event = z.object({
  notificationId: z.string().min(1).max(100),
  eventType: z.string(),
  eventDate: z.string(),
  payload: z.object({
    entityName: z.string().nullish(),
    id: z.string().nullish(),
    invoiceNumber: z.string().nullish(),
    merchantReferenceId: z.string().nullish(),
  }),
})

/** `referenceOf` asks which payment a transaction belongs to, where the notice does not say. */
export async function readNotice(
  body: Uint8Array,
  referenceOf: (transId: string) => Promise<string | null>,
): Promise<VerifiedNotice> {
  const event = Event.safeParse(noticeJson(body)).data
  if (!event) throw new NoticeError('forged', 'the signed body is not an event')
  const { notificationId, eventType: type, eventDate, payload } = event
  return { dedupeKey: notificationId, eventType: type, occurredAt: instantOf(eventDate), hints: await hints() }

  async function hints(): Promise<Hint[]> {
    if (payload.entityName !== 'transaction' || !payload.id) return []
    const named = [payload.invoiceNumber, payload.merchantReferenceId].find(isReference)
    const remoteRef = named ?? (await referenceOf(payload.id).catch(notNow))
    const object = /\.(refund|void)\./.test(type) ? 'refund' : 'payment'
    return remoteRef ? [{ object, remoteRef, ourRef: null, type }] : []
  }
}

function notNow(error: unknown): null {
  if (!(error instanceof ProviderError)) throw error
  if (error.kind === 'rejected') return null
  throw new NoticeError('cannot_verify_now', `its transaction could not be asked for: ${error.message}`)
}

function instantOf(text: string): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text)
  } catch {
    return null
  }
}
