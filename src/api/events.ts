/** What happened: one row per change, with who and why. The audit reads the same rows. */
import type { Shop } from '#app.ts'
import { auditCsv } from '#modules/events/audit-csv.ts'
import { type Event, type EventFilter, exportEvents, listEvents } from '#modules/events/queries.ts'
import { fileRoute, route } from './route.ts'
import { at, id, instantIn, list, listQuery, resource, text, time, z } from './schemas.ts'

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

const AuditOut = resource('AuditEntry', {
  ...EventOut.shape,
  request_id: z.string().nullable(),
  address: z.string().nullable().openapi({ description: 'From where it was asked for; kept for 400 days.' }),
  agent: z.string().nullable().openapi({ description: 'What the browser or program said of itself.' }),
})

const auditOf = (shop: Shop, event: Event): z.input<typeof AuditOut> => ({
  ...eventOf(shop, event),
  ...{ request_id: event.requestId, address: event.address, agent: event.agent },
})

const filters = {
  customer_id: id('cus').optional(),
  subject_id: text(64).optional(),
  type: z
    .string()
    .regex(/^[a-z_]+\.[a-z_]+$/)
    .optional(),
}

const auditFilters = {
  ...filters,
  actor: text(64).optional().openapi({ description: '`staff:mem_…`, or a kind of actor: `staff`, `key`, `rule`.' }),
  from: instantIn.optional(),
  to: instantIn.optional().openapi({ description: 'Before then.' }),
}

type Asked = { [K in keyof typeof auditFilters]?: z.output<(typeof auditFilters)[K]> }

const filterOf = ({ customer_id, subject_id, type, actor, from, to }: Asked): EventFilter => ({
  ...{ customerId: customer_id, subjectId: subject_id, type, actor, from, to },
})

/** More is asked for in parts, by time. */
const mostRows = 50_000

export const events = [
  route({
    method: 'get',
    path: '/events',
    scope: 'events:read',
    summary: 'Lists what happened, newest first.',
    query: listQuery(filters),
    answer: list(EventOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listEvents(tx, filterOf(call.query), call.page)),
        (each) => eventOf(call.shop, each),
        (each) => each.at,
      ),
  }),
  route({
    method: 'get',
    path: '/audit',
    scope: 'audit:read',
    summary: 'Lists who did what, from where, newest first.',
    query: listQuery(auditFilters),
    answer: list(AuditOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listEvents(tx, filterOf(call.query), call.page)),
        (each) => auditOf(call.shop, each),
        (each) => each.at,
      ),
  }),
  fileRoute({
    method: 'get',
    path: '/audit.csv',
    scope: 'audit:read',
    summary: 'The same as a file, the newest 50,000.',
    media: 'text/csv',
    query: z.strictObject(auditFilters),
    handle: async (call) => auditCsv(await call.read((tx) => exportEvents(tx, filterOf(call.query), mostRows))),
  }),
]
