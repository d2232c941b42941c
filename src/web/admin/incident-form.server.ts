/** The form of an incident: times on the business's clocks, the rule, the sentence. */
import type { Shop } from '#app.ts'
import type { IncidentFacts } from '#modules/dunning/incidents.ts'
import { type CompensationRule, type Incident, roundings } from '#modules/lines/incidents.ts'
import type { Instant } from '#platform/time.ts'
import type { FormReader } from './form-reader.server.ts'

/** `2026-11-28T14:05` on the business's clocks. */
export const momentText = (at: Instant | null, zone: string): string =>
  at === null ? '' : at.toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'minute' })

/** What was left as it was shown keeps its seconds. */
export function momentOf(read: FormReader, name: string, zone: string, before: Instant | null): Instant | null {
  const text = read.raw(name)
  if (text === '') return null
  if (before !== null && text === momentText(before, zone)) return before
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(zone).toInstant()
  } catch {
    read.refuse(name, 'Please enter day and time.')
    return null
  }
}

export function readIncidentForm(shop: Shop, read: FormReader, before: Incident | null = null): IncidentFacts {
  const now = shop.now()
  const rule: CompensationRule = {
    roundTo: read.choice('round_to', roundings),
    leastMinutes: read.whole('least_minutes', { from: 0, to: 10_080 }),
    mostHours: read.whole('most_hours', { from: 1, to: 8_760 }),
    mostHoursMonth: read.whole('most_hours_month', { from: 1, to: 8_760 }),
  }
  return {
    name: read.text('name', { most: 80 }),
    sentence: read.text('sentence', { most: 300 }),
    starts: momentOf(read, 'starts_at', shop.zone, before?.starts ?? null) ?? now,
    ends: momentOf(read, 'ends_at', shop.zone, before?.ends ?? null),
    rule,
  }
}

/** As the fields show it. */
export const shownIncident = (
  zone: string,
  incident: Pick<IncidentFacts, 'name' | 'sentence' | 'starts' | 'ends'> & CompensationRule,
) => ({
  name: incident.name,
  sentence: incident.sentence,
  starts_at: momentText(incident.starts, zone),
  ends_at: momentText(incident.ends, zone),
  round_to: incident.roundTo,
  least_minutes: String(incident.leastMinutes),
  most_hours: String(incident.mostHours),
  most_hours_month: String(incident.mostHoursMonth),
})

export type ShownIncident = ReturnType<typeof shownIncident>
