/**
 * An account as the portal's rows tell it. Two things of ours stand in the comment, among whatever staff write there: the reference of the
 * line, and a mark of the password that we set last, since the portal never shows one.
 */
import { createHash, createHmac } from 'node:crypto'
import { toExpiry, toFlag, toText } from '../normalize.ts'
import type { FoundLine, LineOwner, LineSpec } from '../panel.ts'
import { notesWith, type Row } from '../xtream-family/row.ts'

/** `account_number` is not unique there, so it only leads to the account: writing goes by login. */
export type Account = { row: Row; line: FoundLine; login: string; number: string; passwordMark: string | null }

/**
 * Shorter than twelve characters, or the portal takes it for a MAC address; without commas, which separate several accounts. Always the
 * same for the same line.
 */
export function numberFor(marker: string): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const bytes = createHash('sha256').update(marker).digest().subarray(0, 10)
  return `L${[...bytes].map((byte) => alphabet[byte % 32]).join('')}`
}

/** Tells a password that we set from every other, and nothing else without the API's own password. */
export const passwordMark = (key: string, { marker, password }: Pick<LineSpec, 'marker' | 'password'>): string =>
  `pw:${createHmac('sha256', key).update(`${marker} ${password}`).digest('hex').slice(0, 12)}`

/** Null when the row lacks what every account has. `owner` tells the password that the mark is compared with. */
export function accountOf(row: Row, zone: string, key: string, owner?: Partial<LineOwner>): Account | null {
  const login = toText(row.login)
  const number = toText(row.account_number ?? null)
  const enabled = toFlag(row.status)
  const expiresAt = row.end_date === undefined ? null : toExpiry(row.end_date, zone)
  if (login === null || enabled === undefined || expiresAt === undefined) return null
  const words = (toText(row.comment) ?? '').split(/\s+/)
  const marker = words.find((word) => /^ref:\S+$/.test(word)) ?? null
  const mark = words.find((word) => /^pw:[0-9a-f]{12}$/.test(word)) ?? null
  const { password } = owner ?? {}
  const isSet = password !== undefined && marker !== null && passwordMark(key, { marker, password }) === mark
  const tariff = toText(row.tariff_plan)
  const mac = toText(row.stb_mac)
  return {
    row,
    login,
    number: number ?? '',
    passwordMark: mark,
    line: {
      ref: number || `login:${login}`,
      username: login,
      password: isSet ? password : '',
      marker,
      enabled,
      banned: false,
      expiresAt,
      maxConnections: 1, // An account is one box or one screen.
      bouquets: [],
      outputs: [],
      activeConnections: toFlag(row.online) === undefined ? null : Number(toFlag(row.online)),
      packageId: tariff === null || tariff === '' || tariff === '0' ? null : tariff,
      mac: mac === '' ? null : mac,
      notes: [toText(row.full_name), toText(row.comment)].filter(Boolean).join('\n') || null,
    },
  }
}

/** What staff wrote stays; an older mark of ours goes. */
export function commentFor(row: Row | null, marker: string, mark: string): string {
  const kept = (toText(row?.comment ?? null) ?? '').split(/\s+/).filter((word) => !/^pw:[0-9a-f]{12}$/.test(word))
  return notesWith(marker, `${kept.join(' ')} ${mark}`.trim())
}

/** The box of an account, whether it is alone or beside a login. */
export const boxOf = ({ device, box }: Pick<LineSpec, 'device' | 'box'>) => device ?? box

export type Difference = 'username' | 'password' | 'mac' | 'expires_at' | 'package' | 'enabled' | 'marker'

/** `ends`: the portal ends accounts itself. Where it does not, there may be no date to compare. */
export function differencesOf(line: FoundLine, spec: LineSpec, zone: string, ends: boolean): Difference[] {
  const wanted = endOf(spec, zone).epochMilliseconds
  const late = line.expiresAt === null ? Number.POSITIVE_INFINITY : Math.abs(line.expiresAt.epochMilliseconds - wanted)
  const { packageId } = spec.package
  const different: Record<Difference, boolean> = {
    username: line.username !== spec.username,
    password: line.password !== spec.password,
    mac: (line.mac ?? null) !== (boxOf(spec)?.mac ?? line.mac ?? null),
    expires_at: late > 60_000 && (ends || line.expiresAt !== null),
    package: packageId !== undefined && line.packageId !== packageId,
    enabled: line.enabled !== spec.enabled,
    marker: line.marker !== spec.marker,
  }
  return (Object.keys(different) as Difference[]).filter((name) => different[name])
}

/**
 * The end as the portal can be told it: by the wall clock. Where the clock is put back an hour comes twice; then it is the end of that
 * hour, since its beginning would be earlier than what was sold.
 */
export function endOf({ expiresAt }: Pick<LineSpec, 'expiresAt'>, zone: string): Temporal.Instant {
  const end = expiresAt.round({ smallestUnit: 'second', roundingMode: 'floor' }).toZonedDateTimeISO(zone)
  const read = end.toPlainDateTime().toZonedDateTime(zone)
  if (read.epochNanoseconds === end.epochNanoseconds) return end.toInstant()
  return end.round({ smallestUnit: 'hour', roundingMode: 'ceil' }).toInstant()
}

export const endText = (spec: Pick<LineSpec, 'expiresAt'>, zone: string): string =>
  endOf(spec, zone).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ')
