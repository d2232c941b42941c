/** Lines: what we want of them, what the panel last said, and the TV login. */
import type { Shop } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { changeMac } from '#modules/lines/change-mac.ts'
import { callsOf, findLine, linesOfCustomer, listLines } from '#modules/lines/queries.ts'
import { renameLine } from '#modules/lines/rename-line.ts'
import { resendLogin } from '#modules/lines/resend-login.ts'
import { causes, standings } from '#modules/lines/rules/route.ts'
import { type Line, syncStateOf } from '#modules/lines/rules.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { firstStreams, minutesByDay, usageOf } from '#modules/lines/usage.ts'
import { changeTvLogin, reconcileNow } from '#modules/lines/want-line.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, id, list, listQuery, resource, time, words, z } from './schemas.ts'

const sync = z.enum(['not_wanted', 'setting_up', 'in_step', 'catching_up', 'delayed', 'out_of_step', 'needs_review'])

const RoutedPanel = z.strictObject({ panel_id: z.string(), standing: z.enum(standings) })

export const LineOut = resource('Line', {
  id: z.string(),
  customer_id: z.string(),
  subscription_id: z.string(),
  panel_id: z.string(),
  kind: z.enum(['line', 'mag', 'enigma']),
  box: z
    .enum(['mag', 'enigma'])
    .nullable()
    .openapi({ description: 'The kind of box that was sold beside the login; `mac` is its address.' }),
  username: z.string(),
  requested_username: z.string().nullable().openapi({ description: 'What the buyer asked for, when it was taken.' }),
  mac: z.string().nullable(),
  sync: sync.openapi({ description: 'How wish and panel stand to each other.' }),
  wanted: z.strictObject({
    state: z.enum(['none', 'active', 'suspended', 'ended']),
    until: time,
    connections: z.int(),
    extra_connections: z.int().openapi({ description: 'Of `connections`, so many come from add-ons.' }),
    restricted_to: z.int().nullable().openapi({ description: 'For now no more than these, by a step of the policy.' }),
    bouquets: z.array(z.int()),
    revision: z.int(),
    done_revision: z.int(),
  }),
  found: z
    .strictObject({
      username: z.string(),
      enabled: z.boolean(),
      banned: z.boolean(),
      expires_at: time.nullable(),
      connections: z.int(),
      bouquets: z.array(z.int()),
      active_connections: z.int().nullable(),
      at: time,
    })
    .nullable()
    .openapi({ description: 'What the panel last said, and when.' }),
  differs: z.array(z.string()),
  routing: z
    .strictObject({
      by: z.enum(['rule', 'staff']),
      because: z.enum([...causes, 'chosen_by_hand', 'moved']),
      country: z.string().nullable().openapi({ description: 'Of the buyer, as far as it was known.' }),
      panels: z.array(RoutedPanel),
    })
    .nullable()
    .openapi({ description: 'Why the line is on its panel, and how the others came off when it was decided.' }),
  tries: z.int(),
  next_try_at: time.nullable(),
  trouble: z.enum(['unavailable', 'ambiguous', 'rejected', 'auth_failed']).nullable(),
  last_answer: z.string().nullable(),
  activated_at: time.nullable(),
  created_at: time,
})

export const lineOf = (shop: Shop, line: Line): z.input<typeof LineOut> => ({
  id: line.id,
  customer_id: line.customerId,
  subscription_id: line.subscriptionId,
  panel_id: line.panelId,
  kind: line.kind,
  box: line.box,
  username: line.username,
  requested_username: line.requestedUsername,
  mac: line.mac,
  sync: syncStateOf(line),
  wanted: {
    state: line.wanted,
    until: at(line.wantedUntil),
    connections: line.connections,
    extra_connections: line.extraConnections,
    restricted_to: line.restrictedTo,
    bouquets: line.package.bouquets,
    revision: Number(line.revision),
    done_revision: Number(line.doneRevision),
  },
  found: foundOf(line),
  differs: line.differs,
  routing:
    line.routed === null
      ? null
      : { ...line.routed, panels: line.routed.panels.map(({ id: panel_id, standing }) => ({ panel_id, standing })) },
  tries: line.tries,
  next_try_at: atOr(line.nextTryAt),
  trouble: line.trouble,
  last_answer: line.lastAnswer,
  activated_at: atOr(line.activatedAt),
  created_at: at(line.createdAt),
  livemode: shop.livemode,
})

function foundOf({ found, foundAt }: Line): z.input<typeof LineOut>['found'] {
  if (found === null || foundAt === null) return null
  const { username, enabled, banned, expiresAt, connections, bouquets, activeConnections } = found
  return {
    username,
    enabled,
    banned,
    expires_at: expiresAt,
    connections,
    bouquets,
    active_connections: activeConnections,
    at: at(foundAt),
  }
}

export const CredentialsOut = resource('Credentials', {
  server_url: z.string(),
  host: z.string(),
  port: z.int(),
  username: z.string().nullable().openapi({ description: 'Null for a box: it signs in by its MAC address.' }),
  password: z.string().nullable(),
  m3u_url: z.string().nullable(),
  epg_url: z.string().nullable(),
  portal_url: z.string().nullable(),
  mac: z.string().nullable(),
})

