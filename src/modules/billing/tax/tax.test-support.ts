/** For stories in which tax is taken. */
import { transaction } from '#app.ts'
import type { World } from '../../../../test/support/world.ts'
import { saveTaxSettings, taxSetting } from './settings.ts'

/** Registered at home and with the One-Stop-Shop, unless told. */
export const registered = (world: World, more: Record<string, unknown> = {}) =>
  transaction(world.shop, 'tax', (tx) =>
    saveTaxSettings(
      tx,
      world.shop,
      taxSetting.schema.parse({
        registrations: [{ country: world.shop.country, number: 'DE136695976', oss: true }],
        ...more,
      }),
    ),
  )
