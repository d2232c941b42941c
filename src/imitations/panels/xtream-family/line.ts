/** What a line looks like in the panel's table, and what `create_line` and `edit_line` make of their parameters. */
import { parsePhpDate, type ZoneHabit } from './dates.ts'
import { intval, type Params } from './params.ts'
import { apiUser, bouquets } from './seed.ts'

/** A row of the table `lines`. Lists are JSON texts, instants unix seconds, flags 0 or 1. */
export type LineRow = {
  id: number
  member_id: number
  username: string
  password: string
  last_ip: string | null
  exp_date: number | null
  admin_enabled: number
  enabled: number
  admin_notes: string | null
  reseller_notes: string | null
  bouquet: string
  allowed_outputs: string
  max_connections: number
  is_restreamer: number
  is_trial: number
  is_mag: number
  is_e2: number
  is_stalker: number
  is_isplock: number
  allowed_ips: string
  allowed_ua: string
  created_at: number
  pair_id: number | null
  force_server_id: number
  as_number: number | null
  isp_desc: string
  forced_country: string
  bypass_ua: number
  play_token: string | null
  last_expiration_video: number | null
  package_id: number | null
  access_token: string | null
  contact: string | null
  last_activity: number | null
  last_activity_array: string | null
  updated: string
}

/** How this build of the panel behaves where builds differ. */
export type Build = {
  /** `overwrite`: what an edit does not send is lost. `merge`: the generation of mid 2026, which keeps it. */
  edit: 'overwrite' | 'merge'
  /** On 8 a missing `bouquets_selected` is fatal (empty body, nothing saved); on 7 the line is saved without bouquets. */
  php: '7' | '8'
  /** The form of `bouquets_selected`: one JSON text, or `bouquets_selected[]` repeated. */
  bouquets: 'json' | 'array'
  dates: ZoneHabit
  /** Of the API user's profile: dates without zone are read in it. */
  timeZone: string
}

/** A PHP error: the script ends, HTTP 200 with an empty body. */
export const died = Symbol('the PHP script died')
/** A word of the panel's, `STATUS_…`. */
export type Refused = { status: string }

export const isRefused = (result: object | symbol): result is Refused =>
  typeof result === 'object' && !('username' in result)

type Flag = (typeof flags)[number]
const flags = ['is_trial', 'is_restreamer', 'is_stalker', 'is_isplock', 'bypass_ua'] as const

/** The row that a create (`old` null) or an edit results in; nothing is stored here. */
export function rowFrom(
  params: Params,
  old: LineRow | null,
  build: Build,
  now: Temporal.Instant,
): LineRow | Refused | typeof died {
  const base = old ?? blankLine(now)
  const keep = build.edit === 'merge' && old !== null
  const ids = bouquetsOf(params, keep ? old.bouquet : null, build)
  if (ids === died) return died

  const expiry = expiryOf(params, base, keep, build, now)
  if (expiry === 'invalid') return { status: 'STATUS_INVALID_DATE' }

  const row: LineRow = {
    ...base,
    ...columnsOf(params, base),
    ...flagsOf(params, keep ? old : null, build),
    username: params.get('username') || (keep ? old.username : randomText()),
    password: params.get('password') || (keep ? old.password : randomText()),
    exp_date: expiry,
    bouquet: ids,
    max_connections: params.int('max_connections', keep ? old.max_connections : 1),
    enabled: params.int('enabled', keep ? old.enabled : 1) ? 1 : 0,
    admin_enabled: params.int('admin_enabled', keep ? old.admin_enabled : 1) ? 1 : 0,
    allowed_ips: listOf(params.list('allowed_ips'), keep ? old.allowed_ips : '[]'),
    allowed_ua: listOf(params.list('allowed_ua'), keep ? old.allowed_ua : '[]'),
    allowed_outputs: listOf(params.list('access_output')?.map(intval), keep ? old.allowed_outputs : '[]'),
    isp_desc: '', // Every edit through the API forgets the learned provider.
    as_number: null,
  }
  if (build.edit === 'merge' && row.username.includes('/')) return { status: 'STATUS_INVALID_USERNAME' }
  if (build.edit === 'merge' && row.password.includes('/')) return { status: 'STATUS_INVALID_PASSWORD' }
  return row
}

