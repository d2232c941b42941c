/**
 * The main job as one process runs it: order, hosted checkout, notice, line, login, a refund, a renewal charged to the saved method, another
 * method that is kept without a payment; both are forgotten in the end. It can be begun again at any point: what is
 * done is found, what is not is done. Time runs sixty times as fast, so that leases of the killed are over in seconds.
 */
import { serve } from '@hono/node-server'
import { smtp } from '#adapters/transports/smtp.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { createApp, sweepPlan, workerHandlers } from '#main.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { methodsOf, removeMethod } from '#modules/billing/payment-methods.ts'
import { findInvoice, listInvoices, paymentsOf, refundsOf } from '#modules/billing/queries.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { latestSetup, startSetup } from '#modules/billing/save-method.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { findOrder, type Order } from '#modules/checkout/queries.ts'
import { openShop } from '#modules/people/business.ts'
import type { Clock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { Refusal } from '#platform/errors.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { startWorker } from '#platform/worker.ts'
import { consent, read } from '../support/stories.ts'

/** Plain values: they travel to the child in its environment. */
export type Run = {
  databaseUrl: string
  masterKey: string
  clockStart: number
  gatewayUrl: string
  gatewayAccount: { id: string; key: string; secret: string }
  mailPort: number
  businessId: string
  planId: string
  name: string
  renews: boolean
}

const speed = 60
const begins = Temporal.Instant.from('2026-01-31T12:00:00Z').epochMilliseconds

/** `start`: the machine's milliseconds at which the story began; every process of it sees the same time. */
export const fastClock = (start: number): Clock => ({
  now: () => Temporal.Instant.fromEpochMilliseconds(begins + Math.round((Date.now() - start) * speed)),
})

export function openHouse(run: Pick<Run, 'databaseUrl' | 'masterKey' | 'clockStart' | 'mailPort'>) {
  const clock = fastClock(run.clockStart)
  const log = silentLog
  const allowPrivate = () => true
  const settings = { host: '127.0.0.1', port: run.mailPort, secure: 'none', from_address: 'tv@shop.example' }
  const transport = smtp.open(smtp.settings.parse(settings), { log, now: () => clock.now(), allowPrivate })
  const app: App = createApp({
    config: readConfig({ LOG_LEVEL: 'silent' }),
    log,
    clock,
    db: openDatabase({ url: run.databaseUrl, log, max: 8 }),
    masterKey: Buffer.from(run.masterKey, 'base64'),
    publicUrl: 'https://shop.example',
    http: createHttpOut({ log, allowPrivate: parseAllowList('127.0.0.0/8') }),
    templates: createTemplateEngine(1),
    mailer: { transport, from: 'tv@shop.example' },
    allowPrivate,
  })
  return {
    app,
    async close() {
      await app.templates.close()
      await transport.close()
      await app.db.close()
    },
  }
}

/** Ends when the order is ready, its money partly given back, and nothing waits any more. */
export async function mainJob(run: Run): Promise<void> {
  const { app, close } = openHouse(run)
  const server = await hooks(app, run)
  const worker = await startWorker({
    db: app.db,
    directUrl: run.databaseUrl,
    log: app.log,
    clock: app.clock,
    concurrency: 4,
    handlers: workerHandlers(app),
    sweep: { ...sweepPlan, everyMs: 150 },
  })
  try {
    const shop = await openShop(app, run.businessId, 'customer:buyer')
    const request = {
      cartKey: 'the cart',
      planId: run.planId,
      email: `${run.name}@example.net`,
      username: run.name,
      source: 'storefront' as const,
    }
    const order = await placeOrder(shop, request)
    await until('the invoice is paid', () => paid(shop, run, order))
    await until(
      'the order is ready',
      async () => (await read(shop, (tx) => findOrder(tx, order.id)))?.status === 'ready',
    )
    await until('a part is given back', () => refunded(shop, order))
    if (run.renews) {
      await until('the renewal is charged', () => renewed(shop, order))
      await until('another method is kept without a payment', () => keptAlone(shop, run, order))
      await until('the methods are forgotten', () => forgotten(shop, order))
    }
    await until('nothing waits', () => atRest(app))
  } finally {
    await worker.stop(2_000)
    server.close()
    await close()
  }
}

/** The gateway learns where this process hears notices, as it would after a restart on another port. */
async function hooks(app: App, run: Run) {
  const fetchNotice = async (request: Request) => {
    const id = new URL(request.url).pathname.split('/').at(-1) ?? ''
    const body = new Uint8Array(await request.arrayBuffer())
    const receipt = await receiveNotice(app, id, {
      body,
      headers: Object.fromEntries(request.headers),
      receivedAt: app.clock.now(),
    })
    return new Response(null, { status: receipt === 'stored' ? 200 : 503 })
  }
  const server = await new Promise<{ port: number; close(): void }>((resolve) => {
    const listening = serve({ fetch: fetchNotice, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve({ port, close: () => listening.close() }),
    )
  })
  const { id, key, secret } = run.gatewayAccount
  await post(run, '/__accounts', {
    api_key: key,
    notice_secret: secret,
    notice_url: `http://127.0.0.1:${server.port}/hooks/${id}`,
  })
  return server
}

/** The buyer opens the page and pays; when he was paying already, he waits. */
async function paid(shop: Shop, run: Run, order: Order): Promise<boolean> {
  const invoiceId = order.invoiceId ?? ''
  if ((await read(shop, (tx) => findInvoice(tx, invoiceId)))?.status === 'paid') return true
  const attempts = await read(shop, (tx) => paymentsOf(tx, invoiceId))
  if (attempts.some(({ redirectUrl }) => redirectUrl !== null))
    await pay(
      run,
      attempts.map(({ redirectUrl }) => redirectUrl),
    )
  else
    try {
      const { redirectUrl } = await startPayment(shop, {
        invoiceId,
        gatewayAccountId: run.gatewayAccount.id,
        returnUrl: 'https://shop.example/r',
        cancelUrl: 'https://shop.example/c',
        description: 'A plan',
        saveConsent: run.renews ? consent : null,
      })
      await pay(run, [redirectUrl])
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  return false
}

async function pay(run: Run, pages: (string | null)[]): Promise<void> {
  for (const page of pages) if (page !== null) await post(run, '/__pay', { id: page.split('/').at(-1), how: 'pay' })
}

async function refunded(shop: Shop, order: Order): Promise<boolean> {
  const [payment] = (await read(shop, (tx) => paymentsOf(tx, order.invoiceId ?? ''))).filter(
    ({ status }) => status === 'succeeded',
  )
  if (payment === undefined) return false
  const [refund] = await read(shop, (tx) => refundsOf(tx, payment.id))
  if (refund === undefined) await refundPayment(shop, payment.id, { minor: 100n, currency: payment.currency }, 'a gift')
  return refund?.status === 'succeeded'
}

/** Staff charge the next period to the method that the buyer let the shop keep. */
async function renewed(shop: Shop, order: Order): Promise<boolean> {
  const known = (await read(shop, (tx) => listInvoices(tx, { customerId: order.customerId }, { limit: 9 }))).find(
    ({ purpose }) => purpose === 'renewal',
  )
  const invoice =
    known ??
    (await transaction(shop, 'ask-renewal', (tx) => renewalInvoice(tx, shop, order.subscriptionId ?? '', shop.now())))
  if (invoice === null) throw new Error('the plan is not renewed')
  if (invoice.status === 'paid') return true
  try {
    await chargeInvoice(shop, { invoiceId: invoice.id })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  return false
}

/** The buyer opens the page that only keeps a method, and finishes there. */
async function keptAlone(shop: Shop, run: Run, order: Order): Promise<boolean> {
  const latest = await read(shop, (tx) => latestSetup(tx, order.customerId))
  if (latest?.status === 'succeeded') return true
  if (latest?.redirectUrl) await pay(run, [latest.redirectUrl])
  else
    try {
      await startSetup(shop, {
        customerId: order.customerId,
        gatewayAccountId: run.gatewayAccount.id,
        returnUrl: 'https://shop.example/r',
        cancelUrl: 'https://shop.example/c',
        consent,
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  return false
}

async function forgotten(shop: Shop, order: Order): Promise<boolean> {
  const [kept] = await read(shop, (tx) => methodsOf(tx, order.customerId))
  if (kept !== undefined) await removeMethod(shop, { methodId: kept.id })
  const { rows } = await shop.app.db.pool.query('select from payment_methods where forgotten_at is null')
  return rows.length === 0
}

async function atRest({ db }: App): Promise<boolean> {
  const { rows } = await db.pool.query(
    `select from graphile_worker._private_jobs union all select from messages where status in ('queued', 'sending')
     union all select from collections where next_try_at is not null
     union all select from lines where next_try_at is not null union all select from notices where status = 'received' limit 1`,
  )
  return rows.length === 0
}

async function post(run: Run, path: string, body: unknown): Promise<void> {
  await fetch(`${run.gatewayUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 40_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await new Promise((done) => setTimeout(done, 60))
  }
}
