/** What the pages of the books show: accounts with their holders' names, amounts as money or as credits. */
import { type Shop, transaction } from '#app.ts'
import { affiliateNames, childBusinesses } from '#modules/affiliates/queries.ts'
import {
  type AccountBalance,
  type BookedTransfer,
  journalAfter,
  type TransferFilter,
} from '#modules/analytics/books.ts'
import { csvCell } from '#modules/analytics/csv.ts'
import { customersById } from '#modules/analytics/names.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { batchNames } from '#modules/vouchers/queries.ts'
import type { Tx } from '#platform/db.ts'
import { isCurrency, type Money, money, toDecimal } from '#platform/money.ts'

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

const headings = ['time', 'debit', 'credit', 'amount', 'unit', 'purpose', 'source', 'cause', 'transfer']

const rowOf = (each: BookedTransfer): string =>
  [
    each.at.toString(),
    each.debit,
    each.credit,
    isCurrency(each.unit) ? decimalOf(each) : decimal(each.amount, 3),
    each.unit,
    each.purpose,
    each.source === null ? '' : `${each.source.type} ${each.source.id}`,
    each.cause,
    each.id,
  ]
    .map(csvCell)
    .join(',')

const decimalOf = ({ amount, unit }: BookedTransfer): string => toDecimal(money(amount, unit))

const rowsAtOnce = 2_000

/** The whole journal as CSV, oldest first, read page by page: its size is nobody's memory. */
export function journalCsv(shop: Shop, filter: TransferFilter): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let last: string | null = null
  let begun = false
  return new ReadableStream({
    async pull(controller) {
      if (!begun) controller.enqueue(encoder.encode(`${headings.join(',')}\r\n`))
      begun = true
      const found = await transaction(shop, 'read-journal', (tx) => journalAfter(tx, filter, last, rowsAtOnce))
      if (found.length > 0) {
        controller.enqueue(encoder.encode(found.map((each) => `${rowOf(each)}\r\n`).join('')))
        last = found.at(-1)?.id ?? null
      }
      if (found.length < rowsAtOnce) controller.close()
    },
  })
}
