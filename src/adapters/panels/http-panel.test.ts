import { describe, expect, test } from 'vitest'
import { httpPanelDefaults, httpPanel as imitation } from '#imitations/panels/http-panel.ts'
import { type Operation, panelContract } from './contract.ts'
import { faultOfRequest, readRequest } from './http-panel/request.ts'
import { placesIn } from './http-panel/settings.ts'
import { HttpPanelSettings, httpPanel } from './http-panel.ts'
import { type FamilyGiven, failure, familyWorld, lineSpec, openWorld } from './xtream-family/world.test-support.ts'

const body = `{"username": {{ username }}, "password": {{ password }}, "notes": {{ reference }}, "enabled": {{ enabled }},
  "expires": {{ expires_unix }}, "connections": {{ connections }}, "bouquets": {{ bouquets }}}`

/** As an operator types it for a panel with a REST API. */
const rest = {
  headers: 'Authorization: Bearer {{ key }}',
  check: 'GET /me',
  find: 'GET /lines?username={{ username }}',
  read: 'GET /lines/{{ id }}',
  read_found: 'answer.line',
  create: `POST /lines\n\n${body}`,
  change: `PATCH /lines/{{ id }}\n\n${body}`,
  delete: 'DELETE /lines/{{ id }}',
  name_taken: 'answer.error == "username exists"',
  no_credits: 'answer.error == "no credits"',
}

const form = 'secret={{ key }}&idclient={{ id }}&username={{ username }}'
/** For one that takes forms, and answers HTTP 200 whatever happens. */
const forms = {
  check: 'POST /status\n\nsecret={{ key }}',
  find: 'POST /client\n\nsecret={{ key }}&username={{ username }}',
  found: 'answer.data',
  read: 'POST /client\n\nsecret={{ key }}&idclient={{ id }}',
  read_found: 'answer.data',
  line: [
    'id = line.idclient',
    'username = line.login',
    'password = line.pass',
    'enabled = line.status == "active"',
    'expires = line.vencimento',
    'connections = line.telas',
    'reference = line.notes',
    'bouquets = line.idbouquet',
  ].join('\n'),
  create:
    'POST /create_client\n\nsecret={{ key }}&username={{ username }}&password={{ password }}&expires={{ expires_local }}&connections={{ connections }}&notes={{ reference }}&bouquets={{ bouquets }}',
  change: `POST /edit_client\n\nsecret={{ key }}&idclient={{ id }}&newname={{ username }}&password={{ password }}&expires={{ expires_local }}&connections={{ connections }}&notes={{ reference }}&bouquets={{ bouquets }}`,
  suspend: `POST /block\n\n${form}`,
  resume: `POST /unblock\n\n${form}`,
  delete: 'POST /delete_client\n\nsecret={{ key }}&idclient={{ id }}',
  success: 'answer.result == true',
  not_there: 'answer.mens == "client not found"',
  name_taken: 'answer.mens contains "exists"',
  no_credits: 'answer.mens contains "creditos"',
}

const restActions: Record<Operation, string> = {
  create: 'POST lines',
  edit: 'PATCH lines/id',
  suspend: 'PATCH lines/id',
  resume: 'PATCH lines/id',
  delete: 'DELETE lines/id',
  read: 'GET lines/id',
  find: 'GET lines',
}
const formActions: Record<Operation, string> = {
  create: 'POST create_client',
  edit: 'POST edit_client',
  suspend: 'POST block',
  resume: 'POST unblock',
  delete: 'POST delete_client',
  read: 'POST client',
  find: 'POST client',
}

const wrongKey = 'hp_ffffffffffffffff'
const given = (manner: 'rest' | 'forms', more: Record<string, unknown> = {}): FamilyGiven<HttpPanelSettings> => ({
  imitation,
  options: { manner },
  kind: httpPanel,
  settings: ({ url }) => ({
    url: `${url}/api`,
    key: httpPanelDefaults.key,
    ...(manner === 'rest' ? rest : forms),
    ...more,
  }),
  wrong: { key: wrongKey },
  actions: manner === 'rest' ? restActions : formActions,
  secrets: [httpPanelDefaults.key, wrongKey],
  packages: [
    { bouquets: [1], outputs: [] },
    { bouquets: [1, 2], outputs: [] },
  ],
  leavesOut: ['outputs', 'permissions', 'bans'],
  nameOf: ({ method, url }) => `${method} ${new URL(url).pathname.replace('/api', '')}`,
})

panelContract('http_panel, described as REST', () => familyWorld(given('rest')))
panelContract('http_panel, described as forms that answer HTTP 200', () => familyWorld(given('forms')))

const spec = lineSpec({ package: { bouquets: [], outputs: [] } })

