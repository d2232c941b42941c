/** The client API: a key and a login in headers, JSON both ways, and refusals in several shapes. */
import type { Context } from 'hono'
import type { Kit } from '../../kit.ts'
import { same } from '../xtream-family/front.ts'
import { blankLine, type LineRow } from '../xtream-family/line.ts'
import type { Panel } from '../xtream-family/panel.ts'
import { packages } from '../xtream-family/seed.ts'
import type { Account } from '../xui-reseller/account.ts'
import { afterTerm } from '../xui-reseller/terms.ts'

type Settings = Record<
  | 'token'
  | 'username'
  | 'password'
  | 'credits_at'
  | 'packages_as'
  | 'dates'
  | 'columns'
  | 'id_at'
  | 'bare_enable'
  | 'per_page'
  | 'time_zone'
  | 'trials',
  string
>

const base = '/api/wclient/v1'

/** `create-line`, `edit:extend`, `edit:login`, `enable`, `disable`, …; the script's name on the viewer's side. */
export async function actionOf(c: Context): Promise<string> {
  if (!c.req.path.startsWith(`${base}/`)) return c.req.path.split('/')[1] ?? ''
  const word = c.req.path.slice(base.length + 1).split('/')[0] ?? ''
  if (word === 'extend') return 'edit:extend'
  if (word === 'line') return 'edit:login'
  if (word !== 'enable') return word
  return Number((await bodyOf(c)).enable ?? 1) === 0 ? 'disable' : 'enable'
}

