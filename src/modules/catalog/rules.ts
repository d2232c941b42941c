/** Volume prices: the number of pieces decides on the price of each of them. Values only. */

/** From so many pieces on, each of them costs so much. */
export type PriceBreak = { from: number; amountMinor: bigint }

/** What one piece costs, and what each costs where there are more. */
export type VolumePrice = { priceMinor: bigint; breaks: readonly PriceBreak[] }

/** Of each piece, where there are so many: the tier of the whole number is the price of all of them. */
export const eachOf = ({ priceMinor, breaks }: VolumePrice, quantity: number): bigint =>
  breaks.findLast(({ from }) => from <= quantity)?.amountMinor ?? priceMinor

/** Of all pieces together. */
export const allOf = (price: VolumePrice, quantity: number): bigint => eachOf(price, quantity) * BigInt(quantity)

/** Faults of a list of breakpoints: they begin at two, and rise. Null when it is in order. */
export function faultOfBreaks(breaks: readonly { from: number }[]): string | null {
  const steps = breaks.map(({ from }) => from)
  if (steps.some((from) => !Number.isInteger(from) || from < 2)) return 'A breakpoint begins at 2 or more.'
  if (steps.some((from, index) => index > 0 && from <= (steps[index - 1] ?? 0))) return 'Breakpoints must rise.'
  return null
}

/** Where more pieces cost less in all than one piece fewer: allowed, and told to whoever sets the price. */
export const dipsOf = (price: VolumePrice, most: number): { quantity: number; total: bigint; before: bigint }[] =>
  price.breaks.flatMap(({ from }) => {
    const [total, before] = [allOf(price, from), allOf(price, from - 1)]
    return from <= most && total < before ? [{ quantity: from, total, before }] : []
  })

/** As it is stored: `[{ from, amount_minor }]`. */
export type StoredBreak = { from: number; amount_minor: number }

export const breaksFrom = (stored: readonly StoredBreak[]): PriceBreak[] =>
  stored.map(({ from, amount_minor }) => ({ from, amountMinor: BigInt(amount_minor) }))

export const breaksInRow = (breaks: readonly PriceBreak[]): StoredBreak[] =>
  breaks.map(({ from, amountMinor }) => ({ from, amount_minor: Number(amountMinor) }))
