/** What an affiliate earns, keeps and is paid. Values only. */

/** `percent`: hundredths of a percent of what was paid without tax; `amount`: minor units of the shop's currency. */
export type Rule = {
  kind: 'percent' | 'amount' | 'none'
  value: number
  /** The first so many payments of a customer who was brought; 0: all of them. */
  payments: number
}

export type Rules = { rule: Rule; products: readonly (Rule & { product_id: string })[] }

/** A row of a paid invoice: `minor` without tax; a discount is below nothing. Null: it belongs to what is sold beside it. */
export type SoldRow = { productId: string | null; minor: bigint }

/** What was paid for each product. What has none, such as a set-up, belongs to the first that is there; a discount lowers its own. */
export function paidFor(items: readonly SoldRow[]): Map<string, bigint> {
  const first = items.find(({ productId }) => productId !== null)?.productId ?? ''
  const sums = new Map<string, bigint>()
  for (const { productId, minor } of items) {
    const product = productId ?? first
    sums.set(product, (sums.get(product) ?? 0n) + minor)
  }
  return sums
}

/**
 * What the `ordinal`th payment (from 1) of a customer who was brought earns. Never more than was paid; an amount counts in the shop's own
 * currency only.
 */
export function earnedBy(
  { rule, products }: Rules,
  items: readonly SoldRow[],
  { ordinal, ownCurrency }: { ordinal: number; ownCurrency: boolean },
): bigint {
  let earned = 0n
  for (const [productId, paid] of paidFor(items)) {
    const { kind, value, payments } = products.find((each) => each.product_id === productId) ?? rule
    if (paid <= 0n || kind === 'none' || (payments !== 0 && ordinal > payments)) continue
    const whole = kind === 'percent' ? (paid * BigInt(value)) / 10_000n : ownCurrency ? BigInt(value) : 0n
    earned += whole < paid ? whole : paid
  }
  return earned
}

/** What is left of a commission when `back` of the invoice's `total` went back to the buyer: its share, rounded down. */
export function leftOf(earned: bigint, total: bigint, back: bigint): bigint {
  if (total <= 0n || back <= 0n) return earned
  return back >= total ? 0n : (earned * (total - back)) / total
}

export type Step = { kept: bigint; letGo: bigint }

/**
 * A commission follows its invoice. What is too much is taken back as long as the affiliate's account stays above `-below`; null: however
 * far. The rest was paid out already and is let go for good.
 */
export function stepOf(
  { earned, kept, letGo }: Step & { earned: bigint },
  left: bigint,
  account: { balance: bigint; below: bigint | null },
): Step {
  const wanted = left + letGo < earned ? left + letGo : earned
  if (wanted >= kept) return { kept: wanted, letGo }
  const excess = kept - wanted
  const room = account.below === null ? excess : larger(account.balance + account.below, 0n)
  const taken = excess < room ? excess : room
  return { kept: kept - taken, letGo: letGo + excess - taken }
}

/** In one currency. `held`: what is still within its time, or disputed. */
export type Standing = { kept: bigint; held: bigint; paidOut: bigint }

/** All that was earned and not paid out: below nothing where more went back than was left. */
export const balanceOf = ({ kept, paidOut }: Standing): bigint => kept - paidOut

/** What may be paid out now. */
export const payableOf = (standing: Standing): bigint => larger(balanceOf(standing) - standing.held, 0n)

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** A code as it is kept: links and people write it in any case. Null: it can be none. */
export function readCode(text: string): string | null {
  const code = text.trim().toUpperCase()
  return /^[A-Z0-9]{4,20}$/.test(code) ? code : null
}
