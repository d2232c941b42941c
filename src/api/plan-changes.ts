/** Another plan for a subscription: what it would mean, the change itself, and taking it back. */
import { changePlan, undoPlanChange } from '#modules/billing/change-plan.ts'
import { type PlanChangePreview, plansToChangeTo, previewPlanChange } from '#modules/billing/preview-plan-change.ts'
import { openChangeOf, type StoredChange } from '#modules/subscriptions/plan-changes.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { Refusal } from '#platform/errors.ts'
import { toJson } from '#platform/money.ts'
import { HeldOut, heldOut } from './add-ons.ts'
import { ConvertedOut, convertedOut } from './converted.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, minor, money, resource, time, words, z } from './schemas.ts'

const term = z.strictObject({ unit: z.string(), count: z.int() })

const Preview = z
  .strictObject({
    plan_id: z.string(),
    takes_effect: z
      .enum(['now', 'at_end'])
      .openapi({ description: '`now`: as soon as `due` is paid. `at_end`: with the next period.' }),
    takes_effect_at: time.nullable().openapi({ description: 'Null: when it is paid.' }),
    due: money.openapi({ description: 'What is invoiced now: `charge` less `credit`.' }),
    charge: money.openapi({ description: 'The new plan for the time that is bought with it.' }),
    credit: money.openapi({ description: 'What is left of the money that was paid before.' }),
    restarts: z.boolean().openapi({ description: 'A whole period begins with the payment.' }),
    paid_through: time,
    next_price: money.openapi({ description: 'Each renewal from then on, with add-ons.' }),
    converted: ConvertedOut,
    add_ons: z.strictObject({ kept: z.array(HeldOut), ended: z.array(HeldOut) }).openapi({
      description: 'What goes on beside the new plan at its prices there, and what ends with the present one.',
    }),
    next_term: term,
    next_credits: z.number().openapi({ description: 'Credits that each new period takes.' }),
    line: z.strictObject({ username: z.string(), connections_before: z.int(), connections: z.int() }),
    fingerprint: z
      .string()
      .openapi({ description: 'Send it with `change_plan` within half an hour: exactly this happens, or nothing.' }),
  })
  .openapi('PlanChangePreview')

export const PlanChangeOut = z
  .strictObject({
    id: z.string(),
    from_plan_id: z.string(),
    to_plan_id: z.string(),
    takes_effect: z.enum(['now', 'at_end']),
    status: z.enum(['awaiting_payment', 'scheduled', 'paid', 'applied', 'canceled']),
    invoice_id: z.string().nullable(),
    price: money,
    term,
    due_at: time.nullable().openapi({ description: 'Awaiting payment: it lapses then. Paid: its period begins then.' }),
    created_at: time,
  })
  .openapi('PlanChange')

export const planChangeOf = (change: StoredChange, currency: string): z.input<typeof PlanChangeOut> => ({
  id: change.id,
  from_plan_id: change.fromPlanId,
  to_plan_id: change.toPlanId,
  takes_effect: change.takesEffect,
  status: change.status,
  invoice_id: change.invoiceId,
  price: minor(change.priceMinor, currency),
  term: change.term,
  due_at: atOr(change.dueAt),
  created_at: at(change.createdAt),
})

const previewOf = (preview: PlanChangePreview): z.input<typeof Preview> => ({
  plan_id: preview.plan.id,
  takes_effect: preview.change.takesEffect,
  takes_effect_at: atOr(preview.change.at),
  due: toJson(preview.due),
  charge: toJson(preview.charge),
  credit: toJson(preview.credit),
  restarts: preview.change.restarts,
  paid_through: at(preview.change.endsAt),
  next_price: toJson(preview.nextPrice),
  converted: convertedOut(preview.converted.plan),
  add_ons: {
    kept: preview.addOns.kept.map((each) => heldOut({ ...each, fromPeriodId: null }, preview.subscription.currency)),
    ended: preview.addOns.ended.map((each) => heldOut(each, preview.subscription.currency)),
  },
  next_term: preview.nextTerm,
  next_credits: Number(preview.nextCreditsMilli) / 1000,
  line: {
    username: preview.line.username,
    connections_before: preview.line.connections.before,
    connections: preview.line.connections.after,
  },
  fingerprint: preview.fingerprint,
})

const Changed = resource('PlanChanged', {
  subscription_id: z.string(),
  plan_id: z.string().openapi({ description: 'The plan as it is now.' }),
  change: PlanChangeOut.nullable().openapi({
    description: 'The change that is open; null when none is, or it took effect.',
  }),
})

const read = (call: Call<{ id: string }>): Promise<z.input<typeof Changed>> =>
  call.read(async (tx) => {
    const subscription = await readSubscription(tx, call.params.id)
    const change = await openChangeOf(tx, subscription.id)
    return {
      subscription_id: subscription.id,
      plan_id: subscription.planId,
      change: change && planChangeOf(change, subscription.currency),
      livemode: call.shop.livemode,
    }
  })

export const planChanges = [
  route({
    method: 'get',
    path: '/subscriptions/{id}/change_plan/preview',
    scope: 'subscriptions:read',
    summary: 'Tells what each other plan, or the one named, would cost and do, before it is confirmed.',
    params: byId('sub'),
    query: z.strictObject({ plan_id: id('plan').optional() }),
    answer: resource('PlanChangePreviews', { data: z.array(Preview) }),
    refuses: ['conflict', 'not_sellable'],
    handle: (call) =>
      call.read(async (tx) => {
        const subscription = await readSubscription(tx, call.params.id)
        const { plan_id } = call.query
        const plans =
          plan_id === undefined
            ? (await plansToChangeTo(tx, call.shop, subscription)).map(({ plan }) => plan.id)
            : [plan_id]
        const data = []
        for (const plan of plans)
          data.push(previewOf(await previewPlanChange(tx, call.shop, subscription.id, plan, call.now)))
        return { data, livemode: call.shop.livemode }
      }),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/change_plan',
    scope: 'subscriptions:write',
    summary: 'Changes the plan as it was previewed: at once when the difference is paid, or with the next period.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ plan_id: id('plan'), fingerprint: words(60), reason: words(200).optional() }),
    answer: Changed,
    refuses: ['conflict', 'in_progress', 'not_sellable'],
    handle: async (call) => {
      await read(call)
      await changePlan(call.shop, call.params.id, call.body.plan_id, call.body.fingerprint, call.body.reason)
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/undo_change_plan',
    scope: 'subscriptions:write',
    summary: 'Takes back a change of plan for which no money came yet; its invoice is withdrawn.',
    needsKey: true,
    params: byId('sub'),
    answer: Changed,
    refuses: ['conflict', 'in_progress'],
    handle: async (call) => {
      if ((await read(call)).change === null) throw new Refusal('conflict', 'There is no change of plan to take back.')
      await undoPlanChange(call.shop, call.params.id)
      return read(call)
    },
    retell: read,
  }),
]
