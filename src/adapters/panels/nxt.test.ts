import { describe, expect, test } from 'vitest'
import { nxt as imitation, nxtDefaults } from '#imitations/panels/nxt.ts'
import { type Operation, panelContract } from './contract.ts'
import { typedTerm } from './nxt/packages.ts'
import { NxtSettings, nxt } from './nxt.ts'
import type { LineSpec } from './panel.ts'
import {
  account,
  type FamilyGiven,
  failure,
  familyWorld,
  lineSpec,
  openWorld,
  quote,
  until,
} from './xtream-family/world.test-support.ts'

const wrongKey = '9|ffffffffffffffffffffffffffffffff'
const basic: LineSpec['package'] = { packageId: '1', bouquets: [], outputs: [] }
const full: LineSpec['package'] = { packageId: '2', bouquets: [], outputs: [] }

const actions: Record<Operation, string> = {
  create: 'create-line',
  edit: 'edit:*',
  suspend: 'disable',
  resume: 'enable',
  delete: 'delete',
  read: 'lines',
  find: 'lines',
}

const given = (
  options: Record<string, string> = {},
  settings: Record<string, unknown> = {},
): FamilyGiven<NxtSettings> => ({
  imitation,
  options,
  kind: nxt,
  settings: ({ url }) => ({
    url,
    token: nxtDefaults.token,
    username: nxtDefaults.username,
    password: nxtDefaults.password,
    time_zone: 'Europe/Paris',
    ...settings,
  }),
  wrong: { token: wrongKey },
  actions,
  secrets: [nxtDefaults.token, nxtDefaults.password, wrongKey],
  packages: [basic, full],
  leavesOut: ['connections', 'outputs', 'permissions', 'bans'],
  expiries: [Temporal.Instant.from('2026-04-01T12:00:00Z'), Temporal.Instant.from('2026-05-01T12:00:00Z')],
  nameOf: ({ method, url }) => `${method} ${new URL(url).pathname.replace('/api/wclient/v1', '')}`,
})

panelContract('nxt', () => familyWorld(given()))
panelContract('nxt, dates with the day first, packages as an array, decimal credits elsewhere, pages of four', () =>
  familyWorld(
    given({
      dates: 'day_first',
      packages_as: 'array',
      credit_form: 'decimal',
      credits_at: 'data',
      per_page: '4',
      id_at: 'line',
    }),
  ),
)

const spec = (more: Partial<LineSpec> = {}): LineSpec =>
  lineSpec({
    expiresAt: Temporal.Instant.from('2026-04-05T12:00:00Z'),
    paidUntil: Temporal.Instant.from('2026-04-01T12:00:00Z'),
    maxConnections: 1,
    package: full,
    ...more,
  })
const open = (options: Record<string, string> = {}, settings: Record<string, unknown> = {}) =>
  openWorld(given(options, settings))

test('a line is bought once, extended once by a term, and nothing is bought twice', async () => {
  const world = await open()
  expect(await quote(world, spec(), null)).toEqual({ price: '2.0000', balance: '500.0000' })
  const made = await world.panel.createLine(spec())
  expect(await quote(world, spec(), made)).toBeNull()
  const renewed = spec(until('2026-05-01T12:00:00Z'))
  for (let n = 0; n < 3; n++) await world.panel.updateLine(made.ref, renewed)
  expect(await account(world)).toMatchObject({
    credits: 496,
    charges: [{ action: 'create-line' }, { action: 'extend' }],
  })
})

test('switching always says which way: without a body some builds toggle', async () => {
  const world = await open({ bare_enable: 'toggle' })
  const { ref } = await world.panel.createLine(spec())
  await world.breaks('timeout_after', { on: 'suspend', times: 1 })
  await failure(world.panel.updateLine(ref, spec({ enabled: false })))
  for (let n = 0; n < 2; n++)
    expect(await world.panel.updateLine(ref, spec({ enabled: false }))).toMatchObject({ enabled: false })
  const sent = await fetch(`${world.served.url}/api/wclient/v1/enable/${ref}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${nxtDefaults.token}`,
      username: nxtDefaults.username,
      password: nxtDefaults.password,
    },
  })
  expect(sent.ok).toBe(true)
  expect(await world.row(spec().username), 'what a bare call does').toMatchObject({ enabled: 1 })
})

test.each(['top', 'data', 'line'])('the new line is found by the id that stands in %s', async (id_at) => {
  const world = await open({ id_at })
  expect(await world.panel.createLine(spec())).toMatchObject({ username: spec().username })
})

