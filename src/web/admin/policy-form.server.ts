/** Between a policy and its form: what is stored becomes rows of texts, and what was typed becomes steps and rules, or faults. */
import type { Condition, Test } from '#modules/subscriptions/rules/condition.ts'
import { faultsOf, type Policy } from '#modules/subscriptions/rules/policy.ts'
import { type Effect, Rule } from '#modules/subscriptions/rules/rule.ts'
import { leftBy, nominalHours, Step } from '#modules/subscriptions/rules/step.ts'
import type { CalendarWish } from '#modules/subscriptions/save-policy.ts'
import { fromDecimal, isCurrency, money, toDecimal } from '#platform/money.ts'
import type { Draft, EffectDraft, RuleDraft, StepDraft, TestDraft } from './policy-draft.ts'

/** Plans and products by name and id: people type names. */
export type Names = readonly { id: string; name: string }[]

export function draftOf(policy: Policy, names: Names): Draft {
  const steps = policy.steps.filter(({ action }) => action !== 'grace')
  return {
    name: policy.name,
    steps: [...steps]
      .sort((a, b) => nominalHours(a) - nominalHours(b))
      .map((step, row) => ({
        row,
        key: step.key,
        action: step.action === 'restrict' ? `restrict.${leftBy(step)}` : step.action,
        ...whenOf(step),
        business: step.business_days ?? '',
      })),
    rules: policy.rules.map((rule, row) => ruleDraft(rule, row, names)),
    country: policy.calendar?.country ?? '',
    region: policy.calendar?.region ?? '',
    also: policy.calendar?.also.join(', ') ?? '',
  }
}

const whenOf = (step: { offset_hours?: number | undefined; offset_days?: number | undefined }) => {
  const offset = step.offset_days ?? step.offset_hours ?? 0
  const unit = step.offset_days === undefined ? 'hours' : 'days'
  return { count: String(Math.abs(offset)), unit, when: offset < 0 ? 'before' : 'after' }
}

function ruleDraft(rule: Rule, row: number, names: Names): RuleDraft {
  return {
    row,
    key: rule.key,
    name: rule.name,
    ...conditionDraft(rule.when, names),
    effects: rule.then.map(effectDraft),
  }
}

/** One level of questions fits the form; deeper trees are kept as they are. */
function showable(when: Condition): { join: 'all' | 'any' | 'none'; tests: Test[] } | null {
  if ('fact' in when) return { join: 'all', tests: [when] }
  const flat = (parts: readonly Condition[]) => parts.filter((part): part is Test => 'fact' in part)
  if ('all' in when || 'any' in when) {
    const parts = 'all' in when ? when.all : when.any
    return flat(parts).length === parts.length ? { join: 'all' in when ? 'all' : 'any', tests: flat(parts) } : null
  }
  const inner = showable(when.not)
  return inner === null || inner.join === 'none' || (inner.join === 'all' && inner.tests.length > 1)
    ? null
    : { join: 'none', tests: inner.tests }
}

function testDraft(test: Test, names: Names): TestDraft {
  const base = { fact: test.fact, extra: '' }
  switch (test.fact) {
    case 'tags':
      return { ...base, op: test.op === 'has' ? 'eq' : 'ne', value: test.value }
    case 'country':
    case 'plan':
    case 'product':
    case 'status':
      return {
        ...base,
        op: test.op === 'in' ? 'eq' : 'ne',
        value: test.value.map((id) => names.find((each) => each.id === id)?.name ?? id).join(', '),
      }
    case 'amount':
      return { ...base, op: test.op, value: toDecimal(money(test.value, test.currency)), extra: test.currency }
    case 'on_time_percent':
      return { ...base, op: test.op, value: String(test.value), extra: String(test.last) }
    case 'failed_charges':
      return { ...base, op: test.op, value: String(test.value), extra: String(test.days) }
    default:
      return { ...base, op: test.op, value: String(test.value) }
  }
}