export function addApi(kit: Kit, panel: Panel, account: Account, settings: Settings): void {
  const { app } = kit
  app.use(`${base}/*`, async (c, next) => {
    const given = [c.req.header('authorization') ?? '', c.req.header('username') ?? '', c.req.header('password') ?? '']
    const wanted = [`Bearer ${settings.token}`, settings.username, settings.password]
    if (wanted.some((each, n) => !same(given[n] ?? '', each))) return c.json({ message: 'Unauthenticated.' }, 401)
    return next()
  })

  app.get(`${base}/account-info`, (c) => {
    const credits = account.written()
    const shapes: Record<string, object> = { credits: { credits }, data: { data: { balance: credits } }, none: {} }
    return c.json({ result: 1, username: settings.username, ...shapes[settings.credits_at] })
  })

  app.get(`${base}/packages/:kind`, (c) => {
    const trial = c.req.param('kind') === '1'
    const rows = packages
      .filter((each) => (trial ? each.is_trial : each.is_official) === 1)
      .map((each) => ({
        id: each.id,
        name: each.package_name,
        credits: trial ? each.trial_credits : each.official_credits,
        duration: trial ? each.trial_duration : each.official_duration,
        duration_in: trial ? each.trial_duration_in : each.official_duration_in,
        max_connections: each.max_connections,
      }))
    if (settings.packages_as === 'array') return c.json(rows)
    const named = settings.packages_as === 'names'
    return c.json(Object.fromEntries(rows.map((row) => [row.id, named ? row.name : row])))
  })

  app.get(`${base}/lines`, (c) => {
    const wanted = (c.req.query('username') ?? '').toLowerCase()
    const found = [...panel.lines.values()].filter((each) => each.username.toLowerCase().includes(wanted))
    const size = Number(settings.per_page)
    const page = Math.max(1, Number(c.req.query('page') ?? 1))
    const data = found.slice((page - 1) * size, page * size).map(shown)
    const last = Math.max(1, Math.ceil(found.length / size))
    return c.json({ current_page: page, data, last_page: last, per_page: size, total: found.length })
  })

  app.post(`${base}/create-line/:trial?`, async (c) => {
    const trial = c.req.param('trial') === '1'
    const body = await bodyOf(c)
    const chosen = packageOf(body.package, trial)
    if (!chosen || kit.faults.strikes('package_gone', 'create-line'))
      return c.json({ message: { package: ['The selected package is invalid.'] } }, 422)
    const username = String(body.username ?? '')
    if (username === '') return c.json({ message: { username: ['The username field is required.'] } }, 422)
    if (panel.named(username).length > 0)
      return c.json({ message: { username: ['The username has already been taken.'] } }, 422)
    const price = trial ? chosen.trial_credits : chosen.official_credits
    if (trial && account.trialsLeft() <= 0) return c.json({ result: 0, message: 'You have no trials left today.' })
    if (kit.faults.strikes('credits_out', 'create-line') || !account.covers(price))
      return c.json({ result: 0, message: 'You do not have enough credits.' })
    const row = {
      ...blankLine(kit.now()),
      id: panel.nextLineId(),
      username,
      password: String(body.password ?? ''),
      reseller_notes: String(body.description ?? ''),
      is_trial: trial ? 1 : 0,
      package_id: chosen.id,
      bouquet: chosen.bouquets,
      allowed_outputs: chosen.output_formats,
      max_connections: chosen.max_connections,
      exp_date: afterTerm(panel.unix(), chosen, trial, settings.time_zone),
    }
    const made = { result: 1, username, password: row.password, expire_date: row.exp_date }
    if (kit.faults.strikes('forget_line', 'create-line')) return c.json({ ...made, id: row.id })
    panel.save(row)
    kit.did('create-line', { id: row.id, username })
    if (trial) account.spendTrial()
    if (price > 0) await account.charge('create-line', row.id, chosen.id, price)
    if (settings.id_at === 'top') return c.json({ ...made, id: row.id })
    return c.json({ ...made, [settings.id_at]: { [settings.id_at === 'line' ? 'line_id' : 'id']: row.id } })
  })

  app.post(`${base}/extend/:id`, async (c) => {
    const line = lineOf(c)
    if (!line) return missing(c)
    const chosen = packageOf((await bodyOf(c)).package, false)
    if (!chosen)
      return c.json({ message: 'The given data was invalid.', errors: { package: ['Unknown package.'] } }, 422)
    if (kit.faults.strikes('credits_out', 'edit:extend') || !account.covers(chosen.official_credits))
      return c.json({ result: 0, message: 'You do not have enough credits.' })
    const from = line.exp_date !== null && line.exp_date > panel.unix() ? line.exp_date : panel.unix()
    const row = {
      ...line,
      is_trial: 0,
      package_id: chosen.id,
      bouquet: chosen.bouquets,
      max_connections: chosen.max_connections,
      exp_date: afterTerm(from, chosen, false, settings.time_zone),
    }
    if (kit.faults.strikes('forget_line', 'edit:extend')) return c.json({ result: 1, expire_date: row.exp_date })
    if (!kit.faults.strikes('charge_only', 'edit:extend')) {
      panel.save(row)
      kit.did('extend', { id: line.id, username: line.username, package: chosen.id })
    }
    await account.charge('extend', line.id, chosen.id, chosen.official_credits)
    return c.json({ result: 1, expire_date: row.exp_date })
  })

  app.post(`${base}/enable/:id`, async (c) => {
    const line = lineOf(c)
    if (!line) return missing(c)
    const { enable } = await bodyOf(c)
    const bare = settings.bare_enable === 'toggle' ? 1 - line.enabled : 1
    return changed(c, { ...line, enabled: enable === undefined ? bare : Number(enable) ? 1 : 0 }, await actionOf(c))
  })

  app.post(`${base}/line/:id`, async (c) => {
    const line = lineOf(c)
    if (!line) return missing(c)
    const { username, password } = await bodyOf(c)
    if (panel.named(String(username)).some((other) => other.id !== line.id))
      return c.json({ message: 'The given data was invalid.', errors: { username: ['has already been taken'] } }, 422)
    changed(c, { ...line, username: String(username), password: String(password) }, 'edit:login')
    return c.json({ message: 'Line edited successfully' })
  })

  app.post(`${base}/delete/:id`, (c) => {
    const line = lineOf(c)
    if (!line) return missing(c)
    panel.remove(line)
    kit.did('delete', { id: line.id, username: line.username })
    return c.json({ result: '1' })
  })

  app.all(`${base}/*`, (c) => c.json({ message: 'The route could not be found.' }, 404))

  const lineOf = (c: Context): LineRow | undefined => panel.lines.get(Number(c.req.param('id')))
  const missing = (c: Context) => c.json({ message: 'No query results for model [App\\Models\\Line].' }, 404)
  const packageOf = (id: unknown, trial: boolean) =>
    packages.find((each) => each.id === Number(id) && (trial ? each.is_trial : each.is_official) === 1)

  function changed(c: Context, row: LineRow, action: string): Response {
    if (!kit.faults.strikes('forget_line', action)) {
      panel.save(row)
      kit.did(action, { id: row.id, username: row.username })
    }
    return c.json({ result: true })
  }

  function shown(row: LineRow): object {
    const few = {
      id: row.id,
      username: row.username,
      password: row.password,
      exp_date: row.exp_date === null ? null : written(row.exp_date),
      enabled: row.enabled,
      description: row.reseller_notes,
    }
    return settings.columns === 'few'
      ? few
      : { ...few, package_id: row.package_id, max_connections: row.max_connections }
  }

  function written(unix: number): string {
    const wall = Temporal.Instant.fromEpochMilliseconds(unix * 1000).toZonedDateTimeISO(settings.time_zone)
    const [day, time] = [wall.toPlainDate().toString(), wall.toPlainTime().toString({ smallestUnit: 'second' })]
    return settings.dates === 'iso' ? `${day} ${time}` : `${day.split('-').reverse().join('-')} ${time.slice(0, 5)}`
  }
}

async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => ({}))
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}
