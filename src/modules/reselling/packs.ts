/** Packs of credits that a business sells to the resellers below it: the more at once, the less each, as it sets their prices. */
import type { Shop } from '#app.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'

export type Pack = {
  id: string
  name: string
  creditsMilli: bigint
  currency: string
  priceMinor: bigint
  active: boolean
  version: number
}

const columns = sql`id, name, credits_milli as "creditsMilli", currency, price_minor as "priceMinor", active, version`

/** The smallest first. */
export const listPacks = (tx: Tx, filter: { forSale?: boolean } = {}): Promise<Pack[]> =>
  rows(
    tx,
    sql<Pack>`select ${columns} from credit_packs where business_id = current_business() and (active or not ${filter.forSale ?? false}::boolean)
      order by credits_milli, price_minor, id`,
  )

export const findPack = (tx: Tx, id: string): Promise<Pack | null> =>
  maybe(tx, sql<Pack>`select ${columns} from credit_packs where business_id = current_business() and id = ${id}`)

export type PackFacts = Omit<Pack, 'id' | 'version'>

/** Makes a pack, or changes the one named; what was bought stays as it was bought. */
export async function savePack(tx: Tx, shop: Shop, facts: PackFacts, id?: string): Promise<Pack> {
  const now = shop.now()
  const before = id === undefined ? null : await findPack(tx, id)
  if (id !== undefined && before === null) throw new Refusal('not_found', 'There is no such pack.')
  const packId = id ?? newId('pck', shop.app.clock)
  await run(
    tx,
    sql`insert into credit_packs (business_id, id, name, credits_milli, currency, price_minor, active, created_at)
      values (${shop.businessId}, ${packId}, ${facts.name}, ${facts.creditsMilli}, ${facts.currency}, ${facts.priceMinor}, ${facts.active}, ${now})
      on conflict (business_id, id) do update set name = excluded.name, credits_milli = excluded.credits_milli, currency = excluded.currency,
        price_minor = excluded.price_minor, active = excluded.active, version = credit_packs.version + 1`,
  )
  await record(tx, shop, now, {
    type: id === undefined ? 'credit_pack.created' : 'credit_pack.changed',
    subjectType: 'credit_pack',
    subjectId: packId,
    data: changesOf(before, facts),
  })
  const saved = await findPack(tx, packId)
  if (saved === null) throw new Refusal('not_found', 'There is no such pack.')
  return saved
}
