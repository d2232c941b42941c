/** The B2B API: two keys in headers, JSON both ways, line ids that are UUIDs, `{"error","rid"}` for refusals. */
import type { Context } from 'hono'
import type { Kit, Shelf } from '../../kit.ts'
import { same } from '../xtream-family/front.ts'
import { blankLine, type LineRow, randomText } from '../xtream-family/line.ts'
import type { Panel } from '../xtream-family/panel.ts'
import { packages } from '../xtream-family/seed.ts'
import type { Account } from '../xui-reseller/account.ts'

type Settings = Record<'api_key' | 'auth_user' | 'listing' | 'may_list' | 'trial_by', string>
type Sold = (typeof packages)[number]
type Answer = { line_id: string; expire_at: string | null; transaction_amount: number; rid: string | null }

/** `create`, `edit:renew`, `edit:update`, `enable`, …; the script's name on the viewer's side. */
export function actionOf(c: Context): string {
  const [first = '', second = '', third = '', fourth] = c.req.path.split('/').slice(1)
  if (first !== 'ext') return first
  if (second !== 'line') return second
  const word = fourth ?? third
  return word === 'renew' || word === 'update' ? `edit:${word}` : word
}

export function addApi(kit: Kit, panel: Panel, account: Account, settings: Settings): void {
  const { app } = kit
  /** First answers by request id: whoever asks again gets them, and is charged nothing. */
  const answers: Shelf<Answer> = kit.store.shelf('answers')

  app.use('/ext/*', async (c, next) => {
    const known =
      same(c.req.header('x-api-key') ?? '', settings.api_key) &&
      same(c.req.header('x-auth-user') ?? '', settings.auth_user)
    if (!known) return c.json({ error: 'Unauthorized' }, 401)
    const action = actionOf(c)
    if (kit.faults.strikes('no_permission', action) || (action === 'lines' && settings.may_list === '0'))
      return refused(c, 403, 'Your token does not have the permission for this.')
    return next()
  })

  app.get('/ext/profile', (c) =>
    c.json({ name: 'myreseller', email: 'r@example.com', credits: numberOr(account.written()) }),
  )
  app.get('/ext/packages', (c) => c.json(packages.map(packageRow)))
  app.get('/ext/bouquets', (c) => c.json([]))

  const found = (c: Context) => {
    const wanted = c.req.query('username')
    return [...panel.lines.values()].filter((each) => wanted === undefined || each.username.includes(wanted))
  }
  app.get('/ext/lines', (c) =>
    settings.listing === 'whole' ? c.json(found(c).map(shown)) : c.json({ error: 'Not found' }, 404),
  )
  app.get('/ext/lines/index', (c) => {
    const size = Math.min(Number(c.req.query('per_page') ?? 20), 10)
    const page = Math.max(1, Number(c.req.query('page') ?? 1))
    const items = found(c).slice((page - 1) * size, page * size)
    return c.json({ data: { items: items.map(shown), total: found(c).length, page, per_page: size } })
  })

  app.post('/ext/line/create', async (c) => {
    const body = await bodyOf(c)
    const before = answers.get(String(body.rid ?? ''))
    if (before) return c.json(before)
    const chosen = packages.find((each) => each.id === Number(body.package))
    if (!chosen || kit.faults.strikes('package_gone', 'create'))
      return refused(c, 422, 'The selected package is invalid.', body)
    const username = String(body.username ?? randomText())
    if (panel.named(username).some((each) => each.username === username))
      return refused(c, 422, 'The username has already been taken.', body)
    if (chosen.is_trial === 1 && account.trialsLeft() <= 0) return refused(c, 422, 'No trials left.', body)
    const price = chosen.official_credits
    if (kit.faults.strikes('credits_out', 'create') || !account.covers(price))
      return refused(c, 402, 'Not enough credits.', body)
    const row: LineRow = {
      ...blankLine(kit.now()),
      id: panel.nextLineId(),
      username,
      password: String(body.password ?? randomText()),
      reseller_notes: String(body.reseller_notes ?? ''),
      is_trial: chosen.is_trial,
      package_id: chosen.id,
      bouquet: chosen.bouquets,
      allowed_outputs: chosen.output_formats,
      max_connections: chosen.max_connections,
      exp_date: panel.unix() + hoursOf(chosen) * 3600,
    }
    const answer = answerFor(row, price, body)
    if (kit.faults.strikes('forget_line', 'create')) return c.json(answer)
    panel.save(row)
    keep(body, answer)
    kit.did('create', { id: row.id, username })
    if (chosen.is_trial === 1) account.spendTrial()
    if (price > 0) await account.charge('create', row.id, chosen.id, price)
    return c.json(answer)
  })

  app.post('/ext/line/:id/renew', async (c) => {
    const line = lineOf(c)
    if (!line) return refused(c, 404, 'Line not found.')
    const body = await bodyOf(c)
    const before = answers.get(String(body.rid ?? ''))
    if (before) return c.json(before)
    const chosen = packages.find((each) => each.id === Number(body.package) && each.is_official === 1)
    if (!chosen) return refused(c, 422, 'The selected package is invalid.', body)
    if (kit.faults.strikes('credits_out', 'edit:renew') || !account.covers(chosen.official_credits))
      return refused(c, 402, 'Not enough credits.', body)
    const from = line.exp_date !== null && line.exp_date > panel.unix() ? line.exp_date : panel.unix()
    const row: LineRow = {
      ...line,
      is_trial: 0,
      package_id: chosen.id,
      bouquet: chosen.bouquets,
      max_connections: chosen.max_connections,
      exp_date: from + hoursOf(chosen) * 3600,
    }
    const answer = answerFor(row, chosen.official_credits, body)
    if (kit.faults.strikes('forget_line', 'edit:renew')) return c.json(answer)
    if (!kit.faults.strikes('charge_only', 'edit:renew')) {
      panel.save(row)
      kit.did('renew', { id: line.id, username: line.username, package: chosen.id })
    }
    keep(body, answer)
    await account.charge('renew', line.id, chosen.id, chosen.official_credits)
    return c.json(answer)
  })

  const change = (word: string, act: (line: LineRow, body: Record<string, unknown>) => LineRow) =>
    app.post(`/ext/line/:id/${word}`, async (c) => {
      const line = lineOf(c)
      if (!line) return refused(c, 404, 'Line not found.')
      const row = act(line, await bodyOf(c))
      if (panel.named(row.username).some((each) => each.id !== row.id && each.username === row.username))
        return refused(c, 422, 'The username has already been taken.')
      if (!kit.faults.strikes('forget_line', actionOf(c))) {
        panel.save(row)
        kit.did(word, { id: row.id, username: row.username })
      }
      return c.json({ line_id: uuidOf(row.id) })
    })
  change('enable', (line) => ({ ...line, enabled: 1 }))
  change('disable', (line) => ({ ...line, enabled: 0 }))
  change('update', (line, body) => ({
    ...line,
    username: String(body.username ?? line.username),
    password: String(body.password ?? line.password),
  }))
  app.post('/ext/line/:id/terminate', (c) => {
    const line = lineOf(c)
    if (!line) return refused(c, 404, 'Line not found.')
    panel.remove(line)
    kit.did('terminate', { id: line.id, username: line.username })
    return c.json({ line_id: uuidOf(line.id) })
  })
  app.all('/ext/*', (c) => refused(c, 404, 'Not found'))

  const lineOf = (c: Context) => panel.lines.get(idOf(c.req.param('id') ?? ''))
  const keep = (body: Record<string, unknown>, answer: Answer) => {
    if (answer.rid !== null) answers.put(String(body.rid), answer)
  }
  const refused = (c: Context, status: 402 | 403 | 404 | 422, error: string, body: Record<string, unknown> = {}) =>
    c.json({ error, rid: body.rid ?? null }, status)

  function packageRow(each: Sold): object {
    return {
      id: each.id,
      name: settings.trial_by === 'words' ? each.package_name.replace('Trial', 'Short') : each.package_name,
      description: each.is_trial === 1 ? 'A trial for new viewers' : '',
      price_credits: each.official_credits,
      duration_hours: hoursOf(each),
      max_connections: each.max_connections,
      package_type: 'all',
      bouquets: JSON.parse(each.bouquets) as number[],
      ...(settings.trial_by === 'flag' ? { is_trial: each.is_trial === 1 } : {}),
    }
  }
}

