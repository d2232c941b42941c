/** Help from above, as the page of the staff shows it: whether it is let in, and who was here. */
import type { Shop } from '#app.ts'
import { type Acting, listActing, supportAccessSetting } from '#modules/people/acting.ts'
import { readSetting } from '#modules/people/settings.ts'
import { ownWallet } from '#modules/reselling/queries.ts'
import type { Tx } from '#platform/db.ts'

/** Null: nobody is above this business. */
export async function readSupport(tx: Tx, shop: Shop) {
  if (shop.parentId === null) return null
  const now = shop.app.clock.now()
  const inside = ({ endsAt, endedAt }: Acting) => endedAt === null && Temporal.Instant.compare(endsAt, now) > 0
  return {
    parent: (await ownWallet(tx))?.issuerName ?? '',
    open: (await readSetting(tx, shop, supportAccessSetting)).open,
    times: (await listActing(tx, 10)).map((each) => ({
      ...{ id: each.id, name: each.name, from: each.fromName, reason: each.reason, inside: inside(each) },
      at: each.startedAt.toString(),
    })),
  }
}
