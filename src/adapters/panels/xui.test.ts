import { describe, expect, test } from 'vitest'
import { xui as imitation, xuiDefaults } from '#imitations/panels/xui.ts'
import { panelContract } from './contract.ts'
import type { LineSpec } from './panel.ts'
import { failure, familyActions, familyWorld, lineSpec, openWorld } from './xtream-family/world.test-support.ts'
import { XuiSettings, xui } from './xui.ts'

const viewers = { viewer_host: 'tv.example', viewer_port: '8080' }

const spec = lineSpec

const given = (options: Record<string, string>, settings: Record<string, unknown>) => ({
  imitation,
  options,
  kind: xui,
  settings: (served: { url: string }) => ({
    url: `${served.url}/${xuiDefaults.access_code}/`,
    api_key: xuiDefaults.api_key,
    ...settings,
  }),
  wrong: { api_key: 'ffffffffffffffffffffffffffffffff' },
  actions: familyActions,
  secrets: [xuiDefaults.api_key, 'ffffffffffffffffffffffffffffffff'],
  bouquets: ['Basic', 'Sports', 'Movies', 'Kids'],
  packages: [
    { bouquets: [1, 2, 4], outputs: ['hls', 'ts'] },
    { bouquets: [3], outputs: ['ts', 'rtmp'], packageId: '2' },
  ] as [LineSpec['package'], LineSpec['package']],
})
const world = (options: Record<string, string> = {}) => familyWorld(given(options, {}))
const open = (options: Record<string, string> = {}, settings: Record<string, unknown> = {}) =>
  openWorld(given(options, settings))

panelContract('xui, edits that overwrite', () => world())
panelContract('xui, numbers as text', () => world({ numbers: 'string' }))
panelContract('xui, edits that merge, numbers as text, small pages', () =>
  world({ edit: 'merge', numbers: 'string', page_cap: '4' }),
)

describe('builds that differ', () => {
  test.each(['ignore_zone', 'refuse_zone'])('dates: %s', async (dates) => {
    const { panel, calls } = await open({ dates, time_zone: 'America/New_York' }, { time_zone: 'America/New_York' })
    const summer = spec()
    const winter = spec({
      username: 'second',
      marker: 'ref:second',
      expiresAt: Temporal.Instant.from('2026-12-15T08:00:00Z'),
    })
    const made = await panel.createLine(summer)
    expect(made.expiresAt).toEqual(summer.expiresAt)
    calls.length = 0
    expect((await panel.createLine(winter)).expiresAt).toEqual(winter.expiresAt)
    // What was learned is used again; a moved clock in between costs one correction where offsets are guessed.
    expect(calls).toEqual(dates === 'refuse_zone' ? ['create_line'] : ['create_line', 'edit_line'])
    expect((await panel.updateLine(made.ref, { ...summer, maxConnections: 3 })).expiresAt).toEqual(summer.expiresAt)
  })

  test('dates: local time by wrong settings is found out and set right', async () => {
    const { panel } = await open({ dates: 'refuse_zone', time_zone: 'Asia/Kolkata' }, { time_zone: 'America/New_York' })
    expect((await panel.createLine(spec())).expiresAt).toEqual(spec().expiresAt)
  })

  test('bouquets: the other form is found out where the panel saves none', async () => {
    const { panel, calls } = await open({ bouquets: 'array', php: '7' })
    expect((await panel.createLine(spec())).bouquets).toEqual([1, 2, 4])
    calls.length = 0
    await panel.createLine(spec({ username: 'second', marker: 'ref:second' }))
    expect(calls).toEqual(['create_line'])
  })

  test('bouquets: an array by setting, and none at all', async () => {
    const { panel } = await open({ bouquets: 'array' }, { bouquets_as: 'array' })
    expect((await panel.createLine(spec())).bouquets).toEqual([1, 2, 4])
    const json = await open()
    expect(await json.panel.createLine(spec({ package: { bouquets: [], outputs: [] } }))).toMatchObject({
      bouquets: [],
      outputs: ['hls', 'ts'],
    })
  })

  test('the key is read only from the query', async () => {
    const byBody = await open({ key_in: 'query' })
    const told = await failure(byBody.panel.checkConnection())
    expect(told).toMatchObject({ kind: 'auth_failed', code: 'misconfigured' })
    expect(told.message).toContain('query')
    const byQuery = await open({ key_in: 'query' }, { credentials_in: 'query' })
    expect(await byQuery.panel.checkConnection()).toMatchObject({ detail: expect.stringContaining('Signed in') })
    expect(await byQuery.panel.createLine(spec())).toMatchObject({ username: spec().username })
  })

  test('a bare array where other calls have an envelope is read as the list that it is', async () => {
    const { panel, served } = await open()
    const told = await fetch(`${served.url}/${xuiDefaults.access_code}/`, {
      method: 'POST',
      body: new URLSearchParams({ api_key: xuiDefaults.api_key, action: 'get_bouquets', show_columns: 'id' }),
    })
    expect(Array.isArray(await told.json())).toBe(true)
    expect(await panel.listBouquets()).toHaveLength(4)
  })

  test('totals that are wrong decide nothing: the listing goes on until a page is empty', async () => {
    const { panel } = await open({ page_cap: '3' }) // It answers with the length of the page as the number of all.
    for (let n = 0; n < 8; n++) await panel.createLine(spec({ username: `many${n}`, marker: `ref:line_of_many${n}` }))
    const listed: string[] = []
    for await (const page of panel.listLines?.() ?? []) listed.push(...page.map(({ username }) => username))
    expect(listed).toEqual(Array.from({ length: 8 }, (_, n) => `many${n}`))
  })

  test('tables that answer null are found when connecting', async () => {
    const { panel, breaks } = await open()
    await breaks('null', { on: 'find' })
    expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'answer_unreadable' })
  })

  test.each(['wrong_key', 'whitelist', 'flood'])('%s', async (fault) => {
    const { panel, breaks } = await open()
    await breaks(fault)
    expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'auth_failed' })
  })

  test('a wrong access code', async () => {
    const { panel } = await open({ access_code: 'other' })
    expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'misconfigured' })
  })

  test('a zone that differs from the settings is noted', async () => {
    const { panel } = await open({ time_zone: 'Europe/Paris' })
    expect((await panel.checkConnection()).notes).toEqual([expect.stringContaining('Europe/Paris')])
  })
})

