/** How staff of a business must sign in. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import { record } from '#modules/events/record.ts'
import type { Tx } from '#platform/db.ts'
import { forgetAfter } from './business.ts'
import { defineSetting, readSetting, saveSetting } from './settings.ts'

const schema = z.object({
  /** Whoever works here has a second factor, or sets it up before he sees anything. */
  require_second_factor: z.boolean().default(false),
})

export type SecuritySettings = z.infer<typeof schema>
export const securitySetting = defineSetting('security', schema)

export async function saveSecuritySettings(tx: Tx, shop: Shop, wanted: SecuritySettings): Promise<void> {
  const from = await readSetting(tx, shop, securitySetting)
  await saveSetting(tx, shop, securitySetting, wanted)
  forgetAfter(tx, shop)
  await record(tx, shop, shop.now(), {
    type: 'security.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { from, to: wanted },
  })
}
