/**
 * BTCPay Server by its Greenfield API: an invoice with a page on the operator's own server, paid in Bitcoin or what his store takes. The
 * buyer decides what he sends and when: too little, too much, after the end. What settled counts, in the invoice's currency at its rate.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { toDecimal } from '#platform/money.ts'
import { checkBodySignature } from './body-signature.ts'
import { readNotice } from './btcpay/notices.ts'
import { refundsAt } from './btcpay/refunds.ts'
import { attemptKey, Invoice, listedOf, PaymentMethods, snapshotOf } from './btcpay/snapshot.ts'
import { SeenUpTo, speedFor } from './btcpay/speed.ts'
import type { CheckoutRequest, Gateway, GatewayContext, GatewayKind, PaymentSnapshot } from './gateway.ts'
import { type Call, isRejected, jsonApi, notFound } from './json-api.ts'
import { activeSecrets } from './signed-notice.ts'

const BtcpaySettings = z.object({
  api_base: z
    .url({ protocol: /^https?$/ })
    .meta({ title: 'Server address', help: 'Of your own server: https://btcpay.example.com' }),
  store_id: z
    .string()
    .trim()
    .regex(/^\w{10,80}$/, 'must be the id of a store, as its settings show it')
    .meta({ title: 'Store ID' }),
  api_key: z.string().trim().min(8).max(200).meta({ title: 'API key', secret: true }),
  notice_secret: z.string().trim().max(500).nullish().meta({
    title: 'Webhook secret',
    help: 'Shown by BTCPay once the webhook exists. While you replace it, write both, separated by a space.',
    secret: true,
  }),
  page_minutes: z.coerce
    .number()
    .int()
    .min(5)
    .max(1_440)
    .default(30)
    .meta({ title: 'Minutes to pay', help: 'How long the rate of a page holds.' }),
  seen_up_to: SeenUpTo,
})
type BtcpaySettings = z.infer<typeof BtcpaySettings>

export const btcpay: GatewayKind<BtcpaySettings> = {
  kind: 'btcpay',
  title: 'BTCPay Server',
  settings: BtcpaySettings,
  capabilities: {
    checkout: 'redirect',
    notices: true,
    refund: true,
    delayed: true,
    staffConfirms: false,
    savesMethods: false,
    savesWithoutPayment: false,
    findsUnpaid: true,
    testOnly: false,
    openAmount: true,
    listsMoney: true,
  },
  currencies: null,
  open(settings, context): Gateway {
    const call = caller(settings, context)
    const store = `/api/v1/stores/${settings.store_id}`
    const refunds = refundsAt(call, store)
    const starting = new Map<string, Promise<Invoice>>()

    async function snapshot(invoice: Invoice): Promise<PaymentSnapshot> {
      const path = `${store}/invoices/${invoice.id}/payment-methods`
      const methods = await call({ method: 'GET', path }, PaymentMethods)
      return { ...snapshotOf(invoice, methods, context.livemode), refunds: await refunds.of(invoice) }
    }
    async function read(remoteRef: string): Promise<Invoice> {
      if (!/^\w{10,80}$/.test(remoteRef)) throw notFound('btcpay', remoteRef)
      return call({ method: 'GET', path: `${store}/invoices/${remoteRef}` }, Invoice)
    }
    const fetchPayment = async (remoteRef: string) => snapshot(await read(remoteRef))

    const invoicesOf = (ourRef: string): Promise<Invoice[]> =>
      call({ method: 'GET', path: `${store}/invoices?orderId=${encodeURIComponent(ourRef)}` }, z.array(Invoice))

    /** BTCPay knows no idempotency keys: what was made before is looked for; of two that were made at once the older one stays. */
    async function start(request: CheckoutRequest): Promise<Invoice> {
      const same = async () =>
        (await invoicesOf(request.ourRef))
          .filter(({ metadata, status }) => metadata?.[attemptKey] === request.attempt && status !== 'Invalid')
          .sort((a, b) => a.createdTime - b.createdTime || a.id.localeCompare(b.id))
      const [known] = await same()
      if (known) return known
      const json = invoiceOf(request, settings)
      const made = await call({ method: 'POST', path: `${store}/invoices`, json }, Invoice)
      const [first = made, ...others] = await same().catch(() => [made])
      for (const { id } of others) await close(id).catch(() => {}) // Nobody was sent there; the sweep sees what comes all the same.
      return first
    }
    const close = (id: string) =>
      call({ method: 'POST', path: `${store}/invoices/${id}/status`, json: { status: 'Invalid' } }, z.unknown())

    return {
      async checkConnection() {
        const { name } = await call({ method: 'GET', path: store }, z.object({ name: z.string() }))
        const { permissions } = await call({ method: 'GET', path: '/api/v1/api-keys/current' }, KeyFacts)
        const lacking = needed.filter((each) => !permissions.some((given) => grants(given, each, settings.store_id)))
        if (lacking.length > 0)
          throw new ProviderError('btcpay', 'auth_failed', `The API key lacks ${lacking.join(', ')}.`, {
            code: 'missing_permission',
          })
        return { detail: `BTCPay Server answers for the store ${name}.`, livemode: null }
      },

      async createCheckout(request) {
        const place = `${request.ourRef}:${request.attempt}`
        const running = starting.get(place) ?? start(request).finally(() => starting.delete(place))
        starting.set(place, running)
        const invoice = await running
        return { kind: 'redirect', remoteRef: invoice.id, url: invoice.checkoutLink }
      },

      fetchPayment,

      async findByReference(ourRef) {
        return Promise.all((await invoicesOf(ourRef)).map(snapshot))
      },

      async cancel(remoteRef) {
        const invoice = await read(remoteRef)
        // Coins that were seen will settle: such a page is left to them.
        if (invoice.status !== 'New' || invoice.additionalStatus !== 'None') return snapshot(invoice)
        await close(remoteRef).catch((error: unknown) => {
          if (!isRejected(error)) throw error // It moved on in between.
        })
        return fetchPayment(remoteRef)
      },

      /** Offered to the buyer, who claims it: see `btcpay/refunds.ts`. */
      async refund({ remoteRef, ...asked }) {
        const invoice = await read(remoteRef)
        const { received } = await snapshot(invoice)
        return refunds.ask(invoice, asked, received)
      },

      async listMoney({ from, until, cursor, most }) {
        const seconds = (at: Temporal.Instant) => Math.floor(at.epochMilliseconds / 1000)
        const skip = cursor === null ? 0 : Number(cursor)
        const query = `startDate=${seconds(from)}&endDate=${seconds(until)}&skip=${skip}&take=${most}`
        const found = await call({ method: 'GET', path: `${store}/invoices?${query}` }, z.array(Invoice))
        return { moneys: found.flatMap(listedOf), next: found.length < most ? null : String(skip + most) }
      },

      async verifyNotice({ body, headers }) {
        const signature = headers['btcpay-sig']?.replace(/^sha256=/, '')
        checkBodySignature('sha256', body, signature, activeSecrets(settings.notice_secret))
        return readNotice(body, settings.store_id)
      },
    }
  },
}

