/**
 * An imitation of a media server that asks a backend about each session: Flussonic's way, Nimble's or Astra's. A viewer plays
 * `/<stream>/index.m3u8?token=…`; what the backend says holds until it is asked again.
 */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { type Imitation, type ImitationKind, type Kit, openKit, readOptions, type Shelf } from '../kit.ts'
import { allowed } from './xtream-family/front.ts'

/** Every option is text, as on the command line (`--option backend=http://localhost:3000/access/…`). */
export const mediaServerDefaults = {
  /** The address that is asked. */
  backend: '',
  /** `flussonic`, `nimble` or `astra`. */
  manner: 'flussonic',
  /** What new sessions get while the backend cannot be asked: `deny` or `allow`. */
  otherwise: 'deny',
  /** What it streams, separated by commas. */
  streams: 'news1,news2,sports/arena1',
} as const

type Settings = { -readonly [Name in keyof typeof mediaServerDefaults]: string }
type Session = {
  id: string
  stream: string
  token: string
  user: string
  allowed: boolean
  /** Unix milliseconds. */
  since: number
  until: number
  asked: number
}
type Verdict = { allowed: boolean; user: string; most: number; seconds: number; unique: boolean }

const choices = { manner: ['flussonic', 'nimble', 'astra'], otherwise: ['deny', 'allow'] }
const usualSeconds = 180

export const mediaServer: ImitationKind = {
  kind: 'media_server',
  title: 'Media server that asks a backend',
  role: 'panel',
  defaults: mediaServerDefaults,
  async create(options): Promise<Imitation> {
    const settings: Settings = readOptions(mediaServerDefaults, options.options)
    allowed(settings, choices)
    const kit = await openKit(options, { actionOf: (c) => (c.req.path.endsWith('.m3u8') ? 'play' : c.req.path) })
    const sessions: Shelf<Session> = kit.store.shelf('sessions')
    const streams = settings.streams.split(',')

    kit.app.get('/__sessions', (c) => c.json({ sessions: [...sessions.values()] }))
    kit.app.get('/__lines', (c) => c.json({ lines: [] })) // It keeps none: that is what the backend is for.
    kit.app.post('/__backend', async (c) => {
      settings.backend = ((await c.req.json()) as { url: string }).url
      return c.json({ backend: settings.backend })
    })
    kit.app.post('/__stop', (c) => {
      for (const each of sessions.values()) sessions.delete(each.id)
      return c.json({ stopped: true })
    })
    kit.app.get('/:stream{.+}/index.m3u8', async (c) => {
      const stream = c.req.param('stream')
      if (!streams.includes(stream)) return c.body('no such stream', 404)
      const session = await admit(kit, sessions, settings, c, stream)
      if (!session.allowed) return c.body('access denied', 403)
      return c.body(`#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${stream}/1.ts\n`, 200, {
        'content-type': 'application/vnd.apple.mpegurl',
      })
    })
    return kit
  },
}

/** What was decided holds until its time is over; then, and for every new session, the backend is asked. */
async function admit(
  kit: Kit,
  sessions: Shelf<Session>,
  settings: Settings,
  c: Context,
  stream: string,
): Promise<Session> {
  const token = c.req.query('token') ?? ''
  const device = c.req.header('user-agent') ?? ''
  const id = createHash('sha256').update([stream, token, device].join('\n')).digest('hex').slice(0, 24)
  const now = kit.now().epochMilliseconds
  const before = sessions.get(id)
  if (before && now < before.until) return before

  const verdict = await ask(settings, c, { id, stream, token, number: before?.asked ?? 0 })
  const decided = verdict ?? {
    allowed: before?.allowed ?? settings.otherwise === 'allow',
    user: before?.user ?? '',
    most: 0,
    seconds: usualSeconds,
    unique: false,
  }
  const playing = [...sessions.values()].filter(
    (each) => each.allowed && each.id !== id && each.user === decided.user && each.until > now,
  )
  const tooMany = settings.manner === 'flussonic' && decided.most > 0 && playing.length >= decided.most
  if (tooMany && decided.unique) for (const each of playing) sessions.put(each.id, { ...each, allowed: false })
  const session: Session = {
    id,
    stream,
    token,
    user: decided.user,
    allowed: decided.allowed && (!tooMany || decided.unique),
    since: before?.since ?? now,
    until: now + decided.seconds * 1000,
    asked: (before?.asked ?? 0) + 1,
  }
  sessions.put(id, session)
  kit.did(session.allowed ? 'play' : 'refuse', { stream, user: session.user })
  return session
}

/** Null: it cannot be asked, or is in trouble itself: what was decided before stays. */
async function ask(
  settings: Settings,
  c: Context,
  session: { id: string; stream: string; token: string; number: number },
): Promise<Verdict | null> {
  const answer = await question(settings, c, session).catch(() => null)
  if (answer === null || answer.status === 500) return null
  const number = (name: string, otherwise: number) => Number(answer.headers.get(name) ?? otherwise)
  return {
    allowed: answer.status === 200 || (answer.status === 302 && settings.manner !== 'astra'),
    user: answer.headers.get('x-userid') ?? session.token,
    most: number('x-max-sessions', 0),
    seconds: number('x-authduration', usualSeconds),
    unique: answer.headers.get('x-unique') === 'true',
  }
}

function question(
  { backend, manner }: Settings,
  c: Context,
  { id, stream, token, number }: { id: string; stream: string; token: string; number: number },
): Promise<Response> {
  const given = { redirect: 'manual', signal: AbortSignal.timeout(3_000) } as const
  const address = new URL(backend)
  const agent = c.req.header('user-agent') ?? ''
  if (manner === 'nimble')
    return fetch(address, {
      ...given,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ PlaybackRequests: [{ id, url: c.req.url, ip: '198.51.100.7', user_agent: agent }] }),
    })
  const own = new URL(c.req.url).searchParams
  if (manner === 'astra') {
    for (const [name, value] of own) address.searchParams.set(name, value)
    const headers = { 'x-session-id': id, 'x-channel-id': stream, 'x-real-ip': '198.51.100.7', 'x-real-ua': agent }
    return fetch(address, { ...given, headers })
  }
  const told = {
    name: stream,
    proto: 'hls',
    ip: '198.51.100.7',
    token,
    session_id: id,
    request_type: number === 0 ? 'new_session' : 'update_session',
    request_number: String(number + 1),
    stream_clients: '1',
    total_clients: '1',
    user_agent: agent,
    qs: own.toString(),
  }
  for (const [name, value] of Object.entries(told)) address.searchParams.set(name, value)
  return fetch(address, given)
}
