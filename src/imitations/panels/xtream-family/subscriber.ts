/** The viewer's side of the panel: what players and apps ask with the TV login. */
import type { Context, Hono } from 'hono'
import type { Kit } from '../../kit.ts'
import { printTime } from './dates.ts'
import { guide } from './guide.ts'
import type { LineRow } from './line.ts'
import { channelsOf, listOf, moviesOf, outputsOf, playlist } from './lists.ts'
import type { Panel } from './panel.ts'
import { intval } from './params.ts'
import { addPortal } from './portal.ts'

type Verdict = 'Active' | 'Expired' | 'Banned' | 'Disabled'

const ts = 2
const hls = 1

/** How XUI One signs its answers to players. */
const xuiSigns = { xui: true, version: '1.5.5', revision: 2 }

/**
 * Adds `player_api.php`, `get.php`, `xmltv.php` and the streams. `publicUrl` is what the links inside point to; `signs` is by
 * what a player can tell the product.
 */
export function addSubscriberSide(kit: Kit, panel: Panel, publicUrl: () => string, signs: object = xuiSigns) {
  const { app } = kit

  app.on(['GET', 'POST'], '/player_api.php', async (c) => {
    const asked = await asParams(c)
    const line = lineOf(panel, asked.get('username'), asked.get('password'))
    if (!line) return c.json({ user_info: { auth: 0 } })
    const verdict = verdictOf(line, panel.unix())
    const login = loginPayload(panel, line, verdict, publicUrl(), signs)
    if (verdict !== 'Active') return c.json({ ...login, user_info: { ...login.user_info, auth: 0 } })
    return c.json(listOf(asked, line, panel.unix()) ?? login)
  })

  app.get('/get.php', async (c) => {
    const line = admitted(panel, c)
    if (!line) return notFound(c)
    const plus = c.req.query('type') === 'm3u_plus'
    const extension = ['hls', 'm3u8'].includes(c.req.query('output') ?? '') ? 'm3u8' : 'ts'
    c.header('Content-Type', 'application/octet-stream')
    c.header('Content-Disposition', `attachment; filename="tv_channels_${encodeURIComponent(line.username)}.m3u"`)
    return c.body(playlist(line, publicUrl(), plus, extension))
  })

  app.get('/xmltv.php', (c) => {
    const line = admitted(panel, c)
    if (!line) return notFound(c)
    c.header('Content-Type', 'application/xml; charset=utf-8')
    return c.body(guide(channelsOf(line), panel.unix()))
  })

  addPortal(kit, panel, (line) => verdictOf(line, panel.unix()) === 'Active')
  addStreams(app, kit, panel)
}

function addStreams(app: Hono, kit: Kit, panel: Panel) {
  const play = (c: Context) => {
    const { username, password, file } = c.req.param() as Record<string, string>
    const line = lineOf(panel, username, password)
    const [id, extension = 'ts'] = (file ?? '').split('.')
    if (!line || verdictOf(line, panel.unix()) !== 'Active') return notFound(c)
    if (![...channelsOf(line), ...moviesOf(line)].some((each) => String(each.id) === id)) return notFound(c)
    const allowed = outputsOf(line)
    if (!allowed.includes(hls) && (extension === 'm3u8' || !allowed.includes(ts))) return notFound(c) // HLS is cut into .ts.

    panel.save({ ...line, last_activity: panel.unix() })
    kit.did('play', { id: line.id, stream_id: intval(id ?? '') })
    if (extension === 'm3u8') {
      return c.body(`#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${id}.ts\n#EXT-X-ENDLIST\n`, 200, {
        'Content-Type': 'application/vnd.apple.mpegurl',
      })
    }
    return c.body(emptyPackets(), 200, { 'Content-Type': 'video/mp2t' })
  }
  app.get('/live/:username/:password/:file', play)
  app.get('/movie/:username/:password/:file', play)
  app.get('/:username/:password/:file{[0-9]+(\\.ts|\\.m3u8)?}', play)
}

/** Seven MPEG-TS null packets: a valid transport stream that shows nothing. */
function emptyPackets(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(7 * 188).fill(0xff)
  for (let at = 0; at < bytes.length; at += 188) bytes.set([0x47, 0x1f, 0xff, 0x10], at)
  return bytes
}

async function asParams(c: Context): Promise<URLSearchParams> {
  const merged = new URL(c.req.url).searchParams
  if (c.req.method === 'POST')
    for (const [name, value] of new URLSearchParams(await c.req.text())) merged.set(name, value)
  return merged
}

/** Two lines of one name are possible; the password tells them apart. */
function lineOf(panel: Panel, username = '' as string | null, password = '' as string | null): LineRow | undefined {
  return panel.named(username ?? '').find((line) => line.username === username && line.password === password)
}

function admitted(panel: Panel, c: Context): LineRow | undefined {
  const line = lineOf(panel, c.req.query('username'), c.req.query('password'))
  return line && verdictOf(line, panel.unix()) === 'Active' ? line : undefined
}

function verdictOf(line: LineRow, unix: number): Verdict {
  if (line.admin_enabled === 0) return 'Banned'
  if (line.enabled === 0) return 'Disabled'
  return line.exp_date !== null && line.exp_date <= unix ? 'Expired' : 'Active'
}

/** Numbers of the login come as texts, as on the original. */
function loginPayload(panel: Panel, line: LineRow, verdict: Verdict, publicUrl: string, signs: object) {
  const url = new URL(publicUrl)
  const https = url.protocol === 'https:'
  const formats = { [hls]: 'm3u8', [ts]: 'ts', 3: 'rtmp' } as Record<number, string>
  return {
    user_info: {
      username: line.username,
      password: line.password,
      message: 'Welcome to Northwind TV',
      auth: 1,
      status: verdict,
      exp_date: line.exp_date === null ? null : String(line.exp_date),
      is_trial: String(line.is_trial),
      active_cons: String(panel.watching(line).length),
      created_at: String(line.created_at),
      max_connections: String(line.max_connections),
      allowed_output_formats: outputsOf(line).flatMap((id) => formats[id] ?? []),
    },
    server_info: {
      ...signs,
      url: url.hostname,
      port: https ? '80' : url.port || '80',
      https_port: https ? url.port || '443' : '443',
      server_protocol: https ? 'https' : 'http',
      rtmp_port: '8880',
      timestamp_now: panel.unix(),
      time_now: printTime(panel.unix(), panel.build.timeZone),
      timezone: panel.build.timeZone,
    },
  }
}

/** The original says no more than this to whoever is not let in. */
function notFound(c: Context) {
  return c.html(
    '<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>',
    404,
  )
}
