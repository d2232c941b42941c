/** Rehearsals and backtests: what the lifecycle will do, told beforehand, and what it would have done. Nothing is written, so asking again is asking anew. */
import { rehearseWaking } from '#modules/adoption/wake-adopted.ts'
import { backtest, mostDaysPast } from '#modules/dunning/backtest.ts'
import { mostDays, type Rehearsal, rehearse } from '#modules/dunning/rehearse.ts'
import { actions, assumptions, type Foreseen } from '#modules/dunning/rules/foretell.ts'
import type { Summary } from '#modules/dunning/rules/summary.ts'
import { Step } from '#modules/subscriptions/rules/step.ts'
import { toJson } from '#platform/money.ts'
import { dateOf } from '#platform/time.ts'
import { route } from './route.ts'
import { at, id, money, resource, time, z } from './schemas.ts'

const action = z.enum(actions)
const figures = {
  totals: z.array(z.strictObject({ action, count: z.int(), mails: z.int(), sums: z.array(money) })),
  mails: z.int(),
  waits: z.int(),
  skipped: z.int(),
}

const Row = z
  .strictObject({
    at: time,
    subscription_id: z.string(),
    customer_id: z.string(),
    action,
    step: z.string(),
    period_end: time,
    outcome: z.enum(['done', 'skipped', 'waits']),
    reason: z.string(),
    rule: z.string(),
    mails: z.array(z.string()).openapi({ description: 'Templates of the messages that go with it.' }),
    amount: money.nullable(),
  })
  .openapi('RehearsedStep')

const Compared = z.strictObject({
  ...figures,
  differences: z.array(z.strictObject({ before: Row.nullable(), after: Row.nullable() })),
  differences_total: z.int(),
})

const RehearsalOut = resource('Rehearsal', {
  from: time,
  until: time,
  payments: z.enum(assumptions),
  mail_works: z.boolean(),
  subscriptions: z.int().openapi({ description: 'How many were looked at.' }),
  ...figures,
  days: z.array(z.strictObject({ day: z.iso.date(), ...figures })),
  rows: z.array(Row),
  rows_total: z.int(),
  compared: Compared.nullable().openapi({
    description: 'With a policy: the figures as it is now, and each step that differs.',
  }),
})

const BacktestOut = resource('Backtest', {
  from: time,
  until: time,
  subscriptions: z.int().openapi({ description: 'How many were looked at.' }),
  left_out: z.int().openapi({ description: 'Subscriptions that rested in this time: nothing is said of them.' }),
  ...figures,
  days: z.array(z.strictObject({ day: z.iso.date(), ...figures })),
  rows: z.array(Row).openapi({ description: 'What would have been done.' }),
  rows_total: z.int(),
  happened: Compared.openapi({
    description:
      'What was done, and each row in which the two differ: `before` is what was done, `after` what would have been.',
  }),
  at_risk: z
    .strictObject({ count: z.int(), sums: z.array(money) })
    .openapi({ description: 'Renewals that were paid, but would have been cut off before.' }),
  unpaid_hours: z
    .strictObject({ was: z.int(), would: z.int() })
    .openapi({ description: 'How long lines stayed up without being paid for.' }),
})

const figuresOf = ({ totals, mails, waits, skipped }: Summary) => ({
  totals: totals.map((each) => ({ ...each, sums: each.sums.map(toJson) })),
  mails,
  waits,
  skipped,
})

const rowOf = (row: Foreseen): z.input<typeof Row> => ({
  at: at(row.at),
  subscription_id: row.subscriptionId,
  customer_id: row.customerId,
  action: row.action,
  step: row.step,
  period_end: at(row.periodEnd),
  outcome: row.outcome,
  reason: row.reason,
  rule: row.rule,
  mails: [...row.mails],
  amount: row.amount === null ? null : toJson(row.amount),
})

type Wanted = { action?: string | undefined; day?: string | undefined; limit: number; offset: number; zone: string }

