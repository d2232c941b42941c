/** Subscriptions of one customer that are renewed together: what it would mean, joining, leaving. */
import {
  type HouseholdPreview,
  householdOf,
  joinHousehold,
  leaveHousehold,
  type Member,
  possibleCompanions,
  previewJoin,
} from '#modules/billing/household.ts'
import { findHousehold } from '#modules/subscriptions/households.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { toJson } from '#platform/money.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, money, resource, time, words, z } from './schemas.ts'

const MemberOut = z
  .strictObject({
    subscription_id: z.string(),
    plan_name: z.string(),
    username: z.string(),
    status: z.string(),
    paid_through: time.nullable(),
    price: money.openapi({ description: 'What a whole term costs, add-ons included.' }),
    next_price: money
      .nullable()
      .openapi({ description: 'What its next renewal asks for; null: it is not asked for one.' }),
    next_paid_through: time.nullable().openapi({ description: 'The end of paid time after that renewal.' }),
  })
  .openapi('HouseholdMember')

const HouseholdOut = resource('Household', {
  subscription_id: z.string(),
  household_id: z.string().nullable(),
  lead_id: z.string().nullable().openapi({ description: 'The subscription whose days are those of all.' }),
  members: z.array(MemberOut).openapi({ description: 'In the order in which they were sold, itself among them.' }),
})

const Offer = z
  .strictObject({
    with: z.string().openapi({ description: 'The subscription to name in `join_household`.' }),
    lead_id: z.string().openapi({ description: 'The subscription whose days would be those of both.' }),
    first_price: money.nullable().openapi({
      description: 'What the renewal costs that brings it to the day of the others; null: it ends on that day already.',
    }),
    first_starts: time.nullable(),
    first_ends: time.nullable(),
    together_from: time.openapi({ description: 'From then on one invoice asks for all.' }),
    price: money.openapi({ description: 'Its part of each renewal after that.' }),
    invoice_stays: z.boolean().openapi({ description: 'An unpaid invoice is out, and stays as it is.' }),
  })
  .openapi('HouseholdOffer')

const PreviewOut = resource('HouseholdPreview', { subscription_id: z.string(), offers: z.array(Offer) })

const memberOf = ({ subscription, planName, username, price, next }: Member): z.input<typeof MemberOut> => ({
  subscription_id: subscription.id,
  plan_name: planName,
  username,
  status: subscription.status,
  paid_through: atOr(subscription.paidThrough),
  price: toJson(price),
  next_price: next === null ? null : toJson(next.price),
  next_paid_through: atOr(next?.ends ?? null),
})

const offerOf = (other: string, preview: HouseholdPreview): z.input<typeof Offer> => ({
  with: other,
  lead_id: preview.lead.id,
  first_price: preview.first && toJson(preview.first.price),
  first_starts: atOr(preview.first?.starts ?? null),
  first_ends: atOr(preview.first?.ends ?? null),
  together_from: at(preview.from),
  price: toJson(preview.price),
  invoice_stays: preview.invoiceStays,
})

const read = (call: Call<{ id: string }>): Promise<z.input<typeof HouseholdOut>> =>
  call.read(async (tx) => {
    const subscription = await readSubscription(tx, call.params.id)
    const { householdId } = subscription
    const household = householdId === null ? null : await findHousehold(tx, householdId)
    return {
      subscription_id: subscription.id,
      household_id: householdId,
      lead_id: household?.leadId ?? null,
      members: (await householdOf(tx, subscription)).map(memberOf),
      livemode: call.shop.livemode,
    }
  })

export const households = [
  route({
    method: 'get',
    path: '/subscriptions/{id}/household',
    scope: 'subscriptions:read',
    summary: 'Tells with which others a subscription is renewed, and what the next renewal of each is.',
    params: byId('sub'),
    answer: HouseholdOut,
    handle: read,
  }),
  route({
    method: 'get',
    path: '/subscriptions/{id}/household/preview',
    scope: 'subscriptions:read',
    summary:
      'Tells with which others of the same customer it could be renewed, and what that would mean: dates and prices.',
    params: byId('sub'),
    query: z.strictObject({ with: id('sub').optional() }),
    answer: PreviewOut,
    refuses: ['conflict'],
    handle: (call) =>
      call.read(async (tx) => {
        const subscription = await readSubscription(tx, call.params.id)
        const wanted = call.query.with
        const others =
          wanted === undefined ? (await possibleCompanions(tx, subscription)).map((each) => each.id) : [wanted]
        const offers = []
        for (const other of others) offers.push(offerOf(other, await previewJoin(tx, subscription.id, other)))
        return { subscription_id: subscription.id, offers, livemode: call.shop.livemode }
      }),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/join_household',
    scope: 'subscriptions:write',
    summary:
      'Renews it together with another of the same customer from its next renewal on, which is sold as the time until their day. Costs nothing now.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ with: id('sub'), reason: words(200).optional() }),
    answer: HouseholdOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await joinHousehold(call.shop, call.params.id, call.body.with, call.body.reason ?? '')
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/leave_household',
    scope: 'subscriptions:write',
    summary: 'Renews it by itself again. It keeps its end and its price; an unpaid invoice over all is replaced.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ reason: words(200).optional() }),
    answer: HouseholdOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await leaveHousehold(call.shop, call.params.id, call.body.reason ?? '')
      return read(call)
    },
    retell: read,
  }),
]
