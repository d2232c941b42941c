/** Forward-only migrations in plain SQL, one transaction each, under an advisory lock so that two starting processes do not meet. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { mayBeLost, withClient } from './db/connection.ts'
import { StartError } from './errors.ts'

const folder = join(import.meta.dirname, 'migrations')
const lockKey = 7_236_001

type Migration = { name: string; text: string; hash: string }

export function listMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8')
      return { name, text, hash: createHash('sha256').update(text).digest('hex') }
    })
}

/** Brings the schema up to date. `url` is a direct connection (not through PgBouncer) of a user that may create roles and schemas. */
export const migrate = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    await migrateQueue(url)
    await client.query(
      'create table if not exists public.migrations (name text primary key, hash text not null, done_at timestamptz not null default now())',
    )
    const { rows: done } = await client.query<{ name: string; hash: string }>(
      'select name, hash from public.migrations',
    )
    const known = new Map(done.map(({ name, hash }) => [name, hash]))
    const listed = listMigrations()
    refuseUnknown(listed, known)
    for (const migration of listed) if (!known.has(migration.name)) await apply(client, migration)
  })

/** The queue's own tables, over a pool of ours: one of its own would leave connections that end the process when they are lost. */
async function migrateQueue(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  pool.on('error', () => {})
  pool.on('connect', mayBeLost)
  try {
    await runMigrations({ pgPool: pool })
  } finally {
    await pool.end()
  }
}

/** A schema that is newer than this program, or edited after it ran, is not touched. */
function refuseUnknown(listed: Migration[], known: Map<string, string>): void {
  const names = new Map(listed.map(({ name, hash }) => [name, hash]))
  for (const [name, hash] of known) {
    if (!names.has(name))
      throw new StartError(
        `The database was made by a newer version of Linekeeper (migration ${name}): upgrade the program.`,
      )
    if (names.get(name) !== hash)
      throw new StartError(`Migration ${name} was changed after it ran: migrations only go forward.`)
  }
}

async function apply(client: pg.Client, { name, text, hash }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = '5s'`)
    await client.query(text)
    await client.query('insert into public.migrations (name, hash) values ($1, $2)', [name, hash])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/** Whether every migration of this program has run: part of `/readyz`. */
export async function migrationsMatch(
  query: (text: string) => Promise<{ rows: { name: string }[] }>,
): Promise<boolean> {
  const { rows } = await query('select name from public.migrations')
  const done = new Set(rows.map(({ name }) => name))
  return listMigrations().every(({ name }) => done.has(name))
}
