/**
 * What sleeps still is given back: customer record, subscription and line go as they came, and the line on the panel was never touched.
 * One by one, each a commit: what something hangs on by now stays, and says so.
 */
import { type Shop, transaction } from '#app.ts'
import { isReferenced, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { told } from './begin-adoption.ts'
import { type Adoption, type AdoptionLine, keepAdoption, nextLines } from './queries.ts'

export async function giveBack(shop: Shop, adoption: Adoption): Promise<void> {
  const left = await transaction(shop, 'read-adopted', (tx) =>
    rows(
      tx,
      sql<{
        id: string
      }>`select r.id from adoption_lines r join subscriptions s on s.business_id = r.business_id and s.id = r.subscription_id
        where r.business_id = current_business() and r.adoption_id = ${adoption.id} and r.state = 'adopted' and s.asleep_since is not null order by r.id`,
    ),
  )
  for (const { id } of left) await giveBackOne(shop, adoption, id)
  await transaction(shop, 'end-giving-back', async (tx) => {
    const now = shop.now()
    const rest = (await nextLines(tx, adoption.id, 'adopted', 1)).length
    await run(
      tx,
      sql`update adoptions set state = ${rest === 0 ? 'undone' : 'adopted'}, next_look_at = null, version = version + 1 where business_id = current_business() and id = ${adoption.id} and state = 'undoing'`,
    )
    await told(tx, shop, adoption.panelId, adoption.id, 'adoption_undone', now)
  })
}

async function giveBackOne(shop: Shop, adoption: Adoption, id: string): Promise<void> {
  try {
    await transaction(shop, 'give-back', async (tx) => {
      await remove(tx, id)
      await keepAdoption(tx, adoption.id, shop.now())
    })
  } catch (error) {
    // A payment, a note of staff, a move: it is more than a guest by now, and stays.
    if (!isReferenced(error)) throw error
  }
}

async function remove(tx: Tx, id: string): Promise<void> {
  const line = await maybe(
    tx,
    sql<
      Pick<AdoptionLine, 'lineId' | 'subscriptionId' | 'customerId' | 'madeCustomer'>
    >`select r.line_id as "lineId", r.subscription_id as "subscriptionId", r.customer_id as "customerId", r.made_customer as "madeCustomer"
      from adoption_lines r join subscriptions s on s.business_id = r.business_id and s.id = r.subscription_id join lines l on l.business_id = r.business_id and l.id = r.line_id
      where r.business_id = current_business() and r.id = ${id} and r.state = 'adopted' and s.asleep_since is not null and l.revision = 1 for update`,
  )
  if (line === null) return
  const { lineId, subscriptionId, customerId, madeCustomer } = line
  await run(
    tx,
    sql`update adoption_lines set state = 'undone', subscription_id = null, made_customer = false, customer_id = case when ${madeCustomer} then null else customer_id end where business_id = current_business() and id = ${id}`,
  )
  await run(tx, sql`delete from line_usage where business_id = current_business() and line_id = ${lineId}`)
  await run(tx, sql`delete from line_usage_months where business_id = current_business() and line_id = ${lineId}`)
  await run(tx, sql`delete from panel_calls where business_id = current_business() and line_id = ${lineId}`)
  await run(tx, sql`delete from differences where business_id = current_business() and line_id = ${lineId}`)
  await run(tx, sql`delete from lines where business_id = current_business() and id = ${lineId}`)
  await run(tx, sql`delete from periods where business_id = current_business() and subscription_id = ${subscriptionId}`)
  await run(tx, sql`delete from subscriptions where business_id = current_business() and id = ${subscriptionId}`)
  if (!madeCustomer) return
  await run(
    tx,
    sql`delete from customer_notes n where n.business_id = current_business() and n.customer_id = ${customerId}
      and not exists (select from subscriptions s where s.business_id = n.business_id and s.customer_id = n.customer_id)`,
  )
  await run(
    tx,
    sql`delete from customers c where c.business_id = current_business() and c.id = ${customerId}
      and not exists (select from subscriptions s where s.business_id = c.business_id and s.customer_id = c.id)`,
  )
}
