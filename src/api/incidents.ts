/** Incidents that a person declares on a panel or a product, and what is given for them. */
import type { Shop } from '#app.ts'
import {
  compensationsOf,
  type GivenTotals,
  givenFor,
  listShares,
  outcomes,
  previewCompensation,
} from '#modules/dunning/compensation.ts'
import {
  changeIncident,
  compensateIncident,
  declareIncident,
  waiveIncident,
  withdrawIncident,
} from '#modules/dunning/incidents.ts'
import {
  type CompensationRule,
  type Incident,
  incidentStates,
  listIncidents,
  readIncident,
  roundings,
  standardRule,
  stateOf,
} from '#modules/lines/incidents.ts'
import { toJson } from '#platform/money.ts'
import { type Call, route, whole } from './route.ts'
import {
  at,
  atOr,
  byId,
  flag,
  given,
  id,
  instantIn,
  list,
  listQuery,
  money,
  resource,
  time,
  words,
  z,
} from './schemas.ts'

const rule = {
  round_to: z.enum(roundings).openapi({ description: 'What is given is rounded up to this.' }),
  least_minutes: z.int().min(0).max(10_080).openapi({ description: 'What took less gives nothing.' }),
  most_hours: z.int().min(1).max(8_760).openapi({ description: 'The most of this incident, per subscription.' }),
  most_hours_month: z
    .int()
    .min(1)
    .max(8_760)
    .openapi({ description: 'The most that a customer gets in a calendar month, over all incidents.' }),
}
const Rule = z.strictObject(rule)

const totals = {
  subscriptions: z.int(),
  customers: z.int(),
  seconds: z.int(),
  worth: z.array(money).openapi({ description: 'What so much time costs at the agreed prices, by currency.' }),
}

const IncidentOut = resource('Incident', {
  id: z.string(),
  panel_id: z.string().nullable(),
  product_id: z.string().nullable(),
  name: z.string(),
  sentence: z.string(),
  state: z.enum(incidentStates),
  starts_at: time,
  ends_at: time.nullable().openapi({ description: 'Null: nobody knows yet.' }),
  rule: Rule,
  declared_at: time,
  declared_by: z.string(),
  decided_at: time.nullable(),
  decided_by: z.string().nullable(),
  given: z.strictObject(totals).openapi({ description: 'What was given so far.' }),
})

const PreviewOut = resource('CompensationPreview', {
  incident_id: z.string(),
  ...totals,
  left_out: z.array(z.strictObject({ outcome: z.enum(outcomes), count: z.int() })).openapi({
    description:
      'Who gets nothing. `not_served`: not paid for, resting or suspended meanwhile; `too_short`; `capped`: the month of the customer is full; `lapsed`: suspended, and the paid time is over.',
  }),
  rows: z.array(
    z.strictObject({
      subscription_id: z.string(),
      customer_id: z.string(),
      outcome: z.enum(outcomes),
      out_seconds: z.int(),
      seconds: z.int(),
      worth: money,
      paid_through: time,
    }),
  ),
  fingerprint: z.string().openapi({ description: 'Sent back to give exactly this; valid for half an hour.' }),
})

const CompensationOut = resource('Compensation', {
  incident_id: z.string(),
  subscription_id: z.string(),
  customer_id: z.string(),
  out_seconds: z.int(),
  seconds: z.int(),
  worth: money,
  paid_through_before: time,
  paid_through: time,
  given_at: time,
})

/** More rows than this are read one subscription at a time. */
const mostRows = 1_000

const totalsOf = ({ subscriptions, customers, seconds, worth }: GivenTotals) => ({
  subscriptions,
  customers,
  seconds,
  worth: worth.map(toJson),
})

const outOf = (
  shop: Shop,
  now: Temporal.Instant,
  incident: Incident,
  totals: GivenTotals,
): z.input<typeof IncidentOut> => ({
  id: incident.id,
  panel_id: incident.panelId,
  product_id: incident.productId,
  name: incident.name,
  sentence: incident.sentence,
  state: stateOf(incident, now),
  starts_at: at(incident.starts),
  ends_at: atOr(incident.ends),
  rule: {
    round_to: incident.roundTo,
    least_minutes: incident.leastMinutes,
    most_hours: incident.mostHours,
    most_hours_month: incident.mostHoursMonth,
  },
  declared_at: at(incident.declaredAt),
  declared_by: incident.declaredBy,
  decided_at: atOr(incident.decidedAt),
  decided_by: incident.decidedBy,
  given: totalsOf(totals),
  livemode: shop.livemode,
})

const ruleOf = (rule: z.infer<typeof Rule>): CompensationRule => ({
  roundTo: rule.round_to,
  leastMinutes: rule.least_minutes,
  mostHours: rule.most_hours,
  mostHoursMonth: rule.most_hours_month,
})

const readById = (call: Call, id: string): Promise<z.input<typeof IncidentOut>> =>
  call.read(async (tx) => outOf(call.shop, call.now, await readIncident(tx, id), await givenFor(tx, id)))

const read = (call: Call<{ id: string }>) => readById(call, call.params.id)

const facts = {
  name: words(80).openapi({ description: 'For staff.' }),
  sentence: words(300).openapi({ description: 'For everybody: on the status page and in the portal.' }),
}
const reason = z.strictObject({ reason: words(200) })

/** An end without compensation, for a reason. */
const closing = (name: string, summary: string, close: typeof waiveIncident) =>
  route({
    method: 'post',
    path: `/incidents/{id}/${name}`,
    scope: 'incidents:write',
    summary,
    needsKey: true,
    params: byId('inc'),
    body: reason,
    answer: IncidentOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await close(call.shop, call.params.id, call.body.reason)
      return read(call)
    },
    retell: read,
  })

