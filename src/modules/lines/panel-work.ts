/** Planned work on a panel: nothing is sent to it meanwhile, nobody is alarmed, and new sales go to others where there are others. */
import type { Shop } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { type Instant, isAfter, isBefore, plusHours } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from '../people/business.ts'
import { findPanel, readPanel } from './panels.ts'
import { isWorkedOn } from './rules/route.ts'

/** Half open. `reason` is for staff. */
export type Work = { starts: Instant; ends: Instant; reason: string }

/** What lasts longer is an outage, or the end of the panel. */
const mostHours = 7 * 24

/** One span at a time: another takes its place. Lines that waited for the one before look again at once. */
export async function planWork(tx: Tx, shop: Shop, panelId: string, work: Work): Promise<void> {
  const now = shop.now()
  await readPanel(tx, panelId)
  const faults: FieldError[] = []
  if (!isAfter(work.ends, work.starts))
    faults.push({ pointer: '/ends_at', code: 'out_of_range', detail: 'The end comes after the beginning.' })
  else if (!isAfter(work.ends, now))
    faults.push({ pointer: '/ends_at', code: 'out_of_range', detail: 'This is over already.' })
  else if (isAfter(work.ends, plusHours(work.starts, mostHours)))
    faults.push({ pointer: '/ends_at', code: 'out_of_range', detail: 'Planned work lasts a week at most.' })
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the times.', faults)
  await save(tx, shop, panelId, work, now)
  await record(tx, shop, now, {
    type: 'panel.work_planned',
    subjectType: 'panel',
    subjectId: panelId,
    data: { from: work.starts.toString(), until: work.ends.toString(), reason: work.reason },
  })
}

/** It is over, or does not take place: lines that waited are due at once. */
export async function endWork(tx: Tx, shop: Shop, panelId: string): Promise<void> {
  const now = shop.now()
  const panel = await readPanel(tx, panelId)
  if (panel.workEnds === null || !isBefore(now, panel.workEnds))
    throw new Refusal('conflict', 'No work is planned on this panel.')
  await save(tx, shop, panelId, null, now)
  await record(tx, shop, now, {
    type: isWorkedOn(panel, now) ? 'panel.work_over' : 'panel.work_dropped',
    subjectType: 'panel',
    subjectId: panelId,
  })
}

async function save(tx: Tx, shop: Shop, panelId: string, work: Work | null, now: Instant): Promise<void> {
  forgetAfter(tx, shop)
  await run(
    tx,
    sql`update panels set work_starts_at = ${work?.starts ?? null}, work_ends_at = ${work?.ends ?? null}, work_reason = ${work?.reason ?? null}, version = version + 1
      where business_id = current_business() and id = ${panelId}`,
  )
  await run(
    tx,
    sql`update lines set next_try_at = ${now} where panel_business_id = ${shop.businessId} and panel_id = ${panelId}
      and next_try_at is not null and trouble = 'unavailable' and done_revision < revision and held_until is distinct from next_try_at`,
  )
}

/** Whether a line waits for the end of planned work only: that was known before, so nobody needs an alarm. */
export async function waitsForWork(
  tx: Tx,
  line: { panelBusinessId: string; panelId: string },
  now: Instant,
): Promise<boolean> {
  const panel = await findPanel(tx, line.panelId)
  return panel !== null && isWorkedOn(panel, now)
}
