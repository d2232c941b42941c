import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { addNumber, addText, type Hash64 } from './database-hash.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await testDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const asBigint = ({ high, low }: Hash64) => (BigInt(high) << 32n) | BigInt(low >>> 0)
const asked = async (statement: string, values: unknown[]) =>
  BigInt((await client.query(`select (${statement})::text as hash`, values)).rows[0].hash)

it('texts of every length, and numbers of every size, are hashed as the database hashes them, each seeded by the one before', async () => {
  const hash = { high: 0, low: 0 }
  let seed = 0n
  for (let length = 0; length < 50; length++) {
    const text = Array.from({ length }, (_, at) => String.fromCharCode(1 + ((at * 37 + length * 11) % 127))).join('')
    expect(addText(hash, text)).toBe(true)
    seed = await asked('hashtextextended($1::text, $2::bigint)', [text, String(seed)])
    expect([length, asBigint(hash)]).toEqual([length, seed])
  }
  for (const value of [0, 1, 50, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1_893_456_000, 2 ** 53 - 1]) {
    addNumber(hash, value)
    seed = await asked('hashint8extended($1::bigint, $2::bigint)', [value, String(seed)])
    expect([value, asBigint(hash)]).toEqual([value, seed])
  }
  addNumber(hash, 3)
  expect(asBigint(hash)).toBe(await asked('hashint4extended($1::int, $2::bigint)', [3, String(seed)]))
})

it('what is not plain ASCII is not hashed at all', () => {
  const hash = { high: 1, low: 2 }
  expect(addText(hash, 'Grüße')).toBe(false)
  expect(hash).toEqual({ high: 1, low: 2 })
})
