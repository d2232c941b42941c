/** An order came by somebody's link: from then on what this customer pays counts for him. */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { plusDays } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { type Customer, readCustomer } from '../people/customers.ts'
import { mailboxOf } from '../people/mailbox.ts'
import { readSetting } from '../people/settings.ts'
import { programmeSetting } from './programme.ts'
import { affiliateByCode } from './queries.ts'
import { readCode } from './rules.ts'

/** `unknown`: no such code, or the programme is off; `own`: nobody brings himself; `known`: he was a customer before, or somebody else brought him. */
export type Referred = 'noted' | 'unknown' | 'own' | 'known'

/** Safe to repeat: a customer was brought once. */
export async function noteReferral(
  tx: Tx,
  shop: Shop,
  typed: string,
  { customer, orderId }: { customer: Customer; orderId: string },
  now: Temporal.Instant,
): Promise<Referred> {
  const programme = await readSetting(tx, shop, programmeSetting)
  const code = readCode(typed)
  const affiliate = code === null || !programme.on ? null : await affiliateByCode(tx, code)
  if (affiliate === null || !affiliate.active) return 'unknown'
  const he = await readCustomer(tx, affiliate.customerId)
  if (he.id === customer.id || mailboxOf(he.email) === mailboxOf(customer.email)) return 'own'
  if (he.userId !== null && he.userId === customer.userId) return 'own'
  const paid = await maybe(
    tx,
    sql`select from invoices where business_id = current_business() and customer_id = ${customer.id} and status = 'paid' and total_minor > 0 limit 1`,
  )
  if (paid !== null) return 'known'
  const id = newId('rfl', shop.app.clock)
  const noted = await run(
    tx,
    sql`insert into referrals (business_id, id, affiliate_id, customer_id, order_id, created_at)
      values (${shop.businessId}, ${id}, ${affiliate.id}, ${customer.id}, ${orderId}, ${now}) on conflict (business_id, customer_id) do nothing`,
  )
  if (noted === 0) return 'known'
  // Only the first one writes to his row: a popular link is no lock for all who order by it.
  await run(
    tx,
    sql`update affiliates set next_look_at = ${nextNight(now, shop.zone)} where business_id = current_business() and id = ${affiliate.id} and next_look_at is null`,
  )
  await record(tx, shop, now, {
    type: 'affiliate.brought',
    subjectType: 'affiliate',
    subjectId: affiliate.id,
    customerId: customer.id,
    data: { order: orderId },
  })
  return 'noted'
}

/** Four o'clock in the morning, when little else happens: the next one. */
export function nextNight(now: Temporal.Instant, zone: string): Temporal.Instant {
  const there = now.toZonedDateTimeISO(zone)
  const today = there.withPlainTime('04:00').toInstant()
  return Temporal.Instant.compare(today, now) > 0 ? today : plusDays(today, 1, zone)
}
