/**
 * Standard rates of value added tax. Source: the table of rates of the European Commission ("VAT rates applied in the Member States of
 * the European Union") and the states' own announcements of changes; compared with the data of the package `sales-tax` 2.23.0 (November
 * 2026). Only changes since 2024 carry their day: nothing older is invoiced here. An operator adds to it, or sets another rate.
 */

export type Rate = {
  /** ISO 3166-1 alpha-2; Greece is `GR`. */
  readonly country: string
  /** A state of the US, such as `NY`; empty elsewhere. */
  readonly region: string
  /** `2025-07-01`: the first day on which it applies. */
  readonly validFrom: string
  /** In percent, as a decimal: `25.5`. */
  readonly percent: string
}

const always = '2000-01-01'

/** Country, then rate; further pairs are changes by their first day. */
const standard: Readonly<Record<string, readonly [string, ...(readonly [string, string])[]]>> = {
  AT: ['20'],
  BE: ['21'],
  BG: ['20'],
  CY: ['19'],
  CZ: ['21'],
  DE: ['19'],
  DK: ['25'],
  EE: ['22', ['2025-07-01', '24']],
  ES: ['21'],
  FI: ['24', ['2024-09-01', '25.5']],
  FR: ['20'],
  GR: ['24'],
  HR: ['25'],
  HU: ['27'],
  IE: ['23'],
  IT: ['22'],
  LT: ['21'],
  LU: ['17'],
  LV: ['21'],
  MT: ['18'],
  NL: ['21'],
  PL: ['23'],
  PT: ['23'],
  RO: ['19', ['2025-08-01', '21']],
  SE: ['25'],
  SI: ['22'],
  SK: ['20', ['2025-01-01', '23']],
  // Outside of the union.
  CH: ['8.1'],
  GB: ['20'],
  NO: ['25'],
}

export const euCountries: ReadonlySet<string> = new Set(
  Object.keys(standard).filter((country) => !['CH', 'GB', 'NO'].includes(country)),
)

export const builtInRates: readonly Rate[] = Object.entries(standard).flatMap(([country, [first, ...changes]]) => [
  { country, region: '', validFrom: always, percent: first },
  ...changes.map(([validFrom, percent]) => ({ country, region: '', validFrom, percent })),
])

/**
 * The rate of a day: the latest that began by then. Of two that began on the same day the operator's own counts.
 * @param day `2026-03-01`, in the business's zone.
 */
export function rateOn(own: readonly Rate[], country: string, region: string, day: string): string | null {
  const found = [...builtInRates, ...own]
    .filter((each) => each.country === country && each.region === region && each.validFrom <= day)
    .reduce<Rate | null>((best, each) => (best !== null && best.validFrom > each.validFrom ? best : each), null)
  return found?.percent ?? null
}
