/** A whole house: database, worker, web and, for a demo, the world around it. Started in order, stopped in reverse. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '#app.ts'
import { createApp, type OutsideKinds, openMailer, sweepPlan, workerHandlers } from '#main.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { systemClock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { createHttpOut, mayReach, parseAllowList } from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { startWorker, usualConcurrency } from '#platform/worker.ts'
import { createWebHandler, ensureBuilt } from '#web/handler.ts'
import { type DemoWorld, openDemo } from './demo/world.ts'
import { openGate } from './gate.ts'
import { watchLife } from './life-signs.ts'
import { createServer } from './server.ts'
import { signInMail } from './sign-in-mail.ts'
import { openStore, type Store, type StoreKind } from './store.ts'
import { makeMonths, startUpkeep } from './upkeep.ts'

export type House = {
  app: App
  store: Store
  /** Where people reach it; null for a worker, which answers nobody. */
  url: string | null
  demo: DemoWorld | null
  /** Finishes what is in hand, or hands it back, within ten seconds. Repeating it is no error. */
  stop(): Promise<void>
}

export type HouseOptions = {
  kind: StoreKind
  log: Log
  /** Adapters from outside. */
  plugins?: OutsideKinds
  /** Lines for the person who starts it. */
  say(line: string): void
}

/** Of the ten seconds in which we must be gone, what the work in hand may take. */
const finishMs = 8_000
const stopMs = 9_500

/** Throws `StartError` for what cannot work, after taking back what had begun. */
export async function startHouse(config: Config, options: HouseOptions): Promise<House> {
  const closers: (() => Promise<unknown>)[] = []
  let stopping: Promise<void> | null = null
  const stop = () => {
    stopping ??= Promise.race([closeAll(closers, options.log), sleep(stopMs, undefined, { ref: false })])
    return stopping
  }
  try {
    return { ...(await start(config, options, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(config: Config, { kind, log, say, plugins }: HouseOptions, closers: (() => Promise<unknown>)[]) {
  checkSettings(config, log)
  const { role } = config
  // First of all: a taken port is told before anything else has begun, and `PORT=0` is known from here on.
  const gate = role === 'worker' ? null : await openGate({ port: config.port, host: config.host })
  if (gate !== null) closers.push(gate.close)
  const url = gate === null ? null : gate.url
  const publicUrl = config.publicUrl ?? url ?? `http://localhost:${config.port}`

  const store = await openStore(config, kind, log)
  closers.push(store.close)
  const built = gate === null ? Promise.resolve() : ensureBuilt(say)
  built.catch(() => {}) // Awaited below, when the rest stands.

  const demo = kind === 'demo' ? await demoFor(config, store, publicUrl, gate?.port ?? config.port, log, say) : null
  if (demo !== null) closers.push(demo.close)
  const app = createHouseApp(config, store, publicUrl, log, { demo, ...(plugins && { plugins }) })
  closers.push(
    () => app.db.close(),
    () => app.templates.close(),
    async () => app.mailer?.transport.close(),
  )
  await makeMonths(app)
  await demo?.moveIn(app)

  const finish: (() => Promise<unknown>)[] = []
  closers.push(() => Promise.all(finish.map((each) => each())))
  if (role !== 'web') {
    const life =
      kind === 'demo' ? null : await watchLife(app, { folder: store.folder, databaseUrl: config.databaseUrl })
    if (life !== null) finish.push(life.stop)
    const upkeep = startUpkeep(app)
    const worker = await startWorker({
      db: app.db,
      directUrl: store.directUrl,
      log,
      clock: systemClock,
      concurrency: usualConcurrency,
      handlers: workerHandlers(app),
      sweep: { ...sweepPlan, everyMs: 1_000 },
    })
    finish.push(() => worker.stop(finishMs), upkeep.stop)
  }
  if (gate !== null) {
    await built
    const limits = createRateLimits(app)
    const signIn = createSignIn(app, { sendMagicLink: signInMail(app), limits })
    gate.admit(createServer(app, { web: createWebHandler(), signIn, limits, ...(demo === null ? {} : { demo }) }))
    finish.push(() => Promise.race([gate.close(), sleep(finishMs, undefined, { ref: false })]))
  }
  return { app, store, url: gate === null ? null : publicUrl, demo }
}

/** Settings whose faults would otherwise show up only when they are used. */
function checkSettings(config: Config, log: Log): void {
  const allowed = parseAllowList(config.allowPrivateHosts)
  const mailer = openMailer({ config, log, clock: systemClock, allowPrivate: allowing(allowed) })
  void mailer?.transport.close()
}

const allowing = (list: ReturnType<typeof parseAllowList>) => (address: string, port: number) =>
  mayReach(address, port, list)

async function demoFor(
  config: Config,
  store: Store,
  publicUrl: string,
  port: number,
  log: Log,
  say: (line: string) => void,
): Promise<DemoWorld> {
  const place = { folder: store.folder, publicUrl, localUrl: `http://127.0.0.1:${port}` }
  return openDemo({ config, log, store, place, port, say })
}

/** The App over an open store: also what commands work with. */
export function createHouseApp(
  config: Config,
  store: Pick<Store, 'url' | 'key'>,
  publicUrl: string,
  log: Log,
  {
    demo = null,
    plugins,
  }: {
    demo?: Pick<DemoWorld, 'http' | 'transports' | 'mailer' | 'allowPrivate'> | null
    plugins?: OutsideKinds
  } = {},
): App {
  const db = openDatabase({ url: store.url, log, named: config.namedStatements })
  const list = parseAllowList(config.allowPrivateHosts)
  const allowPrivate = demo?.allowPrivate ?? allowing(list)
  const app = createApp({
    plugins,
    config,
    log,
    clock: systemClock,
    db,
    masterKey: store.key,
    publicUrl,
    http: demo?.http ?? createHttpOut({ allowPrivate: list, log }),
    templates: createTemplateEngine(2),
    mailer: demo?.mailer ?? openMailer({ config, log, clock: systemClock, allowPrivate }),
    allowPrivate,
  })
  return demo === null ? app : { ...app, transports: demo.transports }
}

/** In reverse order; what fails to close is logged and holds nobody up. */
async function closeAll(closers: (() => Promise<unknown>)[], log: Log): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop())
    await close().catch((error: unknown) => log.warn('could not be closed', { error }))
}
