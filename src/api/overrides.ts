/** What staff and programs decided about a subscription against its own course, and taking it back. */
import type { Shop } from '#app.ts'
import { undoOverride } from '#modules/billing/undo-override.ts'
import { overridesOf } from '#modules/subscriptions/overrides.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { type Override, overrideKinds, whyNotUndo } from '#modules/subscriptions/rules/override.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, id, list, resource, time, words, z } from './schemas.ts'

const OverrideOut = resource('Override', {
  id: z.string(),
  subscription_id: z.string(),
  kind: z.enum(overrideKinds),
  reason: z.string(),
  by: z.string(),
  at: time,
  undone_at: time.nullable(),
  undone_by: z.string().nullable(),
  undo_reason: z.string().nullable(),
  undoable: z.boolean(),
  why_not: z.string().nullable().openapi({ description: 'Why it cannot be taken back any more.' }),
})

const overrideOf = (shop: Shop, each: Override, subscription: Subscription): z.input<typeof OverrideOut> => {
  const why = whyNotUndo(each, subscription, shop.now())
  return {
    id: each.id,
    subscription_id: each.subscriptionId,
    kind: each.kind,
    reason: each.reason,
    by: each.by,
    at: at(each.at),
    undone_at: atOr(each.undoneAt),
    undone_by: each.undoneBy,
    undo_reason: each.undoReason,
    undoable: why === null,
    why_not: why,
    livemode: shop.livemode,
  }
}

const all = (call: Call<{ id: string }>) =>
  call.read(async (tx) => {
    const subscription = await readSubscription(tx, call.params.id)
    const found = await overridesOf(tx, subscription.id)
    return whole(
      call,
      found.map((each) => overrideOf(call.shop, each, subscription)),
    )
  })

export const overrides = [
  route({
    method: 'get',
    path: '/subscriptions/{id}/overrides',
    scope: 'subscriptions:read',
    summary:
      'Lists what was decided by hand (holds, free days, moved ends, suspensions, policies, prices), latest first, a hundred at most.',
    params: byId('sub'),
    answer: list(OverrideOut),
    handle: all,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/undo_override',
    scope: 'subscriptions:write',
    summary: 'Takes one of them back, by an act of its own; refused where later events made it meaningless.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ override_id: id('ovr'), reason: words(200) }),
    answer: list(OverrideOut),
    refuses: ['conflict'],
    handle: async (call) => {
      await undoOverride(call.shop, call.params.id, call.body.override_id, call.body.reason)
      return all(call)
    },
    retell: all,
  }),
]
