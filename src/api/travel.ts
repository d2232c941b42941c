/** A sandbox's journey in time: its clock is moved from one due instant to the next, and what is due at each is done. */
import { mostTravelDays, stopTravel, travel, travelOf } from '#modules/dunning/travel.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route } from './route.ts'
import { at, atOr, instantIn, resource, time, z } from './schemas.ts'

const TravelOut = resource('Travel', {
  travels: z.boolean(),
  from: time.nullable(),
  to: time.nullable(),
  now: time.openapi({ description: "The business's own clock: where it stands." }),
  busy: z.string().nullable().openapi({ description: 'The kind of work that is being done at this stop.' }),
})

const read = async (call: Call): Promise<z.input<typeof TravelOut>> => {
  const found = await call.read(travelOf)
  return {
    travels: found !== null,
    from: atOr(found?.from ?? null),
    to: atOr(found?.to ?? null),
    now: at(found?.at ?? call.shop.now()),
    busy: found?.busy ?? null,
    livemode: call.shop.livemode,
  }
}

export const travels = [
  route({
    method: 'get',
    path: '/businesses/current/travel',
    scope: 'businesses:read',
    summary: 'Tells where a sandbox is on its journey in time.',
    answer: TravelOut,
    handle: read,
  }),
  route({
    method: 'post',
    path: '/businesses/current/travel',
    scope: 'businesses:write',
    summary: 'Sets a sandbox travelling: each step of the lifecycle is done at its own minute.',
    description: `Only for a test business, only forward, at most ${mostTravelDays} days at a time. Answers at once; look where it is with GET.`,
    needsKey: true,
    body: z.strictObject({
      advance_seconds: z.int().min(1).optional(),
      to: instantIn.optional(),
    }),
    answer: TravelOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { advance_seconds, to } = call.body
      if ((advance_seconds === undefined) === (to === undefined))
        throw new Refusal('invalid_input', 'Say either how far or where to.', [
          { pointer: '/advance_seconds', code: 'required', detail: 'Send advance_seconds or to, not both.' },
        ])
      await travel(call.shop, to ?? call.now.add({ seconds: advance_seconds ?? 0 }))
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/businesses/current/travel/stop',
    scope: 'businesses:write',
    summary: 'Ends the journey where it is.',
    needsKey: true,
    answer: TravelOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await stopTravel(call.shop)
      return read(call)
    },
    retell: read,
  }),
]