describe('calls', () => {
  test('as few as are safe', async () => {
    const { panel, calls } = await open()
    const took = async (act: () => Promise<unknown>) => {
      calls.length = 0
      await act()
      return calls.join(' ')
    }
    expect(await took(() => panel.createLine(spec()))).toBe('create_line')
    const { ref } = (await panel.findLine(spec().username, spec().marker)) ?? { ref: '' }
    expect(await took(() => panel.findLine(spec().username, spec().marker))).toBe('get_lines get_line')
    expect(await took(() => panel.findLine('nobody', 'ref:x'))).toBe('get_lines')
    expect(await took(() => panel.updateLine(ref, spec()))).toBe('get_line')
    expect(await took(() => panel.updateLine(ref, spec({ maxConnections: 3 })))).toBe('get_line edit_line')
    expect(await took(() => panel.updateLine(ref, spec({ maxConnections: 3, enabled: false })))).toBe(
      'get_line disable_line get_line',
    )
    expect(await took(() => panel.deleteLine(ref))).toBe('delete_line get_line')
  })
})

describe.each([{ edit: 'overwrite' }, { edit: 'merge' }])('an edit ($edit)', (options) => {
  test('keeps every column that is not ours', async () => {
    const { panel, post, row } = await open(options)
    const { ref } = await panel.createLine(spec())
    const kept = {
      admin_notes: 'pays cash',
      contact: 'a@b.example',
      member_id: 12,
      forced_country: 'ES',
      force_server_id: 3,
      pair_id: 7,
      package_id: 5,
      is_restreamer: 1,
      is_isplock: 1,
      bypass_ua: 1,
      is_trial: 0,
      is_stalker: 0,
      allowed_ips: '["1.2.3.4","5.6.7.8"]',
      allowed_ua: '["VLC/3, really"]',
    }
    await post('/__edit', {
      username: spec().username,
      fields: { ...kept, reseller_notes: `VIP ${spec().marker} calls often` },
    })
    await panel.updateLine(ref, spec({ maxConnections: 3, enabled: false }))
    await panel.updateLine(ref, spec({ maxConnections: 4, password: 'Other5Pass' }))
    expect(await row(spec().username)).toMatchObject({
      ...kept,
      reseller_notes: `VIP ${spec().marker} calls often`,
      max_connections: 4,
    })
  })

  test('puts our marker back beside what staff wrote', async () => {
    const { panel, post, row } = await open(options)
    const { ref } = await panel.createLine(spec())
    await post('/__edit', { username: spec().username, fields: { reseller_notes: 'VIP' } })
    await panel.updateLine(ref, spec({ maxConnections: 3 }))
    expect(await row(spec().username)).toMatchObject({ reseller_notes: `${spec().marker} VIP` })
  })
})

