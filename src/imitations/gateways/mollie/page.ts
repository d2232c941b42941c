/** What a buyer can do on the imitated page of Mollie's. */
import { z } from 'zod'
import type { PayPage } from '../../kit/pay-page.ts'
import type { Payment } from './account.ts'

/** Beside the ways to end it, the reasons for which a card fails. */
const ends = ['ideal', 'card', 'paypal', 'later', 'cancel', 'never_visited'] as const
const failures = [
  'insufficient_funds',
  'card_expired',
  'inactive_card',
  'possible_fraud',
  'refused_by_issuer',
  'authentication_required',
  'invalid_card_number',
  'unknown_reason',
] as const

export const Ways = z.enum([...ends, ...failures])
export type Way = z.infer<typeof Ways>
export const isWay = (how: string): how is Way => Ways.safeParse(how).success

const words: Record<Payment['status'], string> = {
  open: '',
  pending: 'Started, not yet settled.',
  paid: 'Paid. (No money moved.)',
  failed: 'The payment failed.',
  canceled: 'This payment was canceled.',
  expired: 'This payment has expired.',
}

export function choicesOf(payment: Payment): Omit<PayPage, 'provider'> {
  const amount = `${payment.amount.value} ${payment.amount.currency}`
  const what = payment.description
  if (payment.status !== 'open')
    return {
      amount,
      what,
      said: words[payment.status],
      choices: [],
      ...(payment.redirectUrl ? { leave: payment.redirectUrl } : {}),
    }
  if (Number(payment.amount.value) === 0)
    return {
      amount,
      what,
      choices: [
        { value: 'card', label: 'Keep a card', detail: 'nothing is charged now' },
        { value: 'paypal', label: 'Keep a PayPal account', detail: 'nothing is charged now' },
        { value: 'insufficient_funds', label: 'Keep a card', detail: 'refused' },
        { value: 'cancel', label: 'Cancel' },
        { value: 'back', label: 'Back to the shop' },
      ],
    }
  const kept = payment.sequenceType === 'first' ? 'and let the shop keep it for renewals' : 'accepted'
  return {
    amount,
    what,
    choices: [
      { value: 'ideal', label: 'Pay by iDEAL', detail: kept },
      { value: 'card', label: 'Pay by card', detail: kept },
      { value: 'insufficient_funds', label: 'Pay by card', detail: 'declined: insufficient funds' },
      { value: 'later', label: 'Pay by bank transfer', detail: 'takes days, then arrives' },
      { value: 'cancel', label: 'Cancel the payment' },
      { value: 'back', label: 'Back to the shop' },
    ],
  }
}
