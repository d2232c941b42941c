/** How often panels are compared with what we keep, how gently, and what is set right without asking. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import { rows, sql, type Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { defineSetting, readSetting, saveSetting } from '../people/settings.ts'
import { firstComparison, planComparison } from './panel-checks.ts'

/** What may be set right by itself: each is done by looking at the line again. */
export const mendableKinds = ['paid_not_served', 'served_not_paid', 'expired_active', 'edited_by_hand'] as const

const DifferenceSettings = z.object({
  /** 0: only when somebody asks. */
  every_hours: z.int().min(0).max(720).default(24),
  requests_per_second: z.int().min(1).max(50).default(5),
  /** Within so many days each line is read whole: a listing carries no password and no bouquets. 0: never. */
  read_days: z.int().min(0).max(365).default(30),
  /** A change by hand may have been meant, so that a person is asked unless told otherwise. */
  mends: z.array(z.enum(mendableKinds)).default(['paid_not_served', 'served_not_paid', 'expired_active']),
})
export type DifferenceSettings = z.infer<typeof DifferenceSettings>

export const differenceSetting = defineSetting('differences', DifferenceSettings as z.ZodType<DifferenceSettings>)

export async function saveDifferenceSettings(tx: Tx, shop: Shop, settings: DifferenceSettings): Promise<void> {
  const now = shop.now()
  const before = await readSetting(tx, shop, differenceSetting)
  await saveSetting(tx, shop, differenceSetting, differenceSetting.schema.parse(settings))
  await record(tx, shop, now, {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting: differenceSetting.key },
  })
  if (before.every_hours === settings.every_hours) return
  const panels = await rows(
    tx,
    sql<{
      id: string
    }>`select panel_id as id from panel_checks where business_id = current_business() order by panel_id for update`,
  )
  for (const { id } of panels) await planComparison(tx, id, firstComparison(id, settings, now), now)
}
