/** Customer profiles: where Authorize.Net keeps cards for us. */
import { z } from 'zod'
import { sha256 } from '#platform/crypto.ts'
import { ProviderError } from '#platform/errors.ts'
import type { CheckoutRequest, SavedMethod } from '../gateway.ts'
import type { Call } from './call.ts'
import type { Transaction } from './transactions.ts'

const Made = z.object({ customerProfileId: z.string() })
const Kept = z.object({
  paymentProfile: z.object({
    payment: z.object({
      creditCard: z
        .object({ cardNumber: z.string(), expirationDate: z.string(), cardType: z.string().nullish() })
        .nullish(),
    }),
  }),
})

/** The buyer's profile, made with his first card. One that was made before, when its answer was lost, is named by the refusal. */
export async function profileFor(call: Call, { customerEmail, saveFor }: CheckoutRequest): Promise<string | null> {
  if (!saveFor) return null
  if (saveFor.customerRef) return saveFor.customerRef
  const merchantCustomerId = sha256(saveFor.customerId).toString('hex').slice(0, 20)
  const profile = { merchantCustomerId, ...(customerEmail === '' ? {} : { email: customerEmail }) }
  try {
    return (await call('createCustomerProfileRequest', { profile }, Made, { writes: true })).customerProfileId
  } catch (error) {
    const known = error instanceof ProviderError && error.code === 'E00039' ? /ID (\d+)/.exec(error.message)?.[1] : null
    if (known) return known
    throw error
  }
}

/** What was kept with a payment. Authorize.Net gives a card no name of its own: what it shows of one tells two apart well enough to count. */
export async function savedWith(call: Call, { profile }: Transaction): Promise<SavedMethod | null> {
  if (!profile) return null
  const { customerProfileId, customerPaymentProfileId } = profile
  const asked = { customerProfileId, customerPaymentProfileId, unmaskExpirationDate: true }
  const { payment } = (await call('getCustomerPaymentProfileRequest', asked, Kept)).paymentProfile
  const card = payment.creditCard
  const [, year, month] = /^(\d{4})-(\d{2})$/.exec(card?.expirationDate ?? '') ?? []
  const shown = `${customerProfileId}/${card?.cardType}/${card?.cardNumber}/${card?.expirationDate}`
  return {
    customerRef: customerProfileId,
    methodRef: customerPaymentProfileId,
    kind: 'card',
    brand: card?.cardType ?? null,
    last4: card?.cardNumber.slice(-4) ?? null,
    expires: year && month ? { month: Number(month), year: Number(year) } : null,
    fingerprint: card ? sha256(shown).toString('hex').slice(0, 24) : null,
  }
}
