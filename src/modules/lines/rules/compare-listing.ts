/** What a row of a panel's listing says about a line of ours: a difference of one kind, or nothing. Values only. */
import type { ListedLine } from '#adapters/panels/panel.ts'
import type { Money } from '#platform/money.ts'
import { type Instant, isAfter, secondsBetween, type Term } from '#platform/time.ts'
import type { Wanted } from '../rules.ts'

export const differenceKinds = [
  'paid_not_served',
  'served_not_paid',
  'expired_active',
  'edited_by_hand',
  'duplicate',
  'orphan',
] as const
export type DifferenceKind = (typeof differenceKinds)[number]

/** A line of ours as far as a listing can be compared with it. */
export type Kept = {
  id: string
  username: string
  remoteId: string | null
  wanted: Wanted
  wantedUntil: Instant
  /** The end of what was sold; null where nothing was. */
  paidUntil?: Instant | null
  /** It signs in by its address: a listing tells neither login nor connections of it. */
  box: boolean
  /** The address of the box that was sold beside its login: a row of its own where the panel keeps both; null: none. */
  coupledMac?: string | null
  /** With what stands against it for now taken off. */
  connections: number
  /** In step as far as we know, and nobody is at it. Of any other the reconciler knows more than a listing. */
  quiet: boolean
  foundAt: Instant | null
  /** Taken over from the panel, which goes before us until a person says otherwise: nothing is set right unasked. */
  asleep?: boolean
  /** What one term of it costs; null where that is not known. */
  price: (Money & { term: Term }) | null
}

/** What a panel can do, as far as it matters here. */
export type Powers = {
  /** An expiry and connections are whatever was asked; else its packages decide them. */
  absolute: boolean
  /** Making a line and giving it time costs credits. */
  charged: boolean
  canDelete: boolean
}

/** As it is kept: plain JSON. */
export type ListedFacts = {
  enabled: boolean
  banned: boolean
  expires_at: string | null
  connections: number
  marker: string | null
}
export type WantedFacts = { state: Wanted; until: string; connections: number; username: string }

export type Finding = {
  kind: DifferenceKind
  subject: string
  lineId: string | null
  remoteId: string | null
  username: string
  /** What exactly differs, always in the same words. */
  shape: string
  found: ListedFacts | null
  wanted: WantedFacts | null
  canMend: boolean
  safe: boolean
  /** No listing shows it. */
  hidden?: boolean
  value: Money | null
}

/** A row that carries the name or the marker of a line of ours, under another number. */
export type Stray = { lineId: string; row: Listed }
/** A row as JSON can keep it. */
export type Listed = ListedFacts & { ref: string; username: string }

export type Compared = {
  findings: Finding[]
  /** Ids of our lines that were seen under the number that we know. */
  seen: string[]
  /** Boxes of those that are one with a login, as `boxSeen` says it. */
  boxes: string[]
  strays: Stray[]
}

/** A line's box was listed, under that address. */
export const boxSeen = (lineId: string, mac: string): string => `${lineId} ${mac}`

const markerPrefix = 'ref:'
/** The line that a marker names; null for words of others. */
export const lineNamedBy = (marker: string | null): string | null =>
  marker?.startsWith(markerPrefix) ? marker.slice(markerPrefix.length) : null

/** `others`: ids and names of lines that other sellers have on this panel. `at`: when the page was asked for. */
export function comparePage(
  rows: readonly ListedLine[],
  kept: readonly Kept[],
  others: { ids: ReadonlySet<string>; names: ReadonlySet<string> },
  powers: Powers,
  at: Instant,
): Compared {
  const byId = new Map(kept.map((line) => [line.id, line]))
  // Only a line that is served now stands for its name: one that has ended may have left it to somebody else.
  const byName = new Map(kept.filter(isServed).map((line) => [line.username, line]))
  const compared: Compared = { findings: [], seen: [], boxes: [], strays: [] }
  for (const row of rows) {
    const named = lineNamedBy(row.marker)
    const line = row.marker === null ? byName.get(row.username) : byId.get(named ?? '')
    if (line === undefined) {
      const known = row.marker === null ? others.names.has(row.username) : others.ids.has(named ?? '')
      if (!known) compared.findings.push(orphan(row))
      continue
    }
    if (line.coupledMac != null && row.mac === line.coupledMac) compared.boxes.push(boxSeen(line.id, row.mac))
    if (isCoupledBox(row, line)) {
      const finding = compareLine(row, { ...line, box: true, connections: 1 }, powers, at)
      if (finding !== null) compared.findings.push(finding)
      continue
    }
    if (line.remoteId !== null && line.remoteId !== row.ref) {
      compared.strays.push({ lineId: line.id, row: listed(row) })
      continue
    }
    compared.seen.push(line.id)
    const finding = compareLine(row, line, powers, at)
    if (finding !== null) compared.findings.push(finding)
  }
  return compared
}

/** What a line that was moved away left here, by its own clean-up: off, removed, or not waited for any more. */
export type Left = { id: string; lineId: string; username: string; state: 'on' | 'off' | 'gone' | 'given_up' }

