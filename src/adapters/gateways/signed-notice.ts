/** Notices signed as `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, with any number of `v1`: Stripe's form, and our sandbox's. */
import { equalSecrets, hmac } from '#platform/crypto.ts'
import { NoticeError } from './gateway.ts'

/** Seconds a notice may be old or, with a clock that runs ahead, young. Retries are signed anew, so nothing honest is older. */
const window = 300

/**
 * Returns when one signature fits one of the active secrets and its time is within the window; throws `NoticeError` otherwise.
 * The signature comes first: the time of an unsigned notice says nothing.
 */
export function checkSignature(
  body: Uint8Array,
  header: string | undefined,
  secrets: readonly string[],
  now: Temporal.Instant,
): void {
  if (secrets.length === 0) throw new NoticeError('cannot_verify_now', 'no signing secret is set for this account')
  if (header === undefined || header.length > 4_096)
    throw new NoticeError('forged', 'the signature header is missing or too long')

  const parts = header.split(',').map((part) => part.trim().split('='))
  const time = parts.find(([name]) => name === 't')?.[1] ?? ''
  const signatures = parts.flatMap(([name, value]) => (name === 'v1' && value ? [value] : [])).slice(0, 10)
  if (!/^\d{1,12}$/.test(time) || signatures.length === 0)
    throw new NoticeError('forged', 'the signature header cannot be read')

  const signed = Buffer.concat([Buffer.from(`${time}.`), body])
  const expected = secrets.map((secret) => hmac(secret, signed).toString('hex'))
  const fits = expected.some((each) => signatures.some((given) => equalSecrets(each, given)))
  if (!fits) throw new NoticeError('forged', 'no signature fits')

  const age = now.epochMilliseconds / 1000 - Number(time)
  if (Math.abs(age) > window)
    throw new NoticeError('stale', `signed ${Math.abs(Math.round(age))} s ${age > 0 ? 'ago' : 'in the future'}`)
}

/** One secret, or two while the old one is being replaced, separated by spaces, commas or lines. */
export const activeSecrets = (text: string | null | undefined): string[] =>
  (text ?? '').split(/[\s,]+/).filter((each) => each !== '')

/** Parses the verified bytes as JSON. */
export function noticeJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new NoticeError('forged', 'the signed body is not JSON')
  }
}
