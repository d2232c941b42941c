/**
 * An imitation of a small panel that nobody has written an adapter for: JSON under `/api/lines` with a key as Bearer (`rest`), or forms and
 * HTTP 200 whatever happens (`forms`), as published descriptions of such panels show. With the viewer's side.
 */
import type { Context } from 'hono'
import { type Imitation, type ImitationKind, type Kit, openKit, readOptions } from '../kit.ts'
import { printTime } from './xtream-family/dates.ts'
import { allowed, same } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import { blankLine, type LineRow } from './xtream-family/line.ts'
import { openPanel, type Panel } from './xtream-family/panel.ts'
import { addSubscriberSide } from './xtream-family/subscriber.ts'

/** Every option is text, as on the command line (`--option manner=forms`). */
export const httpPanelDefaults = {
  key: 'hp_0123456789abcdef',
  /** `rest`, or `forms`. */
  manner: 'rest',
} as const

export const httpPanel: ImitationKind = {
  kind: 'http_panel',
  title: 'Small panel with an API of its own',
  role: 'panel',
  defaults: httpPanelDefaults,
  async create(options): Promise<Imitation> {
    const settings = readOptions(httpPanelDefaults, options.options)
    allowed(settings, { manner: ['rest', 'forms'] })
    const kit = await openKit(options, { faults: ['credits_out', 'forget_line'], actionOf })
    const panel = openPanel(kit, { edit: 'merge', php: '8', bouquets: 'array', dates: 'php', timeZone: 'UTC' })
    addHands(kit, panel)
    if (settings.manner === 'rest') addRest(kit, panel, settings.key)
    else addForms(kit, panel, settings.key)
    addSubscriberSide(kit, panel, options.publicUrl)
    return kit
  },
}

/** `POST lines`, `PATCH lines/id`, `create_client`, …; the script's name on the viewer's side. */
function actionOf(c: Context): string {
  const [first = '', second = '', third] = c.req.path.split('/').slice(1)
  if (first !== 'api') return first
  return third === undefined ? `${c.req.method} ${second}` : `${c.req.method} ${second}/id`
}

function addRest(kit: Kit, panel: Panel, key: string): void {
  const { app } = kit
  app.use('/api/*', async (c, next) => {
    if (!same(c.req.header('authorization') ?? '', `Bearer ${key}`)) return c.json({ error: 'key' }, 401)
    return next()
  })
  const shown = (row: LineRow) => ({
    id: row.id,
    username: row.username,
    password: row.password,
    notes: row.reseller_notes,
    enabled: row.enabled === 1,
    expires: row.exp_date,
    connections: row.max_connections,
    bouquets: JSON.parse(row.bouquet) as number[],
  })
  const lineOf = (c: Context) => panel.lines.get(Number(c.req.param('id')))
  const nothing = (c: Context) => c.json({ error: 'no such line' }, 404)

  app.get('/api/me', (c) => c.json({ name: 'small' }))
  app.get('/api/lines', (c) => {
    const wanted = (c.req.query('username') ?? '').toLowerCase()
    return c.json({
      data: [...panel.lines.values()].filter((each) => each.username.toLowerCase().includes(wanted)).map(shown),
    })
  })
  app.get('/api/lines/:id', (c) => {
    const row = lineOf(c)
    return row ? c.json({ line: shown(row) }) : nothing(c)
  })
  app.post('/api/lines', async (c) => {
    if (kit.faults.strikes('credits_out', 'POST lines')) return c.json({ error: 'no credits' }, 409)
    const body = (await c.req.json()) as Record<string, unknown>
    if (panel.named(String(body.username)).some((each) => each.username === body.username))
      return c.json({ error: 'username exists' }, 409)
    return c.json(
      shown(stored(kit, panel, 'POST lines', { ...blankLine(kit.now()), id: panel.nextLineId() }, body)),
      201,
    )
  })
  app.patch('/api/lines/:id', async (c) => {
    const row = lineOf(c)
    if (!row) return nothing(c)
    return c.json(shown(stored(kit, panel, 'PATCH lines/id', row, (await c.req.json()) as Record<string, unknown>)))
  })
  app.delete('/api/lines/:id', (c) => {
    const row = lineOf(c)
    if (!row) return nothing(c)
    panel.remove(row)
    kit.did('delete', { id: row.id, username: row.username })
    return c.json({ deleted: true })
  })
}