/** Ids of what must be cleared once more: switched off and it plays, or removed and it is there. */
export function leftToClear(rows: readonly ListedLine[], left: readonly Left[], at: Instant): string[] {
  const byId = new Map(left.map((each) => [each.lineId, each]))
  const byName = new Map(left.map((each) => [each.username, each]))
  return rows.flatMap((row) => {
    const found = row.marker === null ? byName.get(row.username) : byId.get(lineNamedBy(row.marker) ?? '')
    if (found === undefined || found.state === 'on' || (found.state === 'off' && !isOn(row, at))) return []
    return [found.id]
  })
}

/** The second of two rows that are one line. */
const isCoupledBox = (row: ListedLine, line: Kept): boolean =>
  line.coupledMac != null && row.ref !== line.remoteId && row.mac === line.coupledMac

const isServed = ({ wanted }: Kept): boolean => wanted === 'active' || wanted === 'suspended'

/** One of our lines beside its own row. */
export function compareLine(row: ListedLine, line: Kept, powers: Powers, at: Instant): Finding | null {
  if (!line.quiet || (line.foundAt !== null && isAfter(line.foundAt, at))) return null
  const plays = isOn(row, at)
  switch (line.wanted) {
    case 'none':
      // Nobody ever paid, so nothing of ours would touch it.
      return plays ? finding('served_not_paid', row, line, 'plays', { canMend: false, safe: false }) : null
    case 'suspended':
      return plays ? finding('served_not_paid', row, line, 'plays', { canMend: true, safe: true }) : null
    case 'ended':
      return plays ? finding('expired_active', row, line, 'plays', { canMend: true, safe: true }) : null
    case 'active':
      return compareActive(row, line, powers, plays, at)
  }
}

function compareActive(row: ListedLine, line: Kept, powers: Powers, plays: boolean, at: Instant): Finding | null {
  if (!isAfter(line.wantedUntil, at))
    return plays ? finding('expired_active', row, line, 'plays', free(powers.absolute)) : null
  if (row.banned) return finding('paid_not_served', row, line, 'banned', { canMend: false, safe: false })
  if (!row.enabled) return finding('paid_not_served', row, line, 'disabled', { canMend: true, safe: true })
  if (!plays)
    return isUnpaid(line, powers, at) ? null : finding('paid_not_served', row, line, 'expired', free(!powers.charged))
  const edited = editedFields(row, line, powers)
  return edited === '' ? null : finding('edited_by_hand', row, line, edited, free(!powers.charged))
}

/** In its days of grace, which nobody buys where they cost credits: there it ends with what was paid. */
const isUnpaid = ({ paidUntil }: Kept, { charged }: Powers, at: Instant): boolean =>
  charged && paidUntil != null && !isAfter(paidUntil, at)

const free = (costsNothing: boolean) => ({ canMend: true, safe: costsNothing })

/** A line that was read whole, and differs only in what no listing carries: `password`, `bouquets=1,2`. Never a password itself. */
export function compareHidden(row: ListedLine, line: Kept, fields: readonly string[], powers: Powers): Finding | null {
  if (fields.length === 0) return null
  return { ...finding('edited_by_hand', row, line, fields.join(' '), free(!powers.charged)), hidden: true }
}

/** The panel has nothing under our number, name and marker: looked up one by one, never told by a listing alone. Null: nothing need be there. */
export function absent(line: Kept, powers: Powers, at: Instant): Finding | null {
  if (isUnpaid(line, powers, at)) return null
  return { ...finding('paid_not_served', null, line, 'absent', free(!powers.charged)), remoteId: line.remoteId }
}

/** One of our lines that was looked up by itself: its row, and the box that was sold with it. */
export const compareWhole = (found: ListedLine, line: Kept, powers: Powers, at: Instant): Finding | null =>
  compareLine(found, line, powers, at) ?? withoutBox(found, line, powers, at)

/** A paid line that was read whole: its login is there, and the box that was sold with it is not. Whoever watches by the box sees nothing. */
function withoutBox(found: ListedLine, line: Kept, powers: Powers, at: Instant): Finding | null {
  if (line.coupledMac == null || found.mac === line.coupledMac || !line.quiet) return null
  if (line.wanted !== 'active' || !isAfter(line.wantedUntil, at)) return null
  if (line.foundAt !== null && isAfter(line.foundAt, at)) return null
  return finding('paid_not_served', found, line, 'box_absent', free(!powers.charged))
}

/** A second row of a line whose own row is there, too. Removing it is a person's to say. */
export function duplicate({ row }: Stray, line: Kept, powers: Powers): Finding {
  const marked = lineNamedBy(row.marker) === line.id
  return {
    kind: 'duplicate',
    subject: row.ref,
    lineId: line.id,
    remoteId: row.ref,
    username: row.username,
    shape: row.enabled && !row.banned ? 'on' : 'off',
    found: factsOf(row),
    wanted: wantedFacts(line),
    canMend: marked && powers.canDelete,
    safe: false,
    value: termPrice(line),
  }
}

