/** Households as they are stored, and joining and leaving one. */
import type { Shop } from '#app.ts'
import { asked, type Batch, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { changeSubscription } from './change-subscription.ts'
import { invoicesOfAll, type SubscriptionRow, subscriptionColumns, subscriptionOf } from './queries.ts'
import { fitsTogether, type Lead } from './rules/household.ts'
import type { Subscription } from './rules/subscription.ts'

type LeadRow = {
  leadId: string
  of: string
  paidThrough: Temporal.Instant
  anchorDay: number
  termUnit: Subscription['term']['unit']
  termCount: number
}

/** The lead that was chosen, or, where that has ended, the oldest that runs. */
const leads: Batch<string, LeadRow> = {
  keyOf: (subscriptionId) => subscriptionId,
  keyOfRow: ({ of }) => of,
  many: (subscriptionIds) => sql`select s.id as of, l.*
    from subscriptions s
    join households h on h.business_id = s.business_id and h.id = s.household_id
    cross join lateral (select m.id as "leadId", m.paid_through as "paidThrough", m.anchor_day as "anchorDay", m.term_unit as "termUnit", m.term_count as "termCount"
      from subscriptions m where m.business_id = h.business_id and m.household_id = h.id and m.status not in ('pending', 'trial', 'terminated')
      order by m.id = h.lead_id desc, m.created_at, m.id limit 1) l
    where s.business_id = current_business() and s.id = any(${subscriptionIds}::text[]) and l."leadId" <> s.id`,
}

/** By whose days it is renewed. Null: by its own, since it is in no household, leads one, or its term never meets the lead's. */
export async function leadOf(tx: Tx, { id, householdId, term }: Subscription): Promise<(Lead & { id: string }) | null> {
  if (householdId === null) return null
  const [lead] = await asked(tx, leads, id)
  if (lead === undefined) return null
  const { leadId, paidThrough, anchorDay, termUnit, termCount } = lead
  return fitsTogether(term, { unit: termUnit, count: termCount }) ? { id: leadId, paidThrough, anchorDay } : null
}

export const findHousehold = (tx: Tx, id: string): Promise<{ id: string; customerId: string; leadId: string } | null> =>
  maybe(
    tx,
    sql<{
      id: string
      customerId: string
      leadId: string
    }>`select id, customer_id as "customerId", lead_id as "leadId" from households
      where business_id = current_business() and id = ${id}`,
  )

/** In the order in which they were sold; also those that have ended. */
export const membersOf = async (tx: Tx, householdId: string): Promise<Subscription[]> =>
  (
    await rows(
      tx,
      sql<SubscriptionRow>`select ${subscriptionColumns} from subscriptions where business_id = current_business() and household_id = ${householdId} order by created_at, id`,
    )
  ).map(subscriptionOf)

/**
 * One of each household and of each customer who gets one invoice for a day, and all others, in their order: the engine looks at
 * these as a whole.
 */
export async function firstOfEach(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ id: string; home: string }>`select * from (
        select s.id, case when coalesce(c.one_invoice, ${invoicesOfAll}) then s.customer_id else s.household_id end as home from subscriptions s
        join customers c on c.business_id = s.business_id and c.id = s.customer_id
        where s.business_id = current_business() and s.id = any(${ids}::text[])) s where home is not null`,
  )
  const homes = new Map(found.map(({ id, home }) => [id, home]))
  const seen = new Set<string>()
  return ids.filter((id) => {
    const home = homes.get(id) ?? id
    return !seen.has(home) && seen.add(home)
  })
}

/** `lead` begins a household of its own. */
export async function openHousehold(tx: Tx, shop: Shop, lead: Subscription, now: Temporal.Instant): Promise<string> {
  const id = newId('hh', shop.app.clock)
  await run(
    tx,
    sql`insert into households (business_id, id, customer_id, lead_id, created_at) values (${shop.businessId}, ${id}, ${lead.customerId}, ${lead.id}, ${now})`,
  )
  await enterHousehold(tx, shop, lead.id, id, '', now)
  return id
}

export const enterHousehold = (
  tx: Tx,
  shop: Shop,
  id: string,
  householdId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<Subscription> =>
  changeSubscription(tx, shop, id, now, () => ({ event: 'household_joined', next: { householdId } }), {
    reason,
    data: { household: householdId },
  })

/** The caller holds the lock of all. Who is left alone is in no household any more; a lead is followed by the one sold first. */
export async function exitHousehold(
  tx: Tx,
  shop: Shop,
  { id, householdId }: Subscription,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  if (householdId === null) return
  const leave = (each: string, why: string) =>
    changeSubscription(tx, shop, each, now, () => ({ event: 'household_left', next: { householdId: null } }), {
      reason: why,
      data: { household: householdId },
    })
  await leave(id, reason)
  const rest = await membersOf(tx, householdId)
  const [first, second] = rest
  if (first !== undefined && second === undefined) await leave(first.id, 'nobody else is left in it')
  else if (first !== undefined)
    await run(
      tx,
      sql`update households set lead_id = ${first.id} where business_id = current_business() and id = ${householdId} and lead_id = ${id}`,
    )
}
