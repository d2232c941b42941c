/**
 * A database server for tests. `fsync` is off here, because no test cuts the power and copying is several times faster; that commits
 * are durable is tested where the server is (`src/platform/postgres.test.ts`), with the settings of production.
 * `LINEKEEPER_TEST_DATABASE_URL` takes another server (say, PostgreSQL 15), as a role that may create databases and roles.
 */
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { silentLog } from '#platform/log.ts'
import { migrate } from '#platform/migrate.ts'
import { startPostgres } from '#platform/postgres.ts'
import { temporaryRoot } from '#platform/postgres-folder.ts'
import { livingPostmaster } from '#platform/postgres-server.ts'

const prefix = 'linekeeper-test-'

export type TestServer = { url: string; stop(): Promise<void> }

/** An empty, migrated database to be copied. */
export async function makeTemplate(serverUrl: string, name: string): Promise<void> {
  await query(serverUrl, `drop database if exists ${name} with (force)`)
  await query(serverUrl, `create database ${name}`)
  await migrate(databaseOf(serverUrl, name))
}

export async function ownServer(): Promise<TestServer> {
  const given = process.env.LINEKEEPER_TEST_DATABASE_URL
  if (given) return { url: given, stop: async () => {} }

  const root = await temporaryRoot()
  await removeLeftovers(root)
  const folder = join(root, `${prefix}${process.pid}`)
  await mkdir(folder)
  await chmod(folder, 0o711)
  // A vacuum of the server's own in a test's database could not be ended by us when the test drops it.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }
  const server = await startPostgres({ dataFolder: join(folder, 'postgres'), log: silentLog, settings })
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A run that was killed could not tidy up: its folder names the process, and that one is gone. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of (await readdir(root)).filter((each) => each.startsWith(prefix))) {
    if (isAlive(Number(name.slice(prefix.length)))) continue
    const folder = join(root, name)
    const orphan = await livingPostmaster(join(folder, 'postgres'))
    if (orphan !== null) process.kill(orphan, 'SIGQUIT')
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

export function databaseOf(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = `/${name}`
  return address.href
}
