/**
 * The world of the scenarios: a real database, real adapters, the imitations of panel and gateway speaking their own protocols, a
 * real SMTP server, and a clock that stands still until the story moves it.
 */
import { randomBytes } from 'node:crypto'
import { smtp } from '#adapters/transports/smtp.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { createApp, jobHandlers, sweepKinds } from '#main.ts'
import { findGateway, saveGateway, testGateway } from '#modules/billing/gateways.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { mapProduct, savePanel } from '#modules/lines/panels.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { attestRights, createBusiness, goLive, openShop } from '#modules/people/business.ts'
import { stoppedClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { inTransaction, openDatabase, rows, sql } from '#platform/db.ts'
import { inProcessHttpOut } from '#platform/http-out.ts'
import { type Log, silentLog } from '#platform/log.ts'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { sandboxWith } from '../../src/imitations/gateways/sandbox.ts'
import { startMailbox } from '../../src/imitations/mailbox.ts'
import { xui, xuiDefaults } from '../../src/imitations/panels/xui.ts'
import { testDatabase } from './database.ts'

export type World = Awaited<ReturnType<typeof createWorld>>

export type WorldOptions = { start?: string; zone?: string; mode?: 'live' | 'test'; log?: Log; withMail?: boolean }

/** Everything a business needs to sell one plan, open for business at `start`. Call `close()` when done. */
export async function createWorld(options: WorldOptions = {}) {
  const database = await testDatabase()
  const log = options.log ?? silentLog
  const clock = stoppedClock(options.start ?? '2026-01-31T12:00:00Z')
  const db = openDatabase({ url: database.url, log })
  const mailbox = await startMailbox({ now: () => clock.now() })
  const panel = await xui.create({ folder: null, now: () => clock.now(), publicUrl: () => panelOrigin })
  let app: App
  const gateway = await sandboxWith(async ({ url, body, headers }) => {
    const account = url.slice(url.lastIndexOf('/') + 1)
    const receipt = await receiveNotice(app, account, { body: Buffer.from(body), headers, receivedAt: clock.now() })
    return receipt === 'stored' ? 200 : 400
  }).create({ folder: null, now: () => clock.now(), publicUrl: () => gatewayOrigin, options: { settle_after_ms: '' } })
  const config = readConfig({ LOG_LEVEL: 'silent' })
  const transport = smtp.open(
    smtp.settings.parse({
      host: '127.0.0.1',
      port: mailbox.port,
      secure: 'none',
      from_address: 'tv@shop.example',
      from_name: 'Northwind TV',
    }),
    { log, now: () => clock.now(), allowPrivate: () => true },
  )
  app = createApp({
    config,
    log,
    clock,
    db,
    masterKey: randomBytes(32),
    publicUrl: 'https://shop.example',
    http: inProcessHttpOut(
      {
        [panelOrigin]: (request) => panel.app.fetch(request),
        [gatewayOrigin]: (request) => gateway.app.fetch(request),
      },
      { log },
    ),
    templates: createTemplateEngine(1),
    mailer: options.withMail === false ? null : { transport, from: 'tv@shop.example' },
    allowPrivate: () => true,
  })
  const businessId = await createBusiness(
    app,
    {
      slug: 'northwind',
      name: 'Northwind TV',
      mode: options.mode ?? 'test',
      zone: options.zone ?? 'Europe/Berlin',
      currency: 'EUR',
      country: 'DE',
      supportEmail: 'help@shop.example',
    },
    clock.now(),
  )
  const shop = await setUp(app, businessId)
  const jobs = jobHandlers(app)
  const names = new Map(jobs.map((each) => [each.job.name, each]))
  const failures: unknown[] = []

  /** Runs waiting jobs and due work until nothing is left at this instant. */
  async function settle(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      const ran = await runJobs()
      const due = await runDue()
      if (ran + due === 0) return
    }
    throw new Error('the world does not come to rest')
  }

  async function runJobs(): Promise<number> {
    const { rows: waiting } = await db.pool.query<{ id: string; name: string; payload: unknown }>(
      `with taken as (delete from graphile_worker._private_jobs returning id, task_id, payload)
       select taken.id::text, t.identifier as name, taken.payload from taken join graphile_worker._private_tasks t on t.id = taken.task_id order by taken.id`,
    )
    for (const each of waiting) await runOne(each.name, each.payload)
    return waiting.length
  }

  async function runDue(): Promise<number> {
    let count = 0
    for (const { kind, job, payloadKey } of sweepKinds) {
      const due = await inTransaction(db, { role: 'lookup' }, 'due-work', (tx) =>
        rows(
          tx,
          sql<{
            businessId: string
            id: string
          }>`select business_id as "businessId", id from due_work(${kind}, ${clock.now()}, 1000)`,
        ),
      )
      for (const { businessId: owner, id } of due) await runOne(job.name, { businessId: owner, [payloadKey]: id })
      count += due.length
    }
    return count
  }

  async function runOne(name: string, payload: unknown): Promise<void> {
    try {
      await names.get(name)?.run(payload)
    } catch (error) {
      failures.push(error)
    }
  }

  return {
    app,
    shop,
    businessId,
    clock,
    db,
    databaseUrl: database.url,
    mailbox,
    panel,
    gateway,
    failures,
    settle,
    /** Moves the clock to an instant or day (noon UTC), hour by hour where something is due. */
    async until(at: string): Promise<void> {
      const target = Temporal.Instant.from(at.includes('T') ? at : `${at}T12:00:00Z`)
      for (;;) {
        await settle()
        const next = await nextDue(app, clock.now())
        if (next === null || Temporal.Instant.compare(next, target) > 0) break
        clock.set(next)
      }
      clock.set(target)
      await settle()
    },
    /** The panel's own row of a line, by user name. */
    async lineOnPanel(username: string): Promise<Record<string, unknown> | null> {
      const answer = await panel.app.fetch(new Request(`${panelOrigin}/__lines?username=${username}`))
      const { lines } = (await answer.json()) as { lines: Record<string, unknown>[] }
      return lines[0] ?? null
    },
    async close(): Promise<void> {
      await app.templates.close()
      await transport.close()
      await mailbox.stop()
      await panel.close()
      await gateway.close()
      await db.close()
      await database.drop()
    },
  }
}

