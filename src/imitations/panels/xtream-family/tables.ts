/** The panel's paged tables: search, filter, order, a page, and counts that cannot be trusted. */
import type { Faults } from '../../kit/faults.ts'
import { printTime } from './dates.ts'
import type { LineRow } from './line.ts'
import type { Params } from './params.ts'

export type Table<Row> = { rows: Row[]; total: number; filtered: number }

const defaultLimit = 50

/** One page in the order of `rows`. `cap` is the most this build hands out at once, 0 for no bound. */
export function pageOf<Row>(rows: readonly Row[], total: number, params: Params, cap: number): Table<Row> {
  const start = Math.max(0, params.int('start', 0))
  const asked = params.int('limit', defaultLimit)
  const limit = asked <= 0 ? defaultLimit : cap > 0 ? Math.min(asked, cap) : asked
  // Admin builds count what fits on a page, not what was found.
  return { rows: rows.slice(start, start + limit), total, filtered: Math.min(total, limit) }
}

/** Lines of `get_lines` before paging: devices are left out, search and filter applied, by id unless asked otherwise. */
export function findLines(lines: Iterable<LineRow>, params: Params, zone: string, now: Temporal.Instant): LineRow[] {
  const like = likeOf(params.get('search[value]') ?? '')
  const filter = params.int('filter', 0)
  const owner = params.int('reseller', 0)
  const unix = Math.floor(now.epochMilliseconds / 1000)

  const found: LineRow[] = []
  for (const line of lines) {
    if (line.is_mag + line.is_e2 > 0) continue
    if (owner > 0 && line.member_id !== owner) continue
    if (passes(line, filter, unix) && like(line, zone)) found.push(line)
  }
  if (params.get('order[0][column]') === '1') found.sort((a, b) => a.username.localeCompare(b.username))
  return params.get('order[0][dir]') === 'desc' ? found.reverse() : found
}

/** What a list shows of what was found, on a bad day: nothing, or the first half of it, and a success either way. Searches are well. */
export function shownLines(faults: Faults, found: LineRow[], params: Params): LineRow[] {
  if ((params.get('search[value]') ?? '') !== '') return found
  if (faults.strikes('empty_list', 'get_lines')) return []
  return faults.strikes('half_list', 'get_lines') ? found.slice(0, Math.floor(found.length / 2)) : found
}

/** `LIKE '%…%'` over several columns at once; `%` and `_` in what was typed are wildcards, letters match in either case. */
function likeOf(search: string): (line: LineRow, zone: string) => boolean {
  if (search === '') return () => true
  const wanted = search.toLowerCase()
  if (!/[%_]/.test(wanted)) return (line, zone) => haystackOf(line, zone).includes(wanted)

  const pattern = wanted
    .replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
    .replaceAll('%', '[^\\n]*')
    .replaceAll('_', '[^\\n]')
  const like = new RegExp(pattern)
  return (line, zone) => like.test(haystackOf(line, zone))
}

/** Rows are replaced, never changed in place, so what was once put together stays right. */
const haystacks = new WeakMap<LineRow, string>()

function haystackOf(line: LineRow, zone: string): string {
  const known = haystacks.get(line)
  if (known !== undefined) return known
  const expiry = line.exp_date === null ? '' : printTime(line.exp_date, zone).slice(0, 16)
  const columns = [line.username, line.password, expiry, line.max_connections, line.admin_notes, line.reseller_notes]
  const text = columns
    .map((column) => String(column ?? '').replaceAll('\n', ' '))
    .join('\n')
    .toLowerCase()
  haystacks.set(line, text)
  return text
}

const fortnight = 14 * 86_400

function passes(line: LineRow, filter: number, unix: number): boolean {
  const expired = line.exp_date !== null && line.exp_date < unix
  switch (filter) {
    case 1:
      return line.enabled === 1 && line.admin_enabled === 1 && !expired
    case 2:
      return line.enabled === 0
    case 3:
      return line.admin_enabled === 0
    case 4:
      return expired
    case 5:
      return line.is_trial === 1
    case 6:
      return line.is_restreamer === 1
    case 7:
      return line.is_stalker === 1
    case 8:
      return line.exp_date !== null && !expired && line.exp_date < unix + fortnight
    default:
      return true
  }
}

/** `show_columns` and `hide_columns`, comma separated. */
export function columnsOf<Row extends object>(row: Row, params: Params): Partial<Row> {
  const names = (name: string) =>
    params
      .get(name)
      ?.split(',')
      .map((each) => each.trim())
  const shown = names('show_columns')
  const hidden = names('hide_columns') ?? []
  const entries = Object.entries(row).filter(([name]) => (shown?.includes(name) ?? true) && !hidden.includes(name))
  return Object.fromEntries(entries) as Partial<Row>
}
