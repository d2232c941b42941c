/** Saves what a business decides about the life of its subscriptions. What was confirmed before stays as it was agreed. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { readSetting, saveSetting } from '../people/settings.ts'
import { type LifeSettingsInput, lifeSetting } from './life-settings.ts'

export async function saveLifeSettings(tx: Tx, shop: Shop, settings: LifeSettingsInput): Promise<void> {
  const { late_fees } = await readSetting(tx, shop, lifeSetting)
  const saved = lifeSetting.schema.parse(settings)
  // Nobody pays for having been late when that cost nothing.
  const since = saved.late_fees.fee === 'off' ? null : (late_fees.since ?? shop.now().toString())
  await saveSetting(tx, shop, lifeSetting, { ...saved, late_fees: { ...saved.late_fees, since } })
  await record(tx, shop, shop.now(), {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting: lifeSetting.key },
  })
}
