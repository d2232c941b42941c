/** What a buyer can do on the imitated page of GoCardless'. */
import type { PayPage } from '../../kit/pay-page.ts'
import type { Request } from './account.ts'

export function choicesOf({
  payment_request: asked,
  mandate_request: mandate,
  status,
}: Request): Omit<PayPage, 'provider'> {
  const amount = asked ? `${(asked.amount / 100).toFixed(2)} ${asked.currency}` : 'Direct debit'
  const what = asked?.description ?? mandate?.description ?? 'A mandate for later payments'
  if (status !== 'pending') return { amount, what, said: `This request is ${status}.`, choices: [] }
  const detail = asked ? 'and it arrives at once' : 'from DE•••• 3000, which pays'
  return {
    amount,
    what,
    choices: [
      { value: 'pays', label: asked ? 'Pay from my bank' : 'Allow the debit', detail },
      { value: 'insufficient_funds', label: 'Allow the debit', detail: 'from an account without money' },
      { value: 'later', label: 'Allow the debit', detail: 'the bank answers when it is told to' },
      { value: 'back', label: 'Back to the shop', detail: 'allow nothing' },
    ],
  }
}