/** HTTP 200 for everything, and the verdict in `result`; the reason stands in `mens`. */
function addForms(kit: Kit, panel: Panel, key: string): void {
  const answer = (c: Context, result: boolean, more: object) => c.json({ statusCode: 200, result, ...more })
  kit.app.post('/api/:call', async (c) => {
    const call = c.req.param('call')
    const form = new URLSearchParams(await c.req.text())
    if (!same(form.get('secret') ?? '', key)) return c.json({ statusCode: 401, result: false, mens: 'bad secret' }, 401)
    if (call === 'status') return answer(c, true, {})
    const username = form.get('username') ?? ''
    const row = panel.named(username).find((each) => each.username === username)
    if (call === 'create_client') {
      if (kit.faults.strikes('credits_out', 'POST create_client')) return answer(c, false, { mens: 'sem creditos' })
      if (row) return answer(c, false, { mens: 'username exists' })
      const made = stored(
        kit,
        panel,
        'POST create_client',
        { ...blankLine(kit.now()), id: panel.nextLineId() },
        Object.fromEntries(form),
      )
      return answer(c, true, { data: { idclient: made.id } })
    }
    const target = panel.lines.get(Number(form.get('idclient'))) ?? row
    if (!target) return answer(c, false, { mens: 'client not found' })
    if (call === 'client')
      return answer(c, true, {
        data: {
          idclient: String(target.id),
          login: target.username,
          pass: target.password,
          status: target.enabled === 1 ? 'active' : 'blocked',
          vencimento: printTime(target.exp_date ?? 0, 'UTC'),
          telas: String(target.max_connections),
          notes: target.reseller_notes,
          idbouquet: (JSON.parse(target.bouquet) as number[]).join(','),
        },
      })
    if (call === 'block' || call === 'unblock')
      stored(kit, panel, `POST ${call}`, target, { enabled: call === 'unblock' })
    if (call === 'edit_client')
      stored(kit, panel, 'POST edit_client', target, { ...Object.fromEntries(form), username: form.get('newname') })
    if (call === 'delete_client') {
      panel.remove(target)
      kit.did('delete', { id: target.id, username: target.username })
    }
    return answer(c, true, {})
  })
}

function stored(kit: Kit, panel: Panel, action: string, row: LineRow, body: Record<string, unknown>): LineRow {
  const given = <T>(name: string, read: (value: unknown) => T, otherwise: T): T =>
    body[name] === undefined || body[name] === null ? otherwise : read(body[name])
  const next: LineRow = {
    ...row,
    username: given('username', String, row.username),
    password: given('password', String, row.password),
    reseller_notes: given('notes', String, row.reseller_notes ?? ''),
    enabled: given('enabled', (value) => (value === true || value === '1' ? 1 : 0), row.enabled),
    exp_date: given('expires', (value) => unixOf(value), row.exp_date),
    max_connections: given('connections', Number, row.max_connections),
    bouquet: given(
      'bouquets',
      (value) => JSON.stringify(Array.isArray(value) ? value : numbersIn(String(value))),
      row.bouquet,
    ),
    allowed_outputs: '[1,2]',
  }
  if (kit.faults.strikes('forget_line', action)) return next
  kit.did(action, { id: next.id, username: next.username })
  return panel.save(next)
}

const unixOf = (value: unknown): number =>
  typeof value === 'number' ? value : Math.floor(Date.parse(`${String(value).replace(' ', 'T')}Z`) / 1000)

const numbersIn = (text: string): number[] => text.split(',').filter(Boolean).map(Number)
