import { describe, expect, test } from 'vitest'
import type { Served } from '#imitations/kit.ts'
import { xtreamCodes as imitation } from '#imitations/panels/xtream-codes.ts'
import { type Operation, panelContract } from './contract.ts'
import type { LineSpec, Login } from './panel.ts'
import { refusal } from './xtream-codes/call.ts'
import { XtreamCodesSettings, xtreamCodes } from './xtream-codes.ts'
import { troubleOf } from './xtream-family/trouble.ts'
import {
  type FamilyGiven,
  failure,
  familyWorld,
  lineSpec,
  openWorld,
  ownerCode,
} from './xtream-family/world.test-support.ts'

const proof = { username: 'proof-line', password: 'Pr00f-secret' }

const actions: Record<Operation, string> = {
  create: '*_create',
  edit: '*_edit',
  suspend: '*_edit',
  resume: '*_edit',
  delete: '*_edit',
  read: '*_info',
  find: '*_info',
}

async function ask(served: Served, sub: string, fields: Record<string, string>): Promise<Record<string, unknown>> {
  const body = new URLSearchParams(fields)
  return (await (await fetch(`${served.url}/api.php?action=user&sub=${sub}`, { method: 'POST', body })).json()) as never
}

async function addProof(served: Served): Promise<void> {
  const { username, password } = proof
  await ask(served, 'create', { 'user_data[username]': username, 'user_data[password]': password })
  await ask(served, 'edit', { username, password, 'user_data[admin_notes]': `do not remove ${ownerCode}` })
}

const given = (options: Record<string, string> = {}): FamilyGiven<XtreamCodesSettings> => ({
  imitation,
  options,
  kind: xtreamCodes,
  settings: ({ url }) => ({ url, proof_username: proof.username, proof_password: proof.password }),
  wrong: {},
  actions,
  nameOf: ({ url }) => new URL(url).searchParams.get('sub') ?? '',
  secrets: [proof.password],
  packages: [
    { bouquets: [1, 2, 4], outputs: ['hls', 'ts'] },
    { bouquets: [3], outputs: ['ts', 'rtmp'] },
  ],
  leavesOut: ['outputs', 'credits', 'permissions'],
  refusesInSilence: true,
  prepare: addProof,
})

/** There is no key: what is not accepted is our address, which another panel does not have on its list. */
async function contractWorld(options: Record<string, string> = {}) {
  const world = await familyWorld(given(options))
  const closed = await familyWorld({
    ...given({ ...options, allowed_ips: '192.0.2.1' }),
    prepare: async () => {},
  })
  const close = async () => void (await Promise.all([world.close(), closed.close()]))
  return { ...world, withWrongKey: closed.panel, close }
}

panelContract('xtream_codes', () => contractWorld())
panelContract('xtream_codes, numbers as numbers, result as text, pages for refusals', () =>
  contractWorld({ numbers: 'number', result: 'string', refusal: 'html' }),
)
panelContract('xtream_codes, result as number, 404 for refusals', () =>
  contractWorld({ result: 'number', refusal: '404', unknown_columns: 'ignore', macs: 'base64' }),
)

const spec = (more: Partial<LineSpec> = {}) => lineSpec({ package: { bouquets: [1, 2, 4], outputs: [] }, ...more })
const loginOf = ({ username, password }: LineSpec): Login => ({ username, password })
const open = (options?: Record<string, string>) => openWorld(given(options))

describe('without a key', () => {
  test.each(['empty', 'html', '404'])(
    'an address that is not allowed gets %s, and the operator a hint',
    async (refusal) => {
      const world = await openWorld({ ...given({ refusal, allowed_ips: '192.0.2.1' }), prepare: async () => {} })
      for (const asked of [world.panel.checkConnection(), world.panel.createLine(spec())]) {
        const error = await failure(asked)
        expect(error).toMatchObject({ kind: 'auth_failed', code: 'misconfigured' })
        expect(error.message).toContain('allowed IPs')
      }
    },
  )

  test('nothing is written before the panel shows our code in notes that only its administrator writes', async () => {
    const world = await openWorld({ ...given(), prepare: async () => {} })
    const refused = async () => {
      const error = await failure(world.panel.checkConnection())
      expect(error).toMatchObject({ kind: 'auth_failed', code: 'not_proven' })
      expect(error.message).toContain(ownerCode)
      expect(await failure(world.panel.createLine(spec()))).toMatchObject({ code: 'not_proven' })
      expect(await failure(world.panel.updateLine('1', spec()))).toMatchObject({ code: 'not_proven' })
      expect(await failure(world.panel.deleteLine('1', spec()))).toMatchObject({ code: 'not_proven' })
    }
    await refused()
    const { username, password } = proof
    await ask(world.served, 'create', {
      'user_data[username]': username,
      'user_data[password]': password,
      'user_data[reseller_notes]': ownerCode,
    })
    await refused()
    await ask(world.served, 'edit', { username, password, 'user_data[admin_notes]': 'LK-FFFFFFFFFFFFFFFF' })
    await refused()
    expect(await world.truth()).toEqual([])
    await ask(world.served, 'edit', { username, password, 'user_data[admin_notes]': ownerCode })
    expect((await world.panel.checkConnection()).detail).toBe('The panel answers, with 1 server.')
    expect(await world.panel.createLine(spec())).toMatchObject({ enabled: true })
  })

  test('the proof is asked for once', async () => {
    const { panel, calls } = await open()
    const { ref } = await panel.createLine(spec())
    await panel.updateLine(ref, spec({ maxConnections: 3 }))
    expect(calls.join(' ')).toBe('info create info info edit info')
    calls.length = 0
    await panel.updateLine(ref, spec({ maxConnections: 3 }))
    expect(calls.join(' ')).toBe('info')
  })
})

