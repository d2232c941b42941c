/** Rehearsals: what the lifecycle will do, told beforehand. Nothing is written, so asking again is asking anew. */
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
  compared: z
    .strictObject({
      ...figures,
      differences: z.array(z.strictObject({ before: Row.nullable(), after: Row.nullable() })),
      differences_total: z.int(),
    })
    .nullable()
    .openapi({ description: 'With a policy: the figures as it is now, and each step that differs.' }),
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

const outOf = (
  told: Rehearsal,
  wanted: { action?: string | undefined; day?: string | undefined; limit: number; offset: number; zone: string },
) => {
  const rows = told.rows.filter(
    (row) =>
      (wanted.action === undefined || row.action === wanted.action) &&
      (wanted.day === undefined || dateOf(row.at, wanted.zone) === wanted.day),
  )
  const page = <T>(all: readonly T[]) => all.slice(wanted.offset, wanted.offset + wanted.limit)
  return {
    from: at(told.from),
    until: at(told.until),
    payments: told.payments,
    mail_works: told.mailWorks,
    subscriptions: told.subscriptions,
    ...figuresOf(told.summary),
    days: told.days.map(({ day, ...each }) => ({ day, ...figuresOf(each) })),
    rows: page(rows).map(rowOf),
    rows_total: rows.length,
    compared:
      told.compared === null
        ? null
        : {
            ...figuresOf(told.compared.summary),
            differences: page(told.compared.differences).map(({ before, after }) => ({
              before: before && rowOf(before),
              after: after && rowOf(after),
            })),
            differences_total: told.compared.differences.length,
          },
  }
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
      payments: z.enum(assumptions).default('nobody'),
      policy: z
        .strictObject({
          id: z.string().regex(/^pol_[a-z0-9_]{1,40}$/),
          steps: z.array(Step).min(1).max(40),
        })
        .optional(),
      action: action.optional().openapi({ description: 'Only rows of this kind.' }),
      day: z.iso.date().optional().openapi({ description: 'Only rows of this day, in the zone of the business.' }),
      limit: z.int().min(0).max(500).default(100),
      offset: z.int().min(0).max(10_000_000).default(0),
    }),
    answer: RehearsalOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      const { days, subscription_id, payments, policy, ...wanted } = call.body
      const told = await rehearse(call.shop, { days, subscriptionId: subscription_id, payments, policy })
      return { ...outOf(told, { ...wanted, zone: call.shop.zone }), livemode: call.shop.livemode }
    },
  }),
]
