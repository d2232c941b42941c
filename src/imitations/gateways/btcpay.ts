/**
 * BTCPay Server, imitated from its Greenfield API: one store's invoices, their page under `/i/<invoice>`, signed notices. Coins are
 * numbers that a visitor types in. `docs/imitations.md` lists options, routes and faults.
 */
import { createHmac } from 'node:crypto'
import type { Context } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import { noticeFaults } from '../kit/notices.ts'
import { guarded, missingPage, payPage } from '../kit/pay-page.ts'
import { Refused } from '../kit/refused.ts'
import { type ImitationKind, openKit, readOptions } from '../kit.ts'
import { openStore } from './btcpay/invoices.ts'
import { choicesOf } from './btcpay/page.ts'
import { claimPage, openPullPayments, payoutStates } from './btcpay/pull-payments.ts'

const defaults = {
  store_id: 'C4hVW3xzUNSPcrMsMgbGSE1pQnvhSwz5u1x3ZHgSY7Zw',
  key: 'btcpay_key',
  permissions:
    'btcpay.store.canviewinvoices,btcpay.store.cancreateinvoice,btcpay.store.canmodifyinvoices,btcpay.store.cancreatepullpayments,btcpay.store.canmanagepullpayments',
  webhook_url: '',
  webhook_secret: 'btcpay_secret',
  /** What one BTC costs, in every currency. */
  rate: '60000',
  /** How long payments are looked for after the end of an invoice. */
  monitoring_minutes: '1440',
  /** `by_hand`: what is given back waits until somebody claims it; `at_once`: it is claimed and sent when it is offered. */
  claims: 'by_hand',
}

