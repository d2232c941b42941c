/** Help from above: whether people of the businesses above may work in this console, and who did. */
import type { Shop } from '#app.ts'
import {
  type Acting,
  endActing,
  listActing,
  readActing,
  saveSupportAccess,
  supportAccessSetting,
} from '#modules/people/acting.ts'
import { readSetting } from '#modules/people/settings.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, list, resource, time, z } from './schemas.ts'

const ActingOut = resource('ActingSession', {
  id: z.string().openapi({ description: 'What was done meanwhile has `staff:<id>` as its actor.' }),
  from_business: z.string(),
  from_name: z.string(),
  name: z.string().openapi({ description: 'The person.' }),
  reason: z.string(),
  started_at: time,
  ends_at: time.openapi({ description: 'An hour after it began, at the latest.' }),
  ended_at: time.nullable().openapi({ description: 'When somebody ended it before.' }),
})

const actingOf = (shop: Shop, each: Acting): z.input<typeof ActingOut> => ({
  ...{ id: each.id, from_business: each.fromBusiness, from_name: each.fromName, name: each.name, reason: each.reason },
  started_at: at(each.startedAt),
  ends_at: at(each.endsAt),
  ended_at: atOr(each.endedAt),
  livemode: shop.livemode,
})

const SupportOut = resource('SupportAccess', {
  open: z.boolean().openapi({ description: 'People of the businesses above may work in this console.' }),
})

const readSupport = async (call: Call): Promise<z.input<typeof SupportOut>> => ({
  ...(await call.read((tx) => readSetting(tx, call.shop, supportAccessSetting))),
  livemode: call.shop.livemode,
})

const actingRead = async (call: Call, id: string): Promise<z.input<typeof ActingOut>> =>
  actingOf(call.shop, await call.read((tx) => readActing(tx, id)))

export const acting = [
  route({
    method: 'get',
    path: '/acting_sessions',
    scope: 'staff:read',
    summary: 'Lists the last fifty times that somebody from above worked in this console, newest first.',
    answer: list(ActingOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read((tx) => listActing(tx))).map((each) => actingOf(call.shop, each)),
      ),
  }),
  route({
    method: 'get',
    path: '/acting_sessions/{id}',
    scope: 'staff:read',
    summary: 'Reads when somebody from above worked in this console.',
    params: byId('act'),
    answer: ActingOut,
    handle: (call) => actingRead(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/acting_sessions/{id}/end',
    scope: 'staff:write',
    summary: 'Sends somebody from above out of this console; he is out at his next click.',
    params: byId('act'),
    answer: ActingOut,
    handle: async (call) => {
      await call.write('end-acting', (tx) => endActing(tx, call.shop, call.params.id))
      return actingRead(call, call.params.id)
    },
    retell: (call) => actingRead(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/settings/support_access',
    scope: 'staff:read',
    summary: 'Reads whether people of the businesses above may work in this console.',
    answer: SupportOut,
    handle: readSupport,
  }),
  route({
    method: 'put',
    path: '/settings/support_access',
    scope: 'staff:write',
    summary: 'Lets people of the businesses above work in this console, or sends them out.',
    body: z.strictObject({ open: z.boolean() }),
    answer: SupportOut,
    handle: async (call) => {
      await call.write('save-support-access', (tx) => saveSupportAccess(tx, call.shop, call.body.open))
      return readSupport(call)
    },
  }),
]
