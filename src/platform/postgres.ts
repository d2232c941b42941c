/**
 * Keeps the embedded PostgreSQL running. It listens on a Unix socket only, in a folder that nobody else may enter, so it
 * needs neither a port nor a password. It is started apart from us: what kills this process leaves the database, its
 * recovery and everybody else's connections alone, and the next start adopts it. A data folder is never deleted.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StartError } from './errors.ts'
import type { Log } from './log.ts'
import { type Cluster, type ClusterSettings, openCluster } from './postgres-cluster.ts'
import { launch, livingPostmaster } from './postgres-server.ts'

export type Postgres = {
  /** Of a role that owns the database but is no superuser, so row-level security binds it as it does elsewhere. */
  url: string
  /** Whether the server was running already: left by a killed process, or in use by another one. */
  adopted: boolean
  /** Ends the server, unless another process still uses it. */
  stop(): Promise<void>
}

export type PostgresOptions = { dataFolder: string; log: Log; settings?: ClusterSettings }

/** Every process that uses the server holds this shared; who can have it alone is the last and turns off the light. */
const keeperLock = 7_236_000

/** Resolves when the server takes connections; throws `StartError` when it never will. */
export async function startPostgres({ dataFolder, log, settings = {} }: PostgresOptions): Promise<Postgres> {
  const cluster = await openCluster(dataFolder, settings)
  let stopping = false
  let reviving: Promise<void> = Promise.resolve()
  let keeper = await keep(cluster, log)
  const { adopted } = keeper
  try {
    await makeDatabase(keeper.client)
  } catch (error) {
    await stop()
    throw error
  }
  log.info('database ready', { folder: cluster.folder, adopted })
  watch(keeper.client)

  /** A server that dies under us (out of memory, kill -9) is started again; its clients reconnect to the same socket. */
  function watch(client: pg.Client): void {
    client.once('end', () => {
      if (!stopping) reviving = revive()
    })
  }

  async function revive(): Promise<void> {
    log.warn('the connection to the embedded database is gone; bringing it back')
    while (!stopping) {
      try {
        keeper = await keep(cluster, log)
        log.info('the embedded database is back')
        return watch(keeper.client)
      } catch (error) {
        log.error('the embedded database does not come back', { error })
        await sleep(1_000)
      }
    }
  }

  async function stop(): Promise<void> {
    stopping = true
    await reviving // A server that is just coming back would be left behind.
    if (await isLast(keeper.client)) await shutDown(cluster, log)
    await keeper.client.end().catch(() => {})
  }

  return { url: urlOf(cluster, 'linekeeper', 'linekeeper'), adopted, stop }
}

/** Brings the server up and registers with it; begins again when it was just being shut down by another process. */
async function keep(cluster: Cluster, log: Log): Promise<{ client: pg.Client; adopted: boolean }> {
  for (let tries = 1; ; tries++) {
    const adopted = await bringUp(cluster, log)
    const client = connection(cluster)
    try {
      await client.connect()
      await client.query('select pg_advisory_lock_shared($1)', [keeperLock])
      return { client, adopted }
    } catch (error) {
      await client.end().catch(() => {})
      if (tries >= 20) throw error
      await sleep(100)
    }
  }
}

/**
 * Until the server answers. Busy (recovering after a kill, or shutting down) is waited for as long as it takes, up to ten
 * minutes; after a kill -9 the lock file and the shared memory may belong to dying processes for a second or two, so a
 * refused start is repeated for 15 seconds.
 */
async function bringUp(cluster: Cluster, log: Log): Promise<boolean> {
  let server: Awaited<ReturnType<typeof launch>> | null = null
  let busy = 0
  let absent = 0
  while (busy < 12_000 && absent < 300) {
    const state = await dial(cluster)
    if (state === 'ready') return server === null || server.failure() !== null
    if (state === 'busy') busy++
    else absent++
    if (busy === 200) log.info('waiting for the embedded database to finish its recovery')
    if (state === 'absent' && (server === null || server.failure() !== null)) {
      const failure = server?.failure()
      if (failure && !failure.passing) throw notStarted(cluster, failure.reason)
      if ((await livingPostmaster(cluster.folder)) === null) server = await launch(cluster)
    }
    await sleep(50)
  }
  throw notStarted(cluster, server?.failure()?.reason ?? 'it does not answer')
}

const notStarted = (cluster: Cluster, reason: string) =>
  new StartError(`The embedded database in ${cluster.folder} did not start: ${reason} (more in ${cluster.logFile}).`)

/** `busy`: there is a server, but it is starting, recovering, shutting down or out of breath. */
async function dial(cluster: Cluster): Promise<'ready' | 'busy' | 'absent'> {
  const client = connection(cluster)
  try {
    await client.connect()
    return 'ready'
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK' ? 'absent' : 'busy'
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Repeatable: a start that was killed between the two leaves the rest to the next one. PostgreSQL has two ways to say that
 * a name is there already; the second is for who creates it at the same moment.
 */
async function makeDatabase(superuser: pg.Client): Promise<void> {
  const unlessThere = (error: pg.DatabaseError) => {
    if (!['42710', '42P04', '23505'].includes(error.code ?? '')) throw error
  }
  await superuser.query('create role linekeeper login createdb createrole').catch(unlessThere)
  await superuser.query('create database linekeeper owner linekeeper').catch(unlessThere)
}

async function isLast(client: pg.Client): Promise<boolean> {
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [keeperLock])
    const { rows } = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [keeperLock])
    return rows[0]?.last === true
  } catch {
    return false // The server is gone already.
  }
}

/** A fast shutdown: open transactions roll back, everything committed is on disk. It completes even if we do not wait. */
async function shutDown(cluster: Cluster, log: Log): Promise<void> {
  const postmaster = await livingPostmaster(cluster.folder)
  if (postmaster === null) return
  process.kill(postmaster, 'SIGINT')
  for (let tries = 0; tries < 400; tries++) {
    if ((await livingPostmaster(cluster.folder)) === null) return
    await sleep(25)
  }
  log.warn('the embedded database takes long to stop; it finishes by itself')
}

function connection(cluster: Cluster): pg.Client {
  const client = new pg.Client({
    connectionString: urlOf(cluster, 'postgres', 'postgres'),
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {}) // Its end is what counts, and `watch` sees that.
  return client
}

const urlOf = (cluster: Cluster, role: string, database: string) =>
  `postgres://${role}@localhost/${database}?host=${encodeURIComponent(cluster.socketFolder)}`