const orphan = (row: ListedLine): Finding => ({
  kind: 'orphan',
  subject: row.ref,
  lineId: null,
  remoteId: row.ref,
  username: row.username,
  shape: orphanShape(row),
  found: factsOf(listed(row)),
  wanted: null,
  canMend: false,
  safe: false,
  value: null,
})

/** Who decided about it while it was off is asked again when it is on. */
export const orphanShape = ({ username, marker, enabled }: Pick<ListedLine, 'username' | 'marker' | 'enabled'>) =>
  `${enabled ? '' : 'off '}${username} ${marker ?? ''}`.trim()

function finding(
  kind: DifferenceKind,
  row: ListedLine | null,
  line: Kept,
  shape: string,
  may: { canMend: boolean; safe: boolean },
): Finding {
  return {
    kind,
    subject: line.id,
    lineId: line.id,
    remoteId: row?.ref ?? null,
    username: line.username,
    shape,
    found: row === null ? null : factsOf(listed(row)),
    wanted: wantedFacts(line),
    canMend: may.canMend,
    safe: may.safe && line.asleep !== true,
    value: worthOf(kind, row, line),
  }
}

/** On, not banned, and its time is not over: somebody can watch. */
const isOn = (row: ListedLine, at: Instant): boolean =>
  row.enabled && !row.banned && (row.expiresAt === null || isAfter(row.expiresAt, at))

/** An expiry within a minute counts as equal. */
function editedFields(row: ListedLine, line: Kept, { absolute }: Powers): string {
  const fields: string[] = []
  if (!line.box && row.username !== line.username) fields.push(`username=${row.username}`)
  if (absolute && Math.abs(tooLate(row, line)) > 60) fields.push(`expires_at=${row.expiresAt?.toString() ?? 'never'}`)
  if (absolute && !line.box && row.maxConnections !== line.connections) fields.push(`connections=${row.maxConnections}`)
  return fields.join(' ')
}

/** Seconds by which the panel ends it later than it should. */
const tooLate = (row: ListedLine, line: Kept): number =>
  row.expiresAt === null ? Number.POSITIVE_INFINITY : secondsBetween(line.wantedUntil, row.expiresAt)

const termSeconds: Record<Term['unit'], number> = { hour: 3_600, day: 86_400, month: 2_629_800, year: 31_557_600 }

const termPrice = ({ price }: Kept): Money | null =>
  price === null ? null : { minor: price.minor, currency: price.currency }

/** What is at stake: a term that is paid and not served, or served and not paid; of time given by hand its share of the price. */
function worthOf(kind: DifferenceKind, row: ListedLine | null, line: Kept): Money | null {
  const whole = termPrice(line)
  if (kind !== 'edited_by_hand' || whole === null || line.price === null) return whole
  const late = row === null ? 0 : tooLate(row, line)
  if (late <= 60) return null
  const { unit, count } = line.price.term
  if (!Number.isFinite(late)) return whole
  return { ...whole, minor: (whole.minor * BigInt(Math.round(late))) / BigInt(termSeconds[unit] * count) }
}

export const listed = (row: ListedLine): Listed => ({
  ref: row.ref,
  username: row.username,
  enabled: row.enabled,
  banned: row.banned,
  expires_at: row.expiresAt?.toString() ?? null,
  connections: row.maxConnections,
  marker: row.marker,
})

const factsOf = ({ enabled, banned, expires_at, connections, marker }: Listed): ListedFacts => ({
  enabled,
  banned,
  expires_at,
  connections,
  marker,
})

const wantedFacts = (line: Kept): WantedFacts => ({
  state: line.wanted,
  until: line.wantedUntil.toString(),
  connections: line.connections,
  username: line.username,
})

/** More than these are not set right by themselves: a person is asked. One in twenty, but ten in any case. */
export const mostMended = (lines: number): number => Math.max(10, Math.floor(lines / 20))

/**
 * Why a listing that ended well is not believed; null when it is. A panel that was asked at a bad moment shows few lines or none, and
 * says so like any other answer.
 */
export function doubtOf(told: {
  listed: number
  lastListed: number | null
  expected: number
  missing: number
  /** Of lines that were listed: those sold with a box, and how many of these boxes were left out. */
  boxes?: number
  missingBoxes?: number
}): string | null {
  const { listed: now, lastListed: before, expected, missing, boxes = 0, missingBoxes = 0 } = told
  // Where none of ours should be there, the last few may have ended or moved.
  if (now === 0 && (expected > 0 || (before ?? 0) > 10))
    return `The panel listed no line at all, and should have ${Math.max(expected, before ?? 0)}.`
  if (missing > Math.max(10, expected / 10)) return `The panel left out ${missing} of our ${expected} lines.`
  if (missingBoxes > Math.max(10, boxes / 10))
    return `The panel left out ${missingBoxes} of our ${boxes} boxes that go with a login.`
  if (before !== null && before - now > 10 && now < before * 0.7)
    return `The panel listed ${now} lines, and ${before} the time before.`
  return null
}
