/** The form of the programme for affiliates: its rules as they are typed. */
import type { Programme } from '#modules/affiliates/programme.ts'
import type { Rule } from '#modules/affiliates/rules.ts'
import { money, toDecimal } from '#platform/money.ts'
import { percentOf } from './coupon-form.server.ts'
import { type FormReader, formReader } from './form-reader.server.ts'

const kinds = ['percent', 'amount', 'none'] as const

export function ruleShown({ kind, value, payments }: Rule, currency: string) {
  return {
    kind,
    payments,
    percent: kind === 'percent' ? String(value / 100) : '',
    amount: kind === 'amount' ? toDecimal(money(BigInt(value), currency)) : '',
  }
}

export function readProgramme(
  form: FormData,
  currency: string,
): { programme: Programme; errors: Record<string, string> } {
  const read = formReader(form)
  const sum = (name: string, positive = false): number | null => {
    const amount = read.money(name, currency, { positive })
    return amount === null ? null : Number(amount.minor)
  }
  const own = [...form.keys()].flatMap((name) => /^kind\.(prod_\w+)$/.exec(name)?.[1] ?? [])
  const programme: Programme = {
    on: read.flag('on'),
    open: read.flag('open'),
    rule: ruleOf(read, '', currency),
    products: own
      .filter((id) => read.raw(`kind.${id}`) !== '')
      .map((id) => ({ product_id: id, ...ruleOf(read, `.${id}`, currency) })),
    hold_days: read.whole('hold_days', { from: 0, to: 365 }),
    link_days: read.whole('link_days', { from: 1, to: 365 }),
    least_payout: sum('least_payout') ?? 0,
    below: sum('below'),
    by_hand: read.flag('by_hand'),
    credit_price: sum('credit_price', true),
  }
  return { programme, errors: read.errors }
}

function ruleOf(read: FormReader, at: string, currency: string): Rule {
  const kind = read.choice(`kind${at}`, kinds)
  const payments = kind === 'none' ? 0 : read.whole(`payments${at}`, { from: 0, to: 120 })
  if (kind === 'none') return { kind, value: 0, payments }
  if (kind === 'percent') return { kind, value: percentOf(read, `percent${at}`), payments }
  const amount = read.money(`amount${at}`, currency, { required: true, positive: true })
  return { kind, value: Number(amount?.minor ?? 0n), payments }
}
