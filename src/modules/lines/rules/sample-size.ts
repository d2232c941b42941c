/** How many lines a comparison reads whole besides the listing. */
const hoursOfADay = 24

/**
 * What was read within half of the days is left out, so the share is for the other half: then each line is read again within `read_days`,
 * as long as comparisons come as often as they should. Those that only people ask for count as one a day.
 */
export function sampleSize(
  lines: number,
  { every_hours, read_days }: { every_hours: number; read_days: number },
): number {
  if (read_days === 0) return 0
  const hours = every_hours === 0 ? hoursOfADay : every_hours
  return Math.ceil((lines * hours) / (hoursOfADay * (read_days / 2)))
}
