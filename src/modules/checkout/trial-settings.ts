/** What a business allows of trials, free or paid. Each limit is asked where a trial is ordered (`trials.ts`). */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { defineSetting, saveSetting } from '../people/settings.ts'

const TrialSettings = z.object({
  /** One for each customer and e-mail address, however it is spelled. */
  once_per_customer: z.boolean().default(true),
  /** One for each address of a box. */
  once_per_device: z.boolean().default(true),
  /** None for a saved payment method that has paid another customer's trial. */
  once_per_payment_method: z.boolean().default(true),
  /** At most so many from one network within `network_days`; 0: any number. */
  per_network: z.int().min(0).max(1_000).default(3),
  network_days: z.int().min(1).max(365).default(30),
  /** At most so many on a day of the business's own calendar; 0: any number. */
  per_day: z.int().min(0).max(100_000).default(0),
})
export type TrialSettings = z.infer<typeof TrialSettings>

export const trialSetting = defineSetting('trials', TrialSettings as z.ZodType<TrialSettings>)

export async function saveTrialSettings(tx: Tx, shop: Shop, settings: TrialSettings): Promise<void> {
  await saveSetting(tx, shop, trialSetting, trialSetting.schema.parse(settings))
  await record(tx, shop, shop.now(), {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting: trialSetting.key },
  })
}
