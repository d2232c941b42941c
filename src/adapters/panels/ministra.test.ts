import { describe, expect, test } from 'vitest'
import { ministra as imitation, ministraDefaults } from '#imitations/panels/ministra.ts'
import { type Operation, panelContract } from './contract.ts'
import { MinistraSettings, ministra } from './ministra.ts'
import type { LineSpec } from './panel.ts'
import { type FamilyGiven, failure, familyWorld, lineSpec, openWorld } from './xtream-family/world.test-support.ts'

const actions: Record<Operation, string> = {
  create: 'POST accounts',
  edit: 'PUT users',
  suspend: 'PUT users',
  resume: 'PUT users',
  delete: 'DELETE users',
  read: 'GET accounts',
  find: 'GET accounts',
}

const given = (
  options: Record<string, string> = {},
  settings: Record<string, unknown> = {},
): FamilyGiven<MinistraSettings> => ({
  imitation,
  options,
  kind: ministra,
  settings: ({ url }) => ({
    url: `${url}/stalker_portal/`,
    login: ministraDefaults.login,
    password: ministraDefaults.password,
    internal_billing: 'on',
    time_zone: 'UTC',
    ...settings,
  }),
  wrong: { password: 'wrong-secret-9' },
  actions,
  nameOf: ({ method, url }) => `${method} ${new URL(url).pathname.split('/')[3]}`,
  secrets: [ministraDefaults.password, 'wrong-secret-9'],
  packages: [
    { packageId: 'basic', bouquets: [], outputs: [] },
    { packageId: 'premium', bouquets: [], outputs: [] },
  ],
  leavesOut: ['outputs', 'connections', 'credits', 'permissions', 'bans', 'screens', 'starts', 'players'],
})

panelContract('ministra', () => familyWorld(given({ time_zone: 'UTC' })))
panelContract('ministra, numbers as numbers, without internal billing', () =>
  familyWorld({
    ...given({ numbers: 'number', internal_billing: 'off' }, { internal_billing: 'off' }),
    leavesOut: ['outputs', 'connections', 'credits', 'permissions', 'bans', 'screens', 'ends', 'starts', 'players'],
  }),
)

const spec = (more: Partial<LineSpec> = {}): LineSpec =>
  lineSpec({ maxConnections: 1, package: { packageId: 'basic', bouquets: [], outputs: [] }, ...more })
const open = (options: Record<string, string> = {}, settings: Record<string, unknown> = {}) =>
  openWorld(given({ time_zone: 'UTC', ...options }, settings))
const rowOf = async (world: Awaited<ReturnType<typeof open>>) => world.row(spec().username)

describe('the address', () => {
  test.each([
    'http://portal.example',
    'http://portal.example/stalker_portal/',
    'http://portal.example/stalker_portal/c/',
    'http://portal.example/stalker_portal/c/index.html',
    'http://portal.example/stalker_portal/api/v1/accounts?x=1',
    'http://portal.example/stalker_portal/api/v2',
    'http://portal.example/stalker_portal/server/load.php',
  ])('%s leads to version 1 of the API', (url) => {
    const settings = { url, login: 'a', password: 'b', viewer_host: 'tv.example' }
    expect(MinistraSettings.parse(settings).url).toBe('http://portal.example/stalker_portal/api/')
  })

  test('version 2 is for apps: it is told as no API to work with', async () => {
    const world = await open()
    const url = `${world.served.url}/stalker_portal/api/`
    const settings = {
      ...MinistraSettings.parse({ url, login: 'a', password: 'b', viewer_host: 'tv' }),
      url: `${url}v2/`,
    }
    const { http, ...context } = world.context
    const panel = ministra.open(settings, { http, ...context })
    expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'unavailable' })
  })
})

describe('connecting', () => {
  test('an API that is switched off is told with the word of its settings', async () => {
    const { panel } = await open({ api: 'off' })
    const error = await failure(panel.createLine(spec()))
    expect(error).toMatchObject({ kind: 'auth_failed', code: 'misconfigured' })
    expect(error.message).toContain('enable_api = true')
  })

  test('an API that is open to everybody is told loudly', async () => {
    const closed = await (await open()).panel.checkConnection()
    expect(closed).toMatchObject({ detail: 'The portal answers, with 2 tariffs.', notes: [] })
    const { notes } = await (await open({ login: '', password: '' })).panel.checkConnection()
    expect(notes.join()).toContain('Anybody may change accounts')
  })

  test('without internal billing the portal ends nobody, and says so', async () => {
    const { panel } = await open({ internal_billing: 'off' }, { internal_billing: 'off' })
    expect((await panel.checkConnection()).notes.join()).toContain('does not end accounts by itself')
    expect(await panel.createLine(spec())).toMatchObject({ expiresAt: null, enabled: true })
  })

  test('internal billing that is on here and off there stops everything until it is set right', async () => {
    const { panel } = await open({ internal_billing: 'off' })
    await panel.createLine(spec()).catch(() => {})
    expect(await failure(panel.findLine(spec().username, spec().marker))).toMatchObject({ code: 'misconfigured' })
  })
})

