/** What is sold on panels that sell time by the term. */
import { toInt } from '../normalize.ts'
import type { DeviceKind } from '../panel.ts'

export type Package = {
  id: string
  name: string
  /** Only for a new line, and not for money. */
  trialOnly: boolean
  /** Of one term, the reseller's own price included: credits with four decimals. */
  price: string
  /** About; a month is 30 days here. */
  termMs: number
  bouquets: number[]
  /** What it can be sold for, where packages are not for everything. */
  serves?: readonly ('line' | DeviceKind)[]
  /** Whether a change to it from another kind of package forfeits the time left. */
  minds: boolean
  /** What packages that go together have alike. */
  alike: string
}

const hour = 3_600_000

/** Panels count a term in one of these. */
export const unitMs: Readonly<Record<string, number>> = {
  hours: hour,
  days: 24 * hour,
  months: 30 * 24 * hour,
  years: 365 * 24 * hour,
}

/** Most panels number their packages, and want to be told a number. */
export const numberOr = (id: Package['id']): number | string => toInt(id) ?? id
