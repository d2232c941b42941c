/** `linekeeper rehearse`: what the engine will do, told beforehand. Changes nothing. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Backtest, backtest, mostDaysPast } from '#modules/dunning/backtest.ts'
import { mostDays, type PolicyWish, type Rehearsal, rehearse as rehearseShop } from '#modules/dunning/rehearse.ts'
import { assumptions, type Foreseen } from '#modules/dunning/rules/foretell.ts'
import type { Difference, Summary } from '#modules/dunning/rules/summary.ts'
import { openShop } from '#modules/people/business.ts'
import { defaultPolicyId } from '#modules/subscriptions/rules/choice.ts'
import { Rule } from '#modules/subscriptions/rules/rule.ts'
import { Step } from '#modules/subscriptions/rules/step.ts'
import { StartError } from '#platform/errors.ts'
import { format, toJson } from '#platform/money.ts'
import { type Command, print, printJson, readArgs, table } from './command.ts'
import { businessNamed, storeHelp, storeOptions, withApp } from './with-app.ts'

const options = {
  ...storeOptions,
  days: { type: 'string' },
  backtest: { type: 'string' },
  subscription: { type: 'string' },
  policy: { type: 'string' },
  payments: { type: 'string' },
  business: { type: 'string' },
  rows: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const PolicyFile = z.strictObject({
  id: z.string().default(defaultPolicyId),
  steps: z.array(Step).min(1).max(40),
  rules: z.array(Rule).max(40).optional(),
})

export const rehearse: Command = {
  name: 'rehearse',
  help: `linekeeper rehearse [--days N | --backtest N] [--subscription ID] [--policy FILE] [--json]

Tells what the lifecycle will do: invoices, reminders, suspensions, ends, with their sums, by kind and by day. Writes nothing.

  --days            how far to look (default: 60; 1 is tonight, 0 what is due already)
  --backtest        looks back over so many days instead: what the policy would have done, beside what was done. Assumes that customers pay
                    when they did, that each end of paid time stays where it was, and that nobody acts by hand
  --subscription    only this one, row by row
  --policy          a JSON file { "id": "pol_default", "steps": [...] }: as if it were saved now, with what differs
  --payments        nobody (default): nobody pays; as_before: each pays as he did before
  --business        slug or id (default: the operator's own)
  --rows            print every row
${storeHelp}
  --json            prints {"from","until","subscriptions","totals","mails","waits","days","rows","compared"}; with --backtest also
                    {"leftOut","atRisk","unpaidHours"}, and "compared" is what was done`,
  async run(args) {
    const { values } = readArgs(rehearse, args, options)
    if (values.help) {
      print(rehearse.help)
      return 0
    }
    if (values.backtest !== undefined) return lookBack(values, values.backtest)
    const question = {
      days: daysOf(values.days),
      payments: assumptions.find((each) => each === (values.payments ?? 'nobody')),
      subscriptionId: values.subscription,
      policy: values.policy === undefined ? undefined : await policyOf(values.policy),
      most: null,
    }
    if (question.payments === undefined) throw new StartError(`--payments is one of ${assumptions.join(', ')}.`)
    const told = await withApp(values, async (app) =>
      rehearseShop(await openShop(app, await businessNamed(app, values.business), 'system'), question),
    )
    const rows = values.rows === true || values.subscription !== undefined
    if (values.json) printJson(asJson(told))
    else print(asText(told, rows))
    return 0
  },
}

type Values = ReturnType<typeof readArgs<typeof options>>['values']

async function lookBack(values: Values, past: string): Promise<number> {
  if (values.days !== undefined || values.payments !== undefined)
    throw new StartError('--backtest goes with neither --days nor --payments: it looks back, and knows who paid.')
  const days = Number(past)
  if (!/^\d{1,3}$/.test(past) || days < 1 || days > mostDaysPast)
    throw new StartError(`--backtest is a whole number of days from 1 to ${mostDaysPast}.`)
  const policy = values.policy === undefined ? undefined : await policyOf(values.policy)
  const told = await withApp(values, async (app) =>
    backtest(await openShop(app, await businessNamed(app, values.business), 'system'), {
      days,
      subscriptionId: values.subscription,
      policy,
      most: null,
    }),
  )
  if (values.json) printJson(backtestJson(told))
  else print(backtestText(told, values.rows === true || values.subscription !== undefined))
  return 0
}

const backtestJson = ({ atRisk, leftOut, unpaidHours, ...told }: Backtest) => ({
  ...asJson(told),
  leftOut,
  atRisk: { count: atRisk.count, sums: atRisk.sums.map(toJson) },
  unpaidHours,
})

function backtestText(told: Backtest, withRows: boolean): string {
  const { from, until, subscriptions, leftOut, atRisk, unpaidHours, compared } = told
  const sums = atRisk.sums.length === 0 ? '' : ` (${atRisk.sums.map((each) => format(each)).join(', ')})`
  return [
    `${from} to ${until}, ${subscriptions} subscriptions; assumed: customers pay when they did, and nobody acts by hand.`,
    'It would have done:',
    figures(told.summary),
    `What was done:\n${figures(compared.summary)}`,
    `Paid, but would have been cut off before: ${atRisk.count}${sums}.`,
    `Hours up without being paid for: ${unpaidHours.would} instead of ${unpaidHours.was}.`,
    ...(leftOut > 0 ? [`Left out, since they rested meanwhile: ${leftOut}.`] : []),
    ...compared.differences.slice(0, withRows ? undefined : 50).map(differenceText),
  ].join('\n')
}

function daysOf(text = '60'): number {
  const days = Number(text)
  if (!/^\d{1,3}$/.test(text) || days > mostDays)
    throw new StartError(`--days is a whole number from 0 to ${mostDays}.`)
  return days
}

async function policyOf(file: string): Promise<PolicyWish> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new StartError(`The file ${file} cannot be read.`)
  })
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    throw new StartError(`The file ${file} is no JSON.`)
  }
  const parsed = PolicyFile.safeParse(Array.isArray(found) ? { steps: found } : found)
  if (!parsed.success)
    throw new StartError(
      `The file ${file} is no policy: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}.`,
    )
  return parsed.data
}

const rowJson = (row: Foreseen | null) =>
  row && {
    ...row,
    at: row.at.toString(),
    periodEnd: row.periodEnd.toString(),
    amount: row.amount === null ? null : toJson(row.amount),
  }

const summaryJson = ({ totals, ...rest }: Summary) => ({
  totals: totals.map(({ sums, ...each }) => ({ ...each, sums: sums.map(toJson) })),
  ...rest,
})

const asJson = <T extends Omit<Rehearsal, 'payments' | 'mailWorks'>>({
  summary,
  days,
  rows,
  compared,
  from,
  until,
  ...rest
}: T) => ({
  from: from.toString(),
  until: until.toString(),
  ...rest,
  ...summaryJson(summary),
  days: days.map(({ day, ...each }) => ({ day, ...summaryJson(each) })),
  rows: rows.map(rowJson),
  compared: compared && {
    ...summaryJson(compared.summary),
    differences: compared.differences.map(({ before, after }) => ({ before: rowJson(before), after: rowJson(after) })),
  },
})

const verbs: Record<Foreseen['action'], string> = {
  issue_invoice: 'issues invoices',
  charge: 'charges',
  remind: 'reminds',
  flag: 'flags',
  offer: 'offers',
  card_expiring: 'tells of cards that expire',
  payment: 'expects payments',
  grace: 'lets grace begin',
  restrict: 'restricts',
  suspend: 'suspends',
  terminate: 'ends',
  notify_staff: 'notifies staff',
}

function asText(told: Rehearsal, withRows: boolean): string {
  const { from, until, subscriptions, compared, rows, payments, mailWorks } = told
  const parts = [
    `${from} to ${until}, ${subscriptions} subscriptions; assumed: ${payments === 'nobody' ? 'nobody pays' : 'each pays as before'}.`,
    figures(told.summary),
  ]
  if (!mailWorks) parts.push('No mail server is set up: whoever was not told is not suspended.')
  if (compared !== null)
    parts.push(
      `Without the change:\n${figures(compared.summary)}`,
      ...compared.differences.slice(0, 50).map(differenceText),
    )
  if (withRows) parts.push(rows.length === 0 ? 'Nothing happens.' : table(rows.map(rowText)))
  return parts.join('\n')
}

const figures = ({ totals, mails, waits }: Summary): string =>
  table([
    ...totals.map(({ action, count, sums }) => [
      `  ${verbs[action]}`,
      String(count),
      sums.map((each) => format(each)).join(', '),
    ]),
    ['  mails', String(mails), ''],
    ['  waits', String(waits), ''],
  ])

const rowText = ({ at, subscriptionId, step, outcome, reason, amount }: Foreseen): string[] => [
  at.toString(),
  subscriptionId,
  step,
  outcome,
  amount === null ? '' : format(amount),
  reason,
]

const differenceText = ({ before, after }: Difference): string =>
  `  ${before ? `- ${before.at} ${before.step}` : ''}${before && after ? ' → ' : ''}${after ? `+ ${after.at} ${after.step}` : ''} ${(after ?? before)?.subscriptionId}`
