/** The balances of one imitated Mollie account: what moved, what was kept of it, and settlements that send the rest to the bank. */
import { type Money, minus, money, sum } from '#platform/money.ts'
import type { Kit } from '../../kit.ts'
import { amountOf, MollieError, mollieAmount, newId } from './values.ts'

type Amount = { currency: string; value: string }
export type Movement = {
  id: string
  type: string
  currency: string
  createdAt: string
  initialAmount: Amount
  deductions: Amount | null
  context: Record<string, string>
  /** With which it went to the bank. */
  settlement: string | null
}
export type Settlement = {
  id: string
  reference: string
  createdAt: string
  settledAt: string | null
  status: 'pending' | 'paidout' | 'failed'
  amount: Amount
  currency: string
}

/** As Mollie names the balance of a currency. */
const balanceId = (currency: string): string => `bal_imitated${currency}`

export function openBalance(kit: Kit) {
  const movements = kit.store.shelf<Movement>('movements')
  const settlements = kit.store.shelf<Settlement>('settlements')
  const now = () => kit.now().round('second').toString()
  const newestFirst = () => [...movements.values()].reverse()

  const add = (type: string, amount: Money, kept: Money, context: Record<string, string>): Movement => {
    const made: Movement = {
      id: newId('baltr_'),
      type,
      currency: amount.currency,
      createdAt: now(),
      initialAmount: mollieAmount(amount),
      deductions: kept.minor === 0n ? null : mollieAmount({ ...kept, minor: -kept.minor }),
      context,
      settlement: null,
    }
    movements.put(made.id, made)
    return made
  }
  const resultOf = ({ initialAmount, deductions }: Movement): Money => {
    const amount = amountOf(initialAmount)
    return deductions === null ? amount : minus(amount, { ...amountOf(deductions), minor: -amountOf(deductions).minor })
  }
  const find = (id: string): Settlement => {
    const found = settlements.get(id)
    if (!found) throw new MollieError(404, 'Not Found', `No settlement exists with token ${id}.`)
    return found
  }

  return {
    /** 29 cents, and 18 in a thousand; nothing of nothing. */
    paid(id: string, of: Amount): void {
      const amount = amountOf(of)
      if (amount.minor > 0n) add('payment', amount, feeOn(amount), { paymentId: id })
    },
    refunded(id: string, paymentId: string, of: Amount): void {
      const amount = amountOf(of)
      add('refund', { ...amount, minor: -amount.minor }, money(0, amount.currency), { paymentId, refundId: id })
    },
    /** Each costs so much beside the money. */
    chargedBack(id: string, paymentId: string, of: Amount): void {
      const amount = amountOf(of)
      const context = { paymentId, chargebackId: id }
      add('chargeback', { ...amount, minor: -amount.minor }, money(700, amount.currency), context)
    },
    /** What is about no payment: `invoice-compensation`, `balance-reserve`. */
    corrected: (type: string, of: Amount): Movement => add(type, amountOf(of), money(0, of.currency), {}),

    currencies: () => [...new Set(['EUR', ...newestFirst().map(({ currency }) => currency)])].sort(),
    balanceId,
    of: (id: string): Movement[] => newestFirst().filter(({ currency }) => balanceId(currency) === id),
    settlements: (): Settlement[] => [...settlements.values()],
    settlement: find,
    /** The ids of what a settlement is made of, by their name in a movement. */
    members: (id: string, name: 'paymentId' | 'refundId' | 'chargebackId', type: string): string[] =>
      newestFirst()
        .filter((each) => each.settlement === find(id).id && each.type === type)
        .map(({ context }) => context[name] ?? ''),

    /** Sends all that waits to the bank. */
    settle(currency: string, status: Settlement['status']): Settlement {
      const waiting = newestFirst().filter((each) => each.currency === currency && each.settlement === null)
      const amount = sum(currency, waiting.map(resultOf))
      const made: Settlement = {
        id: newId('stl_'),
        reference: `7049691.${kit.now().toString().slice(2, 7).replace('-', '')}.${String(settlements.size + 1).padStart(2, '0')}`,
        createdAt: now(),
        settledAt: status === 'paidout' ? now() : null,
        status,
        amount: mollieAmount(amount),
        currency,
      }
      settlements.put(made.id, made)
      for (const each of waiting) movements.put(each.id, { ...each, settlement: made.id })
      const out = add('outgoing-transfer', { ...amount, minor: -amount.minor }, money(0, currency), {
        settlementId: made.id,
        transferId: newId('trf_'),
      })
      movements.put(out.id, { ...out, settlement: made.id })
      kit.did('settlement', { settlement: made.id, amount: made.amount.value })
      return made
    },

    movementJson: (each: Movement): object => ({
      resource: 'balance-transaction',
      id: each.id,
      mode: 'test',
      type: each.type,
      resultAmount: mollieAmount(resultOf(each)),
      initialAmount: each.initialAmount,
      ...(each.deductions ? { deductions: each.deductions, deductionDetails: { fees: each.deductions } } : {}),
      context: each.context,
      createdAt: each.createdAt,
    }),
    settlementJson: ({ currency, ...facts }: Settlement): object => ({
      resource: 'settlement',
      ...facts,
      balanceId: balanceId(currency),
      invoiceId: null,
      periods: {},
      _links: {},
    }),
  }
}

const feeOn = ({ minor, currency }: Money): Money => money((minor * 18n + 500n) / 1000n + 29n, currency)
