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
  return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) }
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
