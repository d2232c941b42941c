/**
 * A wallet that is kept without a payment: a setup token that its owner approves on PayPal's page, and that we exchange for a payment token
 * then. PayPal tells nobody of the approval and has no place for a word of ours, so until when it counts stands in our name of it.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import type { SavedMethod, SetupRequest, SetupSnapshot } from '../gateway.ts'
import { isRejected } from '../json-api.ts'
import type { Call } from './call.ts'

const words = z.string().nullish()
const Owner = z.object({ id: z.string() })

const SetupToken = z.object({
  id: z.string(),
  status: z.string(),
  customer: Owner.nullish(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).nullish(),
})

const PaymentToken = z.object({
  id: z.string(),
  customer: Owner,
  payment_source: z.object({ paypal: z.object({ account_id: words, payer_id: words }) }),
})

export async function startSetup(call: Call, request: SetupRequest): Promise<{ remoteRef: string; url: string }> {
  const { ourRef, returnUrl, cancelUrl, expiresAt, saveFor } = request
  const json = {
    ...(saveFor.customerRef ? { customer: { id: saveFor.customerRef } } : {}),
    payment_source: {
      paypal: {
        usage_type: 'MERCHANT',
        // Two customers of a shop may share a wallet.
        permit_multiple_payment_tokens: true,
        experience_context: {
          return_url: returnUrl,
          cancel_url: cancelUrl,
          shipping_preference: 'NO_SHIPPING',
        },
      },
    },
  }
  const token = await call({ method: 'POST', path: '/v3/vault/setup-tokens', json, requestId: ourRef }, SetupToken)
  const url = token.links?.find(({ rel }) => rel === 'approve')?.href
  if (!url) throw new ProviderError('paypal', 'ambiguous', 'the setup token has no page', { code: 'unexpected_answer' })
  return { remoteRef: `till-${Math.floor(expiresAt.epochMilliseconds / 1000)}-${token.id}`, url }
}

type Context = { livemode: boolean; now: Temporal.Instant }

export async function fetchSetup(call: Call, remoteRef: string, { livemode, now }: Context): Promise<SetupSnapshot> {
  const [, till, id] = /^till-(\d{1,12})-([A-Za-z0-9_-]{1,36})$/.exec(remoteRef) ?? []
  if (id === undefined)
    throw new ProviderError('paypal', 'rejected', `no setup token ${remoteRef}`, { code: 'not_found' })
  const isOver = now.epochMilliseconds / 1000 > Number(till)
  const seen: SetupSnapshot = { remoteRef, ourRef: null, status: 'expired', livemode, failure: null, saved: null }
  const path = `/v3/vault/setup-tokens/${id}`
  const token = await call({ method: 'GET', path }, SetupToken).catch((error: unknown) => {
    if (isOver && isRejected(error, 'not_found')) return null // Forgotten there after three days.
    throw error
  })
  if (token === null) return seen
  // Exchanged before, and the answer was lost: asked again under the same id it is told again.
  const isKept = token.status === 'VAULTED' || token.status === 'TOKENIZED'
  const saved = isKept || (token.status === 'APPROVED' && !isOver) ? await exchange(call, id) : null
  if (saved !== null) return { ...seen, status: 'succeeded', saved }
  if (isOver) return seen
  // A word that we do not know is no success and no end.
  const waits = token.status === 'CREATED' || token.status === 'PAYER_ACTION_REQUIRED'
  return { ...seen, status: waits ? 'requires_action' : 'processing' }
}

/** Null: refused, since somebody exchanged it longer ago than PayPal remembers. What was kept so is charged by nobody. */
async function exchange(call: Call, id: string): Promise<SavedMethod | null> {
  const json = { payment_source: { token: { id, type: 'SETUP_TOKEN' } } }
  const token = await call(
    { method: 'POST', path: '/v3/vault/payment-tokens', json, requestId: `${id}:keep` },
    PaymentToken,
  ).catch((error: unknown) => {
    if (isRejected(error)) return null
    throw error
  })
  if (token === null) return null
  const { paypal } = token.payment_source
  return {
    customerRef: token.customer.id,
    methodRef: token.id,
    kind: 'paypal',
    brand: 'PayPal',
    last4: null,
    expires: null,
    fingerprint: paypal.account_id ?? paypal.payer_id ?? null,
  }
}
