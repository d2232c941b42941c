/** The renewal queue: what is asked for, late, failed, flagged, done by itself, ends soon, or ended with nobody noticing. */
import { atRisk, horizons, listQueue, type Queued, queues } from '#modules/analytics/renewal-queue.ts'
import { type Done, freeDaysForMany, holdMany, mostAtOnce, writeToMany } from '#modules/dunning/bulk.ts'
import { takeOutOfQueue } from '#modules/subscriptions/by-hand.ts'
import { type Call, route, whole } from './route.ts'
import {
  at,
  atOr,
  byId,
  id,
  instantIn,
  lines,
  list,
  listQuery,
  minor,
  money,
  resource,
  time,
  words,
  z,
} from './schemas.ts'

const RenewalOut = resource('Renewal', {
  subscription_id: z.string(),
  customer_id: z.string(),
  plan_id: z.string(),
  status: z.string(),
  paid_through: time.nullable(),
  at: time.openapi({
    description: 'Its place in the list: the failed payment, the flag, the renewal; elsewhere the end of paid time.',
  }),
  flagged_because: z.string().nullable(),
  failed_because: z.string().nullable().openapi({ description: 'Of the last failed payment of the open invoice.' }),
  invoice_id: z.string().nullable(),
  asked: money.nullable().openapi({ description: 'What is still owed for the period that follows.' }),
  last_message: z
    .strictObject({ id: z.string(), template: z.string(), status: z.string(), at: time })
    .nullable()
    .openapi({ description: 'The last message to the customer about this subscription.' }),
  next_step: z.string().nullable(),
  next_step_at: time.nullable(),
})

const renewalOf = (row: Queued, livemode: boolean): z.input<typeof RenewalOut> => ({
  subscription_id: row.id,
  customer_id: row.customerId,
  plan_id: row.planId,
  status: row.status,
  paid_through: atOr(row.paidThrough),
  at: at(row.at),
  flagged_because: row.flaggedBecause,
  failed_because: row.failedBecause,
  invoice_id: row.asked?.invoiceId ?? null,
  asked: row.asked && minor(row.asked.minor, row.asked.currency),
  last_message: row.message && { ...row.message, at: at(row.message.at) },
  next_step: row.nextStep,
  next_step_at: atOr(row.nextStepAt),
  livemode,
})

const outOfQueue = (call: Call<{ id: string }>) => ({
  subscription_id: call.params.id,
  flagged: false,
  livemode: call.shop.livemode,
})

const ManyOut = z.strictObject({
  done: z.array(z.string()),
  left_out: z.array(z.strictObject({ subscription_id: z.string(), why: z.string() })),
  livemode: z.boolean(),
})

const manyOf = (call: Call, { done, leftOut }: Done): z.input<typeof ManyOut> => ({
  done,
  left_out: leftOut.map(({ id: subscription_id, why }) => ({ subscription_id, why })),
  livemode: call.shop.livemode,
})

const subscription_ids = z.array(id('sub')).min(1).max(mostAtOnce)

/** An act for many in one commit. The answer that was lost is told as what it said of each: done. */
const forMany = <S extends z.ZodRawShape>(
  name: string,
  summary: string,
  shape: S,
  work: (call: Call<unknown, unknown, z.output<z.ZodObject<S>> & { subscription_ids: string[] }>) => Promise<Done>,
) =>
  route({
    method: 'post',
    path: `/renewals/${name}`,
    scope: 'subscriptions:write',
    summary,
    needsKey: true,
    body: z.strictObject({ subscription_ids, ...shape }),
    answer: ManyOut,
    refuses: ['not_found'],
    handle: async (call) => manyOf(call, await work(call as never)),
    retell: async (call) =>
      manyOf(call, { done: (call.body as unknown as { subscription_ids: string[] }).subscription_ids, leftOut: [] }),
  })

export const renewals = [
  forMany(
    'message',
    'Writes a personal message to the customers of these subscriptions: once to each, and to nobody who renews before it leaves.',
    {
      subject: words(150),
      body: lines(5_000, 1),
      marketing: z.boolean().openapi({ description: 'Only to those who agreed to offers.' }),
    },
    (call) => writeToMany(call.shop, call.body.subscription_ids, call.body),
  ),
  forMany(
    'hold',
    'Holds the suspension of these subscriptions back until an instant.',
    { until: instantIn, reason: words(200) },
    (call) => holdMany(call.shop, call.body.subscription_ids, call.body.until, call.body.reason),
  ),
  forMany(
    'give_days',
    'Gives these subscriptions free days.',
    { days: z.int().min(1).max(365), reason: words(200) },
    (call) => freeDaysForMany(call.shop, call.body.subscription_ids, call.body.days, call.body.reason),
  ),
  route({
    method: 'get',
    path: '/renewals',
    scope: 'subscriptions:read',
    summary: 'Lists a renewal queue: the nearest end first, failed charges and what was done newest first.',
    description:
      '`forgotten`: a day past the end without reminder, invoice or outcome. `due`: an open invoice, before the end. `failed`: a payment of that invoice failed. `done`: renewed within 24 hours without staff. `expiring`: ends `within` so many days and is not renewed.',
    query: listQuery({
      queue: z.enum(queues).default('due'),
      tag: words(40)
        .optional()
        .openapi({ description: 'Only those whose customer, or a note about them, is tagged so.' }),
      within: z.enum(['7', '14', '30']).default('7').openapi({ description: 'Days ahead, for `expiring`.' }),
    }),
    answer: list(RenewalOut),
    handle: async (call) => {
      const { queue, within, tag } = call.query
      const days = horizons.find((each) => String(each) === within)
      const found = await call.read((tx) => listQueue(tx, queue, call.page, call.now, days, tag ?? null))
      return call.list(
        found,
        (each) => renewalOf(each, call.shop.livemode),
        (each) => each.at,
      )
    },
  }),
  route({
    method: 'get',
    path: '/renewals/at_risk',
    scope: 'subscriptions:read',
    summary: 'Tells what is still owed on the invoices of the queue `failed`, by currency.',
    answer: list(resource('MoneyAtRisk', { amount: money, invoices: z.int() })),
    handle: async (call) =>
      whole(
        call,
        (await call.read(atRisk)).map((each) => ({
          amount: minor(each.minor, each.currency),
          invoices: each.invoices,
          livemode: call.shop.livemode,
        })),
      ),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/unflag',
    scope: 'subscriptions:write',
    summary: 'Takes a subscription out of the renewal queue, into which a step of its policy put it.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ reason: words(200) }),
    answer: z.strictObject({ subscription_id: z.string(), flagged: z.boolean(), livemode: z.boolean() }),
    refuses: ['conflict'],
    handle: async (call) => {
      await takeOutOfQueue(call.shop, call.params.id, call.body.reason)
      return outOfQueue(call)
    },
    retell: async (call) => outOfQueue(call),
  }),
]
