/**
 * NOWPayments: a page on which one kind of coin is sent, chosen by the operator: only of a payment whose coin is known does their API key
 * tell what became of it. The buyer decides what he sends, and when: what arrived counts, in the price's currency.
 */
import { z } from 'zod'
import { toDecimal } from '#platform/money.ts'
import { checkBodySignature } from './body-signature.ts'
import type { CheckoutRequest, Gateway, GatewayContext, GatewayKind, PaymentSnapshot } from './gateway.ts'
import { type Call, jsonApi, notFound } from './json-api.ts'
import { canonical, readNotice } from './nowpayments/notices.ts'
import { CoinPayment, Id, snapshotOf } from './nowpayments/snapshot.ts'
import { activeSecrets } from './signed-notice.ts'

const NowpaymentsSettings = z.object({
  api_base: z
    .url({ protocol: /^https?$/ })
    .default('https://api.nowpayments.io')
    .meta({ title: 'API address', help: 'Their sandbox is https://api-sandbox.nowpayments.io' }),
  api_key: z.string().trim().min(8).max(200).meta({ title: 'API key', secret: true }),
  pay_currency: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9]{2,20}$/, 'must be a code of NOWPayments: btc, usdttrc20, …')
    .meta({ title: 'Coin', help: 'btc, ltc, usdttrc20, …: one gateway for each coin that you take.' }),
  notice_secret: z.string().trim().max(500).nullish().meta({
    title: 'IPN secret',
    help: 'Of their payment settings. While you replace it, write both, separated by a space.',
    secret: true,
  }),
})
type NowpaymentsSettings = z.infer<typeof NowpaymentsSettings>

export const nowpayments: GatewayKind<NowpaymentsSettings> = {
  kind: 'nowpayments',
  title: 'NOWPayments',
  settings: NowpaymentsSettings,
  capabilities: {
    checkout: 'redirect',
    notices: true,
    refund: false,
    delayed: true,
    staffConfirms: false,
    savesMethods: false,
    savesWithoutPayment: false,
    findsUnpaid: false,
    testOnly: false,
    openAmount: true,
  },
  currencies: null,
  paymentPages: ['https://nowpayments.io', 'https://sandbox.nowpayments.io'],
  noticeAddress: 'sent',
  open(settings, context): Gateway {
    const call = caller(settings, context)
    const starting = new Map<string, Promise<{ remoteRef: string; url: string }>>()

    const read = (id: string): Promise<CoinPayment> => call({ method: 'GET', path: `/v1/payment/${id}` }, CoinPayment)

    /** Nobody sees a page whose answer was lost, so nothing is lost when another one is made. */
    async function start(request: CheckoutRequest): Promise<{ remoteRef: string; url: string }> {
      const invoice = await call(
        { method: 'POST', path: '/v1/invoice', json: invoiceOf(request, settings, context) },
        Invoice,
      )
      const json = {
        iid: invoice.id,
        pay_currency: settings.pay_currency,
        order_description: request.description.slice(0, 250),
      }
      const payment = await call({ method: 'POST', path: '/v1/invoice-payment', json }, z.object({ payment_id: Id }))
      const url = new URL(invoice.invoice_url)
      url.searchParams.set('paymentId', payment.payment_id)
      return { remoteRef: payment.payment_id, url: url.href }
    }

    return {
      async checkConnection() {
        const { selectedCurrencies } = await call({ method: 'GET', path: '/v1/merchant/coins' }, Coins)
        const taken = selectedCurrencies.map((each) => each.toLowerCase()).includes(settings.pay_currency)
        const coin = settings.pay_currency.toUpperCase()
        const note = taken ? `takes ${coin}` : `${coin} is not among the coins that your account takes`
        return { detail: `NOWPayments answers; ${note}.`, livemode: null }
      },

      async createCheckout(request) {
        const place = `${request.ourRef}:${request.attempt}`
        const running = starting.get(place) ?? start(request).finally(() => starting.delete(place))
        starting.set(place, running)
        return { kind: 'redirect', ...(await running) }
      },

      async fetchPayment(remoteRef): Promise<PaymentSnapshot> {
        if (!/^\d{3,25}$/.test(remoteRef)) throw notFound('nowpayments', remoteRef)
        const first = await read(remoteRef)
        // What is sent to the same address again is a payment of its own.
        const more = await Promise.all((first.payment_extra_ids ?? []).map(read))
        return snapshotOf(first, more, context.livemode)
      },

      /** Their key finds no payment by what we wrote on it. An attempt whose answer was lost has no page that anybody saw. */
      async findByReference() {
        await call({ method: 'GET', path: '/v1/merchant/coins' }, Coins)
        return []
      },

      async verifyNotice({ body, headers }) {
        const signed = canonical(body)
        checkBodySignature('sha512', signed, headers['x-nowpayments-sig'], activeSecrets(settings.notice_secret))
        return readNotice(body)
      },
    }
  },
}

const Invoice = z.object({ id: Id, invoice_url: z.url() })
const Coins = z.object({ selectedCurrencies: z.array(z.string()) })

/** JSON has no decimals: what leaves is the shortest number that reads as the amount. */
const invoiceOf = (
  { ourRef, amount, description, returnUrl, cancelUrl }: CheckoutRequest,
  { pay_currency }: NowpaymentsSettings,
  { noticeUrl }: GatewayContext,
) => ({
  price_amount: Number(toDecimal(amount)),
  price_currency: amount.currency.toLowerCase(),
  pay_currency,
  order_id: ourRef,
  order_description: description.slice(0, 250) || 'Payment',
  is_fixed_rate: true,
  success_url: returnUrl,
  cancel_url: cancelUrl,
  ...(noticeUrl ? { ipn_callback_url: noticeUrl } : {}),
})

const Trouble = z.object({ code: z.string().optional(), statusCode: z.int().optional(), message: z.string() })

function caller(settings: NowpaymentsSettings, context: GatewayContext): Call {
  return jsonApi(
    {
      provider: 'nowpayments',
      base: settings.api_base,
      headers: { 'x-api-key': settings.api_key },
      secrets: [settings.api_key],
      refusalOf: (body) => {
        const trouble = Trouble.safeParse(body).data
        return trouble ? { code: (trouble.code ?? 'refused').toLowerCase(), message: trouble.message } : null
      },
    },
    context.http,
  )
}
