/** What a plan or an add-on is sold for in a currency: its own price, or else one by rate. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import type { Money } from '#platform/money.ts'
import { type Exchange, lockOf, readExchange } from './exchange.ts'
import { type Plan, priceIn } from './plans.ts'
import { type Converted, convertAt, convertedAt } from './rules/exchange.ts'

export type SoldPrice = {
  price: Money
  setup: Money
  /** What its prices were made of; null: they are its own, or nothing. */
  converted: { price: Converted | null; setup: Converted | null }
}

/** Null: it is not sold in that currency (F62). */
export function soldIn(
  plan: Pick<Plan, 'prices'>,
  currency: string,
  exchange: Exchange,
  now: Temporal.Instant,
): SoldPrice | null {
  const own = ownPrice(plan, currency)
  if (own !== null) return own
  const [from, lock] = [priceIn(plan, exchange.base), lockOf(exchange, currency, now)]
  if (from === null || lock === null) return null
  const { price, setup } = from
  return {
    price: { minor: convertAt(lock, price.minor), currency },
    setup: { minor: convertAt(lock, setup.minor), currency },
    converted: { price: convertedAt(lock, price.minor), setup: convertedAt(lock, setup.minor) },
  }
}

function ownPrice(plan: Pick<Plan, 'prices'>, currency: string): SoldPrice | null {
  const own = priceIn(plan, currency)
  return own === null ? null : { ...own, converted: { price: null, setup: null } }
}

/** As `soldIn`, by the rates of now; where it has its own price nobody asks for them. */
export const soldNow = async (
  tx: Tx,
  shop: Shop,
  plan: Pick<Plan, 'prices'>,
  currency: string,
  now: Temporal.Instant,
): Promise<SoldPrice | null> => ownPrice(plan, currency) ?? soldIn(plan, currency, await readExchange(tx, shop), now)

/** All currencies in which something of it is sold. */
export const currenciesOf = ({ prices }: Pick<Plan, 'prices'>, { base, rates }: Exchange): string[] => [
  ...new Set([
    ...prices.map(({ currency }) => currency),
    ...(prices.some(({ currency }) => currency === base) ? rates.keys() : []),
  ]),
]
