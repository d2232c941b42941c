/** Media servers that ask us: the lines are rows in a real database, whose connection is broken where others break a panel. */
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { accessTable } from '#modules/lines/access-table.ts'
import { savePanel } from '#modules/lines/panels.ts'
import { inTransaction, run, sql } from '#platform/db.ts'
import { createLog } from '#platform/log.ts'
import { mediaServerHouse } from '../../../test/support/panel-houses.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { type Operation, type PanelWorld, panelContract } from './contract.ts'
import { asksUs, hashOf, tokenOf } from './media-server/ask.ts'
import { streamGroups } from './media-server/settings.ts'
import { MediaServerSettings, mediaServer } from './media-server.ts'
import type { AccessAsk, AccessTable } from './panel.ts'
import { startOfTests } from './xtream-family/world.test-support.ts'

let house: World
beforeAll(async () => {
  house = await createWorld({ house: mediaServerHouse, start: startOfTests.toString() })
}, 60_000)
afterAll(() => house.close())

const settings = MediaServerSettings.parse({
  playlist_url: 'http://tv.example:8080/playlist.m3u8?token={{ token }}',
  guide_url: 'http://tv.example/epg.xml?u={{ username }}',
  groups: '1 Basic = news1, news2\n2 Sports = sports/*',
  token_key: 'k'.repeat(40),
})

type Fault = { fault: string; on: Operation | undefined; times: number; executes: boolean; ms: number }

/** The table as it is when the connection to the database breaks: before the commit, or after it. */
function breakable(table: AccessTable, faults: Fault[]): AccessTable {
  async function through<T>(operation: Operation, writes: boolean, work: () => Promise<T>): Promise<T> {
    const fault = faults.find((each) => each.times > 0 && (each.on === undefined || each.on === operation))
    if (!fault) return work()
    fault.times -= 1
    if (fault.fault === 'slow') await new Promise((done) => setTimeout(done, fault.ms))
    if (fault.fault === 'slow' || fault.fault === 'notice') return work()
    if (writes && (fault.executes || fault.fault === 'timeout_after')) await work()
    throw new Error('Connection terminated unexpectedly')
  }
  return {
    find: (username) => through('find', false, () => table.find(username)),
    read: (ref) => through('read', false, () => table.read(ref)),
    add: (entry) => through('create', true, () => table.add(entry)),
    change: async (entry) => {
      const before = await table.read(entry.ref)
      const operation = before?.enabled === entry.enabled ? 'edit' : entry.enabled ? 'resume' : 'suspend'
      return through(operation, true, () => table.change(entry))
    },
    remove: (ref) => through('delete', true, () => table.remove(ref)),
    askedAt: () => through('find', false, () => table.askedAt()),
    async *list() {
      await through('find', false, async () => {})
      yield* table.list()
    },
    async *watching(seconds) {
      await through('find', false, async () => {})
      yield* table.watching(seconds)
    },
  }
}

