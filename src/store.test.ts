import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '#platform/config.ts'
import { silentLog } from '#platform/log.ts'
import { type TestDatabase, testDatabase } from '../test/support/database.ts'
import { dataFolder } from './cli/program.test-support.ts'
import { emptyUnfinishedDemo, markReady, openStore, storeKind } from './store.ts'

let database: TestDatabase
const folder = dataFolder()
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.drop())
afterAll(() => folder.remove())

const config = (more: Record<string, string> = {}) =>
  readConfig({ DATABASE_URL: database.url, LINEKEEPER_DATA: folder.path, ...more })
const open = (kind: 'demo' | 'live', more?: Record<string, string>) => openStore(config(more), kind, silentLog)

test('which one a start means', () => {
  const none = { demo: false, empty: false }
  expect(storeKind(readConfig({}), none)).toBe('demo')
  expect(storeKind(readConfig({}), { ...none, empty: true })).toBe('live')
  expect(storeKind(readConfig({ NODE_ENV: 'production' }), none)).toBe('live')
  expect(storeKind(readConfig({ DATABASE_URL: 'postgres://x/y' }), none)).toBe('live')
  expect(storeKind(readConfig({ DATABASE_URL: 'postgres://x/y' }), { ...none, demo: true })).toBe('demo')
  expect(() => storeKind(readConfig({}), { demo: true, empty: true })).toThrow('Choose one')
})

test('a real installation never opens as a demo, nor a demo as a real one', async () => {
  await (await open('live')).close()
  await expect(open('demo')).rejects.toThrow('holds a real shop')
  await (await open('live')).close()

  await database.drop()
  database = await testDatabase()
  await (await open('demo')).close()
  await expect(open('live')).rejects.toThrow('holds a demo')
})

test('another secret key is noticed before anything is read with it', async () => {
  await (await open('live')).close()
  const other = { LINEKEEPER_SECRET_KEY: randomBytes(32).toString('base64') }
  await expect(open('live', other)).rejects.toThrow('secret key is not the one')
})

test('only an unfinished demo is ever emptied', async () => {
  const live = await open('live')
  expect(live.ready).toBe(true)
  await expect(emptyUnfinishedDemo(live)).rejects.toThrow('Only an unfinished demo')

  await database.drop()
  database = await testDatabase()
  const demo = await open('demo')
  expect(demo.ready).toBe(false)
  await emptyUnfinishedDemo(demo)
  await markReady(demo)
  expect((await open('demo')).ready).toBe(true)
  await expect(emptyUnfinishedDemo(demo)).rejects.toThrow('Only an unfinished demo')
})
