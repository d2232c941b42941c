/** What is collected for a reseller: what of it is kept, held back, and paid out. Values only. */

export type CollectedKind = 'payment' | 'refund' | 'dispute' | 'dispute_fee'

/** What a parent asks for collecting, and how he pays out. */
export type LoanTerms = {
  /** Hundredths of a percent of each payment. */
  keptBps: number
  /** And so many minor units of each, by currency. */
  keptFixed: Readonly<Record<string, number>>
  /** So long a payment may still be taken back: until then it is not paid out. */
  holdDays: number
  /** Less than this is not paid out, by currency. */
  leastPayout: Readonly<Record<string, number>>
  /** `owed`: the reseller gives back no more than what he is still owed. `any`: his parent advances it. */
  refunds: 'owed' | 'any'
  /** A statement closes by itself with each month. */
  monthly: boolean
}

export const standardLoan: LoanTerms = {
  keptBps: 0,
  keptFixed: {},
  holdDays: 14,
  leastPayout: {},
  refunds: 'owed',
  monthly: true,
}

/** Of a payment, rounded in the reseller's favour, and never more than came. What went back gives nothing of it back. */
export function keptOf(amountMinor: bigint, currency: string, terms: Pick<LoanTerms, 'keptBps' | 'keptFixed'>): bigint {
  const wanted = (amountMinor * BigInt(terms.keptBps)) / 10_000n + BigInt(terms.keptFixed[currency] ?? 0)
  return wanted < amountMinor ? wanted : amountMinor
}

/** By the purpose of a transfer in the reseller's books (`receipt`, `refund/tax/failed`, `dispute_withdrawn/1`). */
export function kindOfMove(purpose: string): CollectedKind {
  const [what = ''] = purpose.split('/')
  if (what.startsWith('refund')) return 'refund'
  if (what === 'dispute_fee') return 'dispute_fee'
  return what.startsWith('dispute') ? 'dispute' : 'payment'
}

/** In one currency. `balance` is all that is owed; `held` what of it payments brought that may still be taken back. */
export type Standing = {
  currency: string
  balanceMinor: bigint
  heldMinor: bigint
  /** When the last of it is free. */
  heldUntil: Temporal.Instant | null
}

/** No more is held back than is owed at all: what was paid out before and went back since is missing there. */
export function bounded(standing: Standing): Standing {
  const { balanceMinor, heldMinor, heldUntil } = standing
  const most = balanceMinor > 0n ? balanceMinor : 0n
  const held = heldMinor < most ? heldMinor : most
  return { ...standing, heldMinor: held, heldUntil: held === 0n ? null : heldUntil }
}

/** What can be paid out now. What went back after it was paid out comes off what is collected next. */
export function payableOf({ balanceMinor, heldMinor }: Pick<Standing, 'balanceMinor' | 'heldMinor'>): bigint {
  const free = balanceMinor - heldMinor
  return free > 0n ? free : 0n
}

/** From which gateways a payout is taken: in their order, from each as much as it has. */
export function partsOf<Loan extends { balanceMinor: bigint }>(
  amountMinor: bigint,
  loans: readonly Loan[],
): { loan: Loan; minor: bigint }[] {
  let rest = amountMinor
  const parts: { loan: Loan; minor: bigint }[] = []
  for (const loan of loans) {
    const minor = loan.balanceMinor < rest ? loan.balanceMinor : rest
    if (minor <= 0n) continue
    parts.push({ loan, minor })
    rest -= minor
  }
  return parts
}
