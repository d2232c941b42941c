/**
 * What the worlds of one process have one after the other: a database and the connections to it. A fresh copy of the template, and a
 * server process that gets to know it, cost more than a week of a world's life; so a world that is over is wiped out, and its connections stay.
 */
import pg from 'pg'
import { type Database, openDatabase } from '#platform/db/connection.ts'
import { knowColumns } from '#platform/db/known-columns.ts'
import { silentLog } from '#platform/log.ts'
import { answersTogether } from './answers.ts'
import { share } from './cores.ts'
import { eyesOfTheEngine } from './engine.ts'
import { readWrites } from './writes.ts'

export type House = Awaited<ReturnType<typeof openHouse>>

/** `wiper`: the address for whoever may empty every table. `sql`: what a sabotage changes in the database. */
export async function openHouse({ url, wiper, sql }: { url: string; wiper: string; sql: string | null }) {
  /** Tables that somebody may have written since the engine looked. */
  const touched = new Set<string>()
  const line = () =>
    openLine(url, (text) => {
      for (const table of writes.of(text)) touched.add(table)
    })
  /** Eyes of our own on the same database: they outlive the process. */
  const eyes = openDatabase({ url, log: silentLog, max: 1 })
  eyes.pool.on('connect', (client) => share(serverOf(client)))
  const engine = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
  knowColumns(engine)
  const broom = new pg.Client({ connectionString: wiper })
  for (const each of [engine, broom]) {
    each.on('error', () => {}) // The database goes away with its worlds.
    await each.connect()
    share(serverOf(each))
  }
  await engine.query(eyesOfTheEngine)
  if (sql !== null) await eyes.pool.query(sql)
  const writes = await readWrites(broom)
  let running = line()
  let isClean = true

  return {
    eyes,
    engine,
    touched,
    /** The connection for a process that begins. */
    lend: (): Lent => running.lend(),
    /** What a process leaves behind that died: its work in hand is lost. `forReal`: by a socket that breaks. */
    async take(lent: Lent, forReal: boolean): Promise<void> {
      if (!forReal) return lent.end()
      running.destroy()
      await lent.end().catch(() => {})
      running = line()
    },
    /** Before each world. */
    async clean(): Promise<void> {
      if (!isClean) await wipe(broom)
      isClean = false
    },
    async close(): Promise<void> {
      running.destroy()
      await Promise.all([eyes.close(), engine.end(), broom.end()])
    },
  }
}

/** A database as one process sees it. `end`: that process is no more. */
export type Lent = { db: Database; end(): Promise<void> }

/**
 * The one connection of the house's process. When that dies, another goes on with the same server process, which first undoes what was not
 * committed, as it would if the connection were cut: it only needs not read all its catalogs and plan all statements anew.
 */
function openLine(url: string, sends: (text: string) => void) {
  const real = openDatabase({ url: withoutScans(url), log: silentLog, max: 1 })
  real.pool.on('connect', (client) => {
    share(serverOf(client))
    answersTogether(client)
    client.on('error', () => {}) // It dies with its process.
    sockets.push(client)
  })
  const sockets: pg.PoolClient[] = []

  function lend(): Lent {
    let lives = true
    const held = new Map<pg.PoolClient, () => void>()
    const gone = () => new Error('the process is dead that had this connection')

    async function connect(): Promise<pg.PoolClient> {
      const client = await real.pool.connect()
      if (!lives) {
        client.release()
        throw gone()
      }
      held.set(client, () => client.release())
      const release = (broken?: Error | boolean) => {
        if (held.delete(client)) client.release(broken)
      }
      const query = async (statement: string | pg.QueryConfig) => {
        if (!lives) throw gone()
        sends(typeof statement === 'string' ? statement : statement.text)
        const answer = await client.query(statement)
        if (!lives) throw gone()
        return answer
      }
      return { query, release } as unknown as pg.PoolClient
    }

    return {
      db: { ...real, pool: { connect } as unknown as pg.Pool, close: async () => {} },
      async end() {
        lives = false
        const all = [...held]
        held.clear()
        for (const [client, release] of all) {
          await client.query('rollback')
          release()
        }
      },
    }
  }

  return {
    lend,
    destroy(): void {
      for (const client of sockets)
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
      real.close().catch(() => {})
    },
  }
}

/** The server's process of a connection, which pg's types do not tell. */
const serverOf = (client: pg.ClientBase) => (client as unknown as { processID?: number }).processID

/** A plan that was made while its tables were empty stays good when they are not, so that none has to be made again. */
function withoutScans(url: string): string {
  const address = new URL(url)
  address.searchParams.set('options', '-c enable_seqscan=off')
  return address.href
}

/** Nothing is as it was in a table that was filled, and nothing else was touched. */
async function wipe(broom: pg.Client): Promise<void> {
  const { rows } = await broom.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
      where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace) and c.relname <> 'migrations'
        and pg_relation_size(c.oid) > 0 order by 1`,
  )
  const names = rows.map(({ name }) => name)
  // Without the triggers and keys that would look at each row that goes.
  await broom.query('set session_replication_role = replica')
  await broom.query(names.map((name) => `delete from ${name}`).join(';'))
  await broom.query(
    `select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) from pg_sequences`,
  )
  await broom.query(`vacuum ${names.join(', ')}`)
}
