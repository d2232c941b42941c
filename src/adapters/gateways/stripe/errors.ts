/** What went wrong at Stripe, in our four kinds; and what a declined card means. */
import Stripe from 'stripe'
import { ProviderError } from '#platform/errors.ts'
import { redactBody } from '#platform/http-out.ts'
import { declineClassOf, failureOf } from '../declines.ts'
import type { DeclineClass, Failure } from '../gateway.ts'

/** `writes`: whether the call may have changed something; an answer that says nothing is then `ambiguous`. */
export function providerErrorOf(cause: unknown, writes: boolean, secrets: readonly string[]): ProviderError {
  if (cause instanceof ProviderError) return cause
  const transport = transportOf(cause)
  if (transport) return again(transport, transport.kind === 'ambiguous' && !writes ? 'unavailable' : transport.kind)

  const error = cause instanceof Stripe.errors.StripeError ? cause : null
  const request = error?.requestId ? ` (request ${error.requestId})` : ''
  const message = redactBody(`${error?.message || 'the answer could not be read'}${request}`, secrets)
  const retryAfter = Number(error?.headers?.['retry-after'])
  return new ProviderError('stripe', kindOf(error, writes), message, {
    code: codeOf(error),
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
    cause,
  })
}

function kindOf(error: InstanceType<typeof Stripe.errors.StripeError> | null, writes: boolean): ProviderError['kind'] {
  switch (error?.type) {
    case 'StripeAuthenticationError':
    case 'StripePermissionError':
      return 'auth_failed'
    case 'StripeRateLimitError':
      return 'unavailable'
    // The same key with other words: the first request was carried out, and must be looked up.
    case 'StripeIdempotencyError':
      return writes ? 'ambiguous' : 'unavailable'
    case 'StripeCardError':
    case 'StripeInvalidRequestError':
      return 'rejected'
    default:
      return writes ? 'ambiguous' : 'unavailable'
  }
}

function codeOf(error: InstanceType<typeof Stripe.errors.StripeError> | null): string {
  if (!error) return 'unexpected_answer'
  if (error.code === 'resource_missing') return 'not_found'
  return error.decline_code || error.code || error.rawType || 'unexpected_answer'
}

/** The SDK wraps what our way out threw: connection error, then `TypeError`, then the `ProviderError` that knows what was sent. */
function transportOf(cause: unknown): ProviderError | null {
  let each: unknown = cause
  for (let depth = 0; depth < 5 && typeof each === 'object' && each !== null; depth += 1) {
    if (each instanceof ProviderError) return each
    each =
      ('detail' in each && typeof each.detail === 'object' ? each.detail : undefined) ??
      ('cause' in each ? each.cause : null)
  }
  return null
}

const again = (error: ProviderError, kind: ProviderError['kind']) =>
  new ProviderError('stripe', kind, error.message, { code: error.code, cause: error.cause })

export type PaymentError = {
  code?: string | null | undefined
  decline_code?: string | null | undefined
  advice_code?: string | null | undefined
  network_advice_code?: string | null | undefined
}

/** A decline code as narrow as Stripe gives it; the network's advice sharpens what the code leaves open. */
export function stripeFailure(error: PaymentError): Failure {
  const code = error.decline_code || error.code || 'unknown'
  const byCode = declineClassOf(code)
  return failureOf(isOpen(byCode) ? (advised(error) ?? byCode) : byCode, code)
}

const isOpen = (kind: DeclineClass): boolean => kind === 'unknown' || kind === 'soft_issuer' || kind === 'soft_funds'

function advised({ advice_code: advice, network_advice_code: network }: PaymentError): DeclineClass | null {
  if (advice === 'do_not_try_again' || network === '03' || network === '21') return 'hard_blocked'
  if (advice === 'confirm_card_data' || network === '01') return 'method_invalid'
  return null
}
