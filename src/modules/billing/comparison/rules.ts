/** What of a payment does not agree with what its gateway says of it. */
import type { ListedMoney, PaymentSnapshot } from '#adapters/gateways/gateway.ts'
import type { PaymentStatus } from '../rules.ts'

export const differenceKinds = ['unknown', 'not_booked', 'other_amount', 'other_refunds', 'missing_there'] as const
export type MoneyDifferenceKind = (typeof differenceKinds)[number]

/** `refundedMinor`: what was given back by the gateway, not what became the customer's balance or was given back by hand. */
export type Booked = {
  status: PaymentStatus
  currency: string
  receivedMinor: bigint
  refundedMinor: bigint
  /** Refunds that are on their way: the list counts them already, or not yet. */
  refundingMinor: bigint
  /** What came in other currencies than were asked for, with what of it went back, as texts; null: nothing. */
  stray?: readonly StrayBooked[] | null
}

type StrayBooked = { currency: string; receivedMinor: string; refundedMinor: string; refundingMinor: string }

/** What our books say in the currency that the gateway tells of. */
function inCurrencyOf(booked: Booked, currency: string): Booked {
  const found = booked.stray?.find((each) => each.currency === currency)
  if (found === undefined) return booked
  const [receivedMinor, refundedMinor] = [BigInt(found.receivedMinor), BigInt(found.refundedMinor)]
  return { status: 'succeeded', currency, receivedMinor, refundedMinor, refundingMinor: BigInt(found.refundingMinor) }
}

/** Whether a row of a list agrees so plainly that nobody has to be asked. */
export function agrees(booked: Booked, { received, refunded }: Pick<ListedMoney, 'received' | 'refunded'>): boolean {
  if (received === null) return false
  const { status, currency, receivedMinor, refundedMinor, refundingMinor } = inCurrencyOf(booked, received.currency)
  if (status !== 'succeeded') return false
  if (received.currency !== currency || received.minor !== receivedMinor) return false
  if (refunded === null) return refundingMinor === 0n
  return refunded.minor >= refundedMinor && refunded.minor <= refundedMinor + refundingMinor
}

export type Verdict = {
  kind: Exclude<MoneyDifferenceKind, 'unknown'>
  currency: string
  oursMinor: bigint
  theirsMinor: bigint
}

/** `there`: what the gateway itself answered; null: it does not know the payment. Null: all of it agrees. */
export function verdictOn(
  known: Booked,
  there: Pick<PaymentSnapshot, 'status' | 'received' | 'refunds'> | null,
): Verdict | null {
  const booked = there === null ? known : inCurrencyOf(known, there.received.currency)
  const { currency, receivedMinor, refundedMinor, refundingMinor } = booked
  const ours = booked.status === 'succeeded' ? receivedMinor : 0n
  const paid = there?.status === 'succeeded'
  const theirs = paid ? there.received.minor : 0n
  const theirCurrency = paid ? there.received.currency : currency
  const amounts = { currency: theirCurrency, oursMinor: ours, theirsMinor: theirs }
  if (ours === 0n) return theirs === 0n ? null : { kind: 'not_booked', ...amounts }
  // Taken back before it was settled: nothing is left there, and nothing here.
  if (theirs === 0n && refundedMinor === ours) return null
  if (theirs === 0n) return { kind: 'missing_there', ...amounts }
  if (theirs !== ours || theirCurrency !== currency) return { kind: 'other_amount', ...amounts }
  const back = (there?.refunds ?? [])
    .filter(({ status }) => status === 'succeeded')
    .reduce((sum, { amount }) => sum + amount.minor, 0n)
  if (back >= refundedMinor && back <= refundedMinor + refundingMinor) return null
  return { kind: 'other_refunds', currency, oursMinor: refundedMinor, theirsMinor: back }
}

/** A list that leaves out more than half of what it must have, and more than a handful, is not believed. */
export function doubtOf({ expected, missing }: { expected: number; missing: number }): string | null {
  if (missing <= 10 || missing * 2 <= expected) return null
  return `Its list left out ${missing} of ${expected} payments that we have.`
}