describe('tariffs', () => {
  test('are what is sold, with what is in them', async () => {
    const { panel } = await open()
    expect(await panel.listPackages?.()).toEqual([
      { id: 'basic', name: 'Basic', detail: 'General' },
      { id: 'premium', name: 'Premium', detail: 'General, Films' },
    ])
  })

  test('one that the portal does not have is refused before anything is made', async () => {
    const { panel, truth, calls } = await open()
    const unknown = spec({ package: { packageId: 'gold', bouquets: [], outputs: [] } })
    expect(await failure(panel.createLine(unknown))).toMatchObject({ kind: 'rejected', code: 'package_invalid' })
    expect(await truth()).toEqual([])
    await panel.createLine(spec())
    await panel.createLine(spec({ username: 'second', marker: 'ref:second' }))
    expect(calls.filter((call) => call === 'GET tariffs')).toHaveLength(1) // All are known from the first look.
  })
})

describe('accounts', () => {
  test('a number that another account has too leads to ours, and the other stays as it is', async () => {
    const world = await open()
    const made = await world.panel.createLine(spec())
    await world.panel.createLine(spec({ username: 'stranger1', marker: 'ref:other', password: 'strangerPass9' }))
    await world.post('/__edit', { username: 'stranger1', fields: { account_number: made.ref } })
    await world.panel.updateLine(made.ref, spec({ enabled: false }))
    await world.panel.deleteLine(made.ref, spec())
    expect(await world.truth()).toMatchObject([{ username: 'stranger1', enabled: true }])
  })

  test('a number that somebody took away is written again', async () => {
    const world = await open()
    const made = await world.panel.createLine(spec())
    await world.post('/__edit', { username: spec().username, fields: { account_number: '' } })
    expect(await world.panel.readLine(made.ref, spec())).toBeNull()
    const found = await world.panel.findLine(spec().username, spec().marker, spec().password)
    expect(found).toMatchObject({ ref: `login:${spec().username}`, marker: spec().marker })
    await world.panel.updateLine(found?.ref ?? '', spec({ enabled: false }))
    expect(await rowOf(world)).toMatchObject({ account_number: made.ref, enabled: 0 })
  })

  test("what staff wrote into the comment stays; the mark of the password is the present one's", async () => {
    const world = await open()
    const { ref } = await world.panel.createLine(spec())
    const { comment } = await rowOf(world)
    await world.post('/__edit', { username: spec().username, fields: { comment: `VIP, pays cash ${comment}` } })
    await world.panel.updateLine(ref, spec({ password: 'Other5Pass' }))
    const after = String((await rowOf(world)).comment)
    expect(after).toMatch(/^VIP, pays cash ref:line_01k pw:[0-9a-f]{12}$/)
    expect(after).not.toBe(`VIP, pays cash ${comment}`)
    expect(after).not.toContain('Other5Pass')
  })

  test('a status is asked for by itself: boxes are told of it only then', async () => {
    const world = await open()
    const { ref } = await world.panel.createLine(spec({ enabled: false }))
    world.calls.length = 0
    await world.panel.updateLine(ref, spec({ password: 'Other5Pass' }))
    expect(world.calls).toEqual(['GET accounts', 'PUT users', 'PUT users', 'GET accounts'])
  })

  test('"OK" for nothing done is not done', async () => {
    const { panel, breaks } = await open()
    const { ref } = await panel.createLine(spec())
    await breaks('nothing_done', { on: 'edit' })
    expect(await failure(panel.updateLine(ref, spec({ enabled: false })))).toMatchObject({
      kind: 'ambiguous',
      code: 'not_as_asked',
    })
  })

  test('a portal that says yes and does not', async () => {
    const { panel, breaks, mends } = await open()
    await breaks('forget_account', { on: 'create' })
    expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
    await mends()
    const { ref } = await panel.createLine(spec())
    await breaks('forget_account', { on: 'delete' })
    expect(await failure(panel.deleteLine(ref, spec()))).toMatchObject({ kind: 'ambiguous' })
  })

  test('an end in the hour that comes twice is never earlier than what was sold', async () => {
    const { panel } = await open({ time_zone: 'Europe/Paris' }, { time_zone: 'Europe/Paris' })
    const end = (text: string) => spec({ expiresAt: Temporal.Instant.from(text) })
    const made = await panel.createLine(end('2026-10-25T00:30:00Z'))
    expect(made.expiresAt?.toString()).toBe('2026-10-25T00:30:00Z')
    const twice = await panel.updateLine(made.ref, end('2026-10-25T01:30:00Z'))
    expect(twice.expiresAt?.toString()).toBe('2026-10-25T02:00:00Z')
    expect(await panel.differences?.(twice, end('2026-10-25T01:30:00Z'))).toEqual([])
  })
})

test('viewers get a portal address, apps a login', () => {
  const settings = { url: 'http://p.example', login: 'a', password: 'b', viewer_host: 'tv.example' }
  const details = (more: object, device = false) =>
    ministra.connectionDetails(MinistraSettings.parse({ ...settings, ...more }), {
      username: 'ana',
      password: 'secret5',
      ...(device ? { device: { kind: 'mag', mac: '00:1A:79:12:34:56' } } : {}),
    })
  expect(details({})).toMatchObject({ username: 'ana', m3uUrl: null, portalUrl: 'http://tv.example/stalker_portal/c/' })
  expect(details({ viewer_port: 8080 }, true)).toMatchObject({
    username: null,
    password: null,
    portalUrl: 'http://tv.example:8080/stalker_portal/c/',
  })
})
