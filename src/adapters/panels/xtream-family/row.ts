/** A line as the panel's rows tell it, and as our own terms want it. */

import { parseMac } from '../mac.ts'
import { toExpiry, toFlag, toInt, toInts, toText } from '../normalize.ts'
import type { FoundLine, LineSpec, ListedLine, Output } from '../panel.ts'

export type Row = Readonly<Record<string, unknown>>

const outputIds: Record<Output, number> = { hls: 1, ts: 2, rtmp: 3 }

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Rows of a list that is an array, or an object keyed by number; null when it is no list. */
export function rowsOf(data: unknown): Row[] | null {
  if (Array.isArray(data)) return data.filter(isRow)
  return isRow(data) ? Object.values(data).filter(isRow) : null
}

/** Builds differ in what they call the id of a line just made. */
export function idOf(row: Row): string | null {
  const id = [row.id, row.line_id, row.user_id, row.insert_id].map(toInt).find((each) => each !== undefined && each > 0)
  return id === undefined ? null : String(id)
}

/** Null when the row lacks a field that every full row has: then it is no row of a line, or a list's shorter one. */
export function foundLine(row: Row, zone: string): FoundLine | null {
  const listed = listedLine(row, zone)
  const password = toText(row.password)
  const bouquets = row.bouquet === undefined ? undefined : toInts(row.bouquet)
  const outputs = row.allowed_outputs === undefined ? undefined : toInts(row.allowed_outputs)
  if (!listed || password === null || bouquets === undefined || outputs === undefined) return null
  return {
    ...listed,
    password,
    bouquets,
    outputs: (Object.keys(outputIds) as Output[]).filter((name) => outputs.includes(outputIds[name])),
    activeConnections: toInt(row.active_connections) ?? null,
    packageId: toText(row.package_id ?? null),
    notes: notesIn(row),
  }
}

/** What rows of a listing hold too. */
export function listedLine(row: Row, zone: string): ListedLine | null {
  const ref = idOf(row)
  const username = toText(row.username)
  const enabled = toFlag(row.enabled)
  const allowed = toFlag(row.admin_enabled)
  const expiresAt = row.exp_date === undefined ? undefined : toExpiry(row.exp_date, zone)
  const maxConnections = toInt(row.max_connections)
  if (ref === null || username === null || enabled === undefined || allowed === undefined) return null
  if (expiresAt === undefined || maxConnections === undefined) return null
  return { ref, username, marker: markerIn(row), enabled, banned: !allowed, expiresAt, maxConnections }
}

/** Administrators and resellers have a field of their own; some builds have an address, too. */
function notesIn(row: Row): string | null {
  const words = [row.contact, row.email, row.admin_notes, row.reseller_notes].map((each) =>
    toText(each ?? null)?.trim(),
  )
  return [...new Set(words.filter(Boolean))].join('\n') || null
}

/** Staff may write around our reference; it is found among their words. */
const markerIn = (row: Row): string | null => /(?:^|\s)(ref:[\w-]+)/.exec(toText(row.reseller_notes) ?? '')?.[1] ?? null

/** A word of ours among what staff wrote, which stays. */
export const notesWith = (word: string, notes: string): string =>
  notes.split(/\s+/).includes(word) ? notes : `${word} ${notes}`.trim()

/** The panel stores whole seconds; rounding up would give away what was not sold, by less than one. */
export const wantedExpiry = (spec: LineSpec): Temporal.Instant =>
  spec.expiresAt.round({ smallestUnit: 'second', roundingMode: 'floor' })

/** Without an output a line plays nothing: none named means both usual ones. */
export const wantedOutputs = (spec: LineSpec): Output[] =>
  spec.package.outputs.length === 0 ? ['hls', 'ts'] : spec.package.outputs

/** Text with colons, or the base64 that the oldest builds store. */
export function macIn(row: Row): string | null {
  const text = toText(row.mac ?? null)
  if (text === null) return null
  const plain = text.length === 17 ? text : Buffer.from(text, 'base64').toString()
  const read = parseMac(plain)
  return 'mac' in read ? read.mac : null
}

export type Difference = 'mac' | 'username' | 'password' | 'expiry' | 'connections' | 'bouquets' | 'outputs' | 'enabled'

/** Where the line on the panel is not as `spec` says. The login behind a box, its one connection and its outputs are the panel's affair. An expiry within a minute counts as right; the marker serves no viewer. */
export function differences(found: FoundLine, spec: LineSpec): Difference[] {
  const isBox = spec.device !== undefined
  const different: Record<Difference, boolean> = {
    mac: isBox && found.mac !== spec.device?.mac,
    username: !isBox && found.username !== spec.username,
    password: !isBox && found.password !== spec.password,
    expiry: Math.abs(expiryOffBy(found, spec) ?? Number.POSITIVE_INFINITY) > 60_000,
    connections: !isBox && found.maxConnections !== spec.maxConnections,
    bouquets: !sameSet(found.bouquets, spec.package.bouquets),
    outputs: !isBox && !sameSet(found.outputs, wantedOutputs(spec)),
    enabled: found.enabled !== spec.enabled,
  }
  return (Object.keys(different) as Difference[]).filter((name) => different[name])
}

/** Milliseconds by which the panel's expiry is later than wanted; null when it never ends. */
export function expiryOffBy(found: FoundLine, spec: LineSpec): number | null {
  if (found.expiresAt === null) return null
  return found.expiresAt.epochMilliseconds - wantedExpiry(spec).epochMilliseconds
}

function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  return new Set(a).symmetricDifference(new Set(b)).size === 0
}

export const outputIdsOf = (outputs: readonly Output[]): number[] => outputs.map((name) => outputIds[name])
