/** What the form of a plan sent, as the catalog wants it. Amounts are typed in decimals and become minor units here. */
import type { PlanFacts, Price } from '#modules/catalog/plans.ts'
import { isCurrency } from '#platform/money.ts'
import { type FormReader, formReader } from './form-reader.server.ts'

export const termUnits = ['hour', 'day', 'month', 'year'] as const

export function readPlanForm(form: FormData, currency: string): { facts: PlanFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const facts: PlanFacts = {
    productId: read.text('product_id', { most: 60 }),
    name: read.text('name', { most: 80 }),
    description: read.text('description', { most: 2_000, least: 0, lines: true }),
    termUnit: read.choice('term_unit', termUnits),
    termCount: read.whole('term_count', { from: 1, to: 1_000 }),
    creditCostMilli: creditsIn(read, 'credits'),
    trial: read.flag('trial'),
    renewable: read.flag('renewable'),
    bestValue: read.flag('best_value'),
    active: read.flag('active'),
    position: read.whole('position', { from: 0, to: 9_999 }),
    prices: prices(form, read, currency),
  }
  if (facts.trial && facts.renewable) read.refuse('renewable', 'A trial ends; it is not renewed. Please choose one.')
  return { facts, errors: read.errors }
}

/** `1.5` credits are 1,500 thousandths. */
export function creditsIn(read: FormReader, name: string): bigint {
  const text = read.raw(name).replace(',', '.')
  if (text === '') return 0n
  const match = /^(\d{1,9})(?:\.(\d{1,3}))?$/.exec(text)
  if (!match) {
    read.refuse(name, 'Please enter credits, like 1 or 0.5, with at most three decimals.')
    return 0n
  }
  return BigInt(match[1] ?? '0') * 1_000n + BigInt((match[2] ?? '').padEnd(3, '0'))
}

/** A row per currency; a price that was emptied is taken away. The last row names a further currency. */
function prices(form: FormData, read: FormReader, own: string): Price[] {
  const sent = [...form.keys()].flatMap((name) => /^price\.([A-Z]{3})$/.exec(name)?.[1] ?? [])
  const known = [...new Set([own, ...sent])].filter(isCurrency)
  const rows = known.flatMap((currency) => priceOf(read, currency, `price.${currency}`, `setup.${currency}`))
  const added = read.raw('new_currency').toUpperCase()
  if (added === '' && read.raw('new_price') === '') return rows
  if (!isCurrency(added)) {
    read.refuse('new_currency', 'Please enter the three letters of a currency, like USD.')
    return rows
  }
  if (rows.some(({ currency }) => currency === added)) {
    read.refuse('new_currency', `There is a price in ${added} already.`)
    return rows
  }
  return [...rows, ...priceOf(read, added, 'new_price', 'new_setup', true)]
}

function priceOf(read: FormReader, currency: string, name: string, setupName: string, required = false): Price[] {
  const amount = read.money(name, currency, { required })
  const setup = read.money(setupName, currency)
  if (amount === null) {
    if (setup !== null) read.refuse(name, 'A set-up fee needs its price.')
    return []
  }
  return [{ currency, amountMinor: amount.minor, setupMinor: setup?.minor ?? 0n }]
}
