/** Money that comes short, or too late. Whether what is missing of an invoice is so little that it is not asked for. Values only. */

export type Tolerance = {
  /** Of what was asked for; a decimal. */
  readonly percent: string
  /** In minor units, by currency. A currency that is not named forgives nothing. */
  readonly most: ReadonlyMap<string, bigint>
}

/** A share as it is typed: at most ten percent, which nobody would call a slip any more. */
export const tolerancePattern = /^(\d(\.\d{1,2})?|10(\.0{1,2})?)$/

/** What is forgiven: all of what is missing, or nothing. Neither more than the share, rounded down, nor more than the most. */
export function forgiven(
  { percent, most }: Tolerance,
  { totalMinor, currency }: { totalMinor: bigint; currency: string },
  missing: bigint,
): bigint {
  const [whole = '0', parts = ''] = percent.split('.')
  const hundredths = BigInt(whole) * 100n + BigInt(parts.padEnd(2, '0'))
  const share = (totalMinor * hundredths) / 10_000n
  return missing > 0n && missing <= share && missing <= (most.get(currency) ?? 0n) ? missing : 0n
}

/** What becomes of money for what was taken back. `balance`: it stays the customer's; `reopen`: its order is sold after all; `refund`: it goes back where it came from. */
export const lateMoney = ['balance', 'reopen', 'refund'] as const
