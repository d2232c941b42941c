import { describe, expect, test } from 'vitest'
import { xuiReseller as imitation, xuiResellerDefaults } from '#imitations/panels/xui-reseller.ts'
import { panelContract } from './contract.ts'
import type { FoundLine, LineSpec } from './panel.ts'
import {
  account,
  type FamilyGiven,
  type FamilyWorld,
  failure,
  familyActions,
  familyWorld,
  lineSpec,
  openWorld,
  quote,
  until,
} from './xtream-family/world.test-support.ts'
import { packageOf } from './xui-reseller/packages.ts'
import { XuiResellerSettings, xuiReseller } from './xui-reseller.ts'

const wrongKey = 'ffffffffffffffffffffffffffffffff'
const basic: LineSpec['package'] = { packageId: '1', bouquets: [1], outputs: ['hls', 'ts'] }
const full: LineSpec['package'] = { packageId: '2', bouquets: [1, 2, 3, 4], outputs: ['hls', 'ts'] }
const year: LineSpec['package'] = { ...full, packageId: '3' }
const trial: LineSpec['package'] = { ...basic, packageId: '4' }

const given = (
  options: Record<string, string> = {},
  settings: Record<string, unknown> = {},
): FamilyGiven<XuiResellerSettings> => ({
  imitation,
  options,
  kind: xuiReseller,
  settings: ({ url }) => ({
    url: `${url}/${xuiResellerDefaults.access_code}/`,
    api_key: xuiResellerDefaults.api_key,
    ...settings,
  }),
  wrong: { api_key: wrongKey },
  actions: familyActions,
  secrets: [xuiResellerDefaults.api_key, wrongKey],
  packages: [basic, full],
  leavesOut: ['connections'],
  expiries: [Temporal.Instant.from('2026-04-01T12:00:00Z'), Temporal.Instant.from('2026-05-01T12:00:00Z')],
})

const loose = { check_compatible: '0', minimum_username_length: '1', minimum_password_length: '1' }

panelContract('xui_reseller', () => familyWorld(given(loose)))
panelContract('xui_reseller, decimal credits, numbers as text, bouquets by the reseller, small pages', () =>
  familyWorld(
    given({ ...loose, credit_form: 'decimal', numbers: 'string', allow_change_bouquets: '1', page_cap: '4' }),
  ),
)
panelContract('xui_reseller, no restrictions, ids of strangers within reach', () =>
  familyWorld(given({ ...loose, allow_restrictions: '0', ownership: 'unchecked' })),
)

const spec = (more: Partial<LineSpec> = {}): LineSpec =>
  lineSpec({
    expiresAt: Temporal.Instant.from('2026-04-05T12:00:00Z'), // A safety net behind what was sold.
    paidUntil: Temporal.Instant.from('2026-04-01T12:00:00Z'),
    maxConnections: 1,
    package: full,
    ...more,
  })
const open = (options: Record<string, string> = {}, settings: Record<string, unknown> = {}) =>
  openWorld(given(options, settings))
/** As the product does it: asks what is due, pays once, asks again. */
async function make(world: FamilyWorld, wanted: LineSpec, found: FoundLine | null = null): Promise<FoundLine> {
  let line = found ?? (await world.panel.createLine(wanted))
  while (await quote(world, wanted, line)) line = await world.panel.updateLine(line.ref, wanted)
  return line
}

