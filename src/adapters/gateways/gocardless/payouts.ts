/**
 * What GoCardless sends to the bank, and what each payout is made of. There is no other account of its balance: what it keeps of a payment is
 * told with the payout that the payment went out with.
 */
import { z } from 'zod'
import { money } from '#platform/money.ts'
import type { ListedMove, ListedPayout } from '../gateway.ts'

export const Payout = z.looseObject({
  id: z.string(),
  amount: z.int(),
  deducted_fees: z.int().default(0),
  currency: z.string(),
  status: z.string(),
  arrival_date: z.string().nullish(),
  created_at: z.string(),
  reference: z.string().nullish(),
})
export type Payout = z.infer<typeof Payout>

/** Without a name of its own. `amount`: in minor units with a decimal place, below zero what was taken. */
export const PayoutItem = z.looseObject({
  type: z.string(),
  amount: z.string().regex(/^-?\d+(\.\d+)?$/),
  links: z.looseObject({ payment: z.string().nullish() }).nullish(),
})
export type PayoutItem = z.infer<typeof PayoutItem>

/** `paid`: it is on its way to the bank and arrives on the day that was said. */
const states: Readonly<Record<string, ListedPayout['state']>> = { paid: 'arrived', bounced: 'failed' }

export const payoutOf = (payout: Payout): ListedPayout => ({
  ref: payout.id,
  amount: money(payout.amount, payout.currency),
  fee: money(0, payout.currency),
  state: states[payout.status] ?? 'coming',
  arrivesOn: payout.arrival_date ?? payout.created_at.slice(0, 10),
  bankText: payout.reference ?? null,
})

const kinds: Readonly<Record<string, ListedMove['kind']>> = {
  payment_paid_out: 'payment',
  payment_refunded: 'refund',
  payment_failed: 'dispute',
  payment_charged_back: 'dispute',
}
const feeTypes = new Set(['gocardless_fee', 'app_fee', 'surcharge_fee'])

/**
 * A fee goes with the payment that it was kept of. Fees have a tenth of a cent, and taxes on them are told apart: what of `deducted_fees` the rows
 * do not explain is a fee of the payout's own.
 */
export function movesOf(payout: Payout, items: readonly PayoutItem[]): ListedMove[] {
  const { id, currency, created_at: createdAt } = payout
  const at = Temporal.Instant.from(createdAt)
  const isFee = ({ type }: PayoutItem) => feeTypes.has(type)
  const kept = new Map<string | null, bigint>()
  for (const each of items.filter(isFee)) {
    const of = each.links?.payment ?? null
    kept.set(of, (kept.get(of) ?? 0n) - tenths(each.amount))
  }
  const moves: ListedMove[] = []
  const add = (name: string, kind: ListedMove['kind'], payment: string | null, amount: bigint, fee: bigint) =>
    moves.push({
      ref: uniqueIn(moves, `${id}:${name}:${payment ?? ''}`),
      kind,
      captureId: payment,
      ourRef: null,
      disputeRef: kind === 'dispute' ? payment : null,
      amount: money(amount, currency),
      fee: money(fee, currency),
      original: null,
      at,
    })
  for (const { type, amount, links } of items.filter((each) => !isFee(each))) {
    const [kind, payment] = [kinds[type] ?? 'other', links?.payment ?? null]
    const fee = kind === 'payment' ? (kept.get(payment) ?? 0n) : 0n
    if (kind === 'payment') kept.delete(payment)
    add(type, kind, payment, rounded(tenths(amount)), rounded(fee))
  }
  for (const [payment, fee] of kept) add('fee', 'fee', payment, 0n, rounded(fee))
  const told = moves.reduce((sum, { fee }) => sum + fee.minor, 0n)
  const rest = BigInt(payout.deducted_fees) - told
  if (rest !== 0n) add('rest', 'fee', null, 0n, rest)
  return moves
}

/** Rows have no names: a second one of its kind is told apart by its place, which stays. */
const uniqueIn = (moves: readonly ListedMove[], ref: string): string => {
  const same = moves.filter((each) => each.ref === ref || each.ref.startsWith(`${ref}#`)).length
  return same === 0 ? ref : `${ref}#${same + 1}`
}

/** Tenths of a minor unit, of a text with at most one place; further places are cut. */
const tenths = (text: string): bigint => {
  const [, sign, whole = '0', place = '0'] = /^(-?)(\d+)(?:\.(\d))?/.exec(text) ?? []
  const found = BigInt(whole) * 10n + BigInt(place)
  return sign === '-' ? -found : found
}

/** Half away from zero. */
const rounded = (of: bigint): bigint => (of < 0n ? -((-of + 5n) / 10n) : (of + 5n) / 10n)