/** Null until the panel confirmed the line. Each look is part of the history. */
export async function credentialsOf(call: Call, line: Line): Promise<z.input<typeof CredentialsOut> | null> {
  const login = await connectionDetails(call.shop, line)
  if (login === null) return null
  await call.write('show-login', (tx) =>
    record(tx, call.shop, call.now, {
      type: 'line.login_shown',
      subjectType: 'line',
      subjectId: line.id,
      customerId: line.customerId,
    }),
  )
  return {
    server_url: login.serverUrl,
    host: login.host,
    port: login.port,
    username: login.username,
    password: login.password,
    m3u_url: login.m3uUrl,
    epg_url: login.epgUrl,
    portal_url: login.portalUrl,
    mac: line.mac,
    livemode: call.shop.livemode,
  }
}

const read = async (call: Call, lineId: string): Promise<Line> => {
  const found = await call.read((tx) => findLine(tx, lineId))
  if (found === null) throw new Refusal('not_found', 'There is no such line.')
  return found
}

const again = async (call: Call<{ id: string }>) => lineOf(call.shop, await read(call, call.params.id))

const UsageOut = resource('LineUsage', {
  line_id: z.string(),
  first_seen_at: time
    .nullable()
    .openapi({ description: 'When the first stream began. Null: nobody was seen yet, or its panel does not tell.' }),
  last_seen_at: time.nullable(),
  most_at_once: z.int().openapi({ description: 'The most that ever watched at one time.' }),
  agent: z.string().nullable().openapi({ description: 'What the player calls itself that watched last.' }),
  country: z.string().nullable(),
  days: z
    .array(z.strictObject({ day: z.iso.date(), minutes: z.int() }))
    .openapi({ description: 'Minutes watched, sampled: days of the calendar of the business, today last.' }),
})

const FirstStreamsOut = resource('FirstStreams', {
  since: time,
  lines: z.int().openapi({ description: 'Lines that were paid for since then, on panels that tell who watches.' }),
  seen: z.int(),
  within_ten_minutes: z.int(),
  median_seconds: z.int().nullable().openapi({ description: 'From the payment to the first stream.' }),
})

const PanelCallOut = resource('PanelCall', {
  id: z.string(),
  line_id: z.string().nullable(),
  operation: z.string(),
  outcome: z.string(),
  code: z.string().nullable(),
  detail: z.string(),
  took_ms: z.int(),
  at: time,
  requests: z
    .array(
      z.strictObject({
        method: z.string(),
        url: z.string(),
        sent: z.string(),
        status: z.int().nullable(),
        answer: z.string(),
      }),
    )
    .nullable()
    .openapi({
      description:
        'What went over the wire, without what is secret, 2,000 characters of each body at most: while a line is set up, and where a call failed. Kept for two weeks; else null.',
    }),
})

