/** A mandate without a payment: a first payment of nothing, which Mollie takes by card and by PayPal. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { toDecimal, zero } from '#platform/money.ts'
import type { PaymentStatus, SetupRequest, SetupSnapshot } from '../gateway.ts'
import type { Call } from '../json-api.ts'
import { type Mandate, MolliePayment, savedOf, setupKey, setupRefOf, snapshotOf } from './snapshot.ts'

/** https://docs.mollie.com/docs/recurring-payments: of all methods only these know a first payment of 0.00. */
const withoutPayment = ['creditcard', 'paypal']

const Methods = z.object({ _embedded: z.object({ methods: z.array(z.object({ id: z.string() })) }) })

/** `hook`: where notices go. One that the profile has not switched on would be refused, so it is asked which it has. */
export async function startSetup(
  call: Call,
  request: SetupRequest,
  { customerId, hook }: { customerId: string; hook: { webhookUrl?: string } },
): Promise<{ remoteRef: string; url: string }> {
  const { ourRef, currency, returnUrl, cancelUrl } = request
  const { _embedded } = await call({ method: 'GET', path: '/v2/methods?sequenceType=first' }, Methods)
  const method = _embedded.methods.map(({ id }) => id).filter((id) => withoutPayment.includes(id))
  if (method.length === 0)
    throw new ProviderError('mollie', 'rejected', 'Neither cards nor PayPal are switched on in this profile.', {
      code: 'no_method',
    })
  const json = {
    amount: { currency, value: toDecimal(zero(currency)) },
    description: 'Payment method',
    metadata: { [setupKey]: ourRef },
    sequenceType: 'first',
    method,
    customerId,
    redirectUrl: returnUrl,
    cancelUrl,
    ...hook,
  }
  const headers = { 'idempotency-key': ourRef }
  const payment = await call({ method: 'POST', path: '/v2/payments', json, headers }, MolliePayment)
  const url = payment._links.checkout?.href
  if (!url) throw new ProviderError('mollie', 'ambiguous', 'the payment has no page', { code: 'unexpected_answer' })
  return { remoteRef: payment.id, url }
}

const ends: Partial<Record<PaymentStatus, SetupSnapshot['status']>> = {
  requires_action: 'requires_action',
  failed: 'canceled',
  canceled: 'canceled',
  expired: 'expired',
}

/** A card that was refused is the end of its page; what was kept of a payment that is paid shows with its mandate. */
export function snapshotOfSetup(payment: MolliePayment, mandate: Mandate | null): SetupSnapshot {
  const { status, failure, livemode } = snapshotOf(payment, null)
  const saved = mandate?.status === 'valid' && payment.customerId ? savedOf(mandate, payment.customerId) : null
  return {
    remoteRef: payment.id,
    ourRef: setupRefOf(payment),
    status: saved === null ? (ends[status] ?? 'processing') : 'succeeded',
    livemode,
    failure,
    saved,
  }
}
