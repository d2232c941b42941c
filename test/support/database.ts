/** A database of a test's own: a copy of the migrated template, made in some tens of milliseconds. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export type TestDatabase = {
  /** Of a role that owns the database and is no superuser. */
  url: string
  /** Removes it, whoever is still connected. */
  drop(): Promise<void>
}

export async function testDatabase(): Promise<TestDatabase> {
  const fault = inject('templateFault')
  if (fault !== null) throw new Error(`The migrations do not run: ${fault}`)
  const name = `test_${randomBytes(8).toString('hex')}`
  await onServer(`create database ${name} template ${inject('templateName')}`)
  const url = new URL(inject('serverUrl'))
  url.pathname = `/${name}`
  return { url: url.href, drop: () => dropped(name) }
}

/** On a server of one's own a vacuum of the server's may be at it: only its owner can end that, and it ends by itself. */
async function dropped(name: string): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      return await onServer(`drop database if exists ${name} with (force)`)
    } catch (error) {
      if ((error as { code?: string }).code !== '42501' || tries === 40) throw error
      await new Promise((done) => setTimeout(done, 250))
    }
}

async function onServer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('serverUrl') })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** A copy of a database as it is now. Whoever is connected to it is sent away and comes again by himself: it must be at rest. */
export async function copiedDatabase(of: string): Promise<TestDatabase> {
  const source = new URL(of).pathname.slice(1)
  const name = `test_${randomBytes(8).toString('hex')}`
  for (let tries = 1; ; tries++)
    try {
      await onServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${source}'`)
      await onServer(`create database ${name} template ${source}`)
      break
    } catch (error) {
      // Somebody came back between the two.
      if ((error as { code?: string }).code !== '55006' || tries === 40) throw error
    }
  const url = new URL(of)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => dropped(name) }
}
