/** The part of PHP's date grammar that panels meet: `new DateTime($text)` after the API user's time zone was set. */

/** How a build treats a zone in the text. `php` honours it; the other two are seen on patched panels. */
export type ZoneHabit = 'php' | 'ignore_zone' | 'refuse_zone'

const dateTime =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)? ?(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?$/i
const relative = /^\+?(\d{1,4}) ?(minute|hour|day|week|month|year)s?$/i

/**
 * Unix seconds, or `null` where PHP throws and the panel answers `STATUS_INVALID_DATE`: a bare unix number among them.
 * A date without time is midnight, so the day itself is lost.
 */
export function parsePhpDate(text: string, zone: string, now: Temporal.Instant, habit: ZoneHabit): number | null {
  const trimmed = text.trim()
  const stamp = /^@(-?\d{1,12})$/.exec(trimmed)
  if (stamp) return habit === 'refuse_zone' ? null : Number(stamp[1])

  const span = relative.exec(trimmed)
  if (span) return seconds(now.toZonedDateTimeISO(zone).add({ [`${span[2]?.toLowerCase()}s`]: Number(span[1]) }))

  const parts = dateTime.exec(trimmed)
  if (!parts) return null
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as Six
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 59) return null
  const offset = parts[7]
  if (offset !== undefined && habit === 'refuse_zone') return null

  // PHP lets the 31st of February run over into March.
  const wall = new Temporal.PlainDateTime(year, month, 1).add({
    days: day - 1,
    hours: hour,
    minutes: minute,
    seconds: second,
  })
  return seconds(wall.toZonedDateTime(offset === undefined || habit === 'ignore_zone' ? zone : zoneOf(offset)))
}

type Six = [number, number, number, number, number, number]

function zoneOf(offset: string): string {
  if (!/^[+-]/.test(offset)) return 'UTC'
  const digits = offset.replace(':', '')
  return `${digits.slice(0, 3)}:${digits.slice(3) || '00'}`
}

const seconds = (when: Temporal.ZonedDateTime) => Math.floor(when.epochMilliseconds / 1000)

/** `2026-12-31 23:59:00` in `zone`, as the panel's tables and clocks print it. */
export function printTime(unix: number, zone: string): string {
  const wall = Temporal.Instant.fromEpochMilliseconds(unix * 1000)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
  return wall.toString({ smallestUnit: 'second' }).replace('T', ' ')
}
