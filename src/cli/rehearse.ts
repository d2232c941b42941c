/** `linekeeper rehearse`: what the engine will do, told beforehand. Changes nothing. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
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
  help: `linekeeper rehearse [--days N] [--subscription ID] [--policy FILE] [--json]

Tells what the lifecycle will do: invoices, reminders, suspensions, ends, with their sums, by kind and by day. Writes nothing.

  --days            how far to look (default: 60; 1 is tonight, 0 what is due already)
  --subscription    only this one, row by row
  --policy          a JSON file { "id": "pol_default", "steps": [...] }: as if it were saved now, with what differs
  --payments        nobody (default): nobody pays; as_before: each pays as he did before
  --business        slug or id (default: the operator's own)
  --rows            print every row
${storeHelp}
  --json            prints {"from","until","subscriptions","totals","mails","waits","days","rows","compared"}`,
  async run(args) {
    const { values } = readArgs(rehearse, args, options)
    if (values.help) {
      print(rehearse.help)
      return 0
    }
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

const asJson = ({ summary, days, rows, compared, from, until, ...rest }: Rehearsal) => ({
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
  payment: 'expects payments',
  grace: 'lets grace begin',
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
