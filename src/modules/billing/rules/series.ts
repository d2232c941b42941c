/**
 * Series of numbers: one for each prefix and year, each with a counter of its own (`invoice_series`), so that a prefix that was used before goes on
 * where it was and no number is given twice. The year and the number are always the last two parts: no two series share a number as it is written.
 */
import { dateOf, type Zone } from '#platform/time.ts'

export const standardPrefixes = { invoice: 'INV', creditNote: 'CN' } as const
export type Paper = keyof typeof standardPrefixes
export type Prefixes = Readonly<Record<Paper, string>>

export const mostPrefix = 12
/** Capital letters and digits, dashes between them: what every tax office, bank and file name takes. */
export const isPrefix = (text: string): boolean => text.length <= mostPrefix && /^[A-Z0-9]+(-[A-Z0-9]+)*$/.test(text)

type Legal = { invoicePrefix?: string; creditNotePrefix?: string }
export const prefixesOf = ({ invoicePrefix, creditNotePrefix }: Legal): Prefixes => ({
  invoice: invoicePrefix ?? standardPrefixes.invoice,
  creditNote: creditNotePrefix ?? standardPrefixes.creditNote,
})

/** `INV-2026`: the year is that of the business's own calendar. */
export const seriesOf = (paper: Paper, legal: Legal, now: Temporal.Instant, zone: Zone): string =>
  `${prefixesOf(legal)[paper]}-${dateOf(now, zone).slice(0, 4)}`

/** `INV` of `INV-2026`. */
export const prefixOf = (series: string): string => series.replace(/-\d{4}$/, '')