describe('what is due', () => {
  test('a new line costs its package, an extension one term of it, and nothing costs anything twice', async () => {
    const world = await open()
    expect(await quote(world, spec(), null)).toEqual({ price: '2.0000', balance: '500.0000' })
    const made = await make(world, spec())
    expect(await quote(world, spec(), made)).toBeNull()
    expect((await account(world)).credits).toBe(498)
    const renewed = spec(until('2026-05-01T12:00:00Z'))
    expect(await quote(world, renewed, made)).toEqual({ price: '2.0000', balance: '498.0000' })
    const extended = await world.panel.updateLine(made.ref, renewed)
    expect(extended.expiresAt?.toString()).toBe('2026-05-01T11:00:00Z') // A month by the panel's wall clock.
    for (let n = 0; n < 3; n++) await world.panel.updateLine(made.ref, renewed)
    expect((await account(world)).credits).toBe(496)
  })

  test('several terms are bought one by one, and a package of a year at once', async () => {
    const world = await open()
    await make(world, spec(until('2026-06-01T12:00:00Z')))
    expect((await account(world)).charges).toHaveLength(3)
    const long = spec({ username: 'longer', marker: 'ref:longer', package: year, ...until('2027-03-01T12:00:00Z') })
    const made = await make(world, long)
    expect(made.expiresAt?.toString()).toBe('2027-03-01T12:00:00Z')
    expect((await account(world)).credits).toBe(500 - 3 * 2 - 20)
  })

  test('twelve months by a month are twelve', async () => {
    const world = await open()
    await make(world, spec(until('2027-03-01T12:00:00Z')))
    expect((await account(world)).charges).toHaveLength(12)
  })

  test('a package that would have to be bought too often is a mistake', async () => {
    const world = await open()
    const made = await world.panel.createLine(spec())
    expect(await failure(quote(world, spec(until('2030-03-01T12:00:00Z')), made))).toMatchObject({
      kind: 'rejected',
      code: 'package_invalid',
    })
  })

  test.each([
    ['hours that were given for free are not', until('2026-04-03T12:00:00Z'), null],
    ['more than three days are', until('2026-04-05T12:00:00Z'), '2.0000'],
    ['what was sold to a suspended line waits', { enabled: false, ...until('2026-05-01T12:00:00Z') }, null],
    ['time that was taken back is not', until('2026-03-15T12:00:00Z'), null],
  ])('%s', async (_, more, price) => {
    const world = await open()
    const made = await make(world, spec())
    expect((await quote(world, spec(more), made))?.price ?? null).toBe(price)
  })

  test('a line that is over on the panel is bought from now on', async () => {
    let moment = Temporal.Instant.from('2026-03-01T12:00:00Z')
    const world = await openWorld({ ...given(), now: () => moment })
    const made = await make(world, spec())
    moment = Temporal.Instant.from('2026-06-10T12:00:00Z')
    const back = await make(world, spec(until('2026-07-10T12:00:00Z')), made)
    expect(back.expiresAt?.toString()).toBe('2026-07-10T12:00:00Z')
    expect((await account(world)).charges).toHaveLength(2)
  })

  test('no package, an unknown one, and one that is gone', async () => {
    const world = await open()
    for (const packageId of [undefined, '99']) {
      const wanted = spec({ package: { ...full, packageId } })
      expect(await failure(world.panel.createLine(wanted))).toMatchObject({ kind: 'rejected', code: 'package_invalid' })
      expect(await failure(quote(world, wanted, null))).toMatchObject({ kind: 'rejected', code: 'package_invalid' })
    }
    await world.breaks('package_gone', { on: 'create' })
    expect(await failure(world.panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'package_invalid' })
    expect((await account(world)).credits).toBe(500)
  })
})

describe('trials', () => {
  test('cost nothing, are not extended, and become paid with the next package', async () => {
    const world = await open({ check_compatible: '0' })
    expect(await world.panel.charges?.testPackage()).toMatchObject({ packageId: '4', bouquets: [1] })
    const wanted = spec({ package: trial, ...until('2026-03-02T12:00:00Z') })
    const made = await make(world, wanted)
    expect(await world.row(wanted.username)).toMatchObject({
      is_trial: 1,
      exp_date: Date.parse('2026-03-02T12:00:00Z') / 1000,
    })
    expect(await quote(world, { ...wanted, ...until('2026-03-20T12:00:00Z') }, made)).toBeNull()
    const paid = await make(world, spec(until('2026-04-02T12:00:00Z')), made)
    expect(await world.row(wanted.username)).toMatchObject({ is_trial: 0, package_id: 2 })
    expect(paid.expiresAt?.toString()).toBe('2026-04-02T11:00:00Z')
    expect((await account(world)).credits).toBe(498)
  })
  test('none left', async () => {
    const world = await open({ trials: '0' })
    const told = await failure(world.panel.createLine(spec({ package: trial })))
    expect(told).toMatchObject({ kind: 'rejected', code: 'trial_not_allowed' })
  })
})

