/** Paying on a page: what there is to choose from, starting a payment, and looking after the buyer came back. */
import { setTimeout as wait } from 'node:timers/promises'
import { redirect } from 'react-router'
import type { Shop } from '#app.ts'
import { gatewayKind, gatewaysFor } from '#modules/billing/gateways.ts'
import type { Payment } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { isFinal } from '#modules/billing/rules.ts'
import { payByBalance } from '#modules/billing/spend-balance.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { Refusal } from '#platform/errors.ts'
import { secondsBetween } from '#platform/time.ts'
import type { WebContext } from '#web/context.ts'
import { translator } from '#web/i18n/translate.ts'
import { read } from './shop.server.ts'

/** `instructions`: the buyer is told what to do and nobody asks a machine; else he goes to the gateway's page. */
export type PayMethod = {
  id: string
  name: string
  instructions: boolean
  /** It can be kept for renewals. */
  saves: boolean
  /** Also without a payment. */
  savesAlone: boolean
}

/** The ways to pay in a currency. The page's policy lets its forms end at their pages. */
export async function payMethods(web: WebContext, shop: Shop, currency: string): Promise<PayMethod[]> {
  const accounts = await read(shop, (tx) => gatewaysFor(tx, shop, currency))
  return accounts.map(({ id, name, kind, settings }) => {
    const { capabilities, paymentPages = [] } = gatewayKind(shop.app, kind)
    const api = typeof settings.api_base === 'string' ? [URL.parse(settings.api_base)?.origin ?? ''] : []
    web.formTargets.push(...[...api, ...paymentPages].filter(Boolean))
    const { checkout, savesMethods: saves, savesWithoutPayment: savesAlone } = capabilities
    return { id, name, instructions: checkout === 'instructions', saves, savesAlone }
  })
}

export type ToPay = {
  invoiceId: string
  gatewayId: string
  description: string
  page: string
  /** `saveConsentOf` the form. */
  saveConsent: string | null
}

/** The very sentence beside the box, in the buyer's language, when he ticked it: it is kept with the method. */
export const saveConsentOf = (web: WebContext, shop: Shop, form: FormData): string | null =>
  form.get('save_method') === 'yes' ? translator(web.locale)('method.save.mandate', { name: shop.name }) : null

/** Starts the payment and says where the browser goes: to the gateway's page, or back to ours, which shows the instructions. */
export async function pay(
  shop: Shop,
  { invoiceId, gatewayId, description, page, saveConsent }: ToPay,
): Promise<Response> {
  if (await payByBalance(shop, invoiceId)) return redirect(page, 303)
  const started = await startPayment(shop, {
    invoiceId,
    gatewayAccountId: gatewayId,
    description,
    returnUrl: `${shop.baseUrl}${page}?back=1`,
    cancelUrl: `${shop.baseUrl}${page}`,
    saveConsent,
  })
  return redirect(started.redirectUrl ?? page, 303)
}

const patienceMs = 2_000
const askAgainSeconds = 5

/** What a form of the portal has invoiced is paid at once, when it names a way to pay; else its page is shown. */
export function payInvoice(
  me: { web: WebContext; shop: Shop },
  form: FormData,
  invoiceId: string,
): Promise<Response> | Response {
  const page = `/account/invoices/${invoiceId}`
  if (!form.has('gateway')) return redirect(page, 303)
  const saveConsent = saveConsentOf(me.web, me.shop, form)
  return pay(me.shop, { invoiceId, gatewayId: chosenMethod(form), description: me.shop.name, page, saveConsent })
}

/**
 * The buyer came back from the gateway: that proves nothing, but it is a good moment to ask. Waits two seconds at most; whatever
 * comes later comes by notice or sweep. A page that renews itself asks no more often than every five seconds.
 * False: nothing was asked, so what was read before still holds.
 */
export async function lookAfterReturn(
  web: WebContext,
  shop: Shop,
  request: Request,
  payment: Payment | null,
): Promise<boolean> {
  if (!new URL(request.url).searchParams.has('back')) return false
  if (payment === null || isFinal(payment.status) || payment.remoteRef === null) return false
  if (payment.fetchedAt !== null && secondsBetween(payment.fetchedAt, shop.now()) < askAgainSeconds) return false
  const asking = refreshPayment(shop, payment.id).catch((error: unknown) => {
    web.app.log.info('payment not fetched on return', { payment: payment.id, error })
  })
  await Promise.race([asking, wait(patienceMs, undefined, { ref: false })])
  return true
}

/** Which way to pay the form names; with `methods` it must be one of them. */
export function chosenMethod(form: FormData, methods?: readonly PayMethod[]): string {
  const gateway = form.get('gateway')
  const offered = methods === undefined || methods.some(({ id }) => id === gateway)
  if (typeof gateway === 'string' && gateway !== '' && offered) return gateway
  throw new Refusal('invalid_input', 'Please choose a way to pay.', [
    { pointer: '/gateway', code: 'required', detail: 'Please choose a way to pay.' },
  ])
}
