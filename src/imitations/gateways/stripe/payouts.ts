/** What goes to the bank: everything of a currency that has not gone yet, or a sum that somebody sends by hand. */
import { type Account, change } from './account.ts'
import { addTransaction } from './charges.ts'
import { unable } from './errors.ts'
import { emit } from './notices.ts'
import type { Payout } from './objects.ts'

/** `amount` null: automatic, with all that waits; else by hand, of which Stripe cannot say what it is made of. */
export function payOut(
  account: Account,
  asked: { currency: string; amount: number | null; fee: number; status: Payout['status'] },
): Payout {
  const waiting = [...account.transactions.values()].filter(
    ({ id, currency, type }) =>
      currency === asked.currency && !type.startsWith('payout') && account.payoutOfMove.get(id) === undefined,
  )
  const amount = asked.amount ?? waiting.reduce((sum, { net }) => sum + net, 0) - asked.fee
  if (amount <= 0) unable('There is nothing to pay out.', { code: 'balance_insufficient' })
  const id = account.newId('po')
  if (asked.amount === null) for (const each of waiting) account.payoutOfMove.put(each.id, id)
  const taken = addTransaction(account, {
    amount: -amount,
    currency: asked.currency,
    fee: asked.fee,
    source: id,
    type: 'payout',
  })
  const payout: Payout = {
    id,
    object: 'payout',
    amount,
    arrival_date: Math.floor(account.now() / 86_400) * 86_400 + 2 * 86_400,
    automatic: asked.amount === null,
    balance_transaction: taken.id,
    created: account.now(),
    currency: asked.currency,
    description: 'STRIPE PAYOUT',
    destination: 'ba_1Imitation00000',
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: {},
    method: asked.fee > 0 ? 'instant' : 'standard',
    reconciliation_status: asked.amount === null ? 'completed' : 'not_applicable',
    source_type: 'card',
    statement_descriptor: null,
    status: asked.status,
    trace_id: null,
    type: 'bank_account',
  }
  account.payouts.put(id, payout)
  account.kit.did('payout_created', { payout: id, amount, currency: asked.currency })
  emit(account, 'payout.created', payout)
  return payout
}

/** What fails gives its money back to the balance. */
export function settlePayout(account: Account, payout: Payout, outcome: 'paid' | 'failed'): Payout {
  if (payout.status === 'failed' || payout.status === 'canceled' || payout.status === outcome)
    unable(`This payout is ${payout.status}.`)
  const settled = change(account.payouts, payout, { status: outcome })
  if (outcome === 'failed')
    addTransaction(account, {
      amount: payout.amount,
      currency: payout.currency,
      fee: 0,
      source: payout.id,
      type: 'payout_failure',
    })
  account.kit.did(`payout_${outcome}`, { payout: payout.id, amount: payout.amount })
  emit(account, `payout.${outcome}`, settled)
  return settled
}
