/** Which renewals of one customer can be asked for by one invoice, though they are no household. Pure. */
import { dateOf } from '#platform/time.ts'
import type { PlannedStep } from './policy.ts'
import type { Subscription } from './subscription.ts'

/** Days of the business: when the policy asks for the next period, and when that begins. */
export type AskedOn = { asked: string; due: string; currency: string }

/** Null: its policy issues no invoice. */
export function askedOn(
  { paidThrough, currency }: Pick<Subscription, 'paidThrough' | 'currency'>,
  planned: readonly PlannedStep[],
  zone: string,
): AskedOn | null {
  const step = planned.find(({ action }) => action === 'issue_invoice')
  if (paidThrough === null || step === undefined) return null
  return { asked: dateOf(step.at, zone), due: dateOf(paidThrough, zone), currency }
}

/** An invoice has one due day and one tax point, so what begins on another day has an invoice of its own. */
export const goTogether = (a: AskedOn | null, b: AskedOn | null): boolean =>
  a !== null && b !== null && a.asked === b.asked && a.due === b.due && a.currency === b.currency
