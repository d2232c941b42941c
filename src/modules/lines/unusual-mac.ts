/** A MAG box with an address that none of its maker begins with: most often two letters were read wrongly off the label, sometimes it is another maker's. */
import { looksLikeMag } from '#adapters/panels/mac.ts'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { readSetting } from '../people/settings.ts'
import { loginSetting } from './login-settings.ts'

export type Told = { mac: string; kind: 'mag' | 'enigma'; accepted: boolean }

/** Refuses by the business's rule; `accepted`: whoever typed it has compared it with the label. */
export async function refuseUnusualMac(tx: Tx, shop: Shop, { mac, kind, accepted }: Told): Promise<void> {
  if (kind !== 'mag' || looksLikeMag(mac)) return
  const rule = (await readSetting(tx, shop, loginSetting)).unusual_mac
  if (rule === 'refuse')
    throw new Refusal('invalid_input', 'Please check the MAC address.', [
      {
        pointer: '/mac',
        code: 'unusual',
        detail: 'Only MAG boxes whose address begins with 00:1A:79 or 10:27:BE can be used here.',
      },
    ])
  if (rule === 'warn' && !accepted)
    throw new Refusal('invalid_input', 'Please compare the MAC address with the label.', [
      {
        pointer: '/accept_unusual_mac',
        code: 'unusual',
        detail: `${mac} does not begin as MAG boxes do (00:1A:79 or 10:27:BE). Please compare it with the label; if it is right, say so and go on.`,
      },
    ])
}
