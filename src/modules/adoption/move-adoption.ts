/** What goes on by itself with an adoption: its lines are read, adopted or given back. One process at a time, by a lease in `next_look_at`; safe to repeat. */
import { type Shop, transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { plusHours, plusSeconds } from '#platform/time.ts'
import { leaseSeconds } from '../lines/jobs.ts'
import { adoptLines } from './adopt-lines.ts'
import { giveBack } from './give-back.ts'
import { lookAtLines } from './look-at-lines.ts'
import { type Adoption, readAdoption } from './queries.ts'

export async function moveAdoption(shop: Shop, id: string): Promise<void> {
  const adoption = await take(shop, id)
  if (adoption === null) return
  if (adoption.state === 'looking') await lookAtLines(shop, adoption)
  if (adoption.state === 'adopting') await adoptLines(shop, adoption)
  if (adoption.state === 'undoing') await giveBack(shop, adoption)
}

/** Null: not due, or somebody is at it. While the business stands still it waits. */
const take = (shop: Shop, id: string): Promise<Adoption | null> =>
  transaction(shop, 'take-adoption', async (tx) => {
    const now = shop.now()
    const until = shop.standstill === null ? plusSeconds(now, leaseSeconds) : plusHours(now, 1)
    const taken = await run(
      tx,
      sql`update adoptions set next_look_at = ${until} where business_id = current_business() and id = ${id} and next_look_at <= ${now}`,
    )
    return taken === 0 || shop.standstill !== null ? null : readAdoption(tx, id)
  })