test('what a panel does not tell is not compared, and cannot differ', async () => {
  const world = await openWorld(
    given('rest', { line: 'id = line.id\nusername = line.username\nenabled = line.enabled\nexpires = line.expires' }),
  )
  const made = await world.panel.createLine(spec)
  expect(made).toMatchObject({ password: '', marker: null, maxConnections: 0, bouquets: [] })
  expect(await world.panel.differences?.(made, spec)).toEqual([])
  const calls = world.calls.length
  expect(await world.panel.updateLine(made.ref, spec)).toEqual(made)
  expect(world.calls.slice(calls)).toEqual([`GET /lines/${made.ref}`])
})

test('without a request for it a line is read by its name, the one before included', async () => {
  const world = await openWorld(given('rest', { read: '' }))
  const made = await world.panel.createLine(spec)
  const renamed = { ...spec, username: 'renamed4us' }
  expect(await world.panel.updateLine(made.ref, { ...renamed, former: [spec] })).toMatchObject({
    username: 'renamed4us',
  })
  expect(await world.panel.readLine(made.ref, spec)).toBeNull()
})

test('a description that does not fit is told, and nothing is believed', async () => {
  const wrong = await openWorld(
    given('rest', {
      line: 'id = line.number\nusername = line.username\nenabled = line.enabled\nexpires = line.expires',
    }),
  )
  await failure(wrong.panel.createLine(spec))
  expect(await failure(wrong.panel.findLine(spec.username, spec.marker))).toMatchObject({ kind: 'unavailable' })
  const elsewhere = await openWorld(given('rest', { check: 'GET /nowhere' }))
  expect(await failure(elsewhere.panel.checkConnection())).toMatchObject({ kind: 'auth_failed' })
  const denied = await openWorld(given('forms', { success: 'answer.result == "yes"' }))
  expect(await failure(denied.panel.createLine(spec))).toMatchObject({ kind: 'rejected' })
})

test('a panel that says yes and does not', async () => {
  const world = await openWorld(given('rest'))
  const { ref } = await world.panel.createLine(spec)
  await world.breaks('forget_line', { on: 'edit' })
  expect(await failure(world.panel.updateLine(ref, { ...spec, maxConnections: 9 }))).toMatchObject({
    kind: 'ambiguous',
    code: 'not_as_asked',
  })
})

describe('a request', () => {
  const values = { username: 'a b&c"', password: 'x', key: 'k\r\nX-Evil: 1', id: '../7', bouquets: [1, 2] }
  test('values stay values, in the path, in headers, in JSON and in forms', () => {
    const json = readRequest(
      'POST /lines/{{ id }}?u={{ username }}\nX-Key: {{ key }}\n\n{"u": {{ username }}, "b": {{ bouquets }}}',
    )
    expect(json.path(values)).toBe('/lines/..%2F7?u=a%20b%26c%22')
    expect(json.headers.map(([name, value]) => [name, value(values)])).toEqual([['x-key', 'k  X-Evil: 1']])
    expect(JSON.parse(json.body?.(values) ?? '')).toEqual({ u: 'a b&c"', b: [1, 2] })
    const sent = readRequest('POST /x\n\nu={{ username }}&p={{ password }}')
    expect(Object.fromEntries(new URLSearchParams(sent.body?.(values) ?? ''))).toEqual({ u: 'a b&c"', p: 'x' })
    expect([json.contentType, sent.contentType]).toEqual(['application/json', 'application/x-www-form-urlencoded'])
  })
  test.each([
    ['', /must begin with a method/],
    ['POST http://other.example/x', /must begin with a method/],
    ['GET /x\n\nbody', /GET cannot have/],
    ['POST /x\nno header', /no header/],
    ['POST /{{ secrets }}', /"secrets" that is not known/],
    ['POST /x\n\n{% for a in b %}', /cannot be read/],
    ['POST /{{ username', /cannot be read/],
  ])('%j is refused', (text, fault) => expect(faultOfRequest(text)).toMatch(fault))
})

test.each([
  { url: 'panel.example' },
  { create: '' },
  { find: 'lines' },
  { line: 'id = line.id' },
  { success: 'answer.ok | nothing' },
  { headers: 'Authorization' },
])('%j is refused beside its field', (wrong) => {
  const good = { url: 'https://panel.example/api', viewer_host: 'tv.example', ...rest }
  expect(HttpPanelSettings.safeParse(good).success).toBe(true)
  expect(HttpPanelSettings.safeParse({ ...good, ...wrong }).error?.issues.map((each) => each.path[0])).toContain(
    Object.keys(wrong)[0],
  )
})

test('places', () => {
  expect(placesIn('id = line.id\nusername = line.name\nenabled = line.on\nexpires = line.end')).toEqual({
    id: 'line.id',
    username: 'line.name',
    enabled: 'line.on',
    expires: 'line.end',
  })
  expect(placesIn('id = line.id\nusername = line.name\nenabled = line.on')).toBeNull()
  expect(placesIn('colour = line.id')).toBeNull()
})
