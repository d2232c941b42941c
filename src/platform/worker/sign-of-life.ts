/**
 * How a worker's death is noticed within a second. Each holds an advisory lock, numbered after its id, on a connection of its
 * own; PostgreSQL frees it the moment the process is gone. Whoever finds the lock of a listed worker free gives back the jobs
 * that it held. The queue's own rule would wait four hours.
 */
import pg from 'pg'
import type { Log } from '../log.ts'

const beatMs = 1_000
/** After the database came back, others need a moment to say that they live, too. */
const afterReconnectMs = 2_000
const reconnectMs = 250
const namespace = '7236002'

export class SignOfLife {
  readonly #url: string
  readonly #log: Log
  #id: string | null = null
  #client: pg.Client | null = null
  #held = Promise.withResolvers<void>()
  #holds = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor(url: string, log: Log) {
    this.#url = url
    this.#log = log
    this.#held.promise.catch(() => {})
  }

  /** `url` is a direct connection: through a pooler a session's lock belongs to nobody. */
  static async open(url: string, log: Log): Promise<SignOfLife> {
    const life = new SignOfLife(url, log)
    await life.#connect()
    life.#beatIn(0)
    return life
  }

  /** From now on `id` is alive. Another id held before is left to be found dead. */
  async hold(id: string): Promise<void> {
    const before = this.#id
    this.#id = id
    if (this.#client === null) return // The reconnect holds it.
    if (before !== null) {
      this.#letGo()
      await this.#client.query('select pg_advisory_unlock_all()')
    }
    await this.#lock(this.#client)
  }

  /** Resolves while the lock is held; until then no job may be taken. */
  held(): Promise<void> {
    return this.#held.promise
  }

  /** Gives back all that `id` still holds, as if it had never been tried. */
  async release(id: string): Promise<number> {
    const { rowCount } = await this.#query(
      `update graphile_worker._private_jobs set locked_by = null, locked_at = null, attempts = greatest(0, attempts - 1) where locked_by = $1`,
      [id],
    )
    await this.#query(`select pg_notify('jobs:insert', $1)`, [JSON.stringify({ count: rowCount ?? 0 })])
    return rowCount ?? 0
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#held.reject(new Error('the worker has stopped'))
    const client = this.#client
    this.#client = null
    if (client === null) return
    await client.query('delete from workers where id = $1', [this.#id]).catch(() => {})
    await client.end().catch(() => {})
  }

  #query(text: string, values: unknown[]): Promise<pg.QueryResult> {
    if (this.#client === null) throw new Error('no connection to the database')
    return this.#client.query(text, values)
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      application_name: 'linekeeper-worker',
    })
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client, new Error('connection ended')))
    try {
      await client.connect()
      // A machine that lost its power closes nothing: the server then asks after it, and gives up after some ten seconds.
      await client.query('set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3')
      this.#client = client
      if (this.#id !== null) await this.#lock(client)
    } catch (error) {
      this.#client = null
      await client.end().catch(() => {})
      throw error
    }
  }

  async #lock(client: pg.Client): Promise<void> {
    await client.query('select pg_advisory_lock(hashtextextended($1, $2))', [this.#id, namespace])
    await client.query('insert into workers (id) values ($1) on conflict do nothing', [this.#id])
    this.#holds = true
    this.#held.resolve()
  }

  /** Those who already wait for `held` go on waiting for the same promise. */
  #letGo(): void {
    if (!this.#holds) return
    this.#holds = false
    this.#held = Promise.withResolvers()
    this.#held.promise.catch(() => {})
  }

  #lost(client: pg.Client, error: unknown): void {
    if (this.#closed || this.#client !== client) return
    this.#log.warn('worker lost its connection', { error })
    this.#client = null
    this.#letGo()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#reconnect(), reconnectMs)
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#connect()
      this.#beatIn(afterReconnectMs)
    } catch {
      if (!this.#closed) this.#timer = setTimeout(() => this.#reconnect(), reconnectMs)
    }
  }

  #beatIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#beat(), ms)
  }

  async #beat(): Promise<void> {
    const client = this.#client
    if (client === null) return
    try {
      const freed = await freeDead(client, this.#id)
      if (freed.length > 0) this.#log.warn('jobs of dead workers given back', { workers: freed })
    } catch (error) {
      this.#log.error('dead workers not looked for', { error })
    }
    if (!this.#closed && this.#client === client) this.#beatIn(beatMs)
  }
}

/** Own locks could be taken twice by the session that holds them, hence the exception for `own`. */
const findDead = `select id from workers where id is distinct from $1 and pg_try_advisory_xact_lock(hashtextextended(id, $2))`

async function freeDead(client: pg.Client, own: string | null): Promise<string[]> {
  await client.query('begin')
  try {
    const { rows } = await client.query<{ id: string }>(findDead, [own, namespace])
    const dead = rows.map(({ id }) => id)
    if (dead.length > 0) await free(client, dead)
    await client.query('commit')
    return dead
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

async function free(client: pg.Client, dead: string[]): Promise<void> {
  // A job whose key was taken over while it ran has a successor; freed, it would lie about as parked.
  await client.query(
    `delete from graphile_worker._private_jobs
    where locked_by = any($1) and key is null and attempts >= max_attempts and updated_at > locked_at`,
    [dead],
  )
  await client.query('select graphile_worker.force_unlock_workers($1)', [dead])
  await client.query('delete from workers where id = any($1)', [dead])
  await client.query(`select pg_notify('jobs:insert', '{"count":1000}')`)
}