async function world(): Promise<PanelWorld> {
  const { shop } = house
  const panelId = await transaction(shop, 'save-panel', (tx) =>
    savePanel(tx, shop, {
      name: 'Streams',
      kind: 'media_server',
      settings,
      weight: 1,
      capacity: null,
      reserved: 0,
      countries: [],
      drained: false,
    }),
  )
  const real = accessTable(shop, panelId)
  let faults: Fault[] = []
  let writes = 0
  const counted: AccessTable = {
    ...real,
    add: (entry) => real.add(entry).finally(() => writes++),
    change: (entry) => real.change(entry).finally(() => writes++),
    remove: (ref) => real.remove(ref).finally(() => writes++),
  }
  let logged = ''
  const keeping = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk)
      done()
    },
  })
  const log = createLog('trace', keeping)
  const panel = mediaServer.open(settings, {
    http: house.app.http,
    log,
    now: () => shop.now(),
    ownerCode: '',
    access: deferred(),
  })
  /** Faults change while the panel is open. */
  function deferred(): AccessTable {
    const at = () => breakable(counted, faults)
    return {
      find: (username) => at().find(username),
      read: (ref) => at().read(ref),
      add: (entry) => at().add(entry),
      change: (entry) => at().change(entry),
      remove: (ref) => at().remove(ref),
      askedAt: () => at().askedAt(),
      list: () => at().list(),
      watching: (seconds) => at().watching(seconds),
    }
  }
  const all = async () => {
    const found = []
    for await (const page of real.list()) found.push(...page)
    return found
  }
  return {
    panel,
    withWrongKey: panel,
    capabilities: mediaServer.capabilities,
    secrets: [settings.token_key],
    bouquets: ['Basic', 'Sports'],
    packages: [
      { bouquets: [1], outputs: [] },
      { bouquets: [1, 2], outputs: [] },
    ],
    leavesOut: ['outputs', 'credits', 'permissions', 'bans', 'wire', 'countries'],
    breaks: async (fault, { on, times = Number.POSITIVE_INFINITY, executes = false, ms = 0 } = {}) =>
      void faults.push({ fault, on, times, executes, ms }),
    async mends() {
      faults = []
    },
    async editsByHand(username, { expiresAt, maxConnections, ...edit }) {
      const entry = await real.find(username)
      if (!entry) throw new Error('no such line')
      await real.change({
        ...entry,
        ...(edit as Partial<typeof entry>),
        expiresAt: expiresAt ?? entry.expiresAt,
        connections: maxConnections ?? entry.connections,
      })
    },
    truth: async () =>
      (await all()).map(({ username, password, enabled }) => ({ username, password, enabled, banned: false })),
    changes: async () => writes,
    async watches(username) {
      await inTransaction(house.app.db, { role: 'app', businessId: shop.businessId }, 'watch', (tx) =>
        run(
          tx,
          sql`insert into access_viewers (business_id, panel_id, viewer, username, agent, began_at, asked_at)
            values (current_business(), ${panelId}, ${`device of ${username}`}, ${username}, 'TV & Radio/1.0', ${house.clock.now()}, ${house.clock.now()})`,
        ),
      )
    },
    async loses(username) {
      await inTransaction(house.app.db, { role: 'app', businessId: shop.businessId }, 'lose', (tx) =>
        run(tx, sql`delete from access_entries where panel_id = ${panelId} and username = ${username}`),
      )
    },
    logged: () => logged,
    close: async () => {},
  }
}

panelContract('media_server', world)

const now = Temporal.Instant.from('2026-03-01T12:00:00Z')
const login = { username: 'lk7f3k9q2m', password: 'Vb8nQ2xZ71' }
const token = tokenOf(settings, login)
const asked = (more: Partial<Omit<AccessAsk, 'query'>> & { query?: Record<string, string> } = {}): AccessAsk => ({
  headers: {},
  body: '',
  ...more,
  query: new URLSearchParams(more.query ?? {}),
})
const facts = {
  username: login.username,
  enabled: true,
  expiresAt: now.add({ hours: 24 }),
  connections: 2,
  streams: [1],
}

describe('the question', () => {
  const json = { 'content-type': 'application/json' }
  test.each<[string, AccessAsk, string | null]>([
    ['Flussonic', asked({ query: { token, name: 'news1', proto: 'hls', qs: `token=${token}` } }), 'news1'],
    [
      'Flussonic, the token in the viewer’s own query',
      asked({ query: { name: 'news1', qs: `token=${token}&x=1` } }),
      'news1',
    ],
    [
      'Nimble',
      asked({ headers: json, body: JSON.stringify({ Url: `http://tv/news1/p.m3u8?token=${token}`, Ip: '1.2.3.4' }) }),
      null,
    ],
    [
      'Nimble, deeper and in another case',
      asked({ body: `{"requests":[{"Token":"${token}","Stream":"news1"}]}` }),
      'news1',
    ],
    ['Astra', asked({ query: { token }, headers: { 'x-channel-id': 'news1' } }), 'news1'],
    ['a form', asked({ body: `token=${token}&name=news1` }), 'news1'],
    ['user name and password instead', asked({ query: { ...login, name: 'news1' } }), 'news1'],
  ])('%s', (_, ask, stream) => {
    expect(asksUs.read(settings, ask)).toMatchObject({ tokenHash: hashOf(token), stream })
  })
  test.each([asked(), asked({ body: '{"broken' }), asked({ body: 'null' }), asked({ query: { token: '' } })])(
    'nothing that leads to a line',
    (ask) => expect(asksUs.read(settings, ask).tokenHash).toBeNull(),
  )
})

