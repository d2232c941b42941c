/** Reads the question out of the address, and makes the answer ready to show: one page of rows, with names. */
import { type Shop, transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { type Backtest, backtest, mostDaysPast } from '#modules/dunning/backtest.ts'
import { mostDays, type Question, type Rehearsal, rehearse } from '#modules/dunning/rehearse.ts'
import { actions, assumptions, type Foreseen } from '#modules/dunning/rules/foretell.ts'
import type { Summary } from '#modules/dunning/rules/summary.ts'
import { listPolicies } from '#modules/subscriptions/queries.ts'
import { faultsOf, type Policy } from '#modules/subscriptions/rules/policy.ts'
import type { Step } from '#modules/subscriptions/rules/step.ts'
import { dateOf } from '#platform/time.ts'
import { listLimit } from './list-page.server.ts'

/** Kinds of rows that one can choose. */
export const actionsShown = actions

export async function readRehearsal(shop: Shop, url: URL) {
  const params = url.searchParams
  const policies = await transaction(shop, 'read-policies', listPolicies)
  const policy = policies.find(({ id }) => id === params.get('policy')) ?? policies[0] ?? null
  const { steps, changed, errors } = changedSteps(policy, params)
  const back = params.get('look') === 'back'
  const question: Question = {
    days: back ? daysOf(params.get('days'), 365, 1, mostDaysPast) : daysOf(params.get('days'), 60, 0, mostDays),
    payments: assumptions.find((each) => each === params.get('payments')) ?? 'nobody',
    subscriptionId: params.get('subscription') || undefined,
    policy: changed && policy !== null && Object.keys(errors).length === 0 ? { id: policy.id, steps } : undefined,
  }
  const told = back ? await lookBack(shop, question) : { ...(await rehearse(shop, question)), past: null }
  return {
    past: told.past,
    question: {
      look: back ? ('back' as const) : ('ahead' as const),
      days: question.days,
      payments: told.payments,
      subscriptionId: question.subscriptionId ?? null,
    },
    policy:
      policy === null
        ? null
        : {
            id: policy.id,
            name: policy.name,
            steps: steps.map(({ key, action, ...step }) => ({
              key,
              action,
              unit: step.offset_days === undefined ? ('hours' as const) : ('days' as const),
              offset: offsetOf(step as Step) ?? 0,
            })),
          },
    policies: policies.map(({ id, name }) => ({ value: id, label: name })),
    errors,
    until: told.until.toString(),
    mailWorks: told.mailWorks,
    subscriptions: told.subscriptions,
    figures: figuresOf(told.summary),
    days: told.days.map(({ day, totals, mails }) => ({
      day,
      mails,
      counts: Object.fromEntries(totals.map(({ action, count }) => [action, count])),
    })),
    compared: told.compared === null ? null : { figures: figuresOf(told.compared.summary) },
    ...(await rowsOf(shop, told, params)),
  }
}

function daysOf(text: string | null, usual: number, least: number, most: number): number {
  const days = Number(text || usual)
  return Number.isInteger(days) && days >= least && days <= most ? days : usual
}

/** The past in the shape of a rehearsal; what only the past knows stands beside it. */
async function lookBack(shop: Shop, { days, subscriptionId, policy }: Question) {
  const { leftOut, atRisk, unpaidHours, ...told }: Backtest = await backtest(shop, { days, subscriptionId, policy })
  return { ...told, payments: 'as_before' as const, mailWorks: true, past: { leftOut, atRisk, unpaidHours } }
}

/** Hours that were typed beside the policy's steps: the policy as it might be. */
function changedSteps(policy: Policy | null, params: URLSearchParams) {
  const errors: Record<string, string> = {}
  const steps: Step[] = (policy?.steps ?? []).map((step) => {
    const typed = params.get(`at.${step.key}`)
    if (typed === null || typed === '') return step
    const count = Number(typed)
    const [unit, field, least, most] =
      step.offset_days === undefined
        ? (['hours', 'offset_hours', -2160, 8760] as const)
        : (['days', 'offset_days', -90, 365] as const)
    if (!/^-?\d{1,4}$/.test(typed) || count < least || count > most) {
      errors[`at.${step.key}`] = `Please enter whole ${unit}, from ${least} to ${most}.`
      return step
    }
    return { ...step, [field]: count }
  })
  const changed = steps.some((step, index) => offsetOf(step) !== offsetOf(policy?.steps[index]))
  if (changed) for (const [index, fault] of faultsOf(steps, policy?.rules).entries()) errors[`policy.${index}`] = fault
  return { steps, changed, errors }
}

const offsetOf = (step: Step | undefined) => step?.offset_days ?? step?.offset_hours

const figuresOf = ({ totals, mails, waits, skipped }: Summary) => ({
  totals: totals.map(({ action, count, sums }) => ({ action, count, sums })),
  mails,
  waits,
  skipped,
})

/** One page of what is drilled down to: all rows, one kind, one day; with a changed policy only what differs. */
async function rowsOf(shop: Shop, told: Rehearsal, params: URLSearchParams) {
  const [action, day] = [params.get('action'), params.get('day')]
  const fits = (row: Foreseen) => (!action || row.action === action) && (!day || dateOf(row.at, shop.zone) === day)
  const pairs = told.compared?.differences ?? told.rows.map((after) => ({ before: null, after }))
  const found = pairs.filter(
    ({ before, after }) => (before !== null && fits(before)) || (after !== null && fits(after)),
  )
  const from = Math.max(0, Number(/^\d{1,7}$/.exec(params.get('after') ?? '')?.[0] ?? 0))
  const page = found.slice(from, from + listLimit)
  const names = await transaction(shop, 'read-names', (tx) =>
    customersById(
      tx,
      page.map(({ before, after }) => (after ?? before)?.customerId ?? ''),
    ),
  )
  const shown = page.flatMap(({ before, after }, index) => {
    const row = after ?? before
    if (row === null) return []
    const customer = names.get(row.customerId)
    return [
      {
        id: `${from + index}`,
        subscriptionId: row.subscriptionId,
        customer: customer?.name || customer?.email || '',
        action: row.action,
        outcome: row.outcome,
        reason: row.reason,
        rule: row.rule,
        amount: row.amount,
        at: after?.at.toString() ?? null,
        was: before?.at.toString() ?? null,
      },
    ]
  })
  const next = from + listLimit < found.length ? String(from + listLimit) : null
  return { rows: shown, page: { next, previous: null, about: found.length, exact: true } }
}
