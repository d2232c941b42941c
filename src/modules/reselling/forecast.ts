/** How long credits last: out of what was used of late, and of the calendar of renewals. For a wallet, and for an account at a supplier's panel. */
import { one, rows, sql, type Tx } from '#platform/db.ts'
import { earlierOf, plusHours } from '#platform/time.ts'
import { readPanel } from '../lines/panels.ts'
import { ownWallet } from './queries.ts'

/** Days that are looked back and ahead. */
export const forecastDays = 14

/** What begins within an hour, and what it takes: thousandths of a credit, as are all amounts here. */
export type Coming = { hour: Temporal.Instant; cost: bigint; renewals: number }

export type Runway = {
  freeMilli: bigint
  usedMilli: bigint
  /** What lines that renew themselves take within the days to come. */
  comingMilli: bigint
  renewals: number
  /** How many of these find no credits any more. */
  wouldWait: number
  /** When the credits end; null: not within a year. */
  endsAt: Temporal.Instant | null
  /** About what a week takes: an account should not hold less. */
  floorMilli: bigint
}

/** Null for a business without a parent. */
export async function runwayOf(tx: Tx, now: Temporal.Instant): Promise<Runway | null> {
  const held = await ownWallet(tx)
  if (held === null) return null
  const { used } = await one(tx, sql<{ used: bigint }>`select wallet_used(${forecastDays}, ${now}) as used`)
  const calendar = await rows(
    tx,
    sql<Coming>`select hour, cost, renewals from wallet_calendar(${forecastDays}, ${now})`,
  )
  return runway(held.balance - held.held, used, calendar, now)
}

/** Of an own panel that charges each call. Null: it does not, or has not told yet what our account has. Throws `not_found`. */
export async function accountRunway(tx: Tx, panelId: string, now: Temporal.Instant): Promise<Runway | null> {
  const { credits } = await readPanel(tx, panelId)
  if (credits === null) return null
  const { used } = await one(
    tx,
    sql<{ used: bigint }>`select account_used(${panelId}, ${forecastDays}, ${now}) as used`,
  )
  const calendar = await rows(
    tx,
    sql<Coming>`select hour, cost, renewals from account_calendar(${panelId}, ${forecastDays}, ${now})`,
  )
  // A decimal with four places.
  return runway(BigInt(credits.replace('.', '')) / 10n, used, calendar, now)
}

/**
 * The calendar says surely when renewals have used up what there is; the pace of the days before says it for new sales too. What is earlier
 * counts. `calendar`: in order, over the next days.
 */
export function runway(
  freeMilli: bigint,
  usedMilli: bigint,
  calendar: readonly Coming[],
  now: Temporal.Instant,
): Runway {
  let comingMilli = 0n
  let renewals = 0
  let wouldWait = 0
  let crossedAt: Temporal.Instant | null = null
  for (const each of calendar) {
    const before = comingMilli
    comingMilli += each.cost
    renewals += each.renewals
    if (comingMilli <= freeMilli) continue
    crossedAt ??= each.hour
    const left = freeMilli > before ? freeMilli - before : 0n
    wouldWait += each.renewals - Number((left * BigInt(each.renewals)) / each.cost)
  }
  const byPace = whenUsedUp(freeMilli, usedMilli, now)
  const byCalendar = crossedAt ?? whenUsedUp(freeMilli, comingMilli, now)
  const endsAt = byPace === null || byCalendar === null ? (byPace ?? byCalendar) : earlierOf(byPace, byCalendar)
  const pace = usedMilli > comingMilli ? usedMilli : comingMilli
  const floorMilli = (pace * 7n + BigInt(forecastDays) - 1n) / BigInt(forecastDays)
  return { freeMilli, usedMilli, comingMilli, renewals, wouldWait, endsAt, floorMilli }
}

/** `takenMilli` is what goes within `forecastDays`. */
function whenUsedUp(freeMilli: bigint, takenMilli: bigint, now: Temporal.Instant): Temporal.Instant | null {
  if (takenMilli === 0n) return null
  const free = freeMilli < 0n ? 0n : freeMilli
  const hours = Number((free * BigInt(forecastDays * 24)) / takenMilli)
  return hours > 365 * 24 ? null : plusHours(now, hours)
}
