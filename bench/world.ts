/** A whole house for figures: embedded PostgreSQL with fsync on, our server and worker in this process, the outside in another. */
import { type ChildProcess, fork } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { smtp } from '#adapters/transports/smtp.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { createApp, sweepPlan, workerHandlers } from '#main.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { mapProduct, savePanel } from '#modules/lines/panels.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { attestRights, createBusiness, goLive, openShop } from '#modules/people/business.ts'
import { systemClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { createLog } from '#platform/log.ts'
import { migrate } from '#platform/migrate.ts'
import { startPostgres } from '#platform/postgres.ts'
import { temporaryRoot } from '#platform/postgres-folder.ts'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { startWorker, usualConcurrency, type Worker } from '#platform/worker.ts'

export type Sinks = {
  panel: string
  gateway: string
  smtpPort: number
  count(): Promise<{ mails: number; credentials: number }>
  /** Resolves when so many logins were accepted. */
  reached(credentials: number): Promise<void>
  reset(): Promise<void>
  stop(): void
}

export const noticeSecret = 'bench_notice_secret'

export type Order = { id: string; remote: string }

export type Bench = {
  app: App
  shop: Shop
  sinks: Sinks
  databaseUrl: string
  noticeUrl: string
  gatewayId: string
  planId: string
  panelId: string
  /** As `serve` runs it, of these jobs and kinds of due work only. */
  startWorker(which: { jobs: readonly string[]; kinds: readonly string[]; concurrency?: number }): Promise<Worker>
  /** Orders that are paid at the gateway and wait for their notice. */
  prepare(count: number): Promise<Order[]>
  close(): Promise<void>
}

async function startSinks(lines: PanelLines): Promise<Sinks> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'sinks.ts'), [String(lines.count), lines.until], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const answer = <T>() => new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)))
  const ask = <T>(what: 'count' | 'reset' | 'reached', credentials?: number) => {
    const answered = answer<T>()
    child.send({ ask: what, credentials })
    return answered
  }
  const { panel, gateway, smtpPort } = await answer<{ panel: string; gateway: string; smtpPort: number }>()
  return {
    panel,
    gateway,
    smtpPort,
    count: () => ask('count'),
    reached: async (credentials) => {
      await ask('reached', credentials)
    },
    reset: async () => {
      await ask('reset')
    },
    stop: () => child.disconnect(),
  }
}

/** Lines that the panel has from the start, served until then. */
export type PanelLines = { count: number; until: string }

