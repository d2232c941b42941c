/** Accounts by name. Values only. */

export type AccountKind =
  | 'clearing'
  | 'bank'
  | 'customer'
  | 'deferred'
  | 'revenue'
  | 'tax'
  | 'fees'
  | 'disputed'
  | 'suspense'
  | 'write_off'
  | 'shortfall'
  | 'exchange'
  | 'commission'
  | 'affiliate'
  | 'reseller'
  | 'collecting'
  | 'credits_issued'
  | 'wallet'
  | 'credits_used'
  | 'credits_expired'

export type Account = { kind: AccountKind; unit: string; holder: string | null }

/** `customer/EUR/cus_…`, `revenue/EUR`. */
export const idOf = ({ kind, unit, holder }: Account): string =>
  holder === null ? `${kind}/${unit}` : `${kind}/${unit}/${holder}`

/** Accounts that hold somebody's money or credits for him: they store a balance and can never be overdrawn. */
export const isPrepaid = ({ kind }: Pick<Account, 'kind'>): boolean => kind === 'customer' || kind === 'wallet'

/** Money on its way from a gateway to the bank. */
export const clearing = (unit: string, gatewayAccountId: string): Account => ({
  kind: 'clearing',
  unit,
  holder: gatewayAccountId,
})
/** Paid out by gateways, in the bank. */
export const bank = (unit: string): Account => ({ kind: 'bank', unit, holder: null })
/** What a customer has with us. */
export const customerBalance = (unit: string, customerId: string): Account => ({
  kind: 'customer',
  unit,
  holder: customerId,
})
/** Sold, not yet served. */
export const deferred = (unit: string): Account => ({ kind: 'deferred', unit, holder: null })
/** What gateways keep for their trouble. */
export const fees = (unit: string, gatewayAccountId: string): Account => ({
  kind: 'fees',
  unit,
  holder: gatewayAccountId,
})
/** Taken back by buyers or their banks, and not decided yet. */
export const disputedMoney = (unit: string, gatewayAccountId: string): Account => ({
  kind: 'disputed',
  unit,
  holder: gatewayAccountId,
})
/** Money that was ours and is lost. */
export const writeOff = (unit: string): Account => ({ kind: 'write_off', unit, holder: null })
/** What of invoices was missing and is not asked for: too little to be worth it. */
export const shortfall = (unit: string): Account => ({ kind: 'shortfall', unit, holder: null })
/** What is given to those who bring customers. */
export const commission = (unit: string): Account => ({ kind: 'commission', unit, holder: null })
/** What an affiliate has earned and not been paid yet; below nothing where more went back than was left. */
export const affiliateAccount = (unit: string, affiliateId: string): Account => ({
  kind: 'affiliate',
  unit,
  holder: affiliateId,
})
/** What was collected for a reseller and not paid out to him; below nothing where more went back than was left. */
export const owedToReseller = (unit: string, resellerId: string): Account => ({
  kind: 'reseller',
  unit,
  holder: resellerId,
})
/** What is kept of payments that were collected for others. */
export const collecting = (unit: string): Account => ({ kind: 'collecting', unit, holder: null })
/** What came and is nobody's yet: a person says where it belongs. */
export const suspense = (unit: string): Account => ({ kind: 'suspense', unit, holder: null })
/** Where money becomes another unit. */
export const exchange = (unit: string): Account => ({ kind: 'exchange', unit, holder: null })
export const taxPayable = (unit: string): Account => ({ kind: 'tax', unit, holder: null })

export const creditUnit = 'credit'
export const wallet = (holder: string): Account => ({ kind: 'wallet', unit: creditUnit, holder })
export const creditsIssued: Account = { kind: 'credits_issued', unit: creditUnit, holder: null }
export const creditsUsed: Account = { kind: 'credits_used', unit: creditUnit, holder: null }
/** What nobody used in the time that it lasted. */
export const creditsExpired: Account = { kind: 'credits_expired', unit: creditUnit, holder: null }
