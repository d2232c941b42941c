/**
 * What a person confirmed is what happens: a preview carries the instant it was counted at and a print of its facts. The act counts
 * again at that instant; other facts make another print.
 */
import { sha256 } from '#platform/crypto.ts'
import { Refusal } from '#platform/errors.ts'
import { isAfter, plusHours } from '#platform/time.ts'

/** Half an hour to think: amounts hardly move, and nobody can take an old price out of a drawer. */
const validHours = 0.5

export function fingerprintOf(asOf: Temporal.Instant, facts: Record<string, unknown>): string {
  const text = JSON.stringify(facts, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  return `${asOf.epochMilliseconds}.${sha256(text).toString('base64url').slice(0, 22)}`
}

/** The instant of a preview. Throws `conflict` when it is too old to be confirmed, or none of ours. */
export function instantOfPreview(fingerprint: string, now: Temporal.Instant): Temporal.Instant {
  const [, digits] = /^(\d{1,15})\.[\w-]{22}$/.exec(fingerprint) ?? []
  if (digits === undefined) throw outdated('This is not the mark of a preview.')
  const asOf = Temporal.Instant.fromEpochMilliseconds(Number(digits))
  if (isAfter(asOf, now) || isAfter(now, plusHours(asOf, validHours)))
    throw outdated('It was shown more than half an hour ago.')
  return asOf
}

/** `sentence` says what it would be now. */
export const outdated = (sentence: string): Refusal =>
  new Refusal('conflict', 'What was shown has changed meanwhile, so nothing was done. Please look again and confirm.', [
    { pointer: '/fingerprint', code: 'outdated', detail: sentence },
  ])
