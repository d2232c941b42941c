/**
 * One affiliate, once a night, in one commit: payments of those whom he brought are counted, commissions follow what went back or is disputed,
 * and what is free is paid out where that goes by itself. Facts decide, not news of them: a notice that comes twice or never changes nothing.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { isAfter, plusDays } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { readSetting } from '../people/settings.ts'
import { followMoney, move } from './follow-money.ts'
import { nextNight } from './note-referral.ts'
import { payOut } from './pay-affiliate.ts'
import { type Programme, programmeSetting } from './programme.ts'
import { type Affiliate, lockAffiliate, uncounted } from './queries.ts'
import { earnedBy, paidFor } from './rules.ts'

const atOnce = 200

/** Safe to repeat: not before its time, and each payment is counted once. */
export async function lookAtAffiliate(shop: Shop, affiliateId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'look-at-affiliate', async (tx) => {
    const affiliate = await lockAffiliate(tx, affiliateId)
    if (affiliate.nextLookAt === null || isAfter(affiliate.nextLookAt, now)) return
    const programme = await readSetting(tx, shop, programmeSetting)
    const counted = await countPayments(tx, shop, affiliate, programme, now)
    await followMoney(tx, shop, affiliate, programme, now)
    if (affiliate.way !== 'by_hand') await payOut(tx, shop, affiliate, programme, now)
    const next = counted < atOnce ? nextNight(now, shop.zone) : now
    await run(
      tx,
      sql`update affiliates set next_look_at = ${next} where business_id = current_business() and id = ${affiliate.id}`,
    )
  })
}

/** Every payment gets its row, by the rules of this night, also where it earns nothing. */
async function countPayments(
  tx: Tx,
  shop: Shop,
  affiliate: Affiliate,
  programme: Programme,
  now: Temporal.Instant,
): Promise<number> {
  const paid = await uncounted(tx, affiliate.id, atOnce)
  const counts = new Map<string, number>()
  for (const invoice of paid) {
    const { customerId, currency, items } = invoice
    const worth = [...paidFor(items).values()].reduce((sum, each) => (each > 0n ? sum + each : sum), 0n)
    const before = counts.get(customerId) ?? invoice.before
    counts.set(customerId, before + (worth > 0n ? 1 : 0))
    const ownCurrency = currency === shop.currency
    const earns = programme.on && affiliate.active
    const earned = earns ? earnedBy(programme, items, { ordinal: before + 1, ownCurrency }) : 0n
    const id = newId('cmm', shop.app.clock)
    await run(
      tx,
      sql`insert into commissions (business_id, id, affiliate_id, customer_id, invoice_id, currency, base_minor, earned_minor, kept_minor, moves, free_at, created_at)
        values (${shop.businessId}, ${id}, ${affiliate.id}, ${customerId}, ${invoice.id}, ${currency}, ${worth}, ${earned}, ${earned}, 1,
          ${plusDays(invoice.paidAt, programme.hold_days, shop.zone)}, ${now})`,
    )
    if (earned === 0n) continue
    await move(tx, shop, affiliate, { id, currency, by: earned, moves: 1 }, now)
    await record(tx, shop, now, {
      type: 'commission.earned',
      subjectType: 'affiliate',
      subjectId: affiliate.id,
      customerId: affiliate.customerId,
      data: { amount: earned.toString(), currency, invoice: invoice.id },
    })
  }
  return paid.length
}
