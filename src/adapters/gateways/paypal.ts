/**
 * PayPal: an order that the buyer approves on PayPal's page and that we capture then, whoever learns of the approval first: the buyer's
 * return, a notice, or our own question. An order is captured once, however often that is asked. `remoteRef` is the order, the money
 * the capture.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { type Money, zero } from '#platform/money.ts'
import type { CheckoutRequest, Gateway, GatewayKind, PaymentSnapshot } from './gateway.ts'
import { isRejected } from './json-api.ts'
import { paypalCurrencies, toPaypalAmount } from './paypal/amounts.ts'
import { caller } from './paypal/call.ts'
import { declineOf, isMethodGone } from './paypal/declines.ts'
import { Dispute, snapshotOfDispute } from './paypal/disputes.ts'
import { noticeVerifier } from './paypal/notices.ts'
import { findOrders, listMoney, listMoves, listPayouts, trySearch } from './paypal/search.ts'
import { activeWebhooks, isLive, PaypalSettings } from './paypal/settings.ts'
import { fetchSetup, startSetup } from './paypal/setups.ts'
import {
  canceledIdOf,
  customIdOf,
  mayBeCanceled,
  mayBeTaken,
  Order,
  ourRefOf,
  Refund,
  referenceOf,
  snapshotOf,
  snapshotOfRefund,
} from './paypal/snapshot.ts'

export const paypal: GatewayKind<PaypalSettings> = {
  kind: 'paypal',
  title: 'PayPal',
  settings: PaypalSettings,
  capabilities: {
    checkout: 'redirect',
    notices: true,
    refund: true,
    delayed: true,
    staffConfirms: false,
    savesMethods: true,
    savesWithoutPayment: true,
    findsUnpaid: false,
    testOnly: false,
    listsMoney: true,
    tellsFees: true,
    tellsPayouts: true,
  },
  currencies: paypalCurrencies,
  paymentPages: ['https://www.paypal.com', 'https://www.sandbox.paypal.com'],
  open(settings, context): Gateway {
    const call = caller(settings, context)
    const read = (id: string) => call({ method: 'GET', path: `/v2/checkout/orders/${id}` }, Order)
    const seen = (order: Order) => snapshotOf(order, { livemode: isLive(settings), now: context.now() })

    /** Takes what the buyer approved. Who else does so at the same moment does no harm: the order tells what became of it. */
    async function take({ id }: Order): Promise<PaymentSnapshot> {
      let refusal: ProviderError | null = null
      try {
        await call({ method: 'POST', path: `/v2/checkout/orders/${id}/capture` }, z.object({ id: z.string() }))
      } catch (error) {
        if (!isRejected(error)) throw error
        refusal = error
      }
      const order = await read(id)
      if (refusal === null || !mayBeTaken(order, context.now())) return seen(order)
      const failure = declineOf(refusal)
      return failure === null ? { ...seen(order), status: 'processing' } : { ...seen(order), status: 'failed', failure }
    }

    async function fetchPayment(remoteRef: string): Promise<PaymentSnapshot> {
      const order = await read(checkedId(remoteRef))
      return mayBeTaken(order, context.now()) ? take(order) : seen(order)
    }

    return {
      async checkConnection() {
        // What resolves a lost answer is asked for, too: an app without this permission is not ready for money.
        await trySearch(call, context.now()).catch((error: unknown) => {
          if (!(error instanceof ProviderError) || !searchRefused.has(error.code)) throw error
          throw new ProviderError(
            'paypal',
            'auth_failed',
            'Please allow “Transaction search” for this app at PayPal.',
            {
              code: 'permission_missing',
            },
          )
        })
        const webhook = z.object({ url: z.string() })
        for (const id of activeWebhooks(settings))
          await call({ method: 'GET', path: `/v1/notifications/webhooks/${encodeURIComponent(id)}` }, webhook)
        return {
          detail: `PayPal answers in ${isLive(settings) ? 'live' : 'test'} mode${activeWebhooks(settings).length > 0 ? ', and the webhook is there' : ''}.`,
          livemode: isLive(settings),
        }
      },

      async createCheckout(request) {
        const { ourRef, attempt, amount } = request
        const requestId = `${ourRef}:${attempt}:${amount.minor}:${amount.currency}`
        const json = {
          intent: 'CAPTURE',
          purchase_units: [{ ...unitOf(request), ...onStatement(settings) }],
          payment_source: { paypal: walletOf(request) },
        }
        const order = await call({ method: 'POST', path: '/v2/checkout/orders', json, requestId }, Order)
        const page = order.links?.find(({ rel }) => rel === 'payer-action' || rel === 'approve')?.href
        if (!page)
          throw new ProviderError('paypal', 'ambiguous', 'the order has no page', { code: 'unexpected_answer' })
        return { kind: 'redirect', remoteRef: order.id, url: page }
      },

      fetchPayment,

      async findByReference(ourRef) {
        const orders = await findOrders(call, ourRef, context.now())
        return Promise.all(orders.map(fetchPayment))
      },

      async cancel(remoteRef) {
        const order = await read(checkedId(remoteRef))
        if (mayBeTaken(order, context.now())) return take(order) // He has agreed already, and was told so.
        const ourRef = ourRefOf(order.purchase_units[0].custom_id)
        if (!mayBeCanceled(order) || ourRef === null) return seen(order)
        const path = `/purchase_units/@reference_id=='${order.purchase_units[0].reference_id ?? 'default'}'/custom_id`
        const json = [{ op: 'replace', path, value: canceledIdOf(ourRef) }]
        try {
          await call({ method: 'PATCH', path: `/v2/checkout/orders/${order.id}`, json }, z.unknown())
        } catch (error) {
          // It moved on in between: what it is now is the answer.
          if (!isRejected(error)) throw error
        }
        return seen(await read(order.id))
      },

      async refund({ ourRef, remoteRef, amount, reason }) {
        const { captureId, ourRef: payment } = await fetchPayment(remoteRef)
        if (captureId === null)
          throw new ProviderError('paypal', 'rejected', 'nothing was captured', { code: 'not_paid' })
        const json = {
          amount: toPaypalAmount(amount),
          custom_id: `${payment ?? ''}:${ourRef}`,
          invoice_id: ourRef,
          note_to_payer: reason.slice(0, 255),
        }
        const requestId = `${ourRef}:${amount.minor}:${amount.currency}`
        return snapshotOfRefund(
          await call({ method: 'POST', path: `/v2/payments/captures/${captureId}/refund`, json, requestId }, Refund),
        )
      },

      async chargeSaved(request) {
        const { ourRef, amount, description, method } = request
        const json = {
          intent: 'CAPTURE',
          purchase_units: [
            {
              custom_id: customIdOf(ourRef),
              invoice_id: ourRef,
              description: description.slice(0, 127) || 'Payment',
              amount: toPaypalAmount(amount),
              ...onStatement(settings),
            },
          ],
          payment_source: {
            paypal: {
              vault_id: method.methodRef,
              stored_credential: {
                payment_initiator: 'MERCHANT',
                usage: 'SUBSEQUENT',
                usage_pattern: 'RECURRING_PREPAID',
              },
            },
          },
        }
        const requestId = `${ourRef}:${amount.minor}:${amount.currency}:charge`
        try {
          const order = await call({ method: 'POST', path: '/v2/checkout/orders', json, requestId }, Order)
          return order.status === 'PAYER_ACTION_REQUIRED'
            ? declined(seen(order), 'PAYER_ACTION_REQUIRED')
            : mayBeTaken(order, context.now())
              ? take(order)
              : seen(order)
        } catch (error) {
          if (!isRejected(error)) throw error
          if (isMethodGone(error))
            throw new ProviderError('paypal', 'rejected', 'PayPal keeps this payment method no more', {
              code: 'method_gone',
            })
          // Paid under this very reference before, when the answer was lost and the request is remembered no more.
          if (error.code === 'DUPLICATE_INVOICE_ID')
            throw new ProviderError('paypal', 'ambiguous', error.message, { code: error.code })
          const failure = declineOf(error)
          if (failure === null) throw error
          return { ...never(request, isLive(settings)), failure }
        }
      },

      startSetup: (request) => startSetup(call, request),
      fetchSetup: (remoteRef) => fetchSetup(call, remoteRef, { livemode: isLive(settings), now: context.now() }),

      async forgetMethod({ methodRef }) {
        const path = `/v3/vault/payment-tokens/${encodeURIComponent(methodRef)}`
        await call({ method: 'DELETE', path }, z.unknown()).catch((error: unknown) => {
          if (!isRejected(error, 'not_found')) throw error
        })
      },

      async fetchDispute(ref) {
        const path = `/v1/customer/disputes/${encodeURIComponent(ref)}`
        return snapshotOfDispute(await call({ method: 'GET', path }, Dispute))
      },

      listMoney: (request) => listMoney(call, request),
      listMoves: (request) => listMoves(call, request),
      listPayouts: (request) => listPayouts(call, request),

      verifyNotice: noticeVerifier(settings, context),
    }
  },
}