/** `working` false: no worker runs until the figure starts its own. */
export async function startBench({
  working = true,
  lines = { count: 0, until: '' },
}: {
  working?: boolean
  lines?: PanelLines
} = {}): Promise<Bench> {
  const log = createLog(process.env.LOG_LEVEL ?? 'error')
  const folder = mkdtempSync(join(await temporaryRoot(), 'linekeeper-bench-'))
  const [postgres, sinks] = [await startPostgres({ dataFolder: folder, log }), await startSinks(lines)]
  await migrate(postgres.url)
  const db = openDatabase({ url: postgres.url, log, max: 10 })
  const transport = smtp.open(
    smtp.settings.parse({ host: '127.0.0.1', port: sinks.smtpPort, secure: 'none', from_address: 'tv@shop.example' }),
    { log, now: () => systemClock.now(), allowPrivate: () => true },
  )
  const app = createApp({
    config: readConfig({}),
    log,
    clock: systemClock,
    db,
    masterKey: randomBytes(32),
    publicUrl: 'http://localhost:3000',
    http: createHttpOut({ allowPrivate: parseAllowList('127.0.0.0/8'), log }),
    templates: createTemplateEngine(2),
    mailer: { transport, from: 'tv@shop.example' },
    allowPrivate: () => true,
  })
  const shop = await sellable(app, sinks)
  const startWorking = (handlers = workerHandlers(app), kinds = sweepPlan.kinds, concurrency = usualConcurrency) =>
    startWorker({
      db,
      directUrl: postgres.url,
      log,
      clock: systemClock,
      concurrency,
      handlers,
      sweep: { ...sweepPlan, kinds, everyMs: 1_000 },
    })
  const worker = working ? await startWorking() : null
  const web = new Hono().post('/hooks/:account', async (c) => {
    const receipt = await receiveNotice(app, c.req.param('account'), {
      body: new Uint8Array(await c.req.arrayBuffer()),
      headers: c.req.header(),
      receivedAt: systemClock.now(),
    })
    return c.body(null, receipt === 'stored' ? 200 : receipt === 'forged' ? 400 : 503)
  })
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((ready) => {
    const started = serve({ fetch: web.fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
      ready({ server: started, port: info.port }),
    )
  })
  return {
    app,
    shop: shop.shop,
    sinks,
    databaseUrl: postgres.url,
    gatewayId: shop.gatewayId,
    planId: shop.planId,
    panelId: shop.panelId,
    startWorker: ({ jobs, kinds, concurrency }) =>
      startWorking(
        new Map([...workerHandlers(app)].filter(([name]) => jobs.includes(name))),
        new Map([...sweepPlan.kinds].filter(([kind]) => kinds.includes(kind))),
        concurrency,
      ),
    noticeUrl: `http://127.0.0.1:${port}/hooks/${shop.gatewayId}`,
    prepare: (count) => prepare(shop, sinks, count),
    async close() {
      server.close()
      await worker?.stop()
      await app.templates.close()
      await transport.close()
      await db.close()
      sinks.stop()
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Sellable = { shop: Shop; gatewayId: string; planId: string; panelId: string }

async function sellable(app: App, sinks: Sinks): Promise<Sellable> {
  const businessId = await createBusiness(
    app,
    { slug: 'bench', name: 'Bench TV', mode: 'test', zone: 'Europe/Berlin', currency: 'EUR', country: 'DE' },
    systemClock.now(),
  )
  const first = await openShop(app, businessId, 'staff:bench')
  const ids = await transaction(first, 'bench', async (tx) => {
    const panelId = await savePanel(tx, first, {
      name: 'Panel',
      kind: 'xui',
      weight: 1,
      capacity: null,
      drained: false,
      settings: {
        url: `${sinks.panel}/k3Fa9xQp/`,
        api_key: '0123456789abcdef0123456789abcdef',
        viewer_scheme: 'http',
        viewer_host: 'tv.example',
        viewer_port: 8080,
      },
    })
    const gatewayId = await saveGateway(tx, first, {
      name: 'Sandbox',
      kind: 'sandbox',
      active: true,
      position: 0,
      settings: { api_base: sinks.gateway, api_key: 'sandbox_key', notice_secret: noticeSecret },
    })
    const productId = await saveProduct(tx, first, {
      name: 'TV',
      description: '',
      lineKind: 'line',
      connections: 1,
      outputs: ['hls', 'ts'],
      usernameStrategy: 'hybrid',
      passwordStrategy: 'generated',
      active: true,
      position: 0,
    })
    const planId = await savePlan(tx, first, {
      productId,
      name: 'Monthly',
      description: '',
      termUnit: 'month',
      termCount: 1,
      creditCostMilli: 0n,
      trial: false,
      renewable: true,
      bestValue: false,
      active: true,
      position: 0,
      prices: [{ currency: 'EUR', amountMinor: 1299n, setupMinor: 0n }],
    })
    await mapProduct(tx, first, productId, [{ panelId, bouquets: [1, 2, 3] }])
    await attestRights(tx, first, 'staff:bench', first.now())
    await goLive(tx, first, first.now())
    return { gatewayId, planId, panelId }
  })
  const shop = await openShop(app, businessId, 'system')
  const test = await testPanel(shop, ids.panelId)
  if (!test.ok) throw new Error(`the panel's live test failed: ${JSON.stringify(test.steps)}`)
  return { ...ids, shop }
}

let made = 0

/** Places orders and pays them at the gateway; its own notices go nowhere, the harness sends them. Not part of what is measured. */
async function prepare({ shop, gatewayId, planId }: Sellable, sinks: Sinks, count: number): Promise<Order[]> {
  const orders: Order[] = []
  const one = async () => {
    const number = ++made
    const order = await placeOrder(shop, {
      cartKey: `bench-${number}`,
      planId,
      email: `buyer${number}@example.net`,
      source: 'api',
    })
    const started = await startPayment(shop, {
      invoiceId: order.invoiceId ?? '',
      gatewayAccountId: gatewayId,
      returnUrl: 'http://localhost/r',
      cancelUrl: 'http://localhost/c',
      description: 'Monthly',
    })
    const remote = started.redirectUrl?.split('/').at(-1) ?? ''
    await fetch(`${sinks.gateway}/__pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: remote, how: 'pay' }),
    }).then((answer) => answer.text())
    orders.push({ id: started.paymentId, remote })
  }
  const lanes = Array.from({ length: 16 }, async (_, lane) => {
    for (let index = lane; index < count; index += 16) await one()
  })
  await Promise.all(lanes)
  return orders
}

/** A notice as the gateway would sign it. */
export function notice(order: Order): { body: string; headers: Record<string, string> } {
  const body = JSON.stringify({
    id: `sbe_${order.remote}`,
    type: 'payment.paid',
    created_at: systemClock.now().toString(),
    data: { id: order.remote, reference: order.id },
  })
  const time = Math.floor(systemClock.now().epochMilliseconds / 1000)
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'sandbox-signature': `t=${time},v1=${createHmac('sha256', noticeSecret).update(`${time}.${body}`).digest('hex')}`,
    },
  }
}