/** `null` is no expiry. An empty `exp_date` is passed over by the old generation and removes the expiry in the new one. */
function expiryOf(
  params: Params,
  base: LineRow,
  keep: boolean,
  build: Build,
  now: Temporal.Instant,
): number | null | 'invalid' {
  const text = params.get('exp_date')
  if (params.has('no_expire')) return null
  if (text === undefined) return keep ? base.exp_date : null
  if (text === '') return build.edit === 'merge' ? null : base.exp_date
  return parsePhpDate(text, build.timeZone, now, build.dates) ?? 'invalid'
}

function bouquetsOf(params: Params, kept: string | null, build: Build): string | typeof died {
  const list = params.list('bouquets_selected')
  const text = params.get('bouquets_selected')
  if (list === undefined && text === undefined && kept !== null) return kept

  const given = build.bouquets === 'array' ? list : text === undefined ? undefined : jsonArray(text)
  if (given === undefined) return build.php === '8' ? died : '[]'
  const order = bouquets.toSorted((a, b) => a.bouquet_order - b.bouquet_order).map((each) => each.id)
  const place = (id: number) => (order.includes(id) ? order.indexOf(id) : order.length)
  return JSON.stringify(given.map((id) => intval(String(id))).toSorted((a, b) => place(a) - place(b)))
}

function jsonArray(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Old builds look only whether a flag was sent, even as `0`; new ones read its value and keep what is omitted. */
function flagsOf(params: Params, kept: LineRow | null, build: Build): Record<Flag, number> {
  const flagValue = (flag: Flag) => {
    if (build.edit === 'overwrite') return params.has(flag) ? 1 : 0
    return params.has(flag) ? Number(params.get(flag) !== '' && params.get(flag) !== '0') : (kept?.[flag] ?? 0)
  }
  return Object.fromEntries(flags.map((flag) => [flag, flagValue(flag)])) as Record<Flag, number>
}

/** Plain columns: omitted ones stay as they are, in both generations. */
function columnsOf(params: Params, base: LineRow): Partial<LineRow> {
  return {
    contact: params.get('contact') ?? base.contact,
    admin_notes: params.get('admin_notes') ?? base.admin_notes,
    reseller_notes: params.get('reseller_notes') ?? base.reseller_notes,
    forced_country: params.get('forced_country') ?? base.forced_country,
    member_id: params.int('member_id', base.member_id),
    force_server_id: params.int('force_server_id', base.force_server_id),
    package_id: params.has('package_id') ? params.int('package_id', 0) || null : base.package_id,
    pair_id: params.has('pair_id') ? params.int('pair_id', 0) || null : base.pair_id,
  }
}

const listOf = (given: readonly (string | number)[] | undefined, otherwise: string) =>
  given === undefined ? otherwise : JSON.stringify(given)

export function randomText(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  return [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => letters[byte % letters.length]).join('')
}

/** A row before anything was asked of it. */
export function blankLine(now: Temporal.Instant): LineRow {
  return {
    id: 0,
    member_id: apiUser.id,
    username: '',
    password: '',
    last_ip: null,
    exp_date: null,
    admin_enabled: 1,
    enabled: 1,
    admin_notes: null,
    reseller_notes: null,
    bouquet: '[]',
    allowed_outputs: '[]',
    max_connections: 1,
    is_restreamer: 0,
    is_trial: 0,
    is_mag: 0,
    is_e2: 0,
    is_stalker: 0,
    is_isplock: 0,
    allowed_ips: '[]',
    allowed_ua: '[]',
    created_at: Math.floor(now.epochMilliseconds / 1000),
    pair_id: null,
    force_server_id: 0,
    as_number: null,
    isp_desc: '',
    forced_country: '',
    bypass_ua: 0,
    play_token: null,
    last_expiration_video: null,
    package_id: null,
    access_token: null,
    contact: null,
    last_activity: null,
    last_activity_array: null,
    updated: '',
  }
}
