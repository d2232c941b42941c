/** Ways of paying with nobody to ask: what is known of a payment travels in its `remoteRef`, until staff say that the money is here. */
import { ProviderError } from '#platform/errors.ts'
import { type Money, money, zero } from '#platform/money.ts'
import type { Gateway, GatewayContext, PaymentSnapshot, PaymentStatus } from './gateway.ts'

/** `pay_…:1099:EUR`. */
export const remoteRefOf = (ourRef: string, amount: Money): string => `${ourRef}:${amount.minor}:${amount.currency}`

/** What such a gateway answers about its payments. `noun`: `transfer`, for staff. */
export function staffConfirmed(
  kind: string,
  noun: string,
  { livemode }: Pick<GatewayContext, 'livemode'>,
): Required<Pick<Gateway, 'fetchPayment' | 'findByReference' | 'cancel'>> {
  const snapshot = (remoteRef: string, status: PaymentStatus): PaymentSnapshot => {
    const [, ourRef = '', minor = '', currency = ''] = /^([A-Za-z0-9_]+):(\d{1,18}):([A-Z]{3})$/.exec(remoteRef) ?? []
    if (ourRef === '') throw new ProviderError(kind, 'rejected', `no ${noun} ${remoteRef}`, { code: 'not_found' })
    return {
      remoteRef,
      ourRef,
      status,
      requested: money(BigInt(minor), currency),
      received: zero(currency),
      captureId: null,
      livemode,
      failure: null,
      refunds: [],
      method: null,
      saved: null,
    }
  }
  return {
    fetchPayment: async (remoteRef) => snapshot(remoteRef, 'requires_action'),
    findByReference: async () => [],
    cancel: async (remoteRef) => snapshot(remoteRef, 'canceled'),
  }
}
