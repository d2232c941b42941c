/** Staff are told when a currency that is sold by rate has none that may be used: nothing new is sold in it meanwhile. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { raise, settle } from '../people/attention.ts'
import type { Exchange } from './exchange.ts'
import { withoutRate } from './rules/exchange.ts'

/** Safe to repeat; settled by the first rate that may be used. */
export async function judgeRates(tx: Tx, shop: Shop, exchange: Exchange, now: Temporal.Instant): Promise<void> {
  const without = withoutRate(exchange)
  if (without.length === 0) return void (await settle(tx, 'exchange_rate_old', shop.businessId, 'system', now))
  await raise(
    tx,
    shop,
    {
      kind: 'exchange_rate_old',
      subjectType: 'business',
      subjectId: shop.businessId,
      title: `There is no present exchange rate for ${without.join(', ')}`,
      detail:
        exchange.source === 'staff'
          ? 'Enter one under Settings, Currencies. Until then only plans with a price of their own in that currency are sold in it; renewals go on at the price that was agreed.'
          : 'The source of rates has told none of late, or does not know the currency. Until it does, only plans with a price of their own in that currency are sold in it; renewals go on at the price that was agreed.',
      severity: 'warn',
    },
    now,
  )
}
