import { describe, expect, test } from 'vitest'
import { oneStream as imitation, oneStreamDefaults } from '#imitations/panels/onestream.ts'
import { type Operation, panelContract } from './contract.ts'
import { OneStreamSettings, oneStream } from './onestream.ts'
import type { LineSpec } from './panel.ts'
import {
  account,
  type FamilyGiven,
  failure,
  familyWorld,
  lineSpec,
  openWorld,
  quote,
  startOfTests,
  until,
} from './xtream-family/world.test-support.ts'

const wrongKey = 'os_ffffffffffffffffffffffffffffffff'
const basic: LineSpec['package'] = { packageId: '1', bouquets: [1], outputs: [] }
const full: LineSpec['package'] = { packageId: '2', bouquets: [1, 2, 3, 4], outputs: [] }

const actions: Record<Operation, string> = {
  create: 'create',
  edit: 'edit:*',
  suspend: 'disable',
  resume: 'enable',
  delete: 'terminate',
  read: 'lines',
  find: 'lines',
}

const given = (
  options: Record<string, string> = {},
  settings: Record<string, unknown> = {},
): FamilyGiven<OneStreamSettings> => ({
  imitation,
  options,
  kind: oneStream,
  settings: ({ url }) => ({
    url: `${url}/ext`,
    api_key: oneStreamDefaults.api_key,
    auth_user: oneStreamDefaults.auth_user,
    ...settings,
  }),
  wrong: { api_key: wrongKey },
  actions,
  secrets: [oneStreamDefaults.api_key, oneStreamDefaults.auth_user, wrongKey],
  packages: [basic, full],
  leavesOut: ['connections', 'outputs', 'bans'],
  // Terms are 720 hours.
  expiries: [Temporal.Instant.from('2026-03-31T12:00:00Z'), Temporal.Instant.from('2026-04-30T12:00:00Z')],
  nameOf: ({ method, url }) => `${method} ${new URL(url).pathname}`,
})

panelContract('onestream', () => familyWorld(given()))
panelContract('onestream, lists in pages only, decimal credits', () =>
  familyWorld(given({ listing: 'paged', credit_form: 'decimal' })),
)

const spec = (more: Partial<LineSpec> = {}): LineSpec =>
  lineSpec({
    expiresAt: Temporal.Instant.from('2026-04-05T12:00:00Z'),
    paidUntil: Temporal.Instant.from('2026-03-31T12:00:00Z'),
    maxConnections: 1,
    package: full,
    ...more,
  })
const open = (options: Record<string, string> = {}, settings: Record<string, unknown> = {}) =>
  openWorld(given(options, settings))

describe('request ids', () => {
  test('the same create, sent twice at once by two workers, is one line and one charge', async () => {
    const world = await open()
    const [one, two] = [world.panel, world.open()]
    const [a, b] = [await one.createLine(spec()), await two.createLine(spec())]
    expect(b).toEqual(a)
    expect((await account(world)).charges).toHaveLength(1)
  })
  test('the same extension, by two workers that read the same line, is charged once', async () => {
    const world = await open({ charge_ms: '0' })
    const made = await world.panel.createLine(spec())
    const renewed = spec(until('2026-04-30T12:00:00Z'))
    await world.breaks('timeout_after', { on: 'edit', times: 1 })
    expect(await failure(world.panel.updateLine(made.ref, renewed))).toMatchObject({ kind: 'ambiguous' })
    // A worker that still has the old list before its eyes.
    await world.post('/__edit', {
      username: spec().username,
      fields: { exp_date: (made.expiresAt?.epochMilliseconds ?? 0) / 1000 },
    })
    expect(await failure(world.open().updateLine(made.ref, renewed))).toMatchObject({
      kind: 'ambiguous',
      code: 'not_as_asked',
    })
    expect((await account(world)).charges).toHaveLength(2)
  })
  test('an hour later the same is bought anew', async () => {
    let moment = startOfTests
    const world = await openWorld({ ...given(), now: () => moment })
    await world.panel.createLine(spec())
    await world.loses(spec().username)
    expect(await failure(world.panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
    moment = moment.add({ hours: 1 })
    expect(await world.panel.createLine(spec())).toMatchObject({ username: spec().username })
    expect((await account(world)).charges).toHaveLength(2)
  })
})

test('ids are not numbers', async () => {
  const world = await open()
  const { ref } = await world.panel.createLine(spec())
  expect(ref).toMatch(/^[0-9a-f]{8}-/)
  expect(await world.panel.readLine(ref, spec())).toMatchObject({ ref })
})

test('a term costs what its package costs, several are bought one by one', async () => {
  const world = await open()
  const wanted = spec(until('2026-05-30T12:00:00Z'))
  let line = await world.panel.createLine(wanted)
  while (await quote(world, wanted, line)) line = await world.panel.updateLine(line.ref, wanted)
  expect(line.expiresAt?.toString()).toBe('2026-05-30T12:00:00Z')
  expect(await account(world)).toMatchObject({ credits: 494, charges: [{}, {}, {}] })
})

test('a token that may not list lines cannot be used', async () => {
  const world = await open({ may_list: '0' })
  expect(await failure(world.panel.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'no_permission' })
})

test.each(['flag', 'words'])('a trial is known by its %s', async (trial_by) => {
  const world = await open({ trial_by })
  expect(await world.panel.charges?.testPackage()).toMatchObject({ packageId: '4' })
})

test('a build without the whole list is asked for pages, from then on at once', async () => {
  const world = await open({ listing: 'paged' })
  await world.panel.findLine('nobody', 'ref:none')
  await world.panel.findLine('nobody', 'ref:none')
  expect(world.calls).toEqual(['GET /ext/lines', 'GET /ext/lines/index', 'GET /ext/lines/index'])
})

test.each(['create', 'edit'] as const)('a panel that says yes and does not: %s', async (on) => {
  const world = await open()
  const made = on === 'edit' ? await world.panel.createLine(spec()) : null
  await world.breaks('forget_line', { on })
  const told = await failure(
    made ? world.panel.updateLine(made.ref, spec(until('2026-04-30T12:00:00Z'))) : world.panel.createLine(spec()),
  )
  expect(told).toMatchObject({ kind: 'ambiguous' })
})

test('who signed in, and with what', async () => {
  expect((await (await open()).panel.checkConnection()).detail).toBe(
    'Signed in as myreseller, with 500 credits; 4 packages to sell.',
  )
})

test.each([{ url: 'ftp://panel.example' }, { api_key: 'x' }, { auth_user: '' }, { call_names: 'lines' }])(
  '%j is refused beside its field',
  (wrong) => {
    const good = {
      url: 'https://panel.example/ext/',
      api_key: 'k'.repeat(20),
      auth_user: 'u'.repeat(20),
      viewer_host: 'tv.example',
    }
    expect(OneStreamSettings.parse(good).url).toBe('https://panel.example/')
    expect(OneStreamSettings.safeParse({ ...good, ...wrong }).error?.issues.map((each) => each.path[0])).toEqual(
      Object.keys(wrong),
    )
  },
)
