/** When a panel is looked at next: one column, `next_at`, that the sweep reads; and what is looked at while waiting. */
import { run, sql, type Tx } from '#platform/db.ts'
import { type Instant, plusHours, plusSeconds } from '#platform/time.ts'
import type { DifferenceSettings } from './difference-settings.ts'

/** What is being set right is looked at again after so long, and is open again when it took longer than the second. */
export const mendingSeconds = 60
const longestMending = 1_800

/** A panel's first comparison: somewhere within the time between two, so that the panels of a house are not asked all at once. */
export function firstComparison(
  panelId: string,
  { every_hours }: Pick<DifferenceSettings, 'every_hours'>,
  now: Instant,
): Instant | null {
  if (every_hours === 0) return null
  const share = [...panelId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9_973, 7) / 9_973
  return plusSeconds(now, every_hours * 3_600 * (0.2 + 0.8 * share))
}

/** The next one after a comparison that is over; null: only when somebody asks. */
export const nextComparisonAfter = (now: Instant, everyHours: number): Instant | null =>
  everyHours === 0 ? null : plusHours(now, everyHours)

/** Plans a panel's next comparison; what is under way or being set right is looked after before. */
export async function planComparison(tx: Tx, panelId: string, compareAt: Instant | null, now: Instant): Promise<void> {
  const soon = plusSeconds(now, mendingSeconds)
  await run(
    tx,
    sql`insert into panel_checks as c (business_id, panel_id, compare_at, next_at) values (current_business(), ${panelId}, ${compareAt}, ${compareAt})
      on conflict (business_id, panel_id) do update set compare_at = excluded.compare_at,
        next_at = case
          when exists (select from reconciliations r where r.business_id = current_business() and r.panel_id = excluded.panel_id and r.state = 'running') then coalesce(c.next_at, ${soon}::timestamptz)
          when exists (select from differences d where d.business_id = current_business() and d.panel_id = excluded.panel_id and d.state = 'mending') then least(${soon}::timestamptz, excluded.next_at)
          else excluded.next_at end`,
  )
}

export const lookAgainAt = (tx: Tx, panelId: string, at: Instant): Promise<number> =>
  run(tx, sql`update panel_checks set next_at = ${at} where business_id = current_business() and panel_id = ${panelId}`)

/** Something was sent to be set right: its panel is looked at in a minute, or earlier. */
export const lookSoon = (tx: Tx, panelId: string, now: Instant): Promise<number> =>
  run(
    tx,
    sql`update panel_checks set next_at = least(next_at, ${plusSeconds(now, mendingSeconds)}::timestamptz) where business_id = current_business() and panel_id = ${panelId}`,
  )

/** What was sent to be set right and was read back as wanted since is closed; what takes too long is open again. */
export async function lookAfterMending(tx: Tx, panelId: string, now: Instant): Promise<void> {
  await run(
    tx,
    sql`update differences d set state = 'closed', closed_at = ${now}, closed_because = 'mended' from lines l
      where d.business_id = current_business() and d.panel_id = ${panelId} and d.state = 'mending' and l.business_id = d.business_id and l.id = d.line_id
        and l.found_at >= d.decided_at and l.done_revision = l.revision and l.differs = '{}' and l.next_try_at is null`,
  )
  await run(
    tx,
    sql`update differences set state = 'open', reason = null, decided_by = null, decided_at = null
      where business_id = current_business() and panel_id = ${panelId} and state = 'mending' and decided_at < ${plusSeconds(now, -longestMending)}`,
  )
}
