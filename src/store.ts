/** Opens what a house lives in: its folder, its secret key, its database. A demo's store and a real one are never taken for each other. */
import { join } from 'node:path'
import pg from 'pg'
import { type Clock, systemClock } from '#platform/clock.ts'
import { type Config, masterKey, writableFolder } from '#platform/config.ts'
import { type Key, seal, unseal } from '#platform/crypto.ts'
import { waitForDatabase, withClient } from '#platform/db/connection.ts'
import { StartError } from '#platform/errors.ts'
import type { Log } from '#platform/log.ts'
import { migrate } from '#platform/migrate.ts'
import { startPostgres } from '#platform/postgres.ts'
import { makeFolders, reachableFolder } from '#platform/postgres-folder.ts'

export type StoreKind = 'demo' | 'live'

export type Store = {
  kind: StoreKind
  folder: string
  key: Key
  /** What the application uses; perhaps through a pooler. */
  url: string
  /** Past a pooler: migrations, the worker, its lock. */
  directUrl: string
  /** False for a demo whose past was never finished. */
  ready: boolean
  /** Ends the embedded database, unless another process still uses it. */
  close(): Promise<void>
}

/** `asked` is what the command line says, if anything. */
export function storeKind(config: Config, asked: { demo: boolean; empty: boolean }): StoreKind {
  if (asked.demo && asked.empty) throw new StartError('Choose one of --demo and --empty.')
  if (asked.demo) return 'demo'
  if (asked.empty || config.databaseUrl !== null || config.production) return 'live'
  return 'demo'
}

/** A demo may move to the system's folder for temporary files; a real installation is told to choose another folder instead. */
export const storeFolder = (config: Config, kind: StoreKind): Promise<string> => {
  const wanted = join(config.dataFolder, kind)
  return kind === 'demo' && config.databaseUrl === null ? reachableFolder(wanted) : Promise.resolve(wanted)
}

/** Migrated and ready for use. Throws `StartError`, one sentence, for whatever cannot work. */
export async function openStore(config: Config, kind: StoreKind, log: Log): Promise<Store> {
  const folder = await storeFolder(config, kind)
  await makeFolders(folder).catch(() => {}) // Open to the database's user; what cannot be made is told by the next line.
  writableFolder(folder)
  const key = masterKey({ ...config, dataFolder: folder })
  const base = await openBase(config, folder, log)
  try {
    await migrate(base.directUrl).catch((error: unknown) => {
      if (error instanceof StartError || !(error instanceof pg.DatabaseError)) throw error
      throw new StartError(`The database cannot be brought up to date: ${error.message}.`)
    })
    await refuseOtherClock(base.directUrl)
    const { ready } = await identify(base.directUrl, kind, key)
    return { kind, folder, key, ready, ...base }
  } catch (error) {
    await base.close()
    throw error
  }
}

/** By how much the database's clock may differ from ours. */
const clockSeconds = 60

/** What is due is asked of the one clock and written by the other: far apart, all would be early or late (F49). */
export async function refuseOtherClock(url: string, clock: Clock = systemClock): Promise<void> {
  const there = await withClient(url, async (client) => {
    const { rows } = await client.query<{ ms: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
    )
    return rows[0]?.ms ?? 0
  })
  const seconds = Math.round((there - clock.now().epochMilliseconds) / 1000)
  if (Math.abs(seconds) > clockSeconds)
    throw new StartError(
      `The database's clock is ${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead of' : 'behind'} this machine's: set both by a time server.`,
    )
}

async function openBase(config: Config, folder: string, log: Log): Promise<Pick<Store, 'url' | 'directUrl' | 'close'>> {
  const { databaseUrl } = config
  if (databaseUrl === null) {
    const server = await startPostgres({ dataFolder: join(folder, 'postgres'), log })
    return { url: server.url, directUrl: server.url, close: () => server.stop() }
  }
  const directUrl = config.databaseDirectUrl ?? databaseUrl
  for (const url of new Set([directUrl, databaseUrl])) await waitForDatabase(url)
  return { url: databaseUrl, directUrl, close: async () => {} }
}

const place = 'installation'

type Identity = { kind: StoreKind; key_check: string; ready: boolean }

/** Says what a new database is; refuses one that is something else, or belongs to another secret key. */
async function identify(url: string, kind: StoreKind, key: Key): Promise<Identity> {
  const found = await withClient(url, async (client) => {
    await client.query(
      `insert into installation (kind, key_check, ready_at) values ($1, $2, case when $1 = 'live' then now() end) on conflict do nothing`,
      [kind, seal(key, place, 'ok')],
    )
    const { rows } = await client.query<Identity>(
      'select kind, key_check, ready_at is not null as ready from installation',
    )
    return rows[0] as Identity
  })
  if (found.kind !== kind)
    throw new StartError(
      found.kind === 'demo'
        ? 'This database holds a demo, which never becomes a real shop: start it with --demo, or name another database.'
        : 'This database holds a real shop, where no demo may live: start it without --demo, or name another database.',
    )
  try {
    unseal(key, place, found.key_check)
  } catch {
    throw new StartError(
      'The secret key is not the one that this database was made with: put its secret.key back, or set LINEKEEPER_SECRET_KEY to it.',
    )
  }
  return found
}

/** The demo's past is complete: the next start goes on from it. */
export const markReady = (store: Store): Promise<void> =>
  withClient(store.directUrl, async (client) => void (await client.query('update installation set ready_at = now()')))

/** Takes away what a demo left unfinished, so that it can be made anew. Refuses everything but that. */
export async function emptyUnfinishedDemo(store: Store): Promise<void> {
  await withClient(store.directUrl, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(
      `select kind = 'demo' and ready_at is null as mine from installation`,
    )
    if (rows[0]?.mine !== true) throw new StartError('Only an unfinished demo is ever made anew.')
    await client.query('drop schema if exists graphile_worker, auth cascade')
    await client.query('drop schema public cascade')
    await client.query('create schema public')
  })
  await migrate(store.directUrl)
  await identify(store.directUrl, store.kind, store.key)
}