describe('an edit', () => {
  test('sends only what differs, so columns that are not ours stay', async () => {
    const { panel, post, row } = await open()
    const { ref } = await panel.createLine(spec())
    const kept = { admin_notes: 'pays cash', member_id: 12, is_isplock: 1, allowed_ips: '["1.2.3.4"]', is_trial: 1 }
    await post('/__edit', { username: spec().username, fields: { ...kept, reseller_notes: 'VIP' } })
    await panel.updateLine(ref, spec({ maxConnections: 3, enabled: false }))
    expect(await row(spec().username)).toMatchObject({
      ...kept,
      max_connections: 3,
      enabled: 0,
      reseller_notes: `${spec().marker} VIP`,
    })
  })

  test('the new login is tried before the former one', async () => {
    const { panel, calls, breaks } = await open()
    const { ref } = await panel.createLine(spec())
    const renewed = spec({ username: 'other4us', password: 'Other5Pass', former: [loginOf(spec())] })
    await breaks('timeout_after', { on: 'edit', times: 1 })
    expect(await failure(panel.updateLine(ref, renewed))).toMatchObject({ kind: 'ambiguous' })
    calls.length = 0
    expect(await panel.readLine(ref, renewed)).toMatchObject({ username: 'other4us', password: 'Other5Pass' })
    expect(calls).toEqual(['info'])
    expect(await panel.readLine(ref, spec())).toBeNull()
    const again = { ...spec(), former: [loginOf(renewed)] }
    expect(await panel.updateLine(ref, again)).toMatchObject({ password: spec().password })
  })
})

test('a create that an earlier call of ours already did is not "taken"', async () => {
  const { panel, breaks, truth } = await open()
  await breaks('timeout_after', { on: 'create', times: 1 })
  await failure(panel.createLine(spec()))
  expect(await panel.createLine(spec({ maxConnections: 5 }))).toMatchObject({ maxConnections: 5 })
  expect(await truth()).toHaveLength(1)
})

test('a panel that says yes and does not', async () => {
  const { panel, breaks } = await open()
  await breaks('forget_line', { on: 'create', times: 1 })
  expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
  const { ref } = await panel.createLine(spec())
  await breaks('forget_line', { on: 'edit' })
  expect(await failure(panel.updateLine(ref, spec({ enabled: false })))).toMatchObject({ code: 'not_as_asked' })
  expect(await failure(panel.deleteLine(ref, spec()))).toMatchObject({ kind: 'ambiguous', code: 'not_as_asked' })
})

test('what cannot be deleted is off, over, and marked for the administrator', async () => {
  const { panel, row, changes } = await open()
  const { ref } = await panel.createLine(spec())
  await panel.deleteLine(ref, spec())
  const left = await row(spec().username)
  expect(left).toMatchObject({ enabled: 0, reseller_notes: `linekeeper:ended ${spec().marker}` })
  expect(left.exp_date).toBeLessThan(Temporal.Instant.from('2026-03-01T12:00:00Z').epochMilliseconds / 1000)
  const so_far = await changes()
  await panel.deleteLine(ref, spec())
  expect(await changes()).toBe(so_far)
  expect(await panel.updateLine(ref, spec())).toMatchObject({ enabled: true, expiresAt: spec().expiresAt })
  expect(await row(spec().username)).toMatchObject({ reseller_notes: spec().marker })
})

test.each([
  ['EXISTS', 'username_taken'],
  ['USER ALREADY EXIST', 'username_taken'],
  ['USER NOT EXISTS', 'not_found'],
  ['user not found', 'not_found'],
  ['PARAMETER ERROR', 'invalid_input'],
  ['column <b>x</b> is odd', 'invalid_input'],
  ['wrong password Vb8nQ2xZ71', 'invalid_input'],
])('the failure %j is %s', (error, code) => {
  const told = refusal(
    'user/create',
    { success: false, error, reply: {} },
    [spec().password],
    troubleOf('xtream_codes'),
  )
  expect(told).toMatchObject({ kind: 'rejected', code })
  expect(told.message).not.toContain(spec().password)
  expect(told.message).toContain(/^[\w .]+$/.test(error) && !error.includes('Vb8') ? error : 'no reason')
})

describe('settings', () => {
  const parse = (more: object) =>
    XtreamCodesSettings.safeParse({
      url: 'http://panel.example:25461',
      proof_username: 'a',
      proof_password: 'b',
      viewer_host: 'tv.example',
      ...more,
    })

  test.each([
    ['http://panel.example:25461', 'http://panel.example:25461/'],
    ['http://panel.example:25461/api.php?action=user#x', 'http://panel.example:25461/'],
    ['https://panel.example/tv/api.php', 'https://panel.example/tv/'],
  ])('the address %j becomes %s', (url, wanted) => {
    expect(parse({ url }).data?.url).toBe(wanted)
  })
  test.each([
    { url: 'panel.example' },
    { url: 'http://u:p@panel.example/' },
    { proof_username: '' },
    { proof_password: '' },
    { viewer_host: 'http://tv.example' },
    { member_id: '-1' },
  ])('%j is refused beside its field', (wrong) => {
    expect(parse(wrong).error?.issues.map((issue) => issue.path[0])).toEqual(Object.keys(wrong))
  })
  test('new lines belong to the owner that was named', async () => {
    const world = await open()
    await world.open({ member_id: 12 }).createLine(spec())
    expect(await world.row(spec().username)).toMatchObject({ member_id: 12 })
  })
})
