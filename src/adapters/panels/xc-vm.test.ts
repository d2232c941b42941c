import { describe, expect, test } from 'vitest'
import { xcVm as imitation, xcVmDefaults } from '#imitations/panels/xc-vm.ts'
import { panelContract } from './contract.ts'
import { type XcVmSettings, xcVm } from './xc-vm.ts'
import {
  type FamilyGiven,
  failure,
  familyActions,
  familyWorld,
  lineSpec,
  openWorld,
} from './xtream-family/world.test-support.ts'

const { access_code, api_key, token } = xcVmDefaults
const wrongKey = 'xct_ffffffffffffffffffffffffffffffffffffffff'

const spec = lineSpec

const given = (options: Record<string, string> = {}, settings: object = {}): FamilyGiven<XcVmSettings> => ({
  imitation,
  options,
  kind: xcVm,
  settings: ({ url }) => ({
    url: `${url}/${access_code}/`,
    api_key: options.generation === '2026' ? token : api_key,
    ...settings,
  }),
  wrong: { api_key: wrongKey },
  actions: familyActions,
  secrets: [api_key, token, wrongKey],
  bouquets: ['Basic', 'Sports', 'Movies', 'Kids'],
  packages: [
    { bouquets: [1, 2, 4], outputs: ['hls', 'ts'] },
    { bouquets: [3], outputs: ['ts', 'rtmp'], packageId: '2' },
  ],
})
const open = (options: Record<string, string> = {}, settings: object = {}) => openWorld(given(options, settings))

panelContract('xc_vm of 2025: edits that overwrite', () => familyWorld(given()))
panelContract('xc_vm of 2026: edits that merge, a token for lines, numbers as text', () =>
  familyWorld(given({ generation: '2026', scope: 'lines', numbers: 'string', page_cap: '3' })),
)

describe.each(['2025', '2026'])('an edit of generation %s', (generation) => {
  test('keeps bans, notes, flags and lists, and leaves off what is off', async () => {
    const { panel, post, row } = await open({ generation })
    const { ref } = await panel.createLine(spec())
    const kept = {
      admin_enabled: 0,
      admin_notes: 'pays cash',
      contact: 'a@b.example',
      forced_country: 'ES',
      is_restreamer: 1,
      is_trial: 0,
      bypass_ua: 0,
      allowed_ips: '["1.2.3.4"]',
    }
    await post('/__edit', { username: spec().username, fields: kept })
    await panel.updateLine(ref, spec({ maxConnections: 3 }))
    await panel.updateLine(ref, spec({ maxConnections: 3, enabled: false }))
    expect(await row(spec().username)).toMatchObject({
      ...kept,
      max_connections: 3,
      enabled: 0,
      password: spec().password,
      exp_date: spec().expiresAt.epochMilliseconds / 1000,
    })
  })

  test.each([{ username: 'with/slash' }, { password: 'with/slash1' }])(
    'a slash in a login is refused: %j',
    async (more) => {
      const { panel, truth } = await open({ generation })
      expect(await failure(panel.createLine(spec(more)))).toMatchObject({ kind: 'rejected', code: 'invalid_input' })
      const { ref } = await panel.createLine(spec())
      expect(await failure(panel.updateLine(ref, spec(more)))).toMatchObject({
        kind: 'rejected',
        code: 'invalid_input',
      })
      expect(await truth()).toMatchObject([{ username: spec().username, password: spec().password }])
    },
  )

  test('who is suspended does not watch on', async () => {
    const { panel, watches, served } = await open({ generation })
    const { ref } = await panel.createLine(spec())
    await watches(spec().username)
    await panel.updateLine(ref, spec({ enabled: false }))
    const { facts } = (await (await fetch(`${served.controlUrl}/__truth`)).json()) as { facts: { action: string }[] }
    // The newer generation does that by itself.
    expect(facts.map(({ action }) => action)).toEqual([
      'create_line',
      'disable_line',
      ...(generation === '2025' ? ['kill_connection'] : []),
    ])
    await panel.dropConnections?.(ref)
  })
})

test('a suspension is done, whatever becomes of what is playing', async () => {
  const { panel, post, watches, truth } = await open()
  const { ref } = await panel.createLine(spec())
  await watches(spec().username)
  await post('/__faults', { fault: 'http_500', action: 'live_connections' })
  expect(await panel.updateLine(ref, spec({ enabled: false }))).toMatchObject({ enabled: false })
  expect(await truth()).toMatchObject([{ enabled: false }])
})

describe('keys', () => {
  test('a token tells the generation', async () => {
    const { panel } = await open({ generation: '2026' })
    expect(await panel.checkConnection()).toMatchObject({ version: expect.stringContaining('2026') })
    const older = await open()
    expect(await older.panel.checkConnection()).toMatchObject({ version: null })
  })
  test('a token that may only read', async () => {
    const { panel, truth } = await open({ generation: '2026', scope: 'read' })
    expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'no_permission' })
    expect(await panel.findLine(spec().username, spec().marker)).toBeNull()
    expect(await truth()).toEqual([])
  })
  test('keys of the old form, where they are switched off', async () => {
    const { panel } = await open({ generation: '2026', legacy_keys: '0' }, { api_key })
    expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed' })
  })
  test('tokens at a panel that knows none', async () => {
    const { panel } = await open({}, { api_key: token })
    expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed' })
  })
})

describe('what answers instead of the API', () => {
  test('the sign-in page of a code for admin pages', async () => {
    const { panel } = await open({ code_type: 'pages' })
    const told = await failure(panel.checkConnection())
    expect(told).toMatchObject({ kind: 'auth_failed', code: 'misconfigured' })
    expect(told.message).toContain('type Admin API')
    expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
  })
  test('404 for a code that does not exist', async () => {
    const { panel } = await open({ access_code: 'another' })
    expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'misconfigured' })
  })
  test('403 with nothing, for every path, while our address is blocked', async () => {
    const { panel, breaks, served } = await open()
    await breaks('flood')
    expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'auth_failed' })
    expect((await fetch(`${served.url}/player_api.php`)).status).toBe(403)
  })
  test('null for tables: lines cannot be looked up, which is no empty list', async () => {
    const { panel } = await open({ tables: 'null' })
    expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'answer_unreadable' })
    expect(await failure(panel.findLine(spec().username, spec().marker))).toMatchObject({ kind: 'unavailable' })
  })
  test('nothing, with 200, to methods other than GET and POST', async () => {
    const { served } = await open()
    const answer = await fetch(`${served.url}/${access_code}/`, { method: 'PUT' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })
})

test('two creates at once leave two lines of one name, and ours is found', async () => {
  const { panel, breaks, truth } = await open()
  await breaks('duplicate_rows', { on: 'create', times: 1 })
  const made = await panel.createLine(spec())
  expect(await truth()).toHaveLength(2)
  expect(await panel.findLine(spec().username, spec().marker)).toEqual(made)
})