describe('packages that do not go together', () => {
  const moved = spec({ package: full })
  test('a change that would forfeit time is refused', async () => {
    const world = await open()
    const made = await make(world, spec({ package: basic }))
    expect(await failure(quote(world, moved, made))).toMatchObject({ kind: 'rejected', code: 'would_lose_time' })
    expect((await account(world)).charges).toHaveLength(1)
    const over = { ...made, expiresAt: Temporal.Instant.from('2026-03-02T00:00:00Z') }
    expect(await quote(world, moved, over)).toMatchObject({ price: '2.0000' })
  })
  test('unless the operator accepts it', async () => {
    const world = await open({}, { lost_time: 'accept' })
    const made = await make(world, spec({ package: basic }))
    expect(await make(world, moved, made)).toMatchObject({ packageId: '2', bouquets: [1, 2, 3, 4] })
  })
  test('those that go together keep it', async () => {
    const world = await open()
    const made = await make(world, spec())
    const extended = await make(world, spec({ package: year, ...until('2027-04-01T12:00:00Z') }), made)
    expect(extended.expiresAt?.toString()).toBe('2027-04-01T11:00:00Z')
  })
})

describe('an answer that was lost after it was charged', () => {
  test('a new line is found, and not bought again', async () => {
    const world = await open()
    await world.breaks('timeout_after', { on: 'create', times: 1 })
    expect(await failure(world.panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
    const found = await world.panel.findLine(spec().username, spec().marker, spec().password)
    expect(await quote(world, spec(), found)).toBeNull()
    expect((await account(world)).charges).toHaveLength(1)
  })
  test.each(['timeout_after', 'http_502', 'empty', 'null', 'html', 'truncated'])('an extension: %s', async (fault) => {
    const world = await open()
    const made = await make(world, spec())
    const renewed = spec(until('2026-05-01T12:00:00Z'))
    await world.breaks(fault, { on: 'edit', times: 1, executes: true })
    expect(await failure(world.panel.updateLine(made.ref, renewed))).toMatchObject({ kind: 'ambiguous' })
    expect(await quote(world, renewed, await world.panel.readLine(made.ref))).toBeNull()
    expect((await account(world)).charges).toHaveLength(2)
  })
  test('a panel that takes the credits and gives no time', async () => {
    const world = await open()
    const made = await make(world, spec())
    await world.breaks('charge_only', { on: 'edit', times: 1 })
    const renewed = spec(until('2026-05-01T12:00:00Z'))
    expect(await failure(world.panel.updateLine(made.ref, renewed))).toMatchObject({ kind: 'ambiguous' })
    expect(await quote(world, renewed, made)).toEqual({ price: '2.0000', balance: '496.0000' })
  })
  test('a second extension at the same moment is refused, not charged', async () => {
    const world = await open()
    const made = await make(world, spec())
    await world.breaks('send_again', { on: 'edit', times: 1 })
    const renewed = spec(until('2026-05-01T12:00:00Z'))
    expect(await failure(world.panel.updateLine(made.ref, renewed))).toMatchObject({ kind: 'unavailable' })
    expect((await account(world)).charges).toHaveLength(1)
    await world.panel.updateLine(made.ref, renewed)
    expect((await account(world)).charges).toHaveLength(2)
  })
  test.each(['create', 'edit'] as const)('a panel that says yes and does not: %s', async (on) => {
    const world = await open()
    const made = on === 'edit' ? await make(world, spec()) : null
    await world.breaks('forget_line', { on })
    const renewed = spec(until('2026-05-01T12:00:00Z'))
    const told = await failure(made ? world.panel.updateLine(made.ref, renewed) : world.panel.createLine(spec()))
    expect(told).toMatchObject({ kind: 'ambiguous' })
  })
})

describe('an edit', () => {
  test.each([{}, { allow_change_bouquets: '1' }])(
    'keeps notes, contact, restrictions and bouquets (%j)',
    async (options) => {
      const world = await open(options)
      const { ref } = await make(world, spec())
      const kept = {
        contact: 'a@b.example',
        allowed_ips: '["1.2.3.4","5.6.7.8"]',
        allowed_ua: '["VLC/3, really"]',
        is_isplock: 1,
        bypass_ua: 0,
      }
      await world.post('/__edit', { username: spec().username, fields: { ...kept, reseller_notes: 'VIP' } })
      await world.panel.updateLine(ref, spec({ password: 'Other5Pass' }))
      expect(await world.row(spec().username)).toMatchObject({ ...kept, reseller_notes: `${spec().marker} VIP` })
      await world.panel.updateLine(ref, spec({ password: 'Other5Pass', ...until('2026-05-01T12:00:00Z') }))
      expect(await world.row(spec().username)).toMatchObject({ ...kept, bouquet: '[1,4,2,3]' })
      expect((await account(world)).charges).toHaveLength(2)
    },
  )

  test('an extension does not switch on: that is done after it', async () => {
    const world = await open()
    const { ref } = await make(world, spec())
    await world.panel.updateLine(ref, spec({ enabled: false }))
    world.calls.length = 0
    expect(await world.panel.updateLine(ref, spec(until('2026-05-01T12:00:00Z')))).toMatchObject({ enabled: true })
    expect(world.calls.filter((each) => /_line$/.test(each))).toEqual([
      'get_line',
      'edit_line',
      'get_line',
      'enable_line',
      'get_line',
    ])
  })
})

describe('boxes', () => {
  const [mac, another] = ['00:1A:79:12:34:56', '00:1A:79:AB:CD:EF']
  const box = (more: Partial<LineSpec> = {}) => spec({ device: { kind: 'mag', mac }, ...more })
  const rowOf = async (world: FamilyWorld) => {
    const answer = await fetch(`${world.served.controlUrl}/__lines`)
    return ((await answer.json()) as { lines: Record<string, unknown>[] }).lines.find((row) => row.mac === mac)
  }

  test.each(['mag', 'enigma'] as const)('%s: made and extended by the package, each charged once', async (kind) => {
    const world = await open()
    const wanted = box({ device: { kind, mac } })
    expect(await quote(world, wanted, null)).toEqual({ price: '2.0000', balance: '500.0000' })
    const made = await make(world, wanted)
    expect(made).toMatchObject({ ref: expect.stringContaining(`${kind}:`), mac, marker: wanted.marker, packageId: '2' })
    const renewed = { ...wanted, ...until('2026-05-01T12:00:00Z') }
    const extended = await make(world, renewed, made)
    expect(extended.expiresAt?.toString()).toBe('2026-05-01T11:00:00Z')
    for (let n = 0; n < 3; n++) await world.panel.updateLine(made.ref, renewed)
    expect((await account(world)).charges).toHaveLength(2)
  })

  test("an edit would take somebody else's address: it is looked up first", async () => {
    const world = await open()
    const theirs = await world.panel.createLine(box({ marker: 'ref:theirs', device: { kind: 'mag', mac: another } }))
    const { ref } = await world.panel.createLine(box())
    const before = await world.changes()
    const moved = box({ device: { kind: 'mag', mac: another, former: [mac] } })
    expect(await failure(world.panel.updateLine(ref, moved))).toMatchObject({ kind: 'rejected', code: 'mac_taken' })
    expect(await world.changes()).toBe(before)
    expect(await world.panel.readLine(theirs.ref)).toMatchObject({ mac: another, marker: 'ref:theirs' })
  })

  test('what the panel learned of a box and its coupling are kept; another box is not locked to it', async () => {
    const world = await open()
    const line = await world.panel.createLine(spec({ username: 'beside', marker: 'ref:beside' }))
    const { ref } = await world.panel.createLine(box())
    const id = ref.replace('mag:', '')
    const sent = { id, mac, sn: 'SN1234', pair_id: line.ref, reseller_notes: `${box().marker} VIP` }
    const url = `${world.served.url}/${xuiResellerDefaults.access_code}/?action=edit_mag&api_key=${xuiResellerDefaults.api_key}`
    await fetch(url, { method: 'POST', body: new URLSearchParams(sent) })
    await world.panel.updateLine(ref, box(until('2026-05-01T12:00:00Z')))
    const shown = async () =>
      (
        await (
          await fetch(url.replace('edit_mag', 'get_mag'), { method: 'POST', body: new URLSearchParams({ id }) })
        ).json()
      ).data
    expect(await shown()).toMatchObject({ sn: 'SN1234', paired: { username: 'beside' } })
    expect(await rowOf(world)).toMatchObject({ reseller_notes: `${box().marker} VIP` })
    const next = { device: { kind: 'mag' as const, mac: another, former: [mac] }, ...until('2026-05-01T12:00:00Z') }
    await world.panel.updateLine(ref, box(next))
    expect(await shown()).toMatchObject({ sn: '', mac: another, paired: { username: 'beside' } })
  })

  test('a package that is not sold for boxes says so, before anything is paid', async () => {
    const world = await open({ lines_only: '2,4' })
    expect(await failure(quote(world, box(), null))).toMatchObject({
      code: 'package_invalid',
      message: expect.stringContaining('Full 1 month is not sold for MAG boxes'),
    })
    expect(await failure(world.panel.createLine(box()))).toMatchObject({ kind: 'rejected', code: 'package_invalid' })
    expect((await account(world)).charges).toEqual([])
    expect((await world.panel.listPackages?.())?.map(({ detail }) => detail)).toEqual([
      '1 credit',
      '2 credits, only for lines',
      '20 credits',
      'trial, 0 credits, only for lines',
    ])
  })

  test('an account that may not make boxes still makes lines', async () => {
    const world = await open({ create_boxes: '0' })
    expect(await failure(world.panel.createLine(box()))).toMatchObject({ kind: 'rejected', code: 'no_permission' })
    await world.panel.createLine(spec())
    expect((await account(world)).charges).toHaveLength(1)
  })
})

describe('the account', () => {
  test.each([{ allow_change_username: '0' }, { allow_change_password: '0' }])(
    'one that may not choose logins (%j) cannot be used: the panel would make them up',
    async (options) => {
      const world = await open(options)
      expect(await failure(world.panel.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'no_permission' })
      expect(await failure(world.panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'no_permission' })
      expect(await world.truth()).toEqual([])
    },
  )
  test('names that are too short', async () => {
    const world = await open({ minimum_username_length: '12' })
    expect((await world.panel.checkConnection()).notes).toEqual([expect.stringContaining('12')])
    expect(await failure(world.panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'invalid_input' })
  })
  test('lists what it may sell, with its prices', async () => {
    const { panel } = await open()
    expect(await panel.listBouquets()).toEqual([])
    expect(await panel.listPackages?.()).toEqual([
      { id: '1', name: 'Basic 1 month', detail: '1 credit' },
      { id: '2', name: 'Full 1 month', detail: '2 credits' },
      { id: '3', name: 'Full 12 months', detail: '20 credits' },
      { id: '4', name: 'Trial 24 hours', detail: 'trial, 0 credits' },
    ])
  })
  test('tells its credits', async () => {
    const world = await open({ credits: '485.5', credit_form: 'decimal' })
    expect((await world.panel.checkConnection()).detail).toBe(
      'Signed in as myreseller, with 485.5 credits; 4 packages to sell.',
    )
    expect(await world.panel.charges?.balance()).toBe('485.5000')
  })
  test('an empty one', async () => {
    const world = await open({ credits: '1' })
    expect(await failure(world.panel.createLine(spec()))).toMatchObject({
      kind: 'rejected',
      code: 'insufficient_credits',
    })
  })
  test('the key is read only from the query', async () => {
    const world = await open({ key_in: 'query' }, { credentials_in: 'query' })
    expect((await world.panel.checkConnection()).detail).toContain('Signed in')
  })
})

test.each([
  [{ official_credits: 'many' }],
  [{ official_duration: 0 }],
  [{ official_duration_in: 'fortnights' }],
  [{ official_credits: -1 }],
  [{ bouquets: 'x' }],
  [{ id: null }],
])('a package that cannot be read is not for sale: %j', (wrong) => {
  const row = {
    id: 2,
    is_official: 1,
    official_credits: '2.00',
    official_duration: '1',
    official_duration_in: 'months',
    bouquets: '[1]',
  }
  expect(packageOf(row)).toMatchObject({ id: '2', price: '2.0000', termMs: 30 * 86_400_000 })
  expect(packageOf({ ...row, ...wrong })).toBeNull()
})

test.each([{ lost_time: 'perhaps' }, { url: 'http://panel.example' }, { api_key: '' }])(
  '%j is refused beside its field',
  (wrong) => {
    const good = { url: 'http://panel.example/code', api_key: 'x'.repeat(32), viewer_host: 'tv.example' }
    expect(XuiResellerSettings.safeParse(good).success).toBe(true)
    expect(XuiResellerSettings.safeParse({ ...good, ...wrong }).error?.issues.map((each) => each.path[0])).toEqual(
      Object.keys(wrong),
    )
  },
)
