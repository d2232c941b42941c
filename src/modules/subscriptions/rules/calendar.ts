/** Business days: a policy carries its weekend and its holidays as dates, so that a version means the same for ever. */
import { z } from 'zod'
import type { Instant, Zone } from '#platform/time.ts'

const date = z.iso.date()

export const Calendar = z.strictObject({
  /** ISO 3166 code and, where holidays differ within the country, the region's code. For people: `holidays` counts. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .nullable()
    .default(null),
  region: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,10}$/)
    .nullable()
    .default(null),
  /** Days without banks: 1 is Monday, 7 is Sunday. */
  weekend: z.array(z.int().min(1).max(7)).max(6).default([6, 7]),
  /** Dates of the country's holidays, written when the version was saved. */
  holidays: z.array(date).max(2_000).default([]),
  /** Days off of the business's own. */
  also: z.array(date).max(200).default([]),
})
export type Calendar = z.infer<typeof Calendar>

/** Longer than any row of days off that exists; a calendar without business days moves nothing. */
const farthestDays = 31

export const isBusinessDay = (day: Temporal.PlainDate, calendar: Calendar): boolean =>
  !calendar.weekend.includes(day.dayOfWeek) &&
  !calendar.holidays.includes(day.toString()) &&
  !calendar.also.includes(day.toString())

/** The same time of day on the nearest business day in that direction; `at` itself where it is one. */
export function toBusinessDay(at: Instant, direction: 'next' | 'previous', calendar: Calendar, zone: Zone): Instant {
  const local = at.toZonedDateTimeISO(zone)
  for (let days = 0; days <= farthestDays; days++) {
    const moved = local.add({ days: direction === 'next' ? days : -days })
    if (isBusinessDay(moved.toPlainDate(), calendar)) return days === 0 ? at : moved.toInstant()
  }
  return at
}
