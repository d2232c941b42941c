/** What all parts of the imitation use: amounts, ids, refusals. */
import { createHash, randomBytes } from 'node:crypto'
import { fromDecimal, type Money, money, toDecimal } from '#platform/money.ts'

export class MollieError extends Error {
  readonly status: number
  readonly title: string
  constructor(status: number, title: string, detail: string) {
    super(detail)
    this.status = status
    this.title = title
  }
}

export const amountOf = ({ currency, value }: { currency: string; value: string }): Money =>
  fromDecimal(value, currency) ?? money(0, currency)

export const mollieAmount = (amount: Money) => ({ currency: amount.currency, value: toDecimal(amount) })

export const newId = (prefix: string): string =>
  prefix + createHash('sha256').update(randomBytes(16)).digest('base64url').replace(/[-_]/g, '').slice(0, 10)
