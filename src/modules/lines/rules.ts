/** Lines: names, what differs, when to try again. Values only. */
import type { Device, DeviceKind, FoundLine, PanelPackage } from '#adapters/panels/panel.ts'
import { isBefore, secondsBetween } from '#platform/time.ts'
import { isWorkedOn, type Routed } from './rules/route.ts'

export type Wanted = 'none' | 'active' | 'suspended' | 'ended'

export type Line = {
  businessId: string
  id: string
  customerId: string
  subscriptionId: string
  panelBusinessId: string
  panelId: string
  kind: 'line' | 'mag' | 'enigma'
  /** Of a line with a login: the kind of box that was sold with it, as one with it. */
  box: DeviceKind | null
  username: string
  requestedUsername: string | null
  /** Sealed. */
  password: string
  /** Logins wished before this one and not known to be gone from the panel, newest first; passwords are sealed. */
  formerLogins: readonly { username: string; password: string }[]
  marker: string
  /** Of a box, also of one beside a login: what it signs in by. */
  mac: string | null
  /** Addresses that it may still have on the panel, newest first. */
  formerMacs: readonly string[]
  /** The address that is this line's alone on its panel, claimed before the panel is asked. */
  heldMac: string | null
  /** What the plan and its add-ons give. */
  connections: number
  /** So many of them come from add-ons. */
  extraConnections: number
  /** No more than these for now; null: all. */
  restrictedTo: number | null
  package: PanelPackage
  wanted: Wanted
  wantedUntil: Temporal.Instant
  /** The end of what was sold; `wantedUntil` lies behind it. */
  paidUntil: Temporal.Instant | null
  revision: bigint
  doneRevision: bigint
  loginRevision: bigint
  remoteId: string | null
  found: StoredFound | null
  foundAt: Temporal.Instant | null
  differs: string[]
  createSentAt: Temporal.Instant | null
  tries: number
  nextTryAt: Temporal.Instant | null
  trouble: 'unavailable' | 'ambiguous' | 'rejected' | 'auth_failed' | null
  lastAnswer: string | null
  needsReview: boolean
  activatedAt: Temporal.Instant | null
  spending: Spending | null
  /** Why it is on its panel; null for what was sold before that was kept. */
  routed: Routed | null
  createdAt: Temporal.Instant
  version: number
}

/** A charged call that was about to be made: what it costs, what the account had (decimals), and how often we looked for its effect since. */
export type Spending = { seq: number; price: string; balance: string; looks: number }

/** With how many connections the panel should have it now. */
export const wantedConnections = ({ connections, restrictedTo }: Pick<Line, 'connections' | 'restrictedTo'>): number =>
  Math.min(connections, restrictedTo ?? connections)

/** The box that signs in, where it is one. */
export const deviceOf = ({ kind, mac, formerMacs }: Pick<Line, 'kind' | 'mac' | 'formerMacs'>): Device | undefined =>
  kind === 'line' || mac === null ? undefined : { kind, mac, former: formerMacs }

/** The box beside the login, where one was sold with it. */
export const boxOf = ({ box, mac, formerMacs }: Pick<Line, 'box' | 'mac' | 'formerMacs'>): Device | undefined =>
  box === null || mac === null ? undefined : { kind: box, mac, former: formerMacs }

/** Whether a box signs in by it, alone or beside a login. */
export const hasBox = ({ kind, box }: Pick<Line, 'kind' | 'box'>): boolean => kind !== 'line' || box !== null

/** Which kind of box signs in; null: none. */
export const boxKindOf = ({ kind, box }: Pick<Line, 'kind' | 'box'>): DeviceKind | null =>
  kind === 'line' ? box : kind

/** What people call a line: its user name, or the address of its box. */
export const nameOfLine = ({ kind, username, mac }: Pick<Line, 'kind' | 'username' | 'mac'>): string =>
  kind === 'line' ? username : (mac ?? username)

/** What the panel last said, as stored: no password. */
export type StoredFound = {
  username: string
  enabled: boolean
  banned: boolean
  expiresAt: string | null
  connections: number
  bouquets: number[]
  activeConnections: number | null
  mac?: string | null
  /** The box beside the login; null: it is not there. */
  beside?: { enabled: boolean; banned: boolean; expiresAt: string | null } | null
}

export type SyncState =
  | 'not_wanted'
  | 'setting_up'
  | 'in_step'
  | 'catching_up'
  | 'delayed'
  | 'out_of_step'
  | 'needs_review'

/** How wish and panel stand to each other, in one word for people. */
export function syncStateOf(line: Line): SyncState {
  if (line.needsReview) return 'needs_review'
  if (line.wanted === 'none') return 'not_wanted'
  if (line.differs.length > 0 && line.doneRevision === line.revision) return 'out_of_step'
  if (line.doneRevision === line.revision) return 'in_step'
  if (line.trouble !== null && line.tries >= 2) return 'delayed'
  return line.activatedAt === null ? 'setting_up' : 'catching_up'
}

