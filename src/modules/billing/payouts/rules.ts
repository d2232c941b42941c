/** What of a payout does not agree, and which entry of a bank's statement is a payout. Values only. */
import type { Instant } from '#platform/time.ts'

export const payoutStates = ['coming', 'arrived', 'failed'] as const
export type PayoutState = (typeof payoutStates)[number]

export type Payout = {
  id: string
  gatewayAccountId: string
  /** `coming`: told by the gateway, and booked nowhere yet. */
  state: PayoutState
  currency: string
  amountMinor: bigint
  /** Kept on the way, and told by no move. */
  feeMinor: bigint
  reference: string
  /** The gateway's own name of it; null: staff entered it, and no gateway has told of it. */
  remoteRef: string | null
  bankText: string | null
  /** `2026-03-31`: when it arrived, or is expected. */
  arrivedOn: string
  partsReadAt: Instant | null
  /** The entry of a bank's statement that it was found as. */
  entryId: string | null
  /** Of what arrived less what was sent: booked when a person accepted it. */
  differenceMinor: bigint
  settledAt: Instant | null
  settledBy: string | null
  settledReason: string | null
  by: string
  createdAt: Instant
  undoneAt: Instant | null
}

/** What a payout is made of: before fees, by what it is about; `unknownMinor`: of all that, what no payment of ours explains. */
export type PayoutParts = {
  paymentsMinor: bigint
  refundsMinor: bigint
  disputesMinor: bigint
  otherMinor: bigint
  feesMinor: bigint
  unknownMinor: bigint
}

/**
 * `parts`: what it is made of is not what it is. `unknown`: it holds money that is not in our books. `bank`: another sum arrived. `missing`: it is on
 * no statement, where others of its gateway are.
 */
export const payoutDifferenceKinds = ['parts', 'unknown', 'bank', 'missing'] as const
export type PayoutDifference = { kind: (typeof payoutDifferenceKinds)[number]; minor: bigint }

export const netOf = (parts: PayoutParts): bigint =>
  parts.paymentsMinor + parts.refundsMinor + parts.disputesMinor + parts.otherMinor - parts.feesMinor

/** `found`: what the bank's entry says; null: there is none. `isDue`: statements reach beyond its day, and others of its gateway were found. */
export function payoutDifferences(
  payout: Pick<Payout, 'state' | 'amountMinor' | 'feeMinor' | 'undoneAt' | 'settledAt'>,
  parts: PayoutParts | null,
  found: bigint | null,
  isDue: boolean,
): PayoutDifference[] {
  if (payout.state !== 'arrived' || payout.undoneAt !== null || payout.settledAt !== null) return []
  const { amountMinor } = payout
  const off = parts === null ? 0n : amountMinor + payout.feeMinor - netOf(parts)
  const unknown = parts?.unknownMinor ?? 0n
  return [
    ...(off === 0n ? [] : [{ kind: 'parts' as const, minor: off }]),
    ...(unknown === 0n ? [] : [{ kind: 'unknown' as const, minor: unknown }]),
    ...(found === null || found === amountMinor ? [] : [{ kind: 'bank' as const, minor: found - amountMinor }]),
    ...(found === null && isDue ? [{ kind: 'missing' as const, minor: -amountMinor }] : []),
  ]
}

export type EntryText = {
  id: string
  currency: string
  amountMinor: bigint
  bookedOn: string
  /** All words of it. */
  text: string
}

const plain = (text: string): string => text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')

const daysBetween = (from: string, to: string): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: 'days' }).days

/** Banks are early by a day where zones differ, and late over long weekends. */
export const isNear = (payout: Pick<Payout, 'arrivedOn'>, entry: Pick<EntryText, 'bookedOn'>): boolean => {
  const days = daysBetween(payout.arrivedOn, entry.bookedOn)
  return days >= -2 && days <= 7
}

/** An entry that names the payout is it, whatever its sum; else one of its sum and days that names the gateway. */
function fits(
  payout: Pick<Payout, 'currency' | 'amountMinor' | 'arrivedOn' | 'reference' | 'remoteRef' | 'bankText'>,
  gateway: readonly string[],
  entry: EntryText,
): 'named' | 'alike' | null {
  if (entry.currency !== payout.currency) return null
  const text = plain(entry.text)
  const names = [payout.reference, payout.remoteRef, payout.bankText].flatMap((each) => (each ? [plain(each)] : []))
  if (names.some((each) => each.length >= 8 && /\d/.test(each) && text.includes(each))) return 'named'
  const says = gateway.some((each) => each.length >= 4 && text.includes(plain(each)))
  return says && entry.amountMinor === payout.amountMinor && isNear(payout, entry) ? 'alike' : null
}

/** Pairs that are sure: a payout and an entry that fit each other and nothing else. */
export function surePairs<Sent extends Parameters<typeof fits>[0] & { id: string; gateway: readonly string[] }>(
  payouts: readonly Sent[],
  entries: readonly EntryText[],
): { payoutId: string; entryId: string }[] {
  const pairs = payouts.flatMap((payout) =>
    entries.flatMap((entry) => {
      const how = fits(payout, payout.gateway, entry)
      return how === null ? [] : [{ how, payoutId: payout.id, entryId: entry.id }]
    }),
  )
  const named = pairs.filter(({ how }) => how === 'named')
  const isNamed = (each: { payoutId: string; entryId: string }) =>
    named.some((other) => other.payoutId === each.payoutId || other.entryId === each.entryId)
  const left = [...named, ...pairs.filter((each) => each.how === 'alike' && !isNamed(each))]
  return left
    .filter(
      (each) => left.filter((other) => other.payoutId === each.payoutId || other.entryId === each.entryId).length === 1,
    )
    .map(({ payoutId, entryId }) => ({ payoutId, entryId }))
}
