/** How sure coins must be before they count: small sums as soon as they are seen, all others as the store says. */
import { z } from 'zod'
import { compare, fromDecimal, isCurrency, isPositive, type Money } from '#platform/money.ts'

/** `20 EUR, 25 USD`; null: one of them is no amount. */
function limitsIn(text: string): Money[] | null {
  const limits = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => {
      const [amount = '', currency = '', ...more] = each.split(/\s+/)
      const limit = more.length === 0 && isCurrency(currency) ? fromDecimal(amount, currency) : null
      return limit !== null && isPositive(limit) ? limit : null
    })
  const read = limits.filter((each) => each !== null)
  const currencies = new Set(read.map(({ currency }) => currency))
  return read.length === limits.length && currencies.size === read.length ? read : null
}

export const SeenUpTo = z
  .string()
  .trim()
  .max(400)
  .default('')
  .refine((text) => limitsIn(text) !== null, 'must be amounts like 20 EUR, 25 USD, each currency once')
  .meta({
    title: 'Counts when seen, up to',
    help: '20 EUR, 25 USD: up to so much, coins count before a block confirms them. Empty: never; your store’s speed policy decides.',
  })

/** BTCPay waits for one confirmation all the same where the transaction says that it may be replaced. */
export function speedFor(amount: Money, seenUpTo: string): { speedPolicy?: 'HighSpeed' } {
  const limit = limitsIn(seenUpTo)?.find(({ currency }) => currency === amount.currency)
  return limit !== undefined && compare(amount, limit) <= 0 ? { speedPolicy: 'HighSpeed' } : {}
}