export const lines = [
  route({
    method: 'get',
    path: '/lines',
    scope: 'lines:read',
    summary: 'Lists lines, newest first; those that were ordered and never paid are none.',
    query: listQuery({
      search: words(64).optional(),
      panel_id: id('pan').optional(),
      customer_id: id('cus').optional(),
      wanted: z.enum(['active', 'suspended', 'ended']).optional(),
      sync: z.enum(['in_step', 'delayed', 'out_of_step', 'needs_review']).optional(),
    }),
    answer: list(LineOut),
    handle: async (call) => {
      const { search, panel_id, customer_id, wanted, sync: state } = call.query
      const filter = { search, panelId: panel_id, wanted, sync: state }
      // Of one customer there are few: all of them, filtered here.
      if (customer_id !== undefined) {
        const all = await call.read((tx) => linesOfCustomer(tx, customer_id))
        const data = all.filter((each) => matches(each, filter)).map((each) => lineOf(call.shop, each))
        return whole(call, data)
      }
      const found = await call.read((tx) => listLines(tx, filter, call.page))
      return call.list(
        found,
        (each) => lineOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/lines/{id}',
    scope: 'lines:read',
    summary: 'Reads a line: wish and panel beside each other.',
    params: byId('line'),
    answer: LineOut,
    handle: again,
  }),
  route({
    method: 'get',
    path: '/lines/{id}/credentials',
    scope: 'lines:read',
    summary: 'The TV login as the panel confirmed it. Each look is part of the history.',
    params: byId('line'),
    answer: CredentialsOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const login = await credentialsOf(call, await read(call, call.params.id))
      if (login === null) throw new Refusal('conflict', 'The panel has not confirmed this line yet.')
      return login
    },
  }),
  route({
    method: 'get',
    path: '/lines/{id}/calls',
    scope: 'lines:read',
    summary: 'What was asked of the panel for this line, and what it answered: the last fifty.',
    params: byId('line'),
    answer: list(PanelCallOut),
    handle: async (call) => {
      await read(call, call.params.id)
      const found = await call.read((tx) => callsOf(tx, { lineId: call.params.id }))
      const data = found.map(
        ({ lineId, tookMs, at: when, id: callId, operation, outcome, code, detail, requests }) => ({
          id: callId,
          line_id: lineId,
          operation,
          outcome,
          code,
          detail,
          took_ms: tookMs,
          at: at(when),
          requests,
          livemode: call.shop.livemode,
        }),
      )
      return whole(call, data)
    },
  }),
  route({
    method: 'get',
    path: '/lines/{id}/usage',
    scope: 'lines:read',
    summary: 'Who watched by a line, as far as its panel tells: sampled every five minutes, never what was watched.',
    params: byId('line'),
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(400).default(30) }),
    answer: UsageOut,
    handle: async (call) => {
      const line = await read(call, call.params.id)
      const [usage, days] = await call.read(async (tx) => [
        await usageOf(tx, line.id),
        await minutesByDay(tx, call.shop, line.id, call.query.days),
      ])
      return {
        line_id: line.id,
        first_seen_at: atOr(usage?.firstSeenAt ?? null),
        last_seen_at: atOr(usage?.lastSeenAt ?? null),
        most_at_once: usage?.atOnce ?? 0,
        agent: usage?.agent ?? null,
        country: usage?.country ?? null,
        days,
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'get',
    path: '/first_streams',
    scope: 'lines:read',
    summary: 'How soon after the payment somebody watched, over what was sold in the last days.',
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(400).default(30) }),
    answer: FirstStreamsOut,
    handle: async (call) => {
      const since = call.now.subtract({ hours: 24 * call.query.days })
      const { lines: sold, seen, withinTen, medianSeconds } = await call.read((tx) => firstStreams(tx, since))
      return {
        since: at(since),
        lines: sold,
        seen,
        within_ten_minutes: withinTen,
        median_seconds: medianSeconds === null ? null : Math.round(medianSeconds),
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'post',
    path: '/lines/{id}/reconcile',
    scope: 'lines:write',
    summary: 'Looks at the panel again now and sets it right, whatever the ladder of tries says.',
    needsKey: true,
    params: byId('line'),
    answer: LineOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('reconcile-now', (tx) => reconcileNow(tx, call.shop, call.params.id, call.now))
      return again(call)
    },
    retell: again,
  }),
  route({
    method: 'post',
    path: '/lines/{id}/change_login',
    scope: 'lines:write',
    summary: 'Gives the line a new password, chosen by us when left out. Devices must sign in again.',
    needsKey: true,
    params: byId('line'),
    body: z.strictObject({
      password: z
        .string()
        .regex(/^[A-Za-z0-9]{8,32}$/, '8 to 32 letters and digits.')
        .optional(),
    }),
    answer: LineOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('change-login', (tx) =>
        changeTvLogin(tx, call.shop, call.params.id, call.body.password ?? null, call.now),
      )
      return again(call)
    },
    retell: again,
  }),
  route({
    method: 'post',
    path: '/lines/{id}/rename',
    scope: 'lines:write',
    summary: 'Gives the line another user name. The old one stops; the customer gets the new login by mail.',
    needsKey: true,
    params: byId('line'),
    body: z.strictObject({
      username: z.string().max(64).openapi({ description: 'Taken or not usable: refused.', example: 'ana.tv' }),
    }),
    answer: LineOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await renameLine(call.shop, call.params.id, { typed: call.body.username, limited: false })
      return again(call)
    },
    retell: again,
  }),
  route({
    method: 'post',
    path: '/lines/{id}/change_mac',
    scope: 'lines:write',
    summary: 'Moves the line to another box. What was paid goes on; the customer gets the portal address by mail.',
    needsKey: true,
    params: byId('line'),
    body: z.strictObject({
      mac: z.string().max(40).openapi({ description: 'In any usual spelling.', example: '00:1A:79:12:34:56' }),
      accept_unusual_mac: z
        .boolean()
        .optional()
        .openapi({ description: 'It does not begin as MAG boxes do, and was compared with the label.' }),
    }),
    answer: LineOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('change-mac', (tx) =>
        changeMac(
          tx,
          call.shop,
          call.params.id,
          { typed: call.body.mac, limited: false, accepted: call.body.accept_unusual_mac },
          call.now,
        ),
      )
      return again(call)
    },
    retell: again,
  }),
  route({
    method: 'post',
    path: '/lines/{id}/resend_login',
    scope: 'lines:write',
    summary: 'Mails the TV login to the customer once more.',
    params: byId('line'),
    answer: LineOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('resend-login', (tx) => resendLogin(tx, call.shop, call.params.id, call.now))
      return again(call)
    },
    retell: again,
  }),
]

type Filter = {
  search?: string | undefined
  panelId?: string | undefined
  wanted?: string | undefined
  sync?: string | undefined
}

const matches = (line: Line, { search, panelId, wanted, sync: state }: Filter): boolean =>
  (search === undefined || line.username.toLowerCase().includes(search.toLowerCase()) || line.id === search) &&
  (panelId === undefined || line.panelId === panelId) &&
  (wanted === undefined || line.wanted === wanted) &&
  (state === undefined || syncStateOf(line) === state)
