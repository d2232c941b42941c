/** Keys of a twin's machines: known to both sides because both can work them out, so none is ever stored for the machine. */
import type { Shop } from '#app.ts'
import { hmac } from '#platform/crypto.ts'

type Keyed = Pick<Shop, 'dataKey' | 'businessId'>

const keyFor = (shop: Keyed, purpose: string): string =>
  hmac(shop.dataKey, `twin/${purpose}/${shop.businessId}`).toString('hex').slice(0, 32)

export const panelKey = (shop: Keyed): string => keyFor(shop, 'panel')

export const sandboxKeys = (shop: Keyed): { apiKey: string; noticeSecret: string } => ({
  apiKey: keyFor(shop, 'sandbox'),
  noticeSecret: keyFor(shop, 'notices'),
})

/** The folder of the panel's management side, as on a real one. */
export const accessCode = 'k3Fa9xQp'
