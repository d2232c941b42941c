/** Parked runs, and a business that stands still: what waits for a person, and what he says. */
import type { Shop } from '#app.ts'
import { decideRun } from '#modules/dunning/decide-run.ts'
import { listRuns, type ParkedStep, type Run, stepsOfRun } from '#modules/dunning/parked.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { actions } from '#modules/dunning/rules/foretell.ts'
import { readBusiness } from '#modules/people/business.ts'
import { confirmCatchUp, standstillCauses } from '#modules/people/standstill.ts'
import { Refusal } from '#platform/errors.ts'
import { toJson } from '#platform/money.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, flag, id, list, minor, money, resource, time, words, z } from './schemas.ts'

const facts = {
  id: z.string(),
  kind: z.enum(['suspend', 'charge', 'mail']),
  most: z.int().openapi({ description: 'What may happen within an hour by itself.' }),
  opened_at: time,
  closed_at: time.nullable(),
  waiting: z.int(),
  let_go: z.int(),
  dropped: z.int(),
  sums: z.array(money),
}

const RunSummary = resource('RunSummary', facts)
const RunOut = resource('Run', {
  ...facts,
  steps: z.array(
    z.strictObject({
      subscription_id: z.string(),
      customer_id: z.string(),
      step: z.string(),
      action: z.string(),
      because: z.string(),
      amount: money,
      period_end: time,
      parked_at: time,
    }),
  ),
})

/** More than this is decided as a whole. */
const mostSteps = 1_000

const runOf = (shop: Shop, run: Run): z.input<typeof RunSummary> => ({
  id: run.id,
  kind: run.kind,
  most: run.most,
  opened_at: at(run.openedAt),
  closed_at: atOr(run.closedAt),
  waiting: run.waiting,
  let_go: run.letGo,
  dropped: run.dropped,
  sums: run.sums.map(toJson),
  livemode: shop.livemode,
})

const stepOf = (step: ParkedStep) => ({
  subscription_id: step.subscriptionId,
  customer_id: step.customerId,
  step: step.step,
  action: step.action,
  because: step.because,
  amount: minor(step.amountMinor, step.currency),
  period_end: at(step.periodEnd),
  parked_at: at(step.parkedAt),
})

const read = (call: Call<{ id: string }>): Promise<z.input<typeof RunOut>> =>
  call.read(async (tx) => {
    const [run] = await listRuns(tx, { id: call.params.id })
    if (run === undefined) throw new Refusal('not_found', 'There is no such run.')
    const steps = await stepsOfRun(tx, run.id, mostSteps)
    return { ...runOf(call.shop, run), steps: steps.map(stepOf) }
  })

const Standstill = resource('Standstill', {
  since: time.nullable().openapi({ description: 'Null: everything goes on.' }),
  because: z.enum(standstillCauses).nullable(),
  detail: z.string().nullable(),
  due: z
    .array(z.strictObject({ action: z.enum(actions), count: z.int(), mails: z.int(), sums: z.array(money) }))
    .openapi({ description: 'What would be caught up at once; the rows are in a rehearsal of 0 days.' }),
})

const standstill = async (call: Call): Promise<z.input<typeof Standstill>> => {
  const business = await call.read(readBusiness)
  const { summary } = await rehearse(call.shop, { days: 0 })
  return {
    since: atOr(business.standsSince),
    because: business.standsBecause,
    detail: business.standsDetail,
    due: summary.totals.map((each) => ({ ...each, sums: each.sums.map(toJson) })),
    livemode: call.shop.livemode,
  }
}

export const runs = [
  route({
    method: 'get',
    path: '/runs',
    scope: 'attention:read',
    summary: 'Lists runs that were parked because they would reach too many at once, newest first, a hundred at most.',
    query: z.strictObject({ open: flag.optional() }),
    answer: list(RunSummary),
    handle: async (call) =>
      whole(
        call,
        (await call.read((tx) => listRuns(tx, { open: call.query.open ?? false }))).map((run) => runOf(call.shop, run)),
      ),
  }),
  route({
    method: 'get',
    path: '/runs/{id}',
    scope: 'attention:read',
    summary: 'Reads a parked run with what waits in it, a thousand steps at most.',
    params: byId('run'),
    answer: RunOut,
    handle: read,
  }),
  route({
    method: 'post',
    path: '/runs/{id}/decide',
    scope: 'attention:write',
    summary: 'Lets a parked run go on, or drops it; with `only`, just for these subscriptions.',
    needsKey: true,
    params: byId('run'),
    body: z.strictObject({
      decision: z.enum(['go', 'drop']),
      only: z.array(id('sub')).min(1).max(1_000).optional(),
      reason: words(200),
    }),
    answer: RunOut,
    handle: async (call) => {
      const { decision, only, reason } = call.body
      await decideRun(call.shop, call.params.id, { what: decision, only, reason })
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'get',
    path: '/businesses/current/standstill',
    scope: 'attention:read',
    summary: 'Tells whether the business stands still until a person confirms, why, and what would be caught up.',
    answer: Standstill,
    handle: standstill,
  }),
  route({
    method: 'post',
    path: '/businesses/current/standstill/confirm',
    scope: 'attention:write',
    summary: 'Confirms the catch-up: what is due goes on. Nothing happens when the business does not stand still.',
    needsKey: true,
    answer: Standstill,
    again: true,
    handle: async (call) => {
      await confirmCatchUp(call.shop)
      return standstill(call)
    },
  }),
]