function effectDraft(effect: Effect): EffectDraft {
  switch (effect.do) {
    case 'shift': {
      const [count, unit] = effect.hours === 0 ? [effect.days, 'days'] : [effect.days * 24 + effect.hours, 'hours']
      return {
        effect: count < 0 ? 'earlier' : 'later',
        target: `step:${effect.step}`,
        count: String(Math.abs(count)),
        unit: String(unit),
        when: 'after',
      }
    }
    case 'replace':
      return { effect: 'replace', target: `step:${effect.step}`, ...whenOf(effect.with) }
    case 'add':
      return { effect: 'add', target: `action:${effect.step.action}`, ...whenOf(effect.step) }
    case 'remove':
      return { effect: 'remove', target: `step:${effect.step}`, count: '', unit: 'days', when: 'after' }
  }
}

export type Typed = {
  name: string
  steps: Step[]
  rules: Rule[]
  calendar: CalendarWish | null
  /** Field → sentence. */
  errors: Record<string, string>
}

/** What was typed, or what is wrong with it, beside its field; what belongs to no field stands on top of the form. */
export function typedOf(draft: Draft, names: Names, known: Policy): Typed {
  const errors: Record<string, string> = {}
  const steps: Step[] = known.steps.filter(({ action }) => action === 'grace')
  for (const row of draft.steps) {
    const step = Step.safeParse(stepOf(row, steps))
    if (step.success) steps.push(step.data)
    else errors[`step.${row.row}.count`] = 'Please enter a length up to 90 days before or 365 days after the end.'
  }
  const rules: Rule[] = []
  for (const row of draft.rules) {
    const rule = Rule.safeParse(ruleOf(row, rules, names))
    if (rule.success) rules.push(rule.data)
    else
      errors[`rule.${row.row}.name`] =
        row.name === ''
          ? 'Please name the rule.'
          : 'Please give this rule whole conditions (a fact, a comparison, a value) and at least one effect.'
  }
  const name = draft.name || known.name
  if (name.length > 80) errors.name = 'This is too long: at most 80 characters.'
  const also = draft.also.split(/[,\s]+/).filter((day) => day !== '')
  if (also.some((day) => !isDay(day))) errors.also = 'Please enter dates like 2026-12-24.'
  if (Object.keys(errors).length === 0)
    for (const [index, fault] of faultsOf(steps, rules).entries()) errors[`policy.${index}`] = fault
  const calendar =
    draft.country === '' && also.length === 0
      ? null
      : { country: draft.country || null, region: draft.region || null, also }
  return { name, steps, rules, calendar, errors }
}

function isDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text
  } catch {
    return false
  }
}

const stepOf = (row: StepDraft, taken: readonly { key: string }[]) => ({
  key: row.key || newKey(`${row.action}_${row.count}${row.unit.charAt(0)}_${row.when}`, taken),
  ...actOf(row.action),
  ...offsetOf(row),
  ...(row.business === '' ? {} : { business_days: row.business }),
})

/** `restrict.2` leaves two connections. */
function actOf(typed: string): { action: string; connections?: number } {
  const [, left] = /^restrict\.(\d{1,2})$/.exec(typed) ?? []
  return left === undefined ? { action: typed } : { action: 'restrict', connections: Number(left) }
}

function offsetOf({ count, unit, when }: { count: string; unit: string; when: string }) {
  const length = lengthOf(count)
  const offset = when === 'before' && length > 0 ? -length : when === 'before' || when === 'after' ? length : Number.NaN
  return unit === 'days' ? { offset_days: offset } : { offset_hours: offset }
}

const lengthOf = (count: string): number => (/^\d{1,5}$/.test(count) ? Number(count) : Number.NaN)

