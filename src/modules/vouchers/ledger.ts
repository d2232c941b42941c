/** Where vouchers stand in the books. Values only. */
import type { Transfer } from '../ledger/post.ts'
import { type Account, customerBalance, writeOff } from '../ledger/rules.ts'

/** Sold and not redeemed yet: it is owed to whoever holds the codes. */
export const owedForVouchers = (unit: string): Account => ({ kind: 'deferred', unit, holder: 'vouchers' })

/** What the buyer of a batch paid, or owes, outside of any gateway. */
export const paidForBatch = (unit: string, batchId: string): Account => ({ kind: 'clearing', unit, holder: batchId })

/** One over money: what was paid for it, and what the shop adds to that, becomes the customer's. */
export const redeemedInto = (
  voucher: { id: string; valueMinor: bigint; priceMinor: bigint },
  currency: string,
  customerId: string,
): Transfer[] => {
  const to = { credit: customerBalance(currency, customerId), causeId: voucher.id }
  return [
    { ...to, debit: owedForVouchers(currency), amount: voucher.priceMinor, purpose: 'voucher' },
    { ...to, debit: writeOff(currency), amount: voucher.valueMinor - voucher.priceMinor, purpose: 'voucher_present' },
  ].filter(({ amount }) => amount > 0n)
}

/** What was owed for one becomes the customer's, who pays with it at once. */
export const redeemed = (
  voucher: { id: string; currency: string; priceMinor: bigint },
  customerId: string,
): Transfer => ({
  debit: owedForVouchers(voucher.currency),
  credit: customerBalance(voucher.currency, customerId),
  amount: voucher.priceMinor,
  purpose: 'voucher',
  causeId: voucher.id,
})
