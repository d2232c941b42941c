/** Opens the store that a command means, with an App over it, and closes both again. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '#app.ts'
import { businessBySlug, rootBusiness } from '#modules/people/business.ts'
import type { Config } from '#platform/config.ts'
import { Refusal, StartError } from '#platform/errors.ts'
import { createLog, type Log } from '#platform/log.ts'
import { livingPostmaster } from '#platform/postgres-server.ts'
import { type DemoFile, readDemoFile } from '../demo/machines.ts'
import { createHouseApp } from '../house.ts'
import { readSettings } from '../plugins.ts'
import { openStore, type Store, type StoreKind, storeFolder } from '../store.ts'

export const storeOptions = { demo: { type: 'boolean' }, live: { type: 'boolean' } } as const
export type StoreChoice = { demo?: boolean | undefined; live?: boolean | undefined }

export const storeHelp = `  --demo            the demo's data
  --live            the real installation's data
                    (without either: the one that is there, or that runs)`

/** Warnings only, unless LOG_LEVEL says otherwise: a command's output is its answer. */
export const commandLog = (config: Config): Log => createLog(process.env.LOG_LEVEL ? config.logLevel : 'warn')

export async function withApp<T>(choice: StoreChoice, work: (app: App, store: Store) => Promise<T>): Promise<T> {
  const { config, plugins } = await readSettings(process.env)
  const log = commandLog(config)
  const store = await openStore(config, await chosenKind(config, choice), log)
  try {
    const demo = store.kind === 'demo' ? await readDemoFile(store.folder) : null
    const publicUrl = config.publicUrl ?? demo?.made?.publicUrl ?? `http://localhost:${config.port}`
    const app = createHouseApp(reachingDemo(config, demo), store, publicUrl, log, { plugins })
    try {
      return await work(app, store)
    } finally {
      await app.mailer?.transport.close()
      await app.templates.close()
      await app.db.close()
    }
  } finally {
    await store.close()
  }
}

/** The demo's machines run in another process of this machine: they, and no others, may be reached. */
function reachingDemo(config: Config, demo: DemoFile | null): Config {
  if (demo === null) return config
  const house = Number(new URL(demo.made?.publicUrl ?? 'http://localhost:3000').port || 80)
  const ports = [...demo.machines.panels.map(({ port }) => port), house]
  const own = ports.flatMap((port) => [`127.0.0.1:${port}`, `[::1]:${port}`])
  return { ...config, smtpUrl: null, allowPrivateHosts: [config.allowPrivateHosts, ...own].filter(Boolean).join(',') }
}

/** What was asked for; else the store that is there; of two the one that runs. */
export async function chosenKind(config: Config, { demo = false, live = false }: StoreChoice): Promise<StoreKind> {
  if (demo && live) throw new StartError('Choose one of --demo and --live.')
  if (demo) return 'demo'
  if (live || config.databaseUrl !== null || config.production) return 'live'
  const kinds: StoreKind[] = ['live', 'demo']
  const folders = await Promise.all(kinds.map((kind) => storeFolder(config, kind)))
  const there = await Promise.all(folders.map((folder) => exists(join(folder, 'secret.key'))))
  if (!there.every(Boolean)) return there[1] ? 'demo' : 'live'
  const running = await Promise.all(
    folders.map(async (folder) => (await livingPostmaster(join(folder, 'postgres'))) !== null),
  )
  if (running[0] !== running[1]) return running[0] ? 'live' : 'demo'
  throw new StartError('There is a demo and a real installation here: say --demo or --live.')
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** The business that is named by slug or id, else the operator's own. */
export async function businessNamed(app: App, name: string | undefined): Promise<string> {
  const found =
    name === undefined ? await rootBusiness(app) : name.startsWith('biz_') ? name : await businessBySlug(app, name)
  if (found !== null) return found
  throw new Refusal(
    'not_found',
    name === undefined
      ? 'There is no business yet: make its owner first with "linekeeper admin create".'
      : `There is no business "${name}".`,
  )
}