export const incidents = [
  route({
    method: 'get',
    path: '/incidents',
    scope: 'incidents:read',
    summary: 'Lists declared incidents, newest first.',
    query: listQuery({ open: flag.optional().openapi({ description: 'Only those that nobody has decided about.' }) }),
    answer: list(IncidentOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        const incidents = await listIncidents(tx, { open: call.query.open }, call.page)
        const all = []
        for (const incident of incidents) all.push({ ...incident, totals: await givenFor(tx, incident.id) })
        return all
      })
      return call.list(
        found,
        ({ totals, ...incident }) => outOf(call.shop, call.now, incident, totals),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/incidents',
    scope: 'incidents:write',
    summary: 'Declares an incident on a panel or a product: nobody it reaches is suspended or ended while it lasts.',
    needsKey: true,
    status: 201,
    body: z.strictObject({
      panel_id: id('pan').optional(),
      product_id: id('prod').optional(),
      ...facts,
      starts_at: instantIn.optional().openapi({ description: 'Left out: now.' }),
      ends_at: instantIn.optional().openapi({ description: 'Left out: nobody knows yet.' }),
      rule: Rule.optional().openapi({
        description: 'How much time is given for it. Left out: whole hours, with caps.',
      }),
    }),
    answer: IncidentOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { panel_id, product_id, name, sentence, starts_at, ends_at, rule } = call.body
      const made = await declareIncident(call.shop, {
        panelId: panel_id ?? null,
        productId: product_id ?? null,
        name,
        sentence,
        starts: starts_at ?? call.now,
        ends: ends_at ?? null,
        rule: rule === undefined ? standardRule : ruleOf(rule),
      })
      return readById(call, made.id)
    },
    retell: (call, made) => readById(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/incidents/{id}',
    scope: 'incidents:read',
    summary: 'Reads an incident with what was given for it.',
    params: byId('inc'),
    answer: IncidentOut,
    handle: read,
  }),
  route({
    method: 'patch',
    path: '/incidents/{id}',
    scope: 'incidents:write',
    summary: 'Corrects an incident that nobody has decided about; `ends_at` says when it was over, or will be.',
    params: byId('inc'),
    body: z.strictObject({
      name: facts.name.optional(),
      sentence: facts.sentence.optional(),
      starts_at: instantIn.optional(),
      ends_at: instantIn.nullable().optional().openapi({ description: 'Null: nobody knows after all.' }),
      rule: Rule.optional(),
    }),
    answer: IncidentOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { starts_at, ends_at, rule, ...rest } = call.body
      await changeIncident(
        call.shop,
        call.params.id,
        given({ ...rest, starts: starts_at, ends: ends_at, rule: rule && ruleOf(rule) }),
      )
      return read(call)
    },
  }),
  route({
    method: 'get',
    path: '/incidents/{id}/preview',
    scope: 'incidents:read',
    summary:
      'Tells what would be given: to whom, how much, what it is worth, and who gets nothing. A thousand rows at most.',
    params: byId('inc'),
    answer: PreviewOut,
    handle: (call) =>
      call.read(async (tx) => {
        const incident = await readIncident(tx, call.params.id)
        const { left, fingerprint, ...totals } = await previewCompensation(tx, call.shop, incident, call.now)
        const rows = await listShares(tx, call.shop, incident, call.now, mostRows)
        return {
          incident_id: incident.id,
          ...totalsOf(totals),
          left_out: left,
          rows: rows.map((row) => ({
            subscription_id: row.subscriptionId,
            customer_id: row.customerId,
            outcome: row.outcome,
            out_seconds: row.outSeconds,
            seconds: row.seconds,
            worth: toJson(row.worth),
            paid_through: at(row.endsBefore),
          })),
          fingerprint,
          livemode: call.shop.livemode,
        }
      }),
  }),
  route({
    method: 'post',
    path: '/incidents/{id}/compensate',
    scope: 'incidents:write',
    summary: 'Gives what the preview showed, once and for good: lines are extended, each customer gets one message.',
    needsKey: true,
    params: byId('inc'),
    body: z.strictObject({
      fingerprint: words(80).openapi({ description: 'Of the preview.' }),
      tell_customers: z.boolean().optional().openapi({ description: 'Left out: yes.' }),
    }),
    answer: IncidentOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { fingerprint, tell_customers } = call.body
      await compensateIncident(call.shop, call.params.id, { fingerprint, tells: tell_customers ?? true })
      return read(call)
    },
    retell: read,
  }),
  closing('waive', 'Nothing is given for an incident that is over.', waiveIncident),
  closing('withdraw', 'It was none: what waited goes on, nothing is given, nobody sees it any more.', withdrawIncident),
  route({
    method: 'get',
    path: '/incidents/{id}/compensations',
    scope: 'incidents:read',
    summary: 'What was given, newest first, a thousand at most.',
    params: byId('inc'),
    answer: list(CompensationOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        const { id } = await readIncident(tx, call.params.id)
        return compensationsOf(tx, { incidentId: id }, mostRows)
      })
      return whole(
        call,
        found.map((each) => ({
          incident_id: each.incidentId,
          subscription_id: each.subscriptionId,
          customer_id: each.customerId,
          out_seconds: each.outSeconds,
          seconds: each.seconds,
          worth: toJson(each.worth),
          paid_through_before: at(each.endsBefore),
          paid_through: at(each.endsAfter),
          given_at: at(each.at),
          livemode: call.shop.livemode,
        })),
      )
    },
  }),
]
