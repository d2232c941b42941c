/** What a package adds, by PHP's calendar, and which packages keep the time that is left. */
import type { packages } from '../xtream-family/seed.ts'

export type Package = (typeof packages)[number]

/** Unix seconds one term later. The 31st of January and a month is the 3rd of March, as PHP counts. */
export function afterTerm(unix: number, chosen: Package, trial: boolean, zone: string): number {
  const count = trial ? chosen.trial_duration : chosen.official_duration
  const unit = trial ? chosen.trial_duration_in : chosen.official_duration_in
  if (unit === 'hours') return unix + count * 3600
  const wall = Temporal.Instant.fromEpochMilliseconds(unix * 1000).toZonedDateTimeISO(zone)
  const later = unit === 'days' ? wall.add({ days: count }) : overflowing(wall, unit === 'years' ? count * 12 : count)
  return Math.floor(later.epochMilliseconds / 1000)
}

function overflowing(wall: Temporal.ZonedDateTime, months: number): Temporal.ZonedDateTime {
  return wall
    .with({ day: 1 })
    .add({ months })
    .add({ days: wall.day - 1 })
}

const lists = ['bouquets', 'output_formats'] as const
const columns = [
  'is_restreamer',
  'is_isplock',
  'max_connections',
  'force_server_id',
  'forced_country',
  'lock_device',
] as const

export function goTogether(present: Package | undefined, chosen: Package): boolean {
  if (chosen.check_compatible === 0 || present === undefined) return true
  const asSet = (text: string) => JSON.stringify((JSON.parse(text) as number[]).toSorted((a, b) => a - b))
  return (
    lists.every((name) => asSet(present[name]) === asSet(chosen[name])) &&
    columns.every((name) => present[name] === chosen[name])
  )
}
