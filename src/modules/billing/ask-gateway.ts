/** One question to the gateway about one attempt, and what a charge's refusals mean. */

import { failureOf } from '#adapters/gateways/declines.ts'
import type { Failure, Gateway, PaymentSnapshot } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { ProviderError } from '#platform/errors.ts'
import { isBefore, plusHours } from '#platform/time.ts'
import { descriptionOf, whyNotCharged } from './charge-facts.ts'
import type { OpenGateway } from './gateways.ts'
import { findMethod } from './payment-methods.ts'
import { findInvoice, type Payment } from './queries.ts'

/** `refused`: the gateway did not even try; surely no money moved. Null: it knows nothing of the attempt. */
export type Answer = { snapshot: PaymentSnapshot } | { refused: Failure } | null

/** How long a gateway remembers that two requests are one (Stripe: 24 hours). */
const keyHours = 23

/** What became of an attempt. A charge of which the gateway knows nothing is asked for again under the same reference: it is one charge. */
export async function askGateway(
  shop: Shop,
  { gateway, kind }: Pick<OpenGateway, 'gateway' | 'kind'>,
  payment: Payment,
  now: Temporal.Instant,
): Promise<Answer> {
  if (payment.remoteRef !== null) return askAbout(gateway, kind.capabilities.findsUnpaid, payment.remoteRef, payment)
  const found = pick(await gateway.findByReference(payment.id))
  if (payment.methodId === null) return found === null ? null : { snapshot: found }
  // Made, and never carried out: we fell between the two.
  const unfinished = found === null || found.status === 'requires_action'
  if (!unfinished) return { snapshot: found }
  if (isBefore(now, plusHours(payment.createdAt, keyHours))) return chargeAgain(shop, gateway, payment)
  if (found === null) return null
  const closed = await gateway.cancel?.(found.remoteRef)
  return { snapshot: closed ?? found }
}

/** Where pages that nobody paid are forgotten, one of which nothing is known any more was not paid. */
async function askAbout(
  gateway: Gateway,
  findsUnpaid: boolean,
  remoteRef: string,
  { status }: Payment,
): Promise<Answer> {
  try {
    return { snapshot: await gateway.fetchPayment(remoteRef) }
  } catch (error) {
    const forgotten = error instanceof ProviderError && error.code === 'not_found' && status !== 'processing'
    if (findsUnpaid || !forgotten) throw error
    return null
  }
}

/** The attempt whose answer was lost may exist several times at the gateway; the one with money counts. */
const pick = (found: PaymentSnapshot[]): PaymentSnapshot | null =>
  found.find((each) => each.status === 'succeeded') ?? found[0] ?? null

/** Only while it is still wanted: the invoice may have been paid by hand, the method removed meanwhile. */
async function chargeAgain(shop: Shop, gateway: Gateway, payment: Payment): Promise<Answer> {
  const facts = await transaction(shop, 'read-charge', async (tx) => {
    const invoice = await findInvoice(tx, payment.invoiceId)
    const method = await findMethod(tx, payment.methodId ?? '')
    const open = invoice?.status === 'open' || invoice?.status === 'draft'
    const wanted = open && (await whyNotCharged(tx, payment.invoiceId)) === null
    return wanted && method?.status === 'active'
      ? { method, description: await descriptionOf(tx, payment.invoiceId) }
      : null
  })
  if (facts === null || gateway.chargeSaved === undefined) return null
  const { method, description } = facts
  const amount = { minor: payment.amountMinor, currency: payment.currency }
  try {
    crashPoint('gateway-chargeSaved:before')
    const snapshot = await gateway.chargeSaved({ ourRef: payment.id, amount, description, method })
    crashPoint('gateway-chargeSaved:after')
    return { snapshot }
  } catch (error) {
    const refused = refusalOf(error)
    if (refused === null) throw error
    return { refused }
  }
}

/** The first call of a charge. A gateway that was surely not reached is a technical decline, so that the customer can pay otherwise. */
export async function charge(shop: Shop, gateway: Gateway, payment: Payment): Promise<Answer> {
  try {
    const answer = await chargeAgain(shop, gateway, payment)
    return answer ?? { refused: failureOf('soft_technical', 'not_wanted_any_more') } // It was not asked at all.
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'unavailable')
      return { refused: failureOf('soft_technical', error.code) }
    throw error
  }
}

function refusalOf(error: unknown): Failure | null {
  if (!(error instanceof ProviderError)) return null
  if (error.kind === 'rejected')
    return failureOf(error.code === 'method_gone' ? 'mandate_gone' : 'configuration', error.code)
  return error.kind === 'auth_failed' ? failureOf('configuration', error.code) : null
}