describe('a panel that says yes and does not', () => {
  test.each([
    ['suspend', { enabled: false }],
    ['delete', null],
  ] as const)('%s', async (on, change) => {
    const { panel, breaks } = await open()
    const { ref } = await panel.createLine(spec())
    await breaks('forget_line', { on })
    expect(await failure(change ? panel.updateLine(ref, spec(change)) : panel.deleteLine(ref))).toMatchObject({
      kind: 'ambiguous',
    })
  })
})

describe('several lines of one name', () => {
  test('ours is told by its marker or password; without proof nobody is touched', async () => {
    const { panel, editsByHand } = await open()
    await panel.createLine(spec({ username: 'first', password: 'first-pass', marker: 'ref:first' }))
    const mine = await panel.createLine(spec({ username: 'temp' }))
    await editsByHand('temp', { username: 'first' })
    expect((await panel.findLine('first', spec().marker))?.ref).toBe(mine.ref)
    expect((await panel.findLine('first', 'ref:other', spec().password))?.ref).toBe(mine.ref)
    expect(await failure(panel.findLine('first', 'ref:other'))).toMatchObject({
      kind: 'rejected',
      code: 'username_taken',
    })
  })

  test('a panel that let a create through twice', async () => {
    const { panel, breaks, truth } = await open()
    await breaks('duplicate_rows', { on: 'create', times: 1 })
    const made = await panel.createLine(spec())
    expect(await truth()).toHaveLength(2)
    expect(await panel.findLine(spec().username, spec().marker)).toEqual(made)
  })

  test('a page that shows each row twice', async () => {
    const { panel, breaks } = await open()
    await panel.createLine(spec())
    await breaks('duplicate_rows', { on: 'find' })
    expect(await panel.findLine(spec().username, spec().marker)).toMatchObject({ username: spec().username })
    const listed = []
    for await (const page of panel.listLines?.() ?? []) listed.push(...page)
    expect(listed).toHaveLength(1)
  })
})

describe('settings', () => {
  const parse = (more: object) =>
    XuiSettings.safeParse({ url: 'http://panel.example:8080/k3Fa9xQp/', api_key: 'x'.repeat(32), ...viewers, ...more })

  test.each([
    ['http://panel.example:8080/k3Fa9xQp', 'http://panel.example:8080/k3Fa9xQp/'],
    [' https://panel.example/k3Fa9xQp/index.php?api_key=1&action=x#y ', 'https://panel.example/k3Fa9xQp/'],
    ['http://panel.example/prefix/code//', 'http://panel.example/prefix/code/'],
  ])('the address %j becomes %s', (given, wanted) => {
    expect(parse({ url: given }).data?.url).toBe(wanted)
  })

  test.each([
    { url: 'http://panel.example:8080' },
    { url: 'panel.example/code' },
    { url: 'ftp://panel.example/code' },
    { url: 'http://u:p@panel.example/code' },
    { api_key: '' },
    { viewer_host: 'http://tv.example' },
    { viewer_host: '' },
    { viewer_port: '0' },
    { viewer_port: '' },
    { viewer_port: 70000 },
    { time_zone: 'Mars/Olympus' },
    { credentials_in: 'x' },
    { member_id: '-1' },
  ])('%j is refused beside its field', (wrong) => {
    expect(parse(wrong).error?.issues.map((issue) => issue.path[0])).toEqual(Object.keys(wrong))
  })

  test('what viewers type in is percent-encoded and carries no management address', () => {
    const settings = XuiSettings.parse({
      url: 'http://panel.example/code',
      api_key: 'x'.repeat(32),
      viewer_host: 'TV.example',
      viewer_port: 8443,
      viewer_scheme: 'https',
    })
    expect(xui.connectionDetails(settings, { username: 'a b', password: "p&+=%é'(/" })).toEqual({
      serverUrl: 'https://tv.example:8443',
      host: 'tv.example',
      port: 8443,
      username: 'a b',
      password: "p&+=%é'(/",
      m3uUrl:
        'https://tv.example:8443/get.php?username=a%20b&password=p%26%2B%3D%25%C3%A9%27%28%2F&type=m3u_plus&output=ts',
      epgUrl: 'https://tv.example:8443/xmltv.php?username=a%20b&password=p%26%2B%3D%25%C3%A9%27%28%2F',
      portalUrl: null,
    })
  })
})
