/** What is asked for paying late. Values only. */
import { type Instant, isAfter, secondsBetween } from '#platform/time.ts'

export type LateFeeRule = {
  /** `off`, or what one fee is. */
  fee: 'off' | 'percent' | 'amount'
  /** Days after the due day from which on a fee is asked. */
  after_days: number
  /** `percent`: of what the late invoice asked for, as a decimal. */
  percent: string
  /** `amount`: in minor units of the business's currency. */
  amount_minor: number
  /** 0: one fee. Else one more for each further so many days. */
  every_days: number
  /** All fees of one invoice together are never more than so many percent of it. */
  most_percent: number
}

export type LateInvoice = {
  /** What it asked for, without fees for others. */
  baseMinor: bigint
  dueAt: Instant
  /** When it was paid; null: it is open. */
  paidAt: Instant | null
}

/** All that an invoice has cost its customer for being late until `now`, in minor units, before tax is thought of. Half a unit is rounded down. */
export function lateFee(rule: LateFeeRule, { baseMinor, dueAt, paidAt }: LateInvoice, now: Instant): bigint {
  const until = paidAt !== null && isAfter(now, paidAt) ? paidAt : now
  const days = Math.floor(secondsBetween(dueAt, until) / 86_400)
  if (rule.fee === 'off' || baseMinor <= 0n || days < rule.after_days) return 0n
  const times = rule.every_days === 0 ? 1 : 1 + Math.floor((days - rule.after_days) / rule.every_days)
  const one =
    rule.fee === 'percent'
      ? (baseMinor * BigInt(Math.round(Number(rule.percent) * 100))) / 10_000n
      : BigInt(rule.amount_minor)
  const [all, most] = [one * BigInt(times), (baseMinor * BigInt(rule.most_percent)) / 100n]
  return all < most ? all : most
}