const panelOrigin = 'http://panel.test'
const gatewayOrigin = 'http://pay.test'

/** When something becomes due next, by the machine's clock: what a scenario jumps to. */
async function nextDue(app: App, now: Temporal.Instant): Promise<Temporal.Instant | null> {
  const found = await inTransaction(app.db, { role: 'report' }, 'next-due', (tx) =>
    rows(
      tx,
      sql<{ at: Temporal.Instant | null }>`select min(at) as at from (
        select next_step_at as at from subscriptions union all select next_try_at from lines union all select next_try_at from messages
        union all select next_check_at from payments union all select next_try_at from notices union all select next_check_at from refunds
        union all select expires_at from orders where status in ('awaiting_payment', 'processing')) due where at > ${now}`,
    ),
  )
  return found[0]?.at ?? null
}

/** A panel, a gateway, a product and a plan, each through its own door and its own live test. */
async function setUp(app: App, businessId: string): Promise<Shop> {
  let shop = await openShop(app, businessId, 'staff:setup')
  const { panelId, gatewayId } = await transaction(shop, 'set-up', async (tx) => {
    const panelId = await savePanel(tx, shop, {
      name: 'Panel A',
      kind: 'xui',
      settings: {
        url: `${panelOrigin}/${xuiDefaults.access_code}/`,
        api_key: xuiDefaults.api_key,
        viewer_scheme: 'http',
        viewer_host: 'tv.example',
        viewer_port: 8080,
      },
      weight: 1,
      capacity: null,
      drained: false,
    })
    const gatewayId = await saveGateway(tx, shop, {
      name: 'Sandbox',
      kind: 'sandbox',
      settings: { api_base: gatewayOrigin, api_key: 'sandbox_key', notice_secret: 'sandbox_notice_secret' },
      active: true,
      position: 0,
    })
    await saveGateway(tx, shop, {
      name: 'Bank transfer',
      kind: 'manual',
      settings: { instructions: 'Please transfer {amount} with the reference {reference}.' },
      active: true,
      position: 1,
    })
    const productId = await saveProduct(tx, shop, {
      name: 'Family',
      description: '',
      lineKind: 'line',
      connections: 2,
      outputs: ['hls', 'ts'],
      usernameStrategy: 'hybrid',
      passwordStrategy: 'generated',
      active: true,
      position: 0,
    })
    await savePlan(tx, shop, {
      productId,
      name: 'Family monthly',
      description: '',
      termUnit: 'month',
      termCount: 1,
      creditCostMilli: 1000n,
      trial: false,
      renewable: true,
      bestValue: false,
      active: true,
      position: 0,
      prices: [{ currency: 'EUR', amountMinor: 1299n, setupMinor: 0n }],
    })
    await mapProduct(tx, shop, productId, [{ panelId, bouquets: [1, 2, 3] }])
    await attestRights(tx, shop, 'staff:setup', shop.now())
    await goLive(tx, shop, shop.now())
    return { panelId, gatewayId }
  })
  shop = await openShop(app, businessId, 'system')
  const test = await testPanel(shop, panelId)
  if (!test.ok) throw new Error(`the panel's live test failed: ${JSON.stringify(test.steps)}`)
  await testGateway(shop, gatewayId)
  await app.http.request({
    provider: 'sandbox',
    method: 'POST',
    url: `${gatewayOrigin}/__accounts`,
    json: {
      api_key: 'sandbox_key',
      notice_url: `https://shop.example/hooks/${gatewayId}`,
      notice_secret: 'sandbox_notice_secret',
    },
    writes: true,
  })
  return shop
}

/** The first gateway account of a kind. */
export const gatewayOf = (shop: Shop, id: string) => transaction(shop, 'read-gateway', (tx) => findGateway(tx, id))
