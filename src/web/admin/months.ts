/** Calendar months of a business, and how two of them compare. */

/** The last `count` months, the present one last: `2026-11` and the instant it begins in that zone. */
export function monthsBack(
  now: Temporal.Instant,
  zone: string,
  count: number,
): { key: string; starts: Temporal.Instant }[] {
  const present = now.toZonedDateTimeISO(zone).toPlainDate().toPlainYearMonth()
  return Array.from({ length: count }, (_, index) => {
    const month = present.subtract({ months: count - 1 - index })
    const starts = month.toPlainDate({ day: 1 }).toZonedDateTime(zone).toInstant()
    return { key: month.toString(), starts }
  })
}

/** `{ direction: 'up', text: '+3' }`. */
export function changeOf(current: number, before: number): { direction: 'up' | 'down' | 'same'; text: string } {
  const difference = current - before
  if (difference === 0) return { direction: 'same', text: '±0' }
  return difference > 0 ? { direction: 'up', text: `+${difference}` } : { direction: 'down', text: `−${-difference}` }
}
