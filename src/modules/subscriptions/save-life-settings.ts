/** Saves what a business decides about the life of its subscriptions. What was confirmed before stays as it was agreed. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { saveSetting } from '../people/settings.ts'
import { type LifeSettings, lifeSetting } from './life-settings.ts'

export async function saveLifeSettings(tx: Tx, shop: Shop, settings: LifeSettings): Promise<void> {
  await saveSetting(tx, shop, lifeSetting, lifeSetting.schema.parse(settings))
  await record(tx, shop, shop.now(), {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting: lifeSetting.key },
  })
}
