/** What happened: one row per change, with who and why. The audit reads the same rows. */
import type { Shop } from '#app.ts'
import { type Event, listEvents } from '#modules/events/queries.ts'
import { route } from './route.ts'
import { at, id, list, listQuery, resource, text, time, z } from './schemas.ts'

export const EventOut = resource('Event', {
  id: z.string(),
  at: time,
  type: z.string().openapi({ example: 'subscription.renewed' }),
  actor: z.string().openapi({ description: '`customer:cus_…`, `staff:mem_…`, `key:key_…`, `rule:…`, `system`.' }),
  subject_type: z.string(),
  subject_id: z.string(),
  customer_id: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
})

export const eventOf = (shop: Shop, event: Event): z.input<typeof EventOut> => ({
  id: event.id,
  at: at(event.at),
  type: event.type,
  actor: event.actor,
  subject_type: event.subjectType,
  subject_id: event.subjectId,
  customer_id: event.customerId,
  data: event.data,
  livemode: shop.livemode,
})

const filters = {
  customer_id: id('cus').optional(),
  subject_id: text(64).optional(),
  type: z
    .string()
    .regex(/^[a-z_]+\.[a-z_]+$/)
    .optional(),
}

const listed = (path: '/events' | '/audit') =>
  route({
    method: 'get',
    path,
    scope: path === '/audit' ? 'audit:read' : 'events:read',
    summary: path === '/audit' ? 'Lists who did what, newest first.' : 'Lists what happened, newest first.',
    query: listQuery(filters),
    answer: list(EventOut),
    handle: async (call) => {
      const { customer_id, subject_id, type } = call.query
      const found = await call.read((tx) =>
        listEvents(tx, { customerId: customer_id, subjectId: subject_id, type }, call.page),
      )
      return call.list(
        found,
        (each) => eventOf(call.shop, each),
        (each) => each.at,
      )
    },
  })

export const events = [listed('/events'), listed('/audit')]
