/** The order page's facts as plain values, and what its buttons do. */
import { declineText } from '#adapters/gateways/decline-words.ts'
import type { Shop } from '#app.ts'
import { isOpenAttempt } from '#modules/billing/rules.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { type OrderView, readOrderView } from '#modules/checkout/order-view.ts'
import { resendLogin } from '#modules/lines/resend-login.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { secondsBetween } from '#platform/time.ts'
import { doorOf, type WebContext } from '#web/context.ts'
import { redirectWith } from '#web/flash.ts'
import type { Locale } from '#web/i18n/locale.ts'
import { loginFields } from './login.server.ts'
import { chosenMethod, lookAfterReturn, pay, payMethods, saveConsentOf } from './paying.server.ts'
import { asCustomer, read, textOf } from './shop.server.ts'

export async function orderPage(web: WebContext, shop: Shop, request: Request, orderId: string) {
  const seen = await readOrderView(shop, orderId)
  const unpaid = seen.order.status === 'awaiting_payment' || seen.order.status === 'processing'
  const asked = unpaid && (await lookAfterReturn(web, shop, request, seen.payment))
  const view = asked ? await readOrderView(shop, orderId) : seen
  const { order, payment, line, subscription } = view
  const status = statusFor(shop, request, view)
  const waits = status === 'awaiting_payment'
  return {
    number: order.number,
    status,
    /** He came back and the gateway has not said yes or no: he may still choose another way. */
    undecided: status === 'processing' && payment?.status === 'requires_action',
    device: order.device ?? (order.mac === null ? 'tv_stick' : 'mag'),
    planName: view.planName,
    planId: order.planId,
    email: view.email,
    total: view.total,
    converted: view.converted,
    createdAt: order.createdAt.toString(),
    paidAt: order.paidAt?.toString() ?? null,
    expiresAt: order.expiresAt?.toString() ?? null,
    payment: payment === null ? null : shownPayment(payment, web.locale),
    methods: waits ? await payMethods(web, shop, view.total.currency) : [],
    trouble: line?.trouble ?? null,
    nextTryAt: line?.nextTryAt?.toString() ?? null,
    paidThrough: subscription?.paidThrough?.toString() ?? null,
    standing: subscription?.status ?? null,
    connections: line?.connections ?? 1,
    loginChanged: view.loginChanged,
    requestedUsername: line?.requestedUsername ?? null,
    username: line?.username ?? null,
    login: view.login === null ? null : loginFields(view.login, line?.mac ?? null),
  }
}

export type OrderPage = Awaited<ReturnType<typeof orderPage>>

const doubtMinutes = 15

/**
 * Between the gateway's word and the order's own state lie moments in which nobody should be asked to pay again: money is there or on
 * its way, or the buyer has just come back and the answer is awaited.
 */
function statusFor(shop: Shop, request: Request, { order, payment }: OrderView): OrderView['order']['status'] {
  if (order.status !== 'awaiting_payment' || payment === null) return order.status
  if (payment.status === 'succeeded' || isOpenAttempt(payment.status)) return 'processing'
  const returned = new URL(request.url).searchParams.has('back') && payment.status === 'requires_action'
  const fresh = secondsBetween(payment.createdAt, shop.now()) < doubtMinutes * 60
  return returned && fresh && payment.instructions === null ? 'processing' : order.status
}

/** A failed attempt is told with the gateway's own sentence for buyers; a pending one with where to go on. */
const shownPayment = (
  {
    status,
    redirectUrl,
    instructions,
    reference,
    transfer,
    amountMinor,
    currency,
    failure,
    gatewayAccountId,
  }: NonNullable<OrderView['payment']>,
  locale: Locale,
) => ({
  status,
  gatewayAccountId,
  goOnAt: status === 'requires_action' || status === 'created' ? redirectUrl : null,
  instructions: status === 'requires_action' ? instructions : null,
  reference,
  transfer,
  amount: money(amountMinor, currency),
  failure: status !== 'failed' ? null : failure === null ? '' : declineText(failure, locale),
})

export async function actOnOrder(web: WebContext, shop: Shop, orderId: string, page: string, form: FormData) {
  const { order, planName, line } = await readOrderView(shop, orderId)
  const own = asCustomer(shop, order.customerId)
  switch (textOf(form, 'act')) {
    case 'pay':
      await doorOf(web).limits.count('checkout', { account: order.id, network: web.address })
      if (order.status !== 'awaiting_payment' || order.invoiceId === null)
        throw new Refusal('already_settled', 'This order does not wait for a payment any more.')
      return pay(own, {
        invoiceId: order.invoiceId,
        gatewayId: chosenMethod(form),
        description: planName,
        page,
        saveConsent: saveConsentOf(web, shop, form),
      })
    case 'cancel':
      await cancelOrder(own, order.id)
      return redirectWith(page, 'store.order.canceledNow', { tone: 'info' })
    case 'resend': {
      await doorOf(web).limits.count('magic_link', { account: `login of ${order.id}`, network: web.address })
      if (line === null) throw new Refusal('conflict', 'There is no TV login yet.')
      await read(own, (tx) => resendLogin(tx, own, line.id, own.now()))
      return redirectWith(page, 'store.order.resent')
    }
    default:
      throw new Refusal('bad_request', 'This button is not known.')
  }
}