const searchRefused = new Set(['NOT_AUTHORIZED', 'PERMISSION_DENIED'])

const declined = (snapshot: PaymentSnapshot, issue: string): PaymentSnapshot => ({
  ...snapshot,
  status: 'failed',
  failure: declineOf(new ProviderError('paypal', 'rejected', issue, { code: issue })),
})

/** A charge that was declined leaves no order behind. */
const never = ({ ourRef, amount }: { ourRef: string; amount: Money }, livemode: boolean): PaymentSnapshot => ({
  remoteRef: `declined:${ourRef}`,
  ourRef,
  status: 'failed',
  requested: amount,
  received: zero(amount.currency),
  captureId: null,
  livemode,
  failure: null,
  refunds: [],
  method: null,
  saved: null,
})

const onStatement = ({ statement_text: text }: PaypalSettings) => (text ? { soft_descriptor: text } : {})

const unitOf = ({ ourRef, attempt, amount, description, expiresAt }: CheckoutRequest) => ({
  reference_id: referenceOf(expiresAt),
  custom_id: customIdOf(ourRef),
  // PayPal takes money once under one of these, whatever else it has forgotten.
  invoice_id: `${ourRef}-${attempt}`,
  description: description.slice(0, 127) || 'Payment',
  amount: toPaypalAmount(amount),
})

const walletOf = ({ returnUrl, cancelUrl, saveFor }: CheckoutRequest) => ({
  experience_context: {
    return_url: returnUrl,
    cancel_url: cancelUrl,
    user_action: 'PAY_NOW',
    shipping_preference: 'NO_SHIPPING',
    payment_method_preference: 'IMMEDIATE_PAYMENT_REQUIRED',
  },
  ...(saveFor
    ? {
        attributes: {
          vault: { store_in_vault: 'ON_SUCCESS', usage_type: 'MERCHANT' },
          ...(saveFor.customerRef ? { customer: { id: saveFor.customerRef } } : {}),
        },
      }
    : {}),
})

function checkedId(remoteRef: string): string {
  if (/^[A-Za-z0-9]{8,40}$/.test(remoteRef)) return remoteRef
  throw new ProviderError('paypal', 'rejected', `no PayPal order ${remoteRef}`, { code: 'not_found' })
}
