/** The renewal queue: what is asked for, late, failed, flagged, done by itself, ends soon, or ended with nobody noticing. */
import { horizons, listQueue, type Queued, queues } from '#modules/analytics/renewal-queue.ts'
import { takeOutOfQueue } from '#modules/subscriptions/by-hand.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, list, listQuery, minor, money, resource, time, words, z } from './schemas.ts'

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

export const renewals = [
  route({
    method: 'get',
    path: '/renewals',
    scope: 'subscriptions:read',
    summary: 'Lists a renewal queue: the nearest end first, failed charges and what was done newest first.',
    description:
      '`forgotten`: a day past the end without reminder, invoice or outcome. `due`: an open invoice, before the end. `failed`: a payment of that invoice failed. `done`: renewed within 24 hours without staff. `expiring`: ends `within` so many days and is not renewed.',
    query: listQuery({
      queue: z.enum(queues).default('due'),
      within: z.enum(['7', '14', '30']).default('7').openapi({ description: 'Days ahead, for `expiring`.' }),
    }),
    answer: list(RenewalOut),
    handle: async (call) => {
      const { queue, within } = call.query
      const days = horizons.find((each) => String(each) === within)
      const found = await call.read((tx) => listQueue(tx, queue, call.page, call.now, days))
      return call.list(
        found,
        (each) => renewalOf(each, call.shop.livemode),
        (each) => each.at,
      )
    },
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
