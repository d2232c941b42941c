import pg from 'pg'
import { expect, it } from 'vitest'
import { listMigrations } from '#platform/migrate.ts'
import { testDatabase } from './database.ts'

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client.query(text).then(
    async ({ rows }) => {
      await client.end()
      return rows
    },
    async (error: Error) => {
      await client.end()
      throw error
    },
  )
}

it('gives each test a migrated database that no other test sees', async () => {
  const [one, other] = [await testDatabase(), await testDatabase()]
  await ask(one.url, 'create table mine as select 1 as number')
  expect(await ask(one.url, 'select number from mine')).toEqual([{ number: 1 }])
  await expect(ask(other.url, 'select number from mine')).rejects.toThrow(/does not exist/)
  expect(await ask(other.url, 'select name from public.migrations order by name')).toEqual(
    listMigrations().map(({ name }) => ({ name })),
  )
  await one.drop()
  await other.drop()
  await expect(ask(one.url, 'select 1')).rejects.toThrow(/does not exist/)
})
