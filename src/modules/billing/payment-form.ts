/**
 * Gateways whose page is entered by posting a form that is good for minutes only: the buyer is sent to an address of ours, which asks
 * for a fresh one each time and passes him on. The address names the attempt and says nothing to anybody else.
 */
import { z } from 'zod'
import { type Shop, transaction } from '#app.ts'
import { seal, unseal } from '#platform/crypto.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { isAfter } from '#platform/time.ts'
import { readCustomer } from '../people/customers.ts'
import { findGateway, openGateway } from './gateways.ts'
import { customerRefOf } from './payment-methods.ts'
import { findPayment } from './queries.ts'
import { isFinal } from './rules.ts'

const Visit = z.object({ payment: z.string(), returnUrl: z.string(), cancelUrl: z.string(), description: z.string() })
type Visit = z.infer<typeof Visit>

/** `form`: what the browser posts, and where. `over`: the attempt is not wanted any more, and he goes back there. */
export type PaymentForm =
  | { kind: 'form'; action: string; fields: Record<string, string> }
  | { kind: 'over'; backTo: string }

const placeOf = (shop: Shop) => `${shop.businessId}/payment-form`

export function formAddress(
  shop: Shop,
  payment: string,
  { returnUrl, cancelUrl, description }: Omit<Visit, 'payment'>,
) {
  const visit: Visit = { payment, returnUrl, cancelUrl, description }
  return `${shop.baseUrl}/pay/at/${seal(shop.dataKey, placeOf(shop), JSON.stringify(visit))}`
}

/** Throws `Refusal`: `not_found` for an address that we did not write, `gateway_failed` when the gateway gives no form. */
export async function openForm(shop: Shop, token: string): Promise<PaymentForm> {
  const visit = read(shop, token)
  const now = shop.now()
  const { payment, account, email, customerRef } = await transaction(shop, 'open-form', async (tx) => {
    const payment = await findPayment(tx, visit.payment)
    if (payment === null) throw new Refusal('not_found', 'This link is not valid any more.')
    const account = await findGateway(tx, payment.gatewayAccountId)
    const { email } = await readCustomer(tx, payment.customerId)
    const customerRef =
      payment.mandate === null ? null : await customerRefOf(tx, payment.customerId, payment.gatewayAccountId)
    return { payment, account, email, customerRef }
  })
  const expiresAt = payment.expiresAt ?? now
  const over = isFinal(payment.status) || payment.status === 'processing' || payment.supersededAt !== null
  if (over || account === null || !isAfter(expiresAt, now)) return { kind: 'over', backTo: visit.cancelUrl }
  const checkout = await openGateway(shop, account)
    .gateway.createCheckout({
      ourRef: payment.id,
      attempt: payment.attempt,
      amount: { minor: payment.amountMinor, currency: payment.currency },
      description: visit.description,
      customerEmail: email,
      returnUrl: visit.returnUrl,
      cancelUrl: visit.cancelUrl,
      expiresAt,
      saveFor: payment.mandate === null ? undefined : { customerId: payment.customerId, customerRef },
    })
    .catch((error: unknown) => {
      if (!(error instanceof ProviderError)) throw error
      shop.app.log.warn('a payment form could not be had', { gateway: account.id, payment: payment.id, error })
      throw new Refusal(
        'gateway_failed',
        `${account.name} does not answer at the moment. Nothing was charged. Please try again.`,
      )
    })
  if (checkout.kind !== 'form') return { kind: 'over', backTo: visit.cancelUrl }
  return checkout
}

function read(shop: Shop, token: string): Visit {
  try {
    return Visit.parse(JSON.parse(unseal(shop.dataKey, placeOf(shop), token)))
  } catch {
    throw new Refusal('not_found', 'This link is not valid any more.')
  }
}
