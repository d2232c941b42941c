/**
 * The invoice number under which a payment is found: of an open page Authorize.Net itself knows nothing, so it carries what must be known
 * of one. Twenty characters are all there is: `LK`, the minute in which the page is over, the amount, and a mark of our own reference.
 */
import { sha256 } from '#platform/crypto.ts'

export type Reference = { over: Temporal.Instant; minor: bigint; mark: string }

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 2020-01-01, in minutes; five digits reach to 2083. */
const epoch = 26_297_280

export function writeReference(ourRef: string, attempt: number, minor: bigint, over: Temporal.Instant): string {
  const minute = BigInt(Math.ceil(over.epochMilliseconds / 60_000) - epoch)
  return `LK${base32(minute, 5)}${base32(minor, 8)}${markOf(ourRef, attempt)}`
}

/** Null for what is none. */
export function readReference(text: string): Reference | null {
  if (!/^LK[0-9A-HJKMNP-TV-Z]{18}$/.test(text)) return null
  const minute = Number(number(text.slice(2, 7))) + epoch
  return {
    over: Temporal.Instant.fromEpochMilliseconds(minute * 60_000),
    minor: number(text.slice(7, 15)),
    mark: text.slice(15),
  }
}

/** One in thirty million others has the same; what is found by it is asked for its full name. */
export const markOf = (ourRef: string, attempt: number): string =>
  base32(BigInt(`0x${sha256(`${ourRef}:${attempt}`).toString('hex').slice(0, 8)}`) >> 7n, 5)

function base32(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest >>= 5n) text = digits.charAt(Number(rest & 31n)) + text
  return text
}

const number = (text: string): bigint => [...text].reduce((sum, each) => (sum << 5n) | BigInt(digits.indexOf(each)), 0n)
