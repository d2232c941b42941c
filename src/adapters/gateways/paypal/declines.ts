/** What PayPal's issues and processor codes say about a payment that did not come. */
import { ProviderError } from '#platform/errors.ts'
import { failureOf } from '../declines.ts'
import type { DeclineClass, Failure } from '../gateway.ts'

const classes: Readonly<Record<string, DeclineClass>> = {
  INSTRUMENT_DECLINED: 'soft_funds',
  TRANSACTION_REFUSED: 'soft_issuer',
  PAYER_CANNOT_PAY: 'soft_issuer',
  MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED: 'soft_issuer',
  PAYER_ACTION_REQUIRED: 'needs_authentication',
  REFERENCED_CARD_EXPIRED: 'method_invalid',
  CARD_EXPIRED: 'method_invalid',
  PAYER_ACCOUNT_RESTRICTED: 'hard_blocked',
  PAYER_ACCOUNT_LOCKED_OR_CLOSED: 'hard_blocked',
  COMPLIANCE_VIOLATION: 'fraud',
  PAYEE_BLOCKED_TRANSACTION: 'fraud',
  NOT_ENABLED_FOR_CARD_PROCESSING: 'configuration',
  NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE: 'configuration',
  PAYEE_ACCOUNT_RESTRICTED: 'configuration',
  PAYEE_ACCOUNT_LOCKED_OR_CLOSED: 'configuration',
  CURRENCY_NOT_SUPPORTED_FOR_RECEIVER: 'configuration',
}

/** The method is not kept any more, or the payer withdrew what he had agreed to. */
const gone = new Set(['TOKEN_ID_NOT_FOUND', 'AGREEMENT_ALREADY_CANCELLED', 'PAYMENT_TOKEN_NOT_FOUND'])

export const isMethodGone = (error: unknown): boolean => error instanceof ProviderError && gone.has(error.code)

/** Null for a refusal that is no decline: a mistake in what we asked. */
export const declineOf = (error: ProviderError): Failure | null => {
  const found = error.kind === 'rejected' ? classes[error.code] : undefined
  return found === undefined ? null : failureOf(found, error.code)
}

/** A capture that was made and declined, or failed. */
export const captureFailure = (reason: string | null): Failure => failureOf('soft_issuer', reason ?? 'capture_declined')