const answerFor = (row: LineRow, price: number, body: Record<string, unknown>): Answer => ({
  line_id: uuidOf(row.id),
  expire_at: timeOf(row.exp_date),
  transaction_amount: price,
  rid: typeof body.rid === 'string' ? body.rid : null,
})

const shown = (row: LineRow): object => ({
  line_id: uuidOf(row.id),
  username: row.username,
  password: row.password,
  mac_addr: null,
  owner: 'myreseller',
  type: 'regular',
  expire_at: timeOf(row.exp_date),
  is_enabled: row.enabled === 1,
  is_restreamer: false,
  is_trial: row.is_trial === 1,
  package_id: row.package_id,
  bouquets: JSON.parse(row.bouquet) as number[],
  max_connections: row.max_connections,
  reseller_notes: row.reseller_notes,
})

const hours: Record<string, number> = { hours: 1, days: 24, months: 720, years: 8760 }
const hoursOf = (each: Sold): number =>
  each.is_trial === 1 ? each.trial_duration : each.official_duration * (hours[each.official_duration_in] ?? 1)

const timeOf = (unix: number | null): string | null =>
  unix === null ? null : Temporal.Instant.fromEpochMilliseconds(unix * 1000).toString()

const uuidOf = (id: number): string => `7b1d9c20-4e1f-4a57-9d3c-${id.toString(16).padStart(12, '0')}`
const idOf = (uuid: string): number =>
  Number.parseInt(/^7b1d9c20-4e1f-4a57-9d3c-([0-9a-f]{12})$/.exec(uuid)?.[1] ?? 'x', 16)

const numberOr = (text: string): number | string => (text.includes('.') ? text : Number(text))

async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => ({}))
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}
