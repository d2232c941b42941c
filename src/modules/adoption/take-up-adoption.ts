/**
 * From the command line the same sentence begins an adoption, goes on with it after it was broken off, and does what it told: so it may be said again
 * at any time. What a person decided meanwhile, here or in the console, stays decided.
 */
import type { Shop } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { Instant } from '#platform/time.ts'
import { type AdoptionWish, beginAdoption, digestOf, go, isStillTrue, lookAgain } from './begin-adoption.ts'
import { type Adoption, countsOf, readAdoption } from './queries.ts'

/** Gives the adoption's id. `agreed`: what was told before is to be done, if it is fresh; else it is looked at anew. */
export async function takeUpAdoption(
  tx: Tx,
  shop: Shop,
  wish: AdoptionWish,
  agreed: boolean,
  now: Instant,
): Promise<string> {
  const known = await findTheSame(tx, shop, wish)
  if (known === null) return beginAdoption(tx, shop, wish, now)
  const { id, state, lookedAt, lastError } = await readAdoption(tx, known.id, true)
  if (state === 'undoing')
    throw new Refusal('conflict', 'It is being given back. Please wait until it has come to rest.')
  if (state === 'adopting') return id
  if (state === 'looking') {
    // Who asks does not wait until a panel that failed is tried again by itself. Two at once only read twice.
    if (lastError !== null) await go(tx, shop, id, 'looking', now)
  } else if (!(agreed && isStillTrue(lookedAt, now) && state === 'ready' && (await countsOf(tx, id)).fits > 0))
    await lookAgain(tx, shop, id, now)
  return id
}

/** A panel's own list is another one once it was adopted from; a file stays what it is. */
const findTheSame = (
  tx: Tx,
  shop: Shop,
  { panelId, planId, filed }: AdoptionWish,
): Promise<Pick<Adoption, 'id'> | null> =>
  maybe(
    tx,
    sql<{
      id: string
    }>`select id from adoptions where business_id = current_business() and panel_id = ${panelId} and plan_id is not distinct from ${planId}
      and source = ${filed === null ? 'panel' : 'file'} and list_digest is not distinct from ${filed === null ? null : digestOf(shop, filed)}
      and (source = 'file' or state in ('looking', 'ready', 'adopting', 'failed')) order by created_at desc, id desc limit 1`,
  )
