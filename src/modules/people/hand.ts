/**
 * Whose hand is behind an act, and how much it may give away: a member of staff, or the one who made the key that acts. Asked by the doors
 * that give money or time away, inside their transaction.
 */
import type { Shop } from '#app.ts'
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { type Limits, noLimits } from './permissions.ts'

export type Hand = {
  limits: Limits
  /** All names that this person acts under: himself and his keys. What is limited is counted over all of them. */
  actors: string[]
}

/**
 * Null: no member of staff stands behind it (a rule, a customer, the machine's owner), or one without limits. The membership is locked, so
 * that two acts of one person at the same moment are counted one after the other.
 */
export async function limitedHand(tx: Tx, shop: Shop): Promise<Hand | null> {
  const [kind, id] = shop.actor.split(':')
  if (id === undefined || (kind !== 'staff' && kind !== 'key')) return null
  if (id.startsWith('act_')) return handFromAbove(tx, shop, id)
  const found = await maybe(
    tx,
    sql<Limits & { actors: string[] }>`select r.most_refund_minor as "refundMinor", r.most_free_days as "freeDays",
        array['staff:' || m.id] || array(select 'key:' || k.id from api_keys k where k.business_id = m.business_id and k.created_by = 'staff:' || m.id) as actors
      from memberships m join roles r on r.business_id = m.business_id and r.id = coalesce(m.role_id, m.role)
      where m.business_id = current_business() and m.role <> 'owner'
        and (m.id = ${id} or exists (select from api_keys k where k.business_id = m.business_id and k.id = ${id} and k.created_by = 'staff:' || m.id))
      for no key update of m`,
  )
  if (found === null) return null
  const { actors, ...limits } = found
  return limits.refundMinor === noLimits.refundMinor && limits.freeDays === noLimits.freeDays
    ? null
    : { limits, actors }
}

/** Somebody from above: his limits came with him, and count over all the times that he was here. */
async function handFromAbove(tx: Tx, shop: Shop, id: string): Promise<Hand | null> {
  const { refundMinor, freeDays } = shop.hand ?? { refundMinor: 0n, freeDays: 0 }
  if (refundMinor === null && freeDays === null) return null
  const times = await rows(
    tx,
    sql<{ id: string }>`select a.id from acting_sessions a
      where a.business_id = current_business() and a.user_id = (select o.user_id from acting_sessions o where o.business_id = current_business() and o.id = ${id})
      order by a.id for no key update`,
  )
  return { limits: { refundMinor, freeDays }, actors: times.map((each) => `staff:${each.id}`) }
}