test('a filter that finds parts of names gives only the very name', async () => {
  const world = await open({ per_page: '2' })
  for (const username of ['abc10', 'abc11', 'abc12', 'abc1'])
    await world.panel.createLine(spec({ username, password: `${username}Pass`, marker: `ref:${username}` }))
  expect(await world.panel.findLine('abc1', 'ref:abc1')).toMatchObject({ username: 'abc1' })
  expect(await world.panel.findLine('abc', 'ref:abc')).toBeNull()
})

describe('what few panels tell', () => {
  test('a list with the known columns only is enough', async () => {
    const world = await open({ columns: 'few' })
    const made = await world.panel.createLine(spec())
    expect(made).toMatchObject({ packageId: null, maxConnections: 0 })
    expect(await quote(world, spec({ package: basic }), made), 'nothing is bought on suspicion').toBeNull()
    expect(await world.panel.differences?.(made, spec())).toEqual([])
  })
  test('packages that are names only are sold with what was typed for them', async () => {
    const typed = { package_terms: '2 = 1 month, 2 credits\n4 = 24 hours, 0 credits' }
    const world = await open({ packages_as: 'names' }, typed)
    expect(await world.panel.listPackages?.()).toEqual([
      { id: '2', name: 'Full 1 month', detail: '2 credits' },
      { id: '4', name: 'Trial 24 hours', detail: 'trial, 0 credits' },
    ])
    expect((await world.panel.checkConnection()).notes).toEqual([
      expect.stringContaining('Basic 1 month (1), Full 12 months (3)'),
    ])
    expect(await failure(world.panel.createLine(spec({ package: basic })))).toMatchObject({ code: 'package_invalid' })
    expect(await world.panel.createLine(spec())).toMatchObject({ username: spec().username })
  })
  test('without a balance that can be read nothing is sold', async () => {
    const world = await open({ credits_at: 'none' })
    expect(await failure(world.panel.checkConnection())).toMatchObject({ kind: 'auth_failed' })
    expect(await failure(quote(world, spec(), null))).toMatchObject({ kind: 'unavailable' })
  })
})

test.each(['create', 'edit'] as const)('a panel that says yes and does not: %s', async (on) => {
  const world = await open()
  const made = on === 'edit' ? await world.panel.createLine(spec()) : null
  await world.breaks('forget_line', { on })
  const renewed = spec(until('2026-05-01T12:00:00Z'))
  const told = await failure(made ? world.panel.updateLine(made.ref, renewed) : world.panel.createLine(spec()))
  expect(told).toMatchObject({ kind: 'ambiguous' })
})

test('a refused token is told as such, whatever the words', async () => {
  const world = await open({}, { password: 'not-it' })
  expect(await failure(world.panel.checkConnection())).toMatchObject({ kind: 'auth_failed' })
})

test('a trial is free, and not extended', async () => {
  const world = await open()
  const wanted = spec({ package: { packageId: '4', bouquets: [], outputs: [] } })
  expect(await world.panel.charges?.testPackage()).toMatchObject({ packageId: '4' })
  const made = await world.panel.createLine(wanted)
  expect(await quote(world, { ...wanted, ...until('2026-03-20T12:00:00Z') }, made)).toBeNull()
  expect((await account(world)).credits).toBe(500)
})

test('calls of another name', async () => {
  const world = await open({}, { call_names: 'lines = lines\nextend = prolong' })
  const { ref } = await world.panel.createLine(spec())
  const told = await failure(world.panel.updateLine(ref, spec(until('2026-05-01T12:00:00Z'))))
  expect(told).toMatchObject({ kind: 'rejected', code: 'not_found' })
  expect(world.calls).toContain(`POST /prolong/${ref}`)
})

test.each([
  ['14 = 1 month, 2 credits', 30],
  ['14=12 Months, 20.5 credits', 360],
  ['14 = 24 hours, 1 credit', 1],
  ['14 = 0 months, 2 credits', null],
  ['14 = a month, 2 credits', null],
  ['14 = 1 month', null],
])('%s', (text, days) => {
  expect(typedTerm(text)?.termMs ?? null).toBe(days === null ? null : days * 86_400_000)
})

test.each([{ url: 'panel.example' }, { token: 'x' }, { package_terms: '14 = cheap' }, { call_names: 'buy = now' }])(
  '%j is refused beside its field',
  (wrong) => {
    const good = {
      url: 'https://panel.example/api/wclient/v1',
      token: '1|abcdefgh',
      username: 'me',
      password: 'p',
      viewer_host: 'tv.example',
    }
    expect(NxtSettings.parse(good).url).toBe('https://panel.example/')
    expect(NxtSettings.safeParse({ ...good, ...wrong }).error?.issues.map((each) => each.path[0])).toEqual(
      Object.keys(wrong),
    )
  },
)