/** What is done is remembered under its key, so a known step keeps its own and a new one gets one that nobody has. */
function newKey(wanted: string, taken: readonly { key: string }[]): string {
  const base =
    wanted
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, '_')
      .slice(0, 36) || 'rule'
  for (let number = 1; ; number++) {
    const key = number === 1 ? base : `${base}_${number}`
    if (!taken.some((each) => each.key === key)) return key
  }
}

function ruleOf(row: RuleDraft, taken: readonly Rule[], names: Names) {
  const when = conditionTyped(row, names)
  const added: { key: string }[] = []
  return {
    key: row.key || newKey(row.name, taken),
    name: row.name,
    when,
    // biome-ignore lint/suspicious/noThenProperty: the words of a rule; it is data that nobody awaits.
    then: row.effects.map((effect) => effectOf(effect, added)),
  }
}

/** What was typed as a condition: its schema says whether it is one. A tree that the form cannot show is kept as it was. */
export function conditionTyped({ tests, join, kept }: Pick<RuleDraft, 'tests' | 'join' | 'kept'>, names: Names) {
  if (kept !== '') return parsed(kept)
  const asked = tests.map((test) => testOf(test, names))
  return join === 'all' ? { all: asked } : join === 'any' ? { any: asked } : { not: { any: asked } }
}

/** A condition as rows of the form, or kept whole. */
export function conditionDraft(condition: Condition, names: Names): Pick<RuleDraft, 'tests' | 'join' | 'kept'> {
  const shown = showable(condition)
  return {
    join: shown?.join ?? 'all',
    kept: shown === null ? JSON.stringify(condition) : '',
    tests: (shown?.tests ?? []).map((test) => testDraft(test, names)),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function testOf({ fact, op, value, extra }: TestDraft, names: Names): unknown {
  const set = op === 'eq' ? 'in' : op === 'ne' ? 'not_in' : op
  const listed = value.split(',').map((each) => each.trim())
  switch (fact) {
    case 'tags':
      return { fact, op: op === 'eq' ? 'has' : op === 'ne' ? 'has_not' : op, value }
    case 'country':
      return { fact, op: set, value: listed.map((each) => each.toUpperCase()) }
    case 'status':
      return { fact, op: set, value: listed.map((each) => each.toLowerCase()) }
    case 'plan':
    case 'product': {
      const prefix = fact === 'plan' ? 'plan_' : 'prod_'
      const idOf = (name: string) =>
        names.find(
          (each) => each.id.startsWith(prefix) && (each.id === name || each.name.toLowerCase() === name.toLowerCase()),
        )?.id
      return { fact, op: set, value: listed.map(idOf) }
    }
    case 'amount':
      return { fact, op, currency: extra.toUpperCase(), value: minorOf(value, extra.toUpperCase()) }
    case 'on_time_percent':
      return { fact, op, last: lengthOf(extra), value: Number(value) }
    case 'failed_charges':
      return { fact, op, days: lengthOf(extra), value: lengthOf(value) }
    default:
      return { fact, op, value: lengthOf(value) }
  }
}

function minorOf(value: string, currency: string): number {
  const amount = isCurrency(currency) ? fromDecimal(value, currency) : null
  return amount === null ? Number.NaN : Number(amount.minor)
}

function effectOf(row: EffectDraft, added: { key: string }[]): unknown {
  const [kind, target = ''] = row.target.split(':')
  const step = kind === 'step' ? target : ''
  switch (row.effect) {
    case 'later':
    case 'earlier': {
      const count = lengthOf(row.count) * (row.effect === 'later' ? 1 : -1)
      return { do: 'shift', step, ...(row.unit === 'days' ? { days: count } : { hours: count }) }
    }
    case 'replace':
      return { do: 'replace', step, with: offsetOf(row) }
    case 'add': {
      const action = kind === 'action' ? target : ''
      const key = newKey(`rule_${action}_${row.count}${row.unit.charAt(0)}_${row.when}`, added)
      added.push({ key })
      return { do: 'add', step: { key, action, ...offsetOf(row) } }
    }
    default:
      return { do: row.effect, step }
  }
}
