/** What must always be true of money asked and money received. */
import { bankInvariants } from './invariants/bank.ts'
import { changeInvariants } from './invariants/changes.ts'
import { chargeInvariants } from './invariants/charges.ts'
import { comparisonInvariants } from './invariants/comparison.ts'
import { disputeInvariants } from './invariants/disputes.ts'
import { exchangeInvariants } from './invariants/exchange.ts'
import { invoiceInvariants } from './invariants/invoices.ts'
import { paymentInvariants } from './invariants/payments.ts'
import { payoutInvariants } from './invariants/payouts.ts'
import { priceInvariants } from './invariants/prices.ts'
import { strayInvariants } from './invariants/stray.ts'
import { taxInvariants } from './invariants/tax.ts'

export const billingInvariants = [
  ...invoiceInvariants,
  ...changeInvariants,
  ...priceInvariants,
  ...exchangeInvariants,
  ...paymentInvariants,
  ...strayInvariants,
  ...chargeInvariants,
  ...bankInvariants,
  ...comparisonInvariants,
  ...disputeInvariants,
  ...payoutInvariants,
  ...taxInvariants,
]
