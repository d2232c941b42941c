/** The contract's world for panels of this family: an imitation on the network, the adapter opened on it, and all hands on both. */
import { Writable } from 'node:stream'
import { expect, onTestFinished } from 'vitest'
import { type ImitationKind, type Served, serveImitation } from '#imitations/kit.ts'
import type { ProviderError } from '#platform/errors.ts'
import { createHttpOut, type HttpOut, parseAllowList } from '#platform/http-out.ts'
import { createLog } from '#platform/log.ts'
import type { HandEdit, Operation, PanelWorld } from '../contract.ts'
import type { FoundLine, LineSpec, Panel, PanelContext, PanelKind } from '../panel.ts'

export const ownerCode = 'LK-0123456789ABCDEF'
export const startOfTests = Temporal.Instant.from('2026-03-01T12:00:00Z')

export type FamilyWorld = PanelWorld & {
  served: Served
  post(path: string, body: object): Promise<Response>
  /** The row of a line as the panel has it. */
  row(username: string): Promise<Record<string, unknown>>
  /** What was asked of the panel, in order. */
  calls: string[]
  /** The panel opened once more, with these settings over the usual ones. */
  open(more?: object): Panel
  context: PanelContext
}

export type FamilyGiven<Settings> = Pick<
  PanelWorld,
  'secrets' | 'packages' | 'bouquets' | 'leavesOut' | 'refusesInSilence' | 'expiries'
> & {
  imitation: ImitationKind
  options?: Record<string, string>
  kind: PanelKind<Settings>
  settings(served: Served): object
  /** What makes them wrong: a key that the panel does not know. */
  wrong: object
  /** The panel's word for each operation, by which faults are switched. */
  actions: Record<Operation, string>
  /** As the test names a call. */
  nameOf?: (request: Parameters<HttpOut['request']>[0]) => string
  now?: () => Temporal.Instant
  /** What must stand there before the adapter comes. */
  prepare?: (served: Served) => Promise<void>
}

/** What a panel under an access code calls each operation, of lines and boxes. */
export const familyActions: Record<Operation, string> = {
  create: 'create_*',
  edit: 'edit_*',
  suspend: 'disable_*',
  resume: 'enable_*',
  delete: 'delete_*',
  read: 'get_line',
  find: 'get_lines',
}

/** A line as the tests of each adapter want it. */
export const lineSpec = (more: Partial<LineSpec> = {}): LineSpec => ({
  username: 'lk7f3k9q2m',
  password: 'Vb8nQ2xZ71',
  marker: 'ref:line_01k',
  enabled: true,
  expiresAt: Temporal.Instant.from('2026-07-31T21:59:59Z'),
  maxConnections: 2,
  package: { bouquets: [1, 2, 4], outputs: ['hls', 'ts'] },
  ...more,
})

export const failure = (promise: Promise<unknown>): Promise<ProviderError> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error: ProviderError) => error,
  )

const viewers = { viewer_host: 'tv.example', viewer_port: '8080' }

const usualName: NonNullable<FamilyGiven<unknown>['nameOf']> = ({ form }) => new Map(form ?? []).get('action') ?? ''

export async function familyWorld<Settings>(given: FamilyGiven<Settings>): Promise<FamilyWorld> {
  const { imitation, kind, now = () => startOfTests, nameOf = usualName } = given
  const served = await serveImitation(imitation, { port: 0, folder: null, now, options: given.options })
  await given.prepare?.(served)
  const post = (path: string, body: object) =>
    fetch(`${served.controlUrl}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  const get = async (path: string) =>
    (await (await fetch(`${served.controlUrl}${path}`)).json()) as {
      lines: Record<string, unknown>[]
      facts: unknown[]
    }

  let logged = ''
  const keeping = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk)
      done()
    },
  })
  const log = createLog('trace', keeping)
  const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.0/8'), log })
  const calls: string[] = []
  const counting: HttpOut = {
    ...http,
    request(request) {
      calls.push(nameOf(request))
      return http.request(request)
    },
  }
  const context = { http: counting, log, now, ownerCode }
  const open = (more: object = {}) =>
    kind.open(kind.settings.parse({ ...viewers, ...given.settings(served), ...more }), context)

  return {
    panel: open(),
    withWrongKey: open(given.wrong),
    capabilities: kind.capabilities,
    secrets: given.secrets,
    packages: given.packages,
    ...(given.bouquets ? { bouquets: given.bouquets } : {}),
    ...(given.leavesOut ? { leavesOut: given.leavesOut } : {}),
    ...(given.refusesInSilence ? { refusesInSilence: true } : {}),
    ...(given.expiries ? { expiries: given.expiries } : {}),
    async breaks(fault, { on, times, executes, ms } = {}) {
      const answer = await post('/__faults', { fault, times, executes, ms, action: on && given.actions[on] })
      expect(answer.status).toBe(200)
    },
    mends: async () => {
      await fetch(`${served.controlUrl}/__faults`, { method: 'DELETE' })
      await new Promise((done) => setTimeout(done, 20)) // Its listener comes back.
    },
    editsByHand: async (username, edit) =>
      void expect((await post('/__edit', { username, fields: columns(edit) })).status).toBe(200),
    truth: async () =>
      (await get('/__lines')).lines
        .filter(({ username }) => username !== 'proof-line')
        .map((row) => ({
          username: String(row.username),
          password: String(row.password),
          enabled: row.enabled === 1,
          banned: row.admin_enabled === 0,
          mac: typeof row.mac === 'string' && row.mac !== '' ? row.mac : null,
        })),
    changes: async () => (await get('/__truth')).facts.length,
    watches: async (username) => void expect((await post('/__watch', { username })).status).toBe(200),
    loses: async (username) => void expect((await post('/__forget', { username })).status).toBe(200),
    logged: () => logged,
    close: () => served.close(),
    served,
    post,
    row: async (username) => (await get(`/__lines?username=${encodeURIComponent(username)}`)).lines[0] ?? {},
    calls,
    open,
    context,
  }
}

/** A world that ends with the running test. */
export async function openWorld<Settings>(given: FamilyGiven<Settings>): Promise<FamilyWorld> {
  const opened = await familyWorld(given)
  onTestFinished(() => opened.close())
  return opened
}

/** What was sold up to a moment, and no safety net behind it. */
export const until = (text: string) => ({
  paidUntil: Temporal.Instant.from(text),
  expiresAt: Temporal.Instant.from(text),
})

/** Of a panel that charges: what our account has there, and what it was charged. */
export const account = async (world: FamilyWorld) =>
  (await (await fetch(`${world.served.controlUrl}/__credits`)).json()) as { credits: number; charges: unknown[] }

/** Of a panel that charges: what is due. */
export const quote = (world: FamilyWorld, wanted: LineSpec, found: FoundLine | null) => {
  const { charges } = world.panel
  if (!charges) throw new Error('it charges')
  return charges.quote(wanted, found)
}

const columns = ({ username, password, enabled, banned, expiresAt, maxConnections }: HandEdit) =>
  Object.fromEntries(
    Object.entries({
      username,
      password,
      enabled: enabled === undefined ? undefined : Number(enabled),
      admin_enabled: banned === undefined ? undefined : Number(!banned),
      exp_date: expiresAt && Math.floor(expiresAt.epochMilliseconds / 1000),
      max_connections: maxConnections,
    }).filter(([, value]) => value !== undefined),
  )
