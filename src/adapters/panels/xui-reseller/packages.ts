/** Packages as `packages` tells them: what a term is, what it costs, and which of them go together. */
import { type Package, unitMs } from '../by-package/package.ts'
import { toCredits, toFlag, toInt, toInts, toText } from '../normalize.ts'
import type { Row } from '../xtream-family/row.ts'

/** Null for a package of which price or duration cannot be read: nothing is bought without knowing both. */
export function packageOf(row: Row): Package | null {
  const id = toText(row.id)
  const trialOnly = toFlag(row.is_trial) === true && toFlag(row.is_official) !== true
  const kind = trialOnly ? 'trial' : 'official'
  const price = toCredits(row[`${kind}_credits`])
  const unit = unitMs[toText(row[`${kind}_duration_in`]) ?? '']
  const count = toInt(row[`${kind}_duration`])
  const bouquets = toInts(row.bouquets ?? null)
  if (id === null || price === undefined || bouquets === undefined) return null
  if (unit === undefined || count === undefined || count < 1 || price.startsWith('-')) return null
  return {
    id,
    name: toText(row.package_name) ?? `Package ${id}`,
    trialOnly,
    price,
    termMs: unit * count,
    bouquets,
    serves: kinds.flatMap(([kind, flag]) => (toFlag(row[flag]) === false ? [] : [kind])),
    minds: toFlag(row.check_compatible) === true,
    alike: JSON.stringify([
      bouquets,
      toInts(row.output_formats ?? null),
      ...alikeColumns.map((name) => plain(row[name])),
    ]),
  }
}

const kinds = [
  ['line', 'is_line'],
  ['mag', 'is_mag'],
  ['enigma', 'is_e2'],
] as const

const alikeColumns = [
  'is_restreamer',
  'is_isplock',
  'max_connections',
  'force_server_id',
  'forced_country',
  'lock_device',
]

const plain = (value: unknown): string => toText(typeof value === 'boolean' ? Number(value) : value) ?? ''
