/** A voucher over money is put on its holder's balance, which pays what he owes and what he buys. Redeemed once, whoever is first. */
import { type Shop, transaction } from '#app.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import { refuseFrozen } from '../billing/disputes/freeze.ts'
import { spendBalanceSoon } from '../billing/jobs.ts'
import { record } from '../events/record.ts'
import { post } from '../ledger/post.ts'
import { findCustomer } from '../people/customers.ts'
import { redeemedInto } from './ledger.ts'
import { noteRedeemed, takeMoneyVoucher } from './take-voucher.ts'

/** Answers what it was worth. Throws `invalid_input` at `/voucher`, `customer_frozen` while a dispute of his is open. */
export function redeemMoney(shop: Shop, typed: string, customerId: string): Promise<Money> {
  const now = shop.now()
  return transaction(shop, 'redeem-money', async (tx) => {
    if ((await findCustomer(tx, customerId)) === null) throw new Refusal('not_found', 'There is no such customer.')
    await refuseFrozen(tx, customerId)
    const voucher = await takeMoneyVoucher(tx, typed, now)
    await noteRedeemed(tx, shop, voucher, { customerId, subscriptionId: null, invoiceId: null }, now)
    await post(tx, shop, redeemedInto(voucher, voucher.currency, customerId), { id: voucher.id, at: now })
    await record(tx, shop, now, {
      type: 'balance.credited',
      subjectType: 'customer',
      subjectId: customerId,
      customerId,
      data: { amount: voucher.valueMinor.toString(), currency: voucher.currency, voucher: voucher.id },
    })
    await spendBalanceSoon(tx, shop, customerId)
    return money(voucher.valueMinor, voucher.currency)
  })
}
