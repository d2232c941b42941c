/** Packages as the panel lists them, an array or by number, rows or plain names; and what was typed where it tells too little. */
import { type Package, unitMs } from '../by-package/package.ts'
import { toCredits, toInt, toText } from '../normalize.ts'
import { isRow, type Row } from '../xtream-family/row.ts'

export type Term = { id: string; termMs: number; price: string }

/** `14 = 1 month, 2 credits`; null when it is not written so. */
export function typedTerm(text: string): Term | null {
  const [, id, count, unit, credits] =
    /^(\S+)\s*=\s*(\d{1,3})\s*(hour|day|month|year)s?\s*,\s*(\d+(?:\.\d{1,4})?)\s*credits?$/i.exec(text) ?? []
  const price = toCredits(credits)
  const one = unitMs[`${unit?.toLowerCase()}s`]
  if (id === undefined || price === undefined || one === undefined || Number(count) < 1) return null
  return { id, termMs: Number(count) * one, price }
}

export type Listed = { sold: Package[]; untold: string[] }

/** What can be sold, and the names of packages of which price or duration is not known: nothing is bought without both. */
export function packagesOf(value: object, trialOnly: boolean, typed: readonly Term[]): Listed {
  const rows = Array.isArray(value)
    ? value.map((each, n): [string, unknown] => [String(n), each])
    : Object.entries(value)
  const found: Listed = { sold: [], untold: [] }
  for (const [key, entry] of rows) {
    const row: Row = isRow(entry) ? entry : { name: entry }
    const id = toText(row.id) ?? (Array.isArray(value) ? null : key)
    if (id === null || (!isRow(entry) && toText(entry) === null)) continue
    const name = toText(row.name) ?? toText(row.package_name) ?? `Package ${id}`
    const term = typed.find((each) => each.id === id)
    const price = term?.price ?? toCredits(firstOf(row, ['credits', 'official_credits', 'credit', 'price']))
    const termMs = term?.termMs ?? durationOf(row)
    if (price === undefined || price.startsWith('-') || termMs === null) found.untold.push(`${name} (${id})`)
    else found.sold.push({ id, name, trialOnly, price, termMs, bouquets: [], minds: false, alike: id })
  }
  return found
}

function durationOf(row: Row): number | null {
  const count = toInt(firstOf(row, ['duration', 'official_duration']))
  const unit =
    toText(firstOf(row, ['duration_in', 'duration_unit', 'official_duration_in']) ?? null)?.toLowerCase() ?? ''
  const one = unitMs[unit] ?? unitMs[`${unit}s`]
  return count === undefined || count < 1 || one === undefined ? null : count * one
}

const firstOf = (row: Row, names: readonly string[]): unknown =>
  names.map((name) => row[name]).find((each) => each !== undefined && each !== null)
