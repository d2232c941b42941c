/**
 * A voucher for a line that is there: it buys the next period, as a renewal that is paid would. The unpaid invoice for that period is taken
 * back, so that nobody pays twice for it.
 */
import { type Shop, transaction } from '#app.ts'
import { Refusal } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { settleFromBalance } from '../billing/confirm-payment.ts'
import { refuseFrozen } from '../billing/disputes/freeze.ts'
import { draftInvoice } from '../billing/invoices.ts'
import { paymentMovedJob } from '../billing/jobs.ts'
import { soldAs } from '../billing/rules.ts'
import { replaceRenewal } from '../billing/withdraw-invoice.ts'
import { findPlan, termOf } from '../catalog/plans.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { redeemed } from './ledger.ts'
import { noteRedeemed, takeVoucher } from './take-voucher.ts'

const mayGrow = ['active', 'grace', 'suspended', 'terminated']

/** Throws `invalid_input` at `/voucher`, `conflict` where the line cannot take it, `in_progress` while its renewal is being paid. */
export function redeemOnto(shop: Shop, typed: string, subscriptionId: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'redeem-voucher', async (tx) => {
    const voucher = await takeVoucher(tx, typed, now)
    const subscription = await lockSubscription(tx, subscriptionId)
    const { customerId, paidThrough } = subscription
    await refuseFrozen(tx, customerId)
    const plan = await findPlan(tx, voucher.planId)
    if (plan === null || plan.id !== subscription.planId)
      throw new Refusal('invalid_input', 'Please check the voucher.', [
        {
          pointer: '/voucher',
          code: 'not_for_plan',
          detail: `This voucher is for ${plan?.name ?? 'another plan'}: redeem it for a new line.`,
        },
      ])
    if (paidThrough === null || !mayGrow.includes(subscription.status))
      throw new Refusal('conflict', 'This line cannot take a voucher as it is now.')
    await replaceRenewal(tx, shop, subscriptionId, paidThrough, { unlessBusy: false, again: false }, now)
    const currency = voucher.currency ?? subscription.currency
    const term = termOf(plan)
    const { id: invoiceId } = await draftInvoice(
      tx,
      shop,
      {
        customerId,
        currency,
        purpose: 'manual',
        holdsTax: true,
        items: [
          {
            kind: 'period',
            description: `${soldAs(plan.name, term)} (voucher)`,
            amount: { minor: voucher.priceMinor, currency },
            subscriptionId,
            planId: plan.id,
            term,
          },
        ],
      },
      now,
    )
    await noteRedeemed(tx, shop, voucher, { customerId, subscriptionId, invoiceId }, now)
    await settleFromBalance(tx, shop, invoiceId, [redeemed({ ...voucher, currency }, customerId)], now)
    await enqueue(tx, paymentMovedJob, { businessId: shop.businessId, invoiceId }, `moved/${invoiceId}`)
  })
}
