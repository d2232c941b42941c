/**
 * The world of the scenarios: a real database, real adapters, the imitations of panel and gateway speaking their own protocols, a
 * real SMTP server, and a clock that stands still until the story moves it.
 */
import { randomBytes } from 'node:crypto'
import { smtp } from '#adapters/transports/smtp.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { createApp, jobHandlers, type OutsideKinds, sweepKinds, sweepPlan, workerHandlers } from '#main.ts'
import { saveGateway, testGateway } from '#modules/billing/gateways.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { type Proof, prove } from '#modules/invariants.ts'
import { mapProduct, type PanelFacts, savePanel } from '#modules/lines/panels.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { openShop } from '#modules/people/business.ts'
import { stoppedClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { inTransaction, rows, run, sql } from '#platform/db.ts'
import { inProcessHttpOut } from '#platform/http-out.ts'
import { type Log, silentLog } from '#platform/log.ts'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { earlierOf, laterOf } from '#platform/time.ts'
import type { Handlers } from '#platform/worker/handlers.ts'
import { startWorker } from '#platform/worker.ts'
import { sandboxWith } from '../../src/imitations/gateways/sandbox.ts'
import type { Imitation, ImitationKind } from '../../src/imitations/kit.ts'
import { startMailbox } from '../../src/imitations/mailbox.ts'
import { testDatabase } from './database.ts'
import { type PanelHouse, xuiHouse } from './panel-houses.ts'
import { type OpenShop, openBusiness } from './shop.ts'
import { type Customer, customerOf, present, type Stage } from './stories.ts'

export { gatewayOf } from './shop.ts'

export type World = Awaited<ReturnType<typeof createWorld>>

/** Another way to the database: through a pooler. */
export type Through = (url: string) => Promise<{ url: string; named: boolean }>

export type WorldOptions = {
  start?: string
  zone?: string
  mode?: 'live' | 'test'
  log?: Log
  withMail?: boolean
  through?: Through
  /** The kind of its panel: XUI One unless told. */
  house?: PanelHouse
  /** Its name server; else none answers. */
  dns?: string
  /** Kinds from outside. */
  plugins?: OutsideKinds
  /** Where providers are told to send their notices: nowhere unless told. */
  publicUrl?: string
}

/** What the gateway posted to us, signed. */
export type Notice = { accountId: string; body: string; headers: Record<string, string> }

/** A fault of an imitation, as its `/__faults` takes it. */
export type FaultToStrike = { fault: string; times?: number; action?: string; executes?: boolean; ms?: number }

const origins = { panel: 'http://panel.test', gateway: 'http://pay.test' }

/** Everything a business needs to sell one plan, open for business at `start`. Call `close()` when done. */
export async function createWorld(options: WorldOptions = {}) {
  const database = await testDatabase()
  const log = options.log ?? silentLog
  const clock = stoppedClock(options.start ?? '2026-01-31T12:00:00Z')
  const way = (await options.through?.(database.url)) ?? { url: database.url, named: true }
  const db = openDatabase({ ...way, log })
  const mailbox = await startMailbox({ now: () => clock.now() })
  const house = options.house ?? xuiHouse
  const panel = await house.imitation.create({
    folder: null,
    now: () => clock.now(),
    publicUrl: () => origins.panel,
    options: house.options,
  })
  const delivered: Notice[] = []
  let deaf = false
  let app: App
  const gateway = await sandboxWith(async ({ url, body, headers }) => {
    const accountId = url.slice(url.lastIndexOf('/') + 1)
    delivered.push({ accountId, body, headers })
    if (deaf) return 503
    const receipt = await receiveNotice(app, accountId, { body: Buffer.from(body), headers, receivedAt: clock.now() })
    return receipt === 'stored' ? 200 : 400
  }).create({
    folder: null,
    now: () => clock.now(),
    publicUrl: () => origins.gateway,
    options: { settle_after_ms: '' },
  })
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
  const masterKey = randomBytes(32)
  const templates = createTemplateEngine(1)
  const machines: Imitation[] = []
  const apps: Record<string, (request: Request) => Promise<Response>> = {
    [origins.panel]: async (request) => panel.app.fetch(request),
    [origins.gateway]: async (request) => gateway.app.fetch(request),
  }
  const certificates = new Map<string, Temporal.Instant>()
  /** Another process of the same house would be another App: its own connections, its own caches. */
  const appOn = (database: typeof db): App =>
    createApp({
      plugins: options.plugins,
      config: readConfig({ LOG_LEVEL: 'silent', LINEKEEPER_DNS: options.dns ?? '127.0.0.1:9' }),
      log,
      clock,
      db: database,
      masterKey,
      publicUrl: options.publicUrl ?? 'https://shop.example',
      http: inProcessHttpOut(apps, { log, certificates }),
      templates,
      mailer: options.withMail === false ? null : { transport, from: 'tv@shop.example' },
      allowPrivate: () => true,
    })
  app = appOn(db)
  const opened = await openBusiness(app, origins, {
    slug: 'northwind',
    mode: options.mode ?? 'test',
    ...(options.zone === undefined ? {} : { zone: options.zone }),
    house,
    heeds: (told) => house.heeds?.(panel, told),
  })
  const { shop } = opened
  const handlers = new Map(jobHandlers(app).map((each) => [each.job.name, each]))
  const failures: unknown[] = []
  /** What is due and failed is not tried again before time has passed, as the queue would. */
  const failedAt = new Map<string, string>()

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
    const now = clock.now().toString()
    const due = (await dueNow()).filter((each) => failedAt.get(JSON.stringify(each)) !== now)
    for (const each of due) if (!(await runOne(each.job, each.payload))) failedAt.set(JSON.stringify(each), now)
    return due.length
  }

  const jobOf = new Map(sweepKinds.map(({ kind, job, payloadKey }) => [kind, { name: job.name, payloadKey }]))

  /** All kinds in one statement: asked one by one, what moves from one kind to the next meanwhile would hide from both. */
  async function dueNow(): Promise<{ job: string; payload: unknown }[]> {
    const found = await inTransaction(db, { role: 'lookup' }, 'due-work', (tx) =>
      rows(
        tx,
        sql<{ kind: string; businessId: string; id: string }>`
          select k.kind, d.business_id as "businessId", d.id
          from unnest(${[...jobOf.keys()]}::text[]) with ordinality k (kind, place), due_work(k.kind, ${clock.now()}, 1000) d order by k.place`,
      ),
    )
    return found.map(({ kind, businessId, id }) => {
      const { name, payloadKey } = present(jobOf.get(kind))
      return { job: name, payload: { businessId, [payloadKey]: id } }
    })
  }

  async function runOne(name: string, payload: unknown): Promise<boolean> {
    try {
      await handlers.get(name)?.run(payload)
      return true
    } catch (error) {
      failures.push(error)
      return false
    }
  }

  /** Runs the story while `count` workers of their own, with their own connections, take the jobs; ends when nothing waits. */
  async function withWorkers<T>(count: number, story: (apps: readonly App[]) => Promise<T>): Promise<T> {
    const databases = Array.from({ length: count }, () => openDatabase({ url: database.url, log, max: 8 }))
    const apps = databases.map(appOn)
    const workers = await Promise.all(
      apps.map((each) =>
        startWorker({
          db: each.db,
          directUrl: database.url,
          log,
          clock,
          concurrency: 4,
          handlers: counted(workerHandlers(each)),
          sweep: { ...sweepPlan, everyMs: 50 },
        }),
      ),
    )
    try {
      const result = await story(apps)
      await atRest()
      return result
    } finally {
      await Promise.all(workers.map((each) => each.stop()))
      await Promise.all(databases.map((each) => each.close()))
    }
  }

  /** What runs holds its row for a while, and such a row is not due: so runs are counted, too. */
  const runs = { begun: 0, ended: 0 }
  const counted = (handlers: Handlers): Handlers =>
    new Map(
      [...handlers].map(([name, handler]) => [
        name,
        {
          ...handler,
          run: async (payload: unknown) => {
            runs.begun++
            try {
              await handler.run(payload)
            } finally {
              runs.ended++
            }
          },
        },
      ]),
    )

  async function atRest(): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      const { begun, ended } = runs
      // One statement: what is due may become a job meanwhile, and a job what is due.
      const { rows: waits } = await db.pool.query(
        `select from graphile_worker._private_jobs union all
         select from unnest($1::text[]) k (kind), due_work(k.kind, $2, 1000) limit 1`,
        [[...jobOf.keys()], clock.now().toString()],
      )
      if (waits.length === 0 && begun === ended && begun === runs.begun) return
      await new Promise((done) => setTimeout(done, 25))
      // Workers leave to each other what became due a moment ago: for them time has to pass, but not while they hold a row.
      if (runs.begun === runs.ended) clock.advance({ milliseconds: 500 })
    }
    const { rows: left } = await db.pool.query(
      `select t.identifier as task, j.payload, j.attempts, j.last_error from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id limit 5`,
    )
    throw new Error(`the workers do not come to rest: ${JSON.stringify({ left, due: (await dueNow()).slice(0, 5) })}`)
  }

  const stageOf = (of: Shop): Stage => ({ shop: of, gatewayOrigin: origins.gateway, settle, lineOnPanel })

  /** The panel's own row of a line, by user name. */
  async function lineOnPanel(username: string): Promise<Record<string, unknown> | null> {
    return (await linesOnPanel(username))[0] ?? null
  }

  async function linesOnPanel(username?: string): Promise<Record<string, unknown>[]> {
    const answer = await panel.app.fetch(
      new Request(`${origins.panel}/__lines${username === undefined ? '' : `?username=${username}`}`),
    )
    return ((await answer.json()) as { lines: Record<string, unknown>[] }).lines
  }

  /**
   * Moves the clock to an instant or day (noon UTC), from one thing that is due to the next. `sweep`: what is due is looked for
   * so often only, as a sweep of the house would; a thousand lines whose tries are milliseconds apart are then taken together.
   */
  async function until(at: string, sweep: Temporal.DurationLike = { milliseconds: 1 }): Promise<void> {
    const target = Temporal.Instant.from(at.includes('T') ? at : `${at}T12:00:00Z`)
    for (;;) {
      await settle()
      const next = await nextDue(app, clock.now())
      if (next === null || Temporal.Instant.compare(next, target) > 0) break
      clock.set(earlierOf(laterOf(next, clock.now().add(sweep)), target))
    }
    clock.set(target)
    await settle()
  }

  /** One more way to pay, on a machine of its own, tested. Its notices are handed over by `hears`: no network is between. */
  async function addGateway(imitation: ImitationKind, settingsAt: (origin: string) => Record<string, unknown>) {
    const origin = `http://${imitation.kind}.test`
    const machine = await imitation.create({ folder: null, now: () => clock.now(), publicUrl: () => origin })
    machines.push(machine)
    apps[origin] = async (request) => machine.app.fetch(request)
    const facts = {
      name: imitation.title,
      kind: imitation.kind,
      settings: settingsAt(origin),
      active: true,
      position: 9,
    }
    const id = await transaction(shop, 'add-gateway', (tx) => saveGateway(tx, shop, facts))
    await testGateway(shop, id)
    return {
      id,
      machine,
      does: (path: string, body: unknown) => post(machine, origin, path, body),
      hears: (body: string, headers: Record<string, string>) =>
        receiveNotice(app, id, { body: Buffer.from(body), headers, receivedAt: clock.now() }),
    }
  }

  /** One more panel of the shop, on a machine of its own, tested; a product is mapped to it by `mapTo`. */
  async function addPanel(
    name: string,
    { viewers = {}, ...facts }: Partial<PanelFacts> & { viewers?: object } = {},
    of: PanelHouse = house,
  ) {
    const origin = `http://${name}.test`
    const machine = await of.imitation.create({
      folder: null,
      now: () => clock.now(),
      publicUrl: () => origin,
      options: of.options,
    })
    machines.push(machine)
    apps[origin] = async (request) => machine.app.fetch(request)
    const id = await transaction(shop, 'add-panel', (tx) =>
      savePanel(tx, shop, {
        name,
        kind: of.imitation.kind,
        settings: { ...of.settings(origin), ...viewers },
        weight: 1,
        capacity: null,
        drained: false,
        ...facts,
      }),
    )
    const first = await testPanel(shop, id)
    if (!first.ok) await of.heeds?.(machine, first.steps.map(({ detail }) => detail).join(' '))
    const test = first.ok ? first : await testPanel(shop, id)
    if (!test.ok) throw new Error(`the live test of ${name} failed: ${JSON.stringify(test.steps)}`)
    return {
      id,
      machine,
      origin,
      house: of,
      strike: (fault: FaultToStrike) => post(machine, origin, '/__faults', fault),
      heal: () => machine.faults.clear(),
      /** Its own row of a line. */
      async line(username: string): Promise<Record<string, unknown> | null> {
        const answer = await machine.app.fetch(new Request(`${origin}/__lines?username=${username}`))
        return ((await answer.json()) as { lines: Record<string, unknown>[] }).lines[0] ?? null
      },
      async lines(): Promise<Record<string, unknown>[]> {
        const answer = await machine.app.fetch(new Request(`${origin}/__lines`))
        return ((await answer.json()) as { lines: Record<string, unknown>[] }).lines
      },
    }
  }

  /** The product of the shop is on these panels, in this order. */
  const mapTo = (...panels: (string | { id: string; house: PanelHouse })[]): Promise<void> =>
    transaction(shop, 'map-product', (tx) =>
      mapProduct(
        tx,
        shop,
        opened.productId,
        panels.map((each) =>
          typeof each === 'string' ? { panelId: each, ...house.package } : { panelId: each.id, ...each.house.package },
        ),
      ),
    )

  return {
    app,
    ...opened,
    addPanel,
    addGateway,
    mapTo,
    businessId: shop.businessId,
    clock,
    db,
    databaseUrl: database.url,
    mailbox,
    panel,
    gateway,
    gatewayOrigin: origins.gateway,
    panelOrigin: origins.panel,
    failures,
    settle,
    until,
    withWorkers,
    lineOnPanel,
    linesOnPanel,
    /** As `until`, from now. */
    pass: (duration: Temporal.DurationLike, sweep?: Temporal.DurationLike): Promise<void> =>
      until(clock.now().toZonedDateTimeISO('UTC').add(duration).toInstant().toString(), sweep),
    /** When the TLS certificate of an origin ends, as a handshake shows it. */
    certificates,
    /** From now on an origin leads to the panel, to something else, or (null) to nothing. */
    leads(at: string, to: 'panel' | ((request: Request) => Promise<Response>) | null): void {
      if (to === null) delete apps[at]
      else apps[at] = to === 'panel' ? async (request) => panel.app.fetch(request) : to
    },
    /** Every notice that the gateway sent, whether it was taken or not. */
    delivered: delivered as readonly Notice[],
    /** The gateway's notices do not arrive until the shop hears again; they are kept in `delivered`. */
    hears(hearing: boolean): void {
      deaf = !hearing
    },
    /** A notice arrives, at this process or another. */
    notify: (notice: Notice, at: App = app) =>
      receiveNotice(at, notice.accountId, {
        body: Buffer.from(notice.body),
        headers: notice.headers,
        receivedAt: clock.now(),
      }),
    /** What the next charges of a customer's kept methods bring, one by one; the last stays. */
    script: (customerId: string, ...outcomes: string[]) =>
      post(gateway, origins.gateway, '/__method', { customer: customerId, outcomes }),
    /** The buyer of a payment, by the sandbox's id of it, takes his money back. */
    takesBack: (id: string) => post(gateway, origins.gateway, '/__dispute', { id }),
    deliverHeldNotices: () => post(gateway, origins.gateway, '/__deliver', {}),
    strike: (whom: 'panel' | 'gateway', fault: FaultToStrike) =>
      post(whom === 'panel' ? panel : gateway, origins[whom], '/__faults', fault),
    heal: (whom: 'panel' | 'gateway') => (whom === 'panel' ? panel : gateway).faults.clear(),
    /** An administrator of the panel changes a line behind our back, or loses it; or somebody begins to watch by it. */
    byHand: (
      act: 'edit' | 'forget' | 'watch',
      body: { username: string; fields?: Record<string, string | number | null> },
    ) => post(panel, origins.panel, `/__${act}`, body),
    /** An administrator of the panel makes a line, with any columns of the panel's own table. */
    addedByHand: (...lines: ({ username: string } & Record<string, string | number | null>)[]) =>
      post(panel, origins.panel, '/__add', { lines }),
    truth: () => [...panel.store.facts()],
    customer: (name: string, of: Shop = shop): Customer => customerOf(stageOf(of), name),
    stage: stageOf(shop),
    /** Changes a row of the shop's past every door, and fails when there was none. */
    async tamper(text: string): Promise<void> {
      const changed = await inTransaction(db, { role: 'app', businessId: shop.businessId }, 'tamper', (tx) =>
        run(tx, sql.raw(text)),
      )
      if (changed === 0) throw new Error(`nothing was changed by ${text}`)
    },
    /** Another business of the same installation. */
    another: (slug: string, facts: { zone?: string; currency?: string; house?: PanelHouse } = {}): Promise<OpenShop> =>
      openBusiness(app, origins, { slug, name: slug, ...facts }),
    /** The same shop as somebody else sees it. */
    as: (actor: string): Promise<Shop> => openShop(app, shop.businessId, actor),
    proof: (): Promise<Proof> => prove(db, clock.now()),
    async close(): Promise<void> {
      await templates.close()
      await transport.close()
      await mailbox.stop()
      await panel.close()
      for (const machine of machines) await machine.close()
      await gateway.close()
      await db.close()
      await database.drop()
    },
  }
}

/** A request to an imitation's own controls. */
async function post(imitation: Imitation, origin: string, path: string, body: unknown): Promise<unknown> {
  const answer = await imitation.app.fetch(
    new Request(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

/** When something becomes due next, by the machine's clock: what a scenario jumps to. */
async function nextDue(app: App, now: Temporal.Instant): Promise<Temporal.Instant | null> {
  const found = await inTransaction(app.db, { role: 'report' }, 'next-due', (tx) =>
    rows(
      tx,
      sql<{ at: Temporal.Instant | null }>`select min(at) as at from (
        select next_step_at as at from subscriptions union all select next_try_at from line_moves union all select next_try_at from line_leftovers union all select next_look_at from evacuations union all select next_look_at from adoptions union all select next_look_at from affiliates union all select next_try_at from lines union all select next_try_at from messages
        union all select next_try_at from collections union all select forget_at from payment_methods union all select warn_at from payment_methods union all select next_check_at from method_setups union all select next_check_at from payments union all select next_try_at from notices union all select next_check_at from refunds
        union all select expires_at from orders where status in ('awaiting_payment', 'processing')) due where at > ${now}`,
    ),
  )
  return found[0]?.at ?? null
}
