/**
 * The three ways in which something fails (house, section "Errors"). An ordinary outcome (a declined card, a line that
 * already is as wanted) is a value, never one of these.
 */

import { withoutCardData } from './card-data.ts'

/** One field of a refused input: `pointer` is an RFC 6901 JSON pointer (`/email`), `detail` a sentence for people. */
export type FieldError = { pointer: string; code: string; detail: string }

/** The caller can do something about it. `code` is stable and has a page in `docs/errors.md`. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly fields: readonly FieldError[]

  constructor(code: RefusalCode, message: string, fields: readonly FieldError[] = []) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.fields = fields
  }
}

/**
 * How another machine failed. `rejected`: it understood and refused, asking again is no use. `auth_failed`: our key or
 * address is not accepted, stop its queue. `unavailable`: surely nothing happened, retry later. `ambiguous`: it may have
 * happened, look before doing it again.
 */
export type ProviderErrorKind = 'rejected' | 'auth_failed' | 'unavailable' | 'ambiguous'

/** Another machine failed. `message` is for the log and for staff, already free of secrets, and without card numbers in any case; `code` is the provider-neutral reason. */
export class ProviderError extends Error {
  readonly provider: string
  readonly kind: ProviderErrorKind
  readonly code: string
  readonly retryAfterSeconds: number | undefined

  constructor(
    provider: string,
    kind: ProviderErrorKind,
    message: string,
    more: { code?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(withoutCardData(message), more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'ProviderError'
    this.provider = provider
    this.kind = kind
    this.code = more.code ?? kind
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

/** Configuration that cannot work: printed as one sentence, exit code 1, no stack. */
export class StartError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartError'
  }
}

/** A bug: the caller's transaction aborts, the job is parked for a person, the rest goes on. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

/** Every code a caller may see, with its HTTP status and title. The page per code is `docs/errors.md`; a test compares the two. */
export const refusals = {
  bad_request: { status: 400, title: 'The request could not be read' },
  unauthenticated: { status: 401, title: 'Not signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'The state has changed' },
  in_progress: { status: 409, title: 'The same request is still running' },
  already_settled: { status: 409, title: 'Already settled' },
  insufficient_credits: { status: 409, title: 'Not enough credits' },
  not_sellable: { status: 409, title: 'This plan cannot be sold now' },
  customer_frozen: { status: 409, title: 'Nothing can be bought while a payment is disputed' },
  trial_refused: { status: 409, title: 'No further trial' },
  username_taken: { status: 409, title: 'The user name is taken' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not accepted' },
  invalid_input: { status: 422, title: 'Some fields are not valid' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used for another request' },
  idempotency_key_required: { status: 428, title: 'An Idempotency-Key header is required' },
  recent_sign_in_required: { status: 403, title: 'Please sign in again to do this' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  gateway_failed: { status: 502, title: 'The payment provider did not answer as expected' },
  panel_failed: { status: 502, title: 'The panel did not answer as expected' },
  unavailable: { status: 503, title: 'Not available now; nothing was done' },
  outcome_unknown: { status: 504, title: 'The outcome is not known yet' },
} as const satisfies Record<string, { status: number; title: string }>

export type RefusalCode = keyof typeof refusals