const outOf = (told: Omit<Rehearsal, 'payments' | 'mailWorks' | 'compared'>, wanted: Wanted) => {
  const rows = told.rows.filter(
    (row) =>
      (wanted.action === undefined || row.action === wanted.action) &&
      (wanted.day === undefined || dateOf(row.at, wanted.zone) === wanted.day),
  )
  return {
    from: at(told.from),
    until: at(told.until),
    subscriptions: told.subscriptions,
    ...figuresOf(told.summary),
    days: told.days.map(({ day, ...each }) => ({ day, ...figuresOf(each) })),
    rows: pageOf(rows, wanted).map(rowOf),
    rows_total: rows.length,
  }
}

const pageOf = <T>(all: readonly T[], { limit, offset }: Wanted) => all.slice(offset, offset + limit)

const comparedOf = ({ summary, differences }: NonNullable<Rehearsal['compared']>, wanted: Wanted) => ({
  ...figuresOf(summary),
  differences: pageOf(differences, wanted).map(({ before, after }) => ({
    before: before && rowOf(before),
    after: after && rowOf(after),
  })),
  differences_total: differences.length,
})

const policyIn = z.strictObject({
  id: z.string().regex(/^pol_[a-z0-9_]{1,40}$/),
  steps: z.array(Step).min(1).max(40),
})
const drillDown = {
  action: action.optional().openapi({ description: 'Only rows of this kind.' }),
  day: z.iso.date().optional().openapi({ description: 'Only rows of this day, in the zone of the business.' }),
  limit: z.int().min(0).max(500).default(100),
  offset: z.int().min(0).max(10_000_000).default(0),
}

export const rehearsals = [
  route({
    method: 'post',
    path: '/rehearsals',
    scope: 'rehearsals:write',
    summary: 'Tells what the lifecycle will do, as figures and rows. Nothing is written.',
    description:
      'Looks `days` ahead (0: what is due already) at all subscriptions or one, as it is or as if a policy were changed now. `payments` states who is assumed to pay.',
    body: z.strictObject({
      days: z.int().min(0).max(mostDays).default(60),
      subscription_id: id('sub').optional(),
      adoption_id: id('ado')
        .optional()
        .openapi({ description: 'As if what it adopted were woken now: only that is looked at.' }),
      payments: z.enum(assumptions).default('nobody'),
      policy: policyIn.optional(),
      ...drillDown,
    }),
    answer: RehearsalOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      const { days, subscription_id, adoption_id, payments, policy, ...wanted } = call.body
      const question = { days, subscriptionId: subscription_id, payments, policy }
      const told =
        adoption_id === undefined
          ? await rehearse(call.shop, question)
          : await rehearseWaking(call.shop, { adoptionId: adoption_id }, question)
      const asked = { ...wanted, zone: call.shop.zone }
      return {
        ...outOf(told, asked),
        payments: told.payments,
        mail_works: told.mailWorks,
        compared: told.compared && comparedOf(told.compared, asked),
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'post',
    path: '/backtests',
    scope: 'rehearsals:write',
    summary: 'Tells what a policy would have done over days that are past, beside what was done. Nothing is written.',
    description:
      'Assumes that customers pay when they did, that each end of paid time stays where it was, that what staff decided by hand is not repeated, and that mail leaves. Without a policy: everybody under his own, as it is now.',
    body: z.strictObject({
      days: z.int().min(1).max(mostDaysPast).default(365),
      subscription_id: id('sub').optional(),
      policy: policyIn.optional(),
      ...drillDown,
    }),
    answer: BacktestOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      const { days, subscription_id, policy, ...wanted } = call.body
      const told = await backtest(call.shop, { days, subscriptionId: subscription_id, policy })
      const asked = { ...wanted, zone: call.shop.zone }
      return {
        ...outOf(told, asked),
        left_out: told.leftOut,
        happened: comparedOf(told.compared, asked),
        at_risk: { count: told.atRisk.count, sums: told.atRisk.sums.map(toJson) },
        unpaid_hours: told.unpaidHours,
        livemode: call.shop.livemode,
      }
    },
  }),
]