const KeyFacts = z.object({ permissions: z.array(z.string()) })

const needed = [
  'btcpay.store.canviewinvoices',
  'btcpay.store.cancreateinvoice',
  'btcpay.store.canmodifyinvoices',
] as const

/** A right holds for one store (`…:store`) or for all; the right to modify includes to view, an unrestricted key has all. */
function grants(given: string, wanted: string, store: string): boolean {
  const [right, only] = given.split(':')
  if (only !== undefined && only !== store) return false
  const wider = ['btcpay.user.unrestricted', 'unrestricted', 'btcpay.store.canmodifystoresettings']
  const includes = wanted === 'btcpay.store.canviewinvoices' && right === 'btcpay.store.canmodifyinvoices'
  return right === wanted || includes || wider.includes(right ?? '')
}

const invoiceOf = ({ ourRef, attempt, amount, description, ...to }: CheckoutRequest, settings: BtcpaySettings) => ({
  amount: toDecimal(amount),
  currency: amount.currency,
  metadata: {
    orderId: ourRef,
    [attemptKey]: attempt,
    itemDesc: description.slice(0, 250),
    ...(to.customerEmail === '' ? {} : { buyerEmail: to.customerEmail }),
  },
  checkout: {
    expirationMinutes: settings.page_minutes,
    redirectURL: to.returnUrl,
    redirectAutomatically: true,
    ...speedFor(amount, settings.seen_up_to),
  },
})

const Trouble = z.object({ code: z.string(), message: z.string().nullish() })
const Invalid = z.array(z.object({ path: z.string(), message: z.string() })).min(1)

function caller(settings: BtcpaySettings, context: GatewayContext): Call {
  return jsonApi(
    {
      provider: 'btcpay',
      base: settings.api_base,
      headers: { authorization: `token ${settings.api_key}` },
      secrets: [settings.api_key],
      refusalOf: (body) => {
        const [first] = Invalid.safeParse(body).data ?? []
        if (first) return { code: 'invalid', message: `${first.path}: ${first.message}` }
        const trouble = Trouble.safeParse(body).data
        return trouble ? { code: trouble.code, message: trouble.message ?? trouble.code } : null
      },
    },
    context.http,
  )
}
