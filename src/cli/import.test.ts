/** Lines of a panel are taken over by the program itself: a real database, a panel imitated over HTTP. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { prove } from '#modules/invariants.ts'
import { savePanel } from '#modules/lines/panels.ts'
import { systemClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { rows, run, sql } from '#platform/db.ts'
import { silentLog } from '#platform/log.ts'
import { type TestDatabase, testDatabase } from '../../test/support/database.ts'
import { type PanelHouse, xtreamCodesHouse, xuiHouse } from '../../test/support/panel-houses.ts'
import { openBusiness } from '../../test/support/shop.ts'
import { createHouseApp } from '../house.ts'
import { sandbox } from '../imitations/gateways/sandbox.ts'
import { type ImitationKind, type Served, serveImitation } from '../imitations/kit.ts'
import { dataFolder, run as runs, start } from './program.test-support.ts'

const folder = dataFolder()
const key = randomBytes(32)
const now = systemClock.now
const served: Served[] = []
let database: TestDatabase
let settings: Record<string, string>
let app: ReturnType<typeof createHouseApp>
let panel: Served
let shop: Shop

const serve = async (kind: ImitationKind, options?: Record<string, string>) => {
  const one = await serveImitation(kind, { port: 0, folder: null, now, ...(options && { options }) })
  served.push(one)
  return one
}

beforeAll(async () => {
  database = await testDatabase()
  panel = await serve(xuiHouse.imitation)
  const gateway = await serve(sandbox)
  settings = {
    LINEKEEPER_DATA: folder.path,
    DATABASE_URL: database.url,
    LINEKEEPER_SECRET_KEY: key.toString('base64'),
    LINEKEEPER_ALLOW_PRIVATE_HOSTS: '127.0.0.0/8',
    PUBLIC_URL: 'https://shop.example',
    LOG_LEVEL: 'silent',
  }
  app = createHouseApp(readConfig(settings), { url: database.url, key }, 'https://shop.example', silentLog)
  const opened = await openBusiness(app, { panel: panel.url, gateway: gateway.url }, { slug: 'northwind' })
  shop = opened.shop
})
afterAll(async () => {
  await app.templates.close()
  await app.db.close()
  await Promise.all(served.map((each) => each.close()))
  await database.drop()
  folder.remove()
})

const said = (of: Served, path: string, body: object) =>
  fetch(`${of.controlUrl}/__${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const unixIn = (days: number) => Math.floor(now().epochMilliseconds / 1000) + days * 86_400
const byHand = (username: string, contact: string | null, days = 40) => ({
  username,
  password: `${username}Secret9`,
  exp_date: unixIn(days),
  max_connections: 2,
  bouquet: '[1,2,3]',
  allowed_outputs: '[1,2]',
  contact,
})
const onPanel = async () => ((await (await fetch(`${panel.controlUrl}/__lines`)).json()) as { lines: unknown[] }).lines

async function imports(...args: string[]) {
  const ended = await runs(['import', ...args, '--json'], settings)
  return { ...ended, told: JSON.parse(ended.out || 'null') as Record<string, unknown> | null }
}
const count = (table: string) =>
  transaction(shop, 'count', async (tx) => (await rows(tx, sql`select from ${sql.ref(table)}`)).length)
const broken = async () => (await prove(app.db, now())).broken

test('what a panel lists is told first, and made with --yes; said again, nothing happens twice', async () => {
  await said(panel, 'add', {
    lines: [byHand('anna1', 'anna@example.net'), byHand('benno1', null), byHand('carla1', 'carla@example.net', -2)],
  })
  const before = await onPanel()
  const dry = await imports('--panel', 'panel a')
  expect(dry).toMatchObject({ code: 0, told: { dry_run: true, state: 'ready', source: 'panel' } })
  expect(dry.told).toMatchObject({ lines: { fits: 1, waits: 2 }, waits_because: { no_email: 1, over: 1 } })
  expect(await count('customers')).toBe(0)
  const shown = await runs(['import', '--panel', 'Panel A'], settings)
  expect(shown.code).toBe(0)
  expect(shown.out).toContain('Nothing was made: this is what would be.')
  expect(shown.out).toMatch(/^benno1 .* waits: No e-mail address$/m)
  expect(shown.out).toMatch(/^anna1 .* Family monthly +anna@example.net +new customer$/m)
  // What waits is left, so the end is not what was asked for.
  const made = await imports('--panel', 'Panel A', '--yes')
  expect(made).toMatchObject({ code: 1, told: { adoption: dry.told?.adoption, dry_run: false, state: 'adopted' } })
  expect(made.told).toMatchObject({ lines: { adopted: 1, asleep: 1, waits: 2 } })
  expect(await count('customers')).toBe(1)
  expect(await onPanel()).toEqual(before)
  const again = await imports('--panel', 'Panel A', '--yes')
  expect(again.told).toMatchObject({ lines: { adopted: 0, fits: 0, waits: 2 } })
  expect([await count('customers'), await count('lines'), await count('messages')]).toEqual([1, 1, 0])
  expect(await broken()).toEqual([])
}, 180_000)

test('a file tells whose the lines are, and goes on after a panel that failed and a process that was killed', async () => {
  await said(panel, 'add', { lines: Array.from({ length: 12 }, (_, each) => byHand(`filed${each}`, null)) })
  const file = join(folder.path, 'lines.csv')
  const filed = Array.from({ length: 12 }, (_, each) => `filed${each};filed${each}@example.net;family monthly`)
  writeFileSync(file, ['username;email;plan', ...filed].join('\n'))
  const before = [await count('customers'), await count('lines')]
  await said(panel, 'faults', { fault: 'down' })
  const failed = await imports(file, '--yes')
  expect(failed).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^Panel A could not be read: .*\n$/) })
  panel.faults.clear()
  // Killed while it reads.
  const killed = start(['import', file, '--yes'], settings)
  await new Promise<void>((done) => killed.child.stderr.on('data', () => done()))
  killed.child.kill('SIGKILL')
  await killed.ended
  await transaction(shop, 'its-lease-ends', (tx) =>
    run(tx, sql`update adoptions set next_look_at = now() where next_look_at is not null`),
  )
  const [one, other] = await Promise.all([imports(file, '--yes'), imports(file, '--yes')])
  expect([one.code, other.code]).toEqual([0, 0])
  expect(one.told?.adoption).toBe(other.told?.adoption)
  for (const each of [one, other, await imports(file)])
    expect(each.told).toMatchObject({ state: 'adopted', source: 'file', lines: { adopted: 12, asleep: 12, waits: 0 } })
  expect([await count('customers'), await count('lines')]).toEqual(before.map((each) => each + 12))
  expect(await broken()).toEqual([])
}, 180_000)

test('what it cannot do is one sentence, and nothing is made', async () => {
  const file = join(folder.path, 'broken.csv')
  writeFileSync(file, 'username,email\nanna1,nobody')
  const refused: [string[], RegExp][] = [
    [[], /^From where\?/],
    [['nowhere.csv'], /^The file nowhere\.csv cannot be read/],
    [[file], /Row 2: nobody is no e-mail address/],
    [['--panel', 'Panel Z'], /^There is no panel "Panel Z"/],
    [['--panel', 'Panel A', '--plan', 'Gold'], /^There is no plan "Gold"/],
    [['--panel', 'Panel A', '--business', 'nobody'], /^There is no business "nobody"/],
  ]
  for (const [args, sentence] of refused) {
    const { code, err, out } = await runs(['import', ...args], settings)
    expect({ args, code, out, lines: err.trim().split('\n').length }).toEqual({ args, code: 1, out: '', lines: 1 })
    expect(err).toMatch(sentence)
  }
  const silent = await addPanel('Panel B', xtreamCodesHouse)
  const { err } = await runs(['import', '--panel', silent], settings)
  expect(err).toMatch(/do not list their lines\. Please hand in a file/)
  expect((await runs(['import', file], settings)).err).toMatch(/^On which panel\? .* Panel A, Panel B/)
}, 180_000)

async function addPanel(name: string, house: PanelHouse): Promise<string> {
  const { url } = await serve(house.imitation, house.options)
  const facts = {
    name,
    kind: house.imitation.kind,
    settings: house.settings(url),
    weight: 1,
    capacity: null,
    drained: false,
  }
  await transaction(shop, 'add-panel', (tx) => savePanel(tx, shop, facts))
  return name
}
