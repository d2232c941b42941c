/** While a customer's payment is disputed he buys nothing, and nothing is charged to him: each door asks here. */
import { maybe, onceIn, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

export const isFrozen = async (tx: Tx, customerId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from disputes where business_id = current_business() and customer_id = ${customerId} and released_at is null limit 1`,
  )) !== null

/** Said to customers and programs alike; who is who is not told. Throws `customer_frozen`. */
export async function refuseFrozen(tx: Tx, customerId: string): Promise<void> {
  if (await isFrozen(tx, customerId))
    throw new Refusal(
      'customer_frozen',
      'Something has to be settled about an earlier payment before anything can be bought or paid here. Please write to us.',
    )
}

/** Everybody whom a dispute freezes: few, asked once for all that a transaction decides. */
export const frozenCustomers = (tx: Tx): Promise<ReadonlySet<string>> =>
  onceIn(tx, 'frozen-customers', async () => {
    const found = await rows(
      tx,
      sql<{
        id: string
      }>`select distinct customer_id as id from disputes where business_id = current_business() and released_at is null`,
    )
    return new Set(found.map(({ id }) => id))
  })
