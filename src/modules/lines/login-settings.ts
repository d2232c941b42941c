/** What a business lets its buyers choose of a login, and what it does about names that are taken and boxes that look unusual. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { defineSetting, saveSetting } from '../people/settings.ts'

/** Of a name that is taken when it is ordered. `next`: the next free one; `ask`: the buyer is told which is free, and orders again; `refuse`: he thinks of another. */
export const takenRules = ['next', 'ask', 'refuse'] as const
/** Of a box whose address does not begin as those of its maker do. `warn`: the buyer may say that it is right. */
export const macRules = ['allow', 'warn', 'refuse'] as const

const LoginSettings = z.object({
  when_taken: z.enum(takenRules).default('next'),
  /** Before an order, and while somebody types: a panel may have lines that are not ours. */
  asks_panel: z.boolean().default(true),
  /** By customers themselves, for each line within 30 days; 0: only staff rename. */
  renames_a_month: z.int().min(0).max(30).default(1),
  unusual_mac: z.enum(macRules).default('warn'),
})
export type LoginSettings = z.infer<typeof LoginSettings>

export const loginSetting = defineSetting('logins', LoginSettings as z.ZodType<LoginSettings>)

export const saveLoginSettings = (tx: Tx, shop: Shop, settings: LoginSettings): Promise<void> =>
  saveSetting(tx, shop, loginSetting, loginSetting.schema.parse(settings))
