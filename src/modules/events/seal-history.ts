/** The chain of history: what was written is sealed a little later, in batches, so that no order waits for it. */
import { type App, type Shop, transaction } from '#app.ts'
import { inTransaction, one, rows, run, sql } from '#platform/db.ts'

/** How long it is kept from where a request came. */
const keptDays = 400

/**
 * Seals everything that finished transactions wrote. May run twice, in several processes: the second finds nothing new. Answers how many
 * events it sealed.
 */
export async function sealHistory(shop: Shop): Promise<number> {
  let total = 0
  for (;;) {
    const now = shop.app.clock.now()
    const { sealed } = await transaction(shop, 'seal-history', (tx) =>
      one(tx, sql<{ sealed: number }>`select seal_history(${now}) as sealed`),
    )
    if (sealed === 0) return total
    total += sealed
  }
}

/** Up to which transaction a round of this process has looked, per App: the next one asks only who wrote since. */
const looked = new WeakMap<App, bigint>()

/** Seals for every business that wrote something since the last round. */
export async function sealAll(app: App, open: (businessId: string) => Promise<Shop>): Promise<void> {
  const since = looked.get(app) ?? 0n
  const { until, found } = await inTransaction(app.db, { role: 'report' }, 'find-unsealed', async (tx) => {
    const snapshot = await one(
      tx,
      sql<{ until: bigint }>`select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as until`,
    )
    const wrote = await rows(
      tx,
      sql<{ id: string }>`select distinct business_id as id from events where written_in >= ${since}`,
    )
    return { until: snapshot.until, found: wrote }
  })
  for (const { id } of found) await sealHistory(await open(id))
  looked.set(app, until)
}

/** Nightly upkeep. */
export const forgetOrigins = (shop: Shop): Promise<number> =>
  transaction(shop, 'forget-origins', (tx) =>
    run(
      tx,
      sql`delete from request_origins where business_id = current_business() and at < ${shop.app.clock.now().subtract({ hours: 24 * keptDays })}`,
    ),
  )