/** The fields on which the panel disagrees with the wish. Expiry within a minute counts as equal. */
export function differences(
  wish: {
    username: string
    enabled: boolean
    until: Temporal.Instant
    connections: number
    bouquets: readonly number[]
    device?: Device | undefined
    box?: Device | undefined
  },
  found: FoundLine,
): string[] {
  const fields: string[] = []
  // The user name behind a box is the panel's own affair, and one connection is all it has.
  if (wish.device === undefined && found.username !== wish.username) fields.push('username')
  if (wish.device !== undefined && found.mac !== wish.device.mac) fields.push('mac')
  if (found.enabled !== wish.enabled) fields.push('enabled')
  if (!endsAt(found, wish.until)) fields.push('expires_at')
  if (wish.device === undefined && found.maxConnections !== wish.connections) fields.push('connections')
  if (!sameSet(found.bouquets, wish.bouquets)) fields.push('bouquets')
  return wish.box === undefined ? fields : [...fields, ...boxDifferences({ ...wish, box: wish.box }, found)]
}

function boxDifferences(
  {
    box,
    enabled,
    until,
    bouquets,
  }: { box: Device; enabled: boolean; until: Temporal.Instant; bouquets: readonly number[] },
  found: FoundLine,
): string[] {
  if (found.beside?.mac !== box.mac) return ['mac']
  const asWanted =
    found.beside.enabled === enabled && endsAt(found.beside, until) && sameSet(found.beside.bouquets, bouquets)
  return asWanted ? [] : ['box']
}

const endsAt = ({ expiresAt }: Pick<FoundLine, 'expiresAt'>, until: Temporal.Instant): boolean =>
  expiresAt !== null && Math.abs(secondsBetween(expiresAt, until)) <= 60

const sameSet = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && [...a].sort((x, y) => x - y).every((id, index) => id === [...b].sort((x, y) => x - y)[index])

/** Seconds until the next try: 5 s, 30 s, 2 min, 10 min, 30 min, then hourly, spread by a fifth so that a panel that is back is not stormed. */
export function backoffSeconds(tries: number, chance: number): number {
  const ladder = [5, 30, 120, 600, 1800]
  const base = ladder[tries - 1] ?? 3600
  return base * (0.9 + chance * 0.2)
}

/**
 * The wait after a failed call. Trouble of the whole panel is the breaker's affair, which lets one line probe every ten minutes at most:
 * a line that slept for an hour would leave a paying customer in the dark long after the panel is back. What a panel asks for is bounded too.
 */
export function waitSeconds(
  error: { kind: 'unavailable' | 'ambiguous' | 'rejected' | 'auth_failed'; retryAfterSeconds: number | undefined },
  tries: number,
  chance: number,
): number {
  if (error.retryAfterSeconds !== undefined) return Math.min(error.retryAfterSeconds, 3600)
  const wait = backoffSeconds(tries, chance)
  return error.kind === 'unavailable' || error.kind === 'auth_failed' ? Math.min(wait, 540 + chance * 120) : wait
}

/** The panel's breaker: after three failures in a row it opens, a minute at first, ten at most; the line due first is the probe. */
export const failuresToOpen = 3
export const openSeconds = (failures: number): number => Math.min(600, 30 * 2 ** Math.max(0, failures - failuresToOpen))

export const isOpen = (panel: { openUntil: Temporal.Instant | null }, now: Temporal.Instant): boolean =>
  panel.openUntil !== null && isBefore(now, panel.openUntil)

/** How a panel is, in one word for people. */
export const panelStateOf = (
  panel: {
    health: 'unknown' | 'up' | 'down' | 'auth_failed'
    testedAt: Temporal.Instant | null
    workStarts: Temporal.Instant | null
    workEnds: Temporal.Instant | null
  },
  now: Temporal.Instant,
): 'maintenance' | 'untested' | 'unknown' | 'up' | 'down' | 'auth_failed' => {
  if (isWorkedOn(panel, now)) return 'maintenance'
  return panel.testedAt === null && panel.health === 'unknown' ? 'untested' : panel.health
}

/** A user name that survives players and TV remotes: 3 to 24 of a–z, 0–9, `.`, `_`, `-`, beginning with a letter or digit. */
export const isUsername = (text: string): boolean => /^[a-z0-9][a-z0-9._-]{2,23}$/.test(text)

export const usernameRule =
  'A user name has 3 to 24 letters (a–z), digits, dots, dashes or underscores, and begins with a letter or digit.'

/** What a buyer typed, as it would be used: lower case, spaces dropped. */
export const normalizeUsername = (text: string): string => text.trim().toLowerCase().replaceAll(/\s+/g, '')

/** Ten characters out of the line's own id, without look-alikes: the same line always asks for the same name. */
export function generatedUsername(lineId: string): string {
  const tail = lineId.slice(-12).replaceAll(/[^a-hjkmnp-z2-9]/g, '')
  return `tv${tail.slice(0, 8).padEnd(8, 'x')}`
}

/** The next name to try when one is taken: `ana` → `ana1` → `ana2` (S2-48). */
export function nextUsername(base: string, taken: string): string {
  const suffix = taken.startsWith(base) ? Number(taken.slice(base.length) || '0') : 0
  const next = Number.isInteger(suffix) ? suffix + 1 : 1
  return `${base.slice(0, 24 - String(next).length)}${next}`
}
