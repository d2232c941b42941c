/** What the pages of the books show: accounts with their holders' names, amounts as money or as credits. */
import { affiliateNames, childBusinesses } from '#modules/affiliates/queries.ts'
import type { AccountBalance } from '#modules/analytics/books.ts'
import { customersById } from '#modules/analytics/names.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { batchNames } from '#modules/vouchers/queries.ts'
import type { Tx } from '#platform/db.ts'
import { isCurrency, type Money, money } from '#platform/money.ts'

/** Credits are thousandths, shown as a number. */
export const amountOf = (unit: string, minor: bigint): Money | { credits: string } =>
  isCurrency(unit) ? money(minor, unit) : { credits: decimal(minor, 3) }

/** What an account holds, or what a transfer did to it: credits count up, debits down. */
export type Sided = { amount: ReturnType<typeof amountOf>; side: 'debit' | 'credit' | null }

export const sidedOf = (unit: string, minor: bigint): Sided => ({
  amount: amountOf(unit, minor < 0n ? -minor : minor),
  side: minor === 0n ? null : minor < 0n ? 'debit' : 'credit',
})

const decimal = (value: bigint, digits: number): string => {
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  return `${value < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Names of holders by id: customers, gateways, batches of vouchers, affiliates and resellers. */
export async function namesOfHolders(tx: Tx, holders: readonly (string | null)[]): Promise<Map<string, string>> {
  const of = (kind: string) => holders.filter((each): each is string => each?.startsWith(kind) ?? false)
  const customers = await customersById(tx, of('cus_'))
  const names = new Map<string, string>()
  for (const [id, customer] of customers) names.set(id, customer.name || customer.email)
  for (const gateway of await listGateways(tx)) names.set(gateway.id, gateway.name)
  for (const batch of await batchNames(tx, of('vcb_'))) names.set(batch.id, batch.name)
  for (const affiliate of await affiliateNames(tx, of('aff_'))) names.set(affiliate.id, affiliate.name)
  if (of('biz_').length > 0) for (const reseller of await childBusinesses(tx)) names.set(reseller.id, reseller.name)
  return names
}

export const kindOf = (account: string): AccountBalance['kind'] => account.split('/')[0] as AccountBalance['kind']
export const holderOf = (account: string): string | null => account.split('/')[2] ?? null
