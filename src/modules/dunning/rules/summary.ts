/** A rehearsal as figures: by kind of step and by day, and two of them side by side. */
import type { Money } from '#platform/money.ts'
import type { Instant, Zone } from '#platform/time.ts'
import { type Action, actions, type Foreseen } from './foretell.ts'

/** `sums`: one amount per currency. */
export type Total = { action: Action; count: number; mails: number; sums: Money[] }
export type Summary = {
  totals: Total[]
  mails: number
  /** Steps that would wait: for a payment, a delivery, the end of an incident, or for a person. */
  waits: number
  skipped: number
}
export type Day = { day: string } & Summary

export function summarize(rows: readonly Foreseen[]): Summary {
  const totals = new Map<Action, Total>()
  const summary: Summary = { totals: [], mails: 0, waits: 0, skipped: 0 }
  for (const { outcome, action, mails, amount } of rows) {
    if (outcome === 'waits') summary.waits += 1
    if (outcome === 'skipped') summary.skipped += 1
    if (outcome !== 'done') continue
    const total = totals.get(action) ?? { action, count: 0, mails: 0, sums: [] }
    totals.set(action, total)
    total.count += 1
    total.mails += mails.length
    summary.mails += mails.length
    if (amount !== null) total.sums = added(total.sums, amount)
  }
  summary.totals = [...totals.values()].sort((a, b) => actions.indexOf(a.action) - actions.indexOf(b.action))
  return summary
}

/** One amount per currency. */
export function added(sums: readonly Money[], amount: Money): Money[] {
  const at = sums.findIndex(({ currency }) => currency === amount.currency)
  return at < 0
    ? [...sums, amount]
    : sums.map((each, index) => (index === at ? { ...each, minor: each.minor + amount.minor } : each))
}

/** Every day of the rehearsal in the business's zone, the quiet ones too. Rows come in order. */
export function byDay(rows: readonly Foreseen[], from: Instant, until: Instant, zone: Zone): Day[] {
  const days: Day[] = []
  let [at, start] = [0, from.toZonedDateTimeISO(zone).startOfDay()]
  while (start.epochMilliseconds <= until.epochMilliseconds) {
    const end = start.add({ days: 1 }).startOfDay()
    const first = at
    while ((rows[at]?.at.epochMilliseconds ?? Number.POSITIVE_INFINITY) < end.epochMilliseconds) at += 1
    days.push({ day: start.toPlainDate().toString(), ...summarize(rows.slice(first, at)) })
    start = end
  }
  return days
}

/** A step that comes at another time, only now (`after` null), or only then (`before` null). */
export type Difference = { before: Foreseen | null; after: Foreseen | null }

/** What a change does: rows that are the same on both sides are left out. */
export function compare(before: readonly Foreseen[], after: readonly Foreseen[]): Difference[] {
  const rest = new Map(before.filter(isDone).map((row) => [nameOf(row), row]))
  const differences: Difference[] = []
  for (const row of after.filter(isDone)) {
    const name = nameOf(row)
    const was = rest.get(name) ?? null
    rest.delete(name)
    if (was === null || !sameAs(was, row)) differences.push({ before: was, after: row })
  }
  for (const row of rest.values()) differences.push({ before: row, after: null })
  const when = ({ before: a, after: b }: Difference) => (b ?? a)?.at.epochMilliseconds ?? 0
  return differences.sort((a, b) => when(a) - when(b))
}

const isDone = ({ outcome }: Foreseen): boolean => outcome === 'done'
const nameOf = ({ subscriptionId, periodEnd, action, step }: Foreseen): string =>
  `${subscriptionId}/${periodEnd}/${action === 'suspend' || action === 'terminate' ? action : step}`
const sameAs = (a: Foreseen, b: Foreseen): boolean =>
  a.at.epochMilliseconds === b.at.epochMilliseconds &&
  a.mails.join() === b.mails.join() &&
  a.amount?.minor === b.amount?.minor
