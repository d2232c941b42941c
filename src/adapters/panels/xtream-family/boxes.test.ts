/** What is peculiar to boxes on panels of this family; what every panel must do is in the contract. */
import { describe, expect, test } from 'vitest'
import { xui as imitation, xuiDefaults } from '#imitations/panels/xui.ts'
import type { Device, LineSpec } from '../panel.ts'
import { XuiSettings, xui } from '../xui.ts'
import { macIn } from './row.ts'
import { failure, familyActions, lineSpec, openWorld } from './world.test-support.ts'

const mac = '00:1A:79:12:34:56'
const mag: Device = { kind: 'mag', mac }
const spec = (more: Partial<LineSpec> = {}) => lineSpec({ maxConnections: 1, device: mag, ...more })

const open = (options: Record<string, string> = {}) =>
  openWorld({
    imitation,
    options,
    kind: xui,
    settings: (served) => ({ url: `${served.url}/${xuiDefaults.access_code}/`, api_key: xuiDefaults.api_key }),
    wrong: {},
    actions: familyActions,
    secrets: [xuiDefaults.api_key],
    packages: [spec().package, spec().package],
  })

/** What an API user asks by himself. */
async function ask(world: Awaited<ReturnType<typeof open>>, action: string, fields: Record<string, string>) {
  const body = new URLSearchParams({ api_key: xuiDefaults.api_key, action, ...fields })
  const answer = await fetch(`${world.served.url}/${xuiDefaults.access_code}/`, { method: 'POST', body })
  return (await answer.json()) as { status: string; data: Record<string, unknown> & { user: Record<string, unknown> } }
}

async function handshake(url: string, address = mac): Promise<string | null> {
  const headers = { cookie: `mac=${encodeURIComponent(address)}; stb_lang=en` }
  const answer = await fetch(`${url}/portal.php?type=stb&action=handshake`, { headers })
  return ((await answer.json()) as { js: { token: string | null } }).js.token
}

describe('a MAG box', () => {
  test('has two ids: the ref is the device, what plays belongs to the line behind it', async () => {
    const world = await open()
    await world.panel.createLine(lineSpec())
    const made = await world.panel.createLine(spec({ marker: 'ref:box' }))
    expect(made.ref).toBe('mag:311')
    const { data } = await ask(world, 'get_mag', { id: '311' })
    expect(data.user_id).not.toBe(311)
    expect(String(data.user.username)).toHaveLength(32)
    await world.watches(String(data.user.username))
    await world.watches(lineSpec().username)
    const before = await world.changes()
    await world.panel.dropConnections?.(made.ref)
    expect((await world.changes()) - before).toBe(1)
  })

  test('an edit sends the address again and keeps pair, lock, and what staff set', async () => {
    const world = await open()
    const line = await world.panel.createLine(lineSpec())
    const { ref } = await world.panel.createLine(spec({ marker: 'ref:box' }))
    const id = ref.slice('mag:'.length)
    const by_hand = { id, mac, pair_id: line.ref, lock_device: '1', bouquets_selected: '[1,2,4]', is_trial: '1' }
    await ask(world, 'edit_mag', { ...by_hand, reseller_notes: 'ref:box VIP', exp_date: '2026-07-31T21:59:59Z' })
    await world.panel.updateLine(
      ref,
      spec({ marker: 'ref:box', enabled: false, package: { bouquets: [3], outputs: [] } }),
    )
    const { data } = await ask(world, 'get_mag', { id })
    expect(data).toMatchObject({ mac, lock_device: 1, paired: { username: lineSpec().username } })
    expect(data.user).toMatchObject({ is_trial: 1, reseller_notes: 'ref:box VIP', enabled: 0, bouquet: '[3]' })
  })

  test('lines of other kinds are neither found by its address nor listed twice', async () => {
    const world = await open()
    await world.panel.createLine(lineSpec({ username: 'decoy', password: mac, marker: 'ref:decoy' }))
    expect(await world.panel.findLine('x', 'ref:x', 'y', [], mag)).toBeNull()
    await world.panel.createLine(spec())
    expect(await world.panel.findLine('x', 'ref:x', 'y', [], { kind: 'enigma', mac })).toBeNull()
    const listed = []
    for await (const page of world.panel.listLines?.() ?? []) listed.push(...page.map((line) => line.ref))
    expect(listed).toEqual(['58213', 'mag:311'])
  })

  test('is let in by its address alone, while its line is on', async () => {
    const world = await open()
    const { url } = world.served
    expect(await handshake(url)).toBeNull()
    const { ref } = await world.panel.createLine(spec())
    expect(await handshake(url)).toMatch(/^[0-9A-F]{32}$/)
    await world.panel.updateLine(ref, spec({ enabled: false }))
    expect(await handshake(url)).toBeNull()
    await world.panel.updateLine(ref, spec({ device: { kind: 'mag', mac: '00:1A:79:AB:CD:EF', former: [mac] } }))
    expect(await handshake(url)).toBeNull()
    expect(await handshake(url, '00:1A:79:AB:CD:EF')).not.toBeNull()
  })
})

test('an answer to create_enigma that shows another object is not believed', async () => {
  const world = await open()
  for (let n = 0; n < 80; n++)
    await world.panel.createLine(
      spec({
        marker: `ref:mag${n}`,
        device: { kind: 'mag', mac: `00:1A:79:00:00:${n.toString(16).padStart(2, '0').toUpperCase()}` },
      }),
    )
  const made = await world.panel.createLine(spec({ marker: 'ref:e2', device: { kind: 'enigma', mac } }))
  expect(made).toMatchObject({ ref: 'enigma:77', mac, marker: 'ref:e2' })
})

test('addresses come plain, in small letters, or in base64', () => {
  for (const written of [mac, mac.toLowerCase(), Buffer.from(mac).toString('base64')])
    expect(macIn({ mac: written })).toBe(mac)
  for (const written of [null, '', 'nothing']) expect(macIn({ mac: written })).toBeNull()
})

test('a build without boxes lists its lines all the same, and refuses a box', async () => {
  const world = await open()
  await world.panel.createLine(lineSpec())
  await world.post('/__faults', { fault: 'no_permission', action: '*_mag*' })
  await world.post('/__faults', { fault: 'no_permission', action: '*_enigma*' })
  const listed = []
  for await (const page of world.panel.listLines?.() ?? []) listed.push(...page)
  expect(listed).toHaveLength(1)
  expect(await failure(world.panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'no_permission' })
})

test('a box is told its portal with a slash, and no login', () => {
  const settings = XuiSettings.parse({
    url: 'http://panel.example/abc/',
    api_key: xuiDefaults.api_key,
    viewer_host: 'tv.example',
    viewer_port: 8080,
  })
  expect(xui.connectionDetails(settings, { username: 'hidden', password: 'hidden2', device: mag })).toMatchObject({
    portalUrl: 'http://tv.example:8080/c/',
    username: null,
    password: null,
    m3uUrl: null,
    epgUrl: null,
  })
})
