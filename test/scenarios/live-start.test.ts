/** A real installation on a database of its own: set up from the command line, worked on by several processes, stopped in good order. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stopwatch } from '#platform/clock.ts'
import { dataFolder, type Running, run, startReady, stop } from '../../src/cli/program.test-support.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const folder = dataFolder()
let database: TestDatabase
let settings: Record<string, string>
const running: Running[] = []

beforeAll(async () => {
  database = await testDatabase()
  settings = { LINEKEEPER_DATA: folder.path, DATABASE_URL: database.url, PORT: '0', HOST: '127.0.0.1' }
})
afterAll(async () => {
  await Promise.all(running.map(stop))
  await database.drop()
  folder.remove()
})

test('an empty installation gets its first owner and a key from who holds the machine', async () => {
  const house = await startReady(['serve'], settings)
  running.push(house)
  expect(house.ready).toMatchObject({ kind: 'live', set_up_code: expect.stringMatching(/^\w{4}-\w{4}-\w{4}$/) })

  const keyless = await run(['admin', 'key', '--scope', 'all'], settings)
  expect(keyless).toMatchObject({ code: 1, err: expect.stringContaining('There is no business yet') })
  const owner = await run(
    ['admin', 'create', '--email', 'owner@shop.example', '--business', 'Test TV', '--json'],
    settings,
  )
  expect(JSON.parse(owner.out)).toMatchObject({ role: 'owner', password: expect.stringMatching(/^\w{14}$/) })
  const again = await run(['admin', 'create', '--email', 'owner@shop.example', '--json'], settings)
  expect(again).toMatchObject({ code: 1, err: 'This person already works here.\n' })
  const key = await run(['admin', 'key', '--business', 'test-tv', '--scope', 'all', '--json'], settings)
  const { key: secret } = JSON.parse(key.out) as { key: string }
  expect(secret).toMatch(/^lk_live_/)
  const wrong = await run(['admin', 'key', '--scope', 'everything'], settings)
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('"everything" is not a scope') })

  const asked = await fetch(`${house.ready.url}/api/v1/openapi.json`)
  expect(asked.status).toBe(200)
  const doctor = await run(['doctor', '--json'], settings)
  expect(doctor.code).toBe(1)
  expect(JSON.parse(doctor.out).checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([
    { check: 'test-tv: mail', ok: false, detail: 'no mail server is set up: messages become tasks for staff' },
  ])
}, 120_000)

test('a demo refuses to live in it', async () => {
  expect(await run(['serve', '--demo'], settings)).toMatchObject({
    code: 1,
    err: expect.stringContaining('holds a real shop'),
  })
}, 60_000)

test('a worker joins, and both stop within ten seconds when asked', async () => {
  const worker = await startReady(['worker'], settings)
  running.push(worker)
  expect(worker.ready).toMatchObject({ kind: 'live', url: null })
  const started = stopwatch()
  for (const { code } of await Promise.all(running.splice(0).map(stop))) expect(code).toBe(0)
  expect(stopwatch() - started).toBeLessThan(10_000)
}, 60_000)