describe('who asks', () => {
  const flussonic = (more: Record<string, string> = {}) =>
    asksUs.read(settings, asked({ query: { token, name: 'news1', ip: '198.51.100.7', user_agent: 'TV/1', ...more } }))
  test('a device is known again whatever it watches, and not told by its address', () => {
    const first = flussonic()
    expect(first.agent).toBe('TV/1')
    expect(flussonic({ name: 'sports/arena1', session_id: 'x2' }).viewer).toBe(first.viewer)
    expect(flussonic({ ip: '198.51.100.8' }).viewer).not.toBe(first.viewer)
    expect(flussonic({ user_agent: 'TV/2' }).viewer).not.toBe(first.viewer)
    expect(JSON.stringify(first)).not.toContain('198.51.100.7')
  })
  test('Astra and Nimble say it in their own words', () => {
    const astra = asked({ query: { token }, headers: { 'x-real-ip': '198.51.100.7', 'x-real-ua': 'TV/1' } })
    expect(asksUs.read(settings, astra)).toEqual({ ...flussonic(), stream: null })
    const nimble = asked({
      body: JSON.stringify({ url: `/p.m3u8?token=${token}`, ip: '198.51.100.7', user_agent: 'TV/1' }),
    })
    expect(asksUs.read(settings, nimble)).toEqual({ ...flussonic(), stream: null })
  })
  test('nobody is nobody', () => expect(asksUs.read(settings, asked())).toMatchObject({ viewer: null, agent: null }))
})

describe('the answer', () => {
  const answer = (
    more: Partial<typeof facts> = {},
    stream: string | null = 'news1',
    with_: Partial<MediaServerSettings> = {},
  ) => asksUs.answer({ ...settings, ...with_ }, { ...facts, ...more }, stream, now)
  test('who may watch is told with his sessions and the time until the next question', () => {
    expect(answer()).toEqual({
      status: 200,
      headers: {
        'x-userid': login.username,
        'x-session-name': login.username,
        'x-max-sessions': '2',
        'x-authduration': '120',
      },
    })
  })
  test('never beyond the end of his time', () => {
    expect(answer({ expiresAt: now.add({ seconds: 40 }) }).headers['x-authduration']).toBe('40')
  })
  test.each([
    ['suspended', { enabled: false }, 'news1'],
    ['over', { expiresAt: now }, 'news1'],
    ['another group of streams', {}, 'sports/arena1'],
    ['no group at all', { streams: [] }, 'news1'],
  ])('%s is refused', (_, more, stream) => expect(answer(more, stream)).toMatchObject({ status: 403 }))
  test('a stream of his second group, and a question that names none', () => {
    expect(answer({ streams: [1, 2] }, 'sports/arena1').status).toBe(200)
    expect(answer({}, null).status).toBe(200)
  })
  test('without groups everything is for everybody', () => {
    expect(answer({ streams: [] }, 'anything', { groups: '' }).status).toBe(200)
  })
  test('a new session ends the one before only where that is wished, and one is allowed', () => {
    expect(answer({ connections: 1 }, 'news1', { newest_wins: true }).headers['x-unique']).toBe('true')
    expect(answer({ connections: 2 }, 'news1', { newest_wins: true }).headers['x-unique']).toBeUndefined()
    expect(answer({ connections: 1 }).headers['x-unique']).toBeUndefined()
  })
  test('nobody', () => expect(asksUs.answer(settings, null, 'news1', now)).toMatchObject({ status: 403 }))
})

test('what a viewer types in', () => {
  expect(mediaServer.connectionDetails(settings, { username: 'a b', password: 'p&q' })).toMatchObject({
    serverUrl: 'http://tv.example:8080',
    host: 'tv.example',
    port: 8080,
    m3uUrl: `http://tv.example:8080/playlist.m3u8?token=${tokenOf(settings, { username: 'a b', password: 'p&q' })}`,
    epgUrl: 'http://tv.example/epg.xml?u=a%20b',
  })
})

test.each([
  ['1 Basic = news1, news2\n\n 2 More sports=sports/*', [1, 2]],
  ['', []],
  ['1 Basic', null],
  ['Basic = news1', null],
  ['1 A = x\n1 B = y', null],
])('groups: %j', (text, ids) => expect(streamGroups(text)?.map(({ id }) => id) ?? null).toEqual(ids))

test.each([
  { playlist_url: 'tv.example/{{ token }}' },
  { playlist_url: 'http://tv.example/{{ secret }}' },
  { guide_url: 'http://tv.example/{% raw %}' },
  { groups: 'news1' },
  { recheck_seconds: 5 },
  { token_key: 'short' },
])('%j is refused beside its field', (wrong) => {
  const good = { playlist_url: 'http://tv.example/{{ token }}', guide_url: 'http://tv.example/epg' }
  expect(MediaServerSettings.safeParse(good).success).toBe(true)
  expect(MediaServerSettings.safeParse({ ...good, ...wrong }).error?.issues.map((each) => each.path[0])).toEqual(
    Object.keys(wrong),
  )
})