export const btcpay: ImitationKind = {
  kind: 'btcpay',
  title: 'BTCPay Server',
  role: 'gateway',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options, { faults: noticeFaults })
    const sign = ({ body }: { body: string }) => ({
      'btcpay-sig': `sha256=${createHmac('sha256', given.webhook_secret).update(body).digest('hex')}`,
    })
    const store = openStore(kit, options.publicUrl, sign, {
      storeId: given.store_id,
      webhookUrl: given.webhook_url,
      rate: given.rate,
      monitoringMinutes: Number(given.monitoring_minutes),
    })
    const pulls = openPullPayments(kit, options.publicUrl, given.claims === 'at_once' ? 'at_once' : 'by_hand')
    const { app } = kit
    /** Of a store: a key that may not is told which right it lacks. */
    const needs = (right: string) => {
      if (!given.permissions.split(',').some((each) => each.split(':')[0] === right))
        throw new Refused(
          403,
          'missing-permission',
          `Insufficient API Permissions. Please use an API key with permission: ${right}`,
        )
    }
    const body = (c: Context): Promise<unknown> => c.req.json().catch(() => null)

    app.onError((error, c) => {
      if (error instanceof Refused) return c.json({ code: error.code, message: error.message }, error.status)
      if (error instanceof z.ZodError)
        return c.json(
          error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
          422,
        )
      throw error
    })
    app.use('/api/v1/*', async (c, next) => {
      if (c.req.header('authorization') !== `token ${given.key}`)
        return c.json(
          { code: 'unauthenticated', message: 'Authentication is required for accessing this endpoint' },
          401,
        )
      await next()
      return undefined
    })
    app.use('/api/v1/stores/:store/*', async (c, next) => {
      if (c.req.param('store') !== given.store_id) throw new Refused(404, 'store-not-found', 'The store was not found')
      await next()
    })

    app.get('/api/v1/api-keys/current', (c) =>
      c.json({ apiKey: given.key, label: 'Linekeeper', permissions: given.permissions.split(',') }),
    )
    app.get('/api/v1/stores/:store', (c) => {
      if (c.req.param('store') !== given.store_id) throw new Refused(404, 'store-not-found', 'The store was not found')
      return c.json({ id: given.store_id, name: 'TV shop', defaultCurrency: 'EUR' })
    })
    const invoices = '/api/v1/stores/:store/invoices'
    app.post(invoices, async (c) => c.json(store.create(await body(c))))
    app.get(invoices, (c) => {
      const orders = c.req.queries('orderId') ?? []
      const { startDate, endDate, skip, take } = Listing.parse(c.req.query())
      const found = store
        .all()
        .filter(({ metadata }) => orders.length === 0 || orders.includes(String(metadata.orderId)))
        .filter(({ createdTime: at }) => at >= startDate && at <= endDate)
      return c.json(found.slice(skip, skip + take))
    })
    app.get(`${invoices}/:id`, (c) => c.json(store.shown(c.req.param('id'))))
    app.get(`${invoices}/:id/payment-methods`, (c) => c.json(store.methods(c.req.param('id'))))
    app.post(`${invoices}/:id/status`, async (c) => {
      const { status } = z.object({ status: z.enum(['Settled', 'Invalid']) }).parse(await body(c))
      return c.json(store.mark(c.req.param('id'), status))
    })

    app.put(`${invoices}/:id`, async (c) => {
      const { metadata } = z.object({ metadata: z.record(z.string(), z.unknown()) }).parse(await body(c))
      return c.json(store.describe(c.req.param('id'), metadata))
    })
    app.post(`${invoices}/:id/refund`, async (c) => {
      needs('btcpay.store.cancreatepullpayments')
      return c.json(pulls.refund(store.shown(c.req.param('id')), await body(c)))
    })
    app.get('/api/v1/stores/:store/pull-payments', (c) => {
      needs('btcpay.store.canmanagepullpayments')
      return c.json(pulls.all(c.req.query('includeArchived') === 'true'))
    })
    app.get('/api/v1/pull-payments/:id', (c) => c.json(pulls.shown(c.req.param('id'))))
    app.get('/api/v1/pull-payments/:id/payouts', (c) =>
      c.json(pulls.payouts(c.req.param('id'), c.req.query('includeCancelled') === 'true')),
    )

    app.use('/pull-payments/*', guarded)
    app.get('/pull-payments/:id', (c) => {
      const pull = pulls.find(c.req.param('id'))
      if (!pull) return c.html(missingPage('BTCPay Server'), 404)
      const left = !pull.archived && pulls.payouts(pull.id, false).length === 0
      return c.html(payPage({ provider: 'BTCPay Server', ...claimPage(pull, left) }))
    })
    app.post('/pull-payments/:id', (c) => {
      const id = c.req.param('id')
      pulls.claim(id, 'Completed')
      return c.redirect(`/pull-payments/${id}`, 303)
    })

    app.use('/i/*', guarded)
    app.get('/i/:id', (c) => {
      const invoice = store.find(c.req.param('id'))
      if (!invoice) return c.html(missingPage('BTCPay Server'), 404)
      return c.html(payPage({ provider: 'BTCPay Server', ...choicesOf(invoice), ...part }))
    })
    app.post('/i/:id', async (c) => {
      const { id, redirect } = store.find(c.req.param('id')) ?? { id: '', redirect: '/' }
      const form = await c.req.parseBody()
      const how = z.enum(['send', 'send_seen', 'back']).safeParse(form.how).data
      if (id === '' || how === undefined) return c.html(missingPage('BTCPay Server'), 404)
      const percent = z.coerce.number().min(1).max(1000).catch(100).parse(form.percent)
      if (how !== 'back') store.send(id, { percent, settled: how === 'send', replaceable: false })
      return c.redirect(redirect, 303)
    })

    app.post('/__send', async (c) => {
      const { invoice, ...coins } = Sending.parse(await body(c))
      return c.json(store.send(invoice, coins))
    })
    app.post('/__settle', async (c) => {
      const { invoice, outcome } = Settling.parse(await body(c))
      return c.json(store.settle(invoice, outcome))
    })
    app.post('/__claim', async (c) => {
      const { pull_payment: id, amount } = Claiming.parse(await body(c))
      return c.json(pulls.claim(id, 'AwaitingPayment', amount))
    })
    app.post('/__payout', async (c) => {
      const { pull_payment: id, state } = Claiming.extend({ state: z.enum(payoutStates) }).parse(await body(c))
      return c.json(pulls.move(id, state))
    })
    app.post('/__archive', async (c) => c.json(pulls.archive(Claiming.parse(await body(c)).pull_payment)))
    app.post('/__webhooks', async (c) => {
      const { url } = z.object({ url: z.url() }).parse(await body(c))
      store.tellAt(url)
      return c.json({ url, secret: given.webhook_secret })
    })
    /** Sends the last notice again, as a redelivery does: with an id of its own. */
    app.post('/__redeliver', (c) => c.json({ deliveryId: store.redeliver() }))

    return {
      ...kit,
      async close() {
        store.close()
        await kit.close()
      },
    }
  },
}

const Listing = z.object({
  startDate: z.coerce.number().default(0),
  endDate: z.coerce.number().default(Number.MAX_SAFE_INTEGER),
  skip: z.coerce.number().int().min(0).default(0),
  take: z.coerce.number().int().min(1).default(50),
})

const Sending = z.object({
  invoice: z.string(),
  /** Of what the invoice asks for. */
  percent: z.number().positive().default(100),
  /** Confirmed at once, or only seen until `/__settle`. */
  settled: z.boolean().default(true),
  /** Only seen, and its transaction says that another may take its place: BTCPay waits for a confirmation even where it would not. */
  replaceable: z.boolean().default(false),
})
const Claiming = z.object({ pull_payment: z.string(), amount: z.string().optional() })
const Settling = z.object({ invoice: z.string(), outcome: z.enum(['settled', 'replaced']) })

const part = {
  fields: html`<label>Percent of the amount <input name="percent" inputmode="numeric" value="100" /></label>`,
}
