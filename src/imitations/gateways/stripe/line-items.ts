/** What is bought: only prices given with the session (`price_data`), no stored ones. */
import type { Account } from './account.ts'
import { checkCurrency, checkMultiple } from './amounts.ts'
import { missing, noSuch, refuse } from './errors.ts'
import { allow, type Form, integer, items, needed, section, text } from './form.ts'
import type { LineItem } from './objects.ts'

export type Line = { name: string; description: string | null; currency: string; unitAmount: number; quantity: number }

export function readLines(form: Form): Line[] {
  const given = items(form, 'line_items')
  if (given.length === 0) missing('line_items')
  const lines = given.map((item, index) => readLine(item, `line_items[${index}]`))
  const other = lines.find((line) => line.currency !== lines[0]?.currency)
  if (other) refuse('All line items must have the same currency.', { param: 'line_items' })
  return lines
}

function readLine(item: string | Form, param: string): Line {
  if (typeof item === 'string') return refuse('Invalid object', { param })
  allow(item, ['price', 'price_data', 'quantity'], param)
  const price = text(item, 'price')
  if (price !== null) noSuch('price', price, `${param}[price]`, 400)
  if (item.price_data === undefined) missing(`${param}[price_data]`)
  const data = section(item, 'price_data')
  allow(data, ['currency', 'product_data', 'tax_behavior', 'unit_amount'], `${param}[price_data]`)
  const product = section(data, 'product_data')
  const inside = `${param}[price_data]`
  const currency = checkCurrency(needed(data, 'currency', `${inside}[currency]`), `${inside}[currency]`)
  const unitAmount = integer(data, 'unit_amount', `${inside}[unit_amount]`) ?? missing(`${inside}[unit_amount]`)
  if (unitAmount < 0)
    refuse('This value must be greater than or equal to 0.', {
      code: 'parameter_invalid_integer',
      param: `${inside}[unit_amount]`,
    })
  checkMultiple(unitAmount, currency, `${inside}[unit_amount]`)
  const quantity = integer(item, 'quantity', `${param}[quantity]`) ?? missing(`${param}[quantity]`)
  if (quantity < 1)
    refuse('This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param: `${param}[quantity]`,
    })
  return {
    name: needed(product, 'name', `${inside}[product_data][name]`),
    description: text(product, 'description'),
    currency,
    unitAmount,
    quantity,
  }
}

export const sumOf = (lines: Line[]) => lines.reduce((sum, line) => sum + line.unitAmount * line.quantity, 0)

export function lineItem(account: Account, line: Line): LineItem {
  const total = line.unitAmount * line.quantity
  return {
    id: account.newId('li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: total,
    amount_tax: 0,
    amount_total: total,
    currency: line.currency,
    description: line.name,
    metadata: {},
    price: {
      id: account.newId('price'),
      object: 'price',
      active: false,
      billing_scheme: 'per_unit',
      created: account.now(),
      currency: line.currency,
      custom_unit_amount: null,
      livemode: false,
      lookup_key: null,
      metadata: {},
      nickname: null,
      product: account.newId('prod', 14),
      recurring: null,
      tax_behavior: 'unspecified',
      tiers_mode: null,
      transform_quantity: null,
      type: 'one_time',
      unit_amount: line.unitAmount,
      unit_amount_decimal: String(line.unitAmount),
    },
    quantity: line.quantity,
  }
}
