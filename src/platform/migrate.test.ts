import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listMigrations } from './migrate.ts'

/** Lines of `sha256sum`: a migration that some installation may have run is never edited again; its line is added with the release. */
const landed = readFileSync(join(import.meta.dirname, 'migrations', 'landed.sha256'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(/\s+/))

it('a migration that has landed stays as it is: an installation that ran it would refuse to start', () => {
  const known = new Map(listMigrations().map(({ name, hash }) => [name, hash]))
  expect(landed.length).toBeGreaterThan(15)
  for (const [hash, name] of landed) expect([name, known.get(name ?? '')]).toEqual([name, hash])
})

it('each migration has a number of its own', () => {
  const names = listMigrations().map(({ name }) => name)
  for (const name of names) expect(name).toMatch(/^\d{4}-[a-z-]+\.sql$/)
  expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length)
})
