/** Lines that are on a panel already: looked at, adopted asleep, woken or given back. */

import type { Shop } from '#app.ts'
import {
  adoptNow,
  beginAdoption,
  decideLine,
  lookAgain,
  takeOverOrphan,
  undoAdoption,
} from '#modules/adoption/begin-adoption.ts'
import {
  type Adoption,
  type AdoptionCounts,
  type AdoptionLine,
  countsOf,
  listAdoptionLines,
  listAdoptions,
  readAdoption,
  readAdoptionLine,
} from '#modules/adoption/queries.ts'
import { readFile } from '#modules/adoption/read-file.ts'
import { adoptionLineStates, adoptionStates, reasons } from '#modules/adoption/rules.ts'
import { wakeAdoption, wakePanel } from '#modules/adoption/wake-adopted.ts'
import { readPanel } from '#modules/lines/panels.ts'
import { wakeOne } from '#modules/subscriptions/wake.ts'
import type { Tx } from '#platform/db.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, email, id, lines, list, listQuery, resource, time, z } from './schemas.ts'

const AdoptionOut = resource('Adoption', {
  id: z.string(),
  panel_id: z.string(),
  source: z.enum(['panel', 'file', 'line']).openapi({
    description: '`line`: one line that a comparison found on the panel.',
  }),
  plan_id: z.string().nullable(),
  state: z.enum(adoptionStates).openapi({
    description:
      '`looking`: its lines are being read; `ready`: a person looks; `adopting`, `undoing`: under way; `failed`: the panel could not be read.',
  }),
  last_error: z.string().nullable(),
  looked_at: time.nullable(),
  lines: z.strictObject({
    unread: z.int(),
    fits: z.int(),
    waits: z.int(),
    adopted: z.int(),
    undone: z.int(),
    asleep: z.int().openapi({ description: 'Of those adopted, who still sleep.' }),
    matched: z.int().openapi({ description: 'Of those that fit or were adopted, who are customers already.' }),
  }),
  waits_because: z.record(z.string(), z.int()).openapi({ description: 'How many wait, by reason.' }),
  plans: z.record(z.string(), z.int()).openapi({ description: 'Lines by plan, of those that fit or were adopted.' }),
  created_at: time,
  created_by: z.string(),
})

const LineOut = resource('AdoptionLine', {
  id: z.string(),
  adoption_id: z.string(),
  state: z.enum(adoptionLineStates),
  because: z.enum(reasons).nullable().openapi({ description: 'Why it waits for a person.' }),
  username: z.string(),
  remote_id: z.string().nullable(),
  mac: z.string().nullable(),
  email: z.string().nullable(),
  notes: z.string().nullable().openapi({ description: 'What stands beside it on the panel.' }),
  expires_at: time.nullable(),
  plan_id: z.string().nullable(),
  customer_id: z.string().nullable().openapi({ description: 'Whose it becomes, or is; null: a new customer.' }),
  line_id: z.string().nullable(),
  subscription_id: z.string().nullable(),
  asleep: z.boolean().nullable(),
  created_at: time,
})

const adoptionOf = (shop: Shop, each: Adoption, counts: AdoptionCounts): z.input<typeof AdoptionOut> => {
  const { reasons: waits_because, plans, ...numbers } = counts
  return {
    id: each.id,
    panel_id: each.panelId,
    source: each.source,
    plan_id: each.planId,
    state: each.state,
    last_error: each.lastError,
    looked_at: atOr(each.lookedAt),
    lines: numbers,
    waits_because,
    plans,
    created_at: at(each.createdAt),
    created_by: each.createdBy,
    livemode: shop.livemode,
  }
}

const lineOf = (shop: Shop, each: AdoptionLine): z.input<typeof LineOut> => ({
  id: each.id,
  adoption_id: each.adoptionId,
  state: each.state,
  because: each.because,
  username: each.username,
  remote_id: each.remoteId,
  mac: each.mac,
  email: each.email,
  notes: each.notes,
  expires_at: atOr(each.expiresAt),
  plan_id: each.planId,
  customer_id: each.customerId,
  line_id: each.state === 'adopted' ? each.lineId : null,
  subscription_id: each.subscriptionId,
  asleep: each.asleep,
  created_at: at(each.createdAt),
  livemode: shop.livemode,
})

const readById = (call: Call, adoptionId: string): Promise<z.input<typeof AdoptionOut>> =>
  call.read(async (tx) => adoptionOf(call.shop, await readAdoption(tx, adoptionId), await countsOf(tx, adoptionId)))
const read = (call: Call<{ id: string }>) => readById(call, call.params.id)

const readLine = (call: Call<{ id: string }>): Promise<z.input<typeof LineOut>> =>
  call.read(async (tx) => lineOf(call.shop, await readAdoptionLine(tx, call.params.id)))

const WokenOut = resource('Woken', {
  woken: z.int(),
  changed: z.int().openapi({ description: 'Still asleep: their lines were changed on the panel since.' }),
})

type Act = (tx: Tx, shop: Shop, id: string, now: Temporal.Instant) => Promise<unknown>

/** An act on an adoption. */
const act = (name: string, summary: string, does: Act) =>
  route({
    method: 'post',
    path: `/adoptions/{id}/${name}`,
    scope: 'subscriptions:write',
    summary,
    needsKey: true,
    params: byId('ado'),
    answer: AdoptionOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('adoption-act', (tx) => does(tx, call.shop, call.params.id, call.now))
      return read(call)
    },
    retell: read,
  })

export const adoptions = [
  route({
    method: 'get',
    path: '/adoptions',
    scope: 'subscriptions:read',
    summary: 'Lists adoptions, newest first.',
    query: listQuery({ panel_id: id('pan').optional() }),
    answer: list(AdoptionOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        const counted = []
        for (const each of await listAdoptions(tx, call.query.panel_id ?? null, call.page))
          counted.push({ ...each, counts: await countsOf(tx, each.id) })
        return counted
      })
      return call.list(
        found,
        ({ counts, ...each }) => adoptionOf(call.shop, each, counts),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/adoptions',
    scope: 'subscriptions:write',
    summary: 'Looks at lines that are on a panel already: what it lists and nobody here knows, or what a file names.',
    description:
      'Nothing is made or changed: each line is read on the panel, and told with the plan that it would be of, whose it would be, or why it waits. `adopt` makes customers, subscriptions and lines of those that fit, asleep: nothing is billed, mailed or cut off until `wake`.',
    needsKey: true,
    status: 201,
    mostBytes: 8_000_000,
    body: z.strictObject({
      panel_id: id('pan'),
      plan_id: id('plan').optional().openapi({ description: "For lines whose plan the panel's packages do not tell." }),
      csv: lines(6_000_000, 1).optional().openapi({
        description:
          'Left out: what the panel lists. A table whose first row names its columns: `username`, `password`, `email`, `expires`, `plan`; only the first is required.',
      }),
    }),
    answer: AdoptionOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { panel_id, plan_id, csv } = call.body
      const filed = csv === undefined ? null : readFile(csv, call.shop.zone)
      const made = await call.write('begin-adoption', (tx) =>
        beginAdoption(tx, call.shop, { panelId: panel_id, planId: plan_id ?? null, filed }, call.now),
      )
      return readById(call, made)
    },
    retell: (call, made) => readById(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/differences/{id}/take_over',
    scope: 'subscriptions:write',
    summary: 'Looks at one line of a panel that is nobody’s here, to take it over.',
    description: 'As `POST /adoptions` for this one line. One that is under way for it is answered as it is.',
    needsKey: true,
    params: byId('dif'),
    body: z.strictObject({
      plan_id: id('plan').optional().openapi({ description: "Where the panel's packages do not tell." }),
    }),
    answer: AdoptionOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const made = await call.write('begin-adoption', (tx) =>
        takeOverOrphan(tx, call.shop, call.params.id, call.body.plan_id ?? null, call.now),
      )
      return readById(call, made)
    },
    retell: (call, made) => readById(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/adoptions/{id}',
    scope: 'subscriptions:read',
    summary: 'Reads an adoption: how far it is, and what would become of its lines.',
    params: byId('ado'),
    answer: AdoptionOut,
    handle: read,
  }),
  route({
    method: 'get',
    path: '/adoptions/{id}/lines',
    scope: 'subscriptions:read',
    summary: 'Its lines, newest first.',
    params: byId('ado'),
    query: listQuery({ state: z.enum(adoptionLineStates).optional(), because: z.enum(reasons).optional() }),
    answer: list(LineOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        await readAdoption(tx, call.params.id)
        return listAdoptionLines(tx, call.params.id, call.query, call.page)
      })
      return call.list(
        found,
        (each) => lineOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  act('look_again', 'Reads everything anew that was not adopted.', lookAgain),
  act('adopt', 'Adopts what fits, asleep.', adoptNow),
  act('undo', 'Gives back what sleeps still, as if it had never been adopted.', undoAdoption),
  act(
    'wake',
    'What it adopted goes by its policies from now on. `POST /rehearsals` with its id tells beforehand what happens then.',
    wakeAdoption,
  ),
  route({
    method: 'get',
    path: '/adoption_lines/{id}',
    scope: 'subscriptions:read',
    summary: 'Reads a line that is to be adopted.',
    params: byId('adl'),
    answer: LineOut,
    handle: readLine,
  }),
  route({
    method: 'post',
    path: '/adoption_lines/{id}/decide',
    scope: 'subscriptions:write',
    summary: 'Says whose line it is, or of which plan; it is looked at once more.',
    needsKey: true,
    params: byId('adl'),
    body: z.strictObject({ email: email.optional(), plan_id: id('plan').optional() }),
    answer: LineOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { email: address, plan_id } = call.body
      await call.write('decide-line', (tx) =>
        decideLine(tx, call.shop, call.params.id, { email: address, planId: plan_id }, call.now),
      )
      return readLine(call)
    },
    retell: readLine,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/wake',
    scope: 'subscriptions:write',
    summary: 'A subscription that was taken over from a panel goes by its policy from now on.',
    needsKey: true,
    params: byId('sub'),
    answer: resource('WokenSubscription', { id: z.string(), asleep: z.boolean() }),
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('wake', (tx) => wakeOne(tx, call.shop, call.params.id, call.now))
      return { id: call.params.id, asleep: false, livemode: call.shop.livemode }
    },
    retell: async (call) => ({ id: call.params.id, asleep: false, livemode: call.shop.livemode }),
  }),
  route({
    method: 'post',
    path: '/panels/{id}/wake_adopted',
    scope: 'subscriptions:write',
    summary: 'All that was adopted from a panel goes by its policies from now on.',
    needsKey: true,
    params: byId('pan'),
    answer: WokenOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const woken = await call.write('wake-panel', (tx) => wakePanel(tx, call.shop, call.params.id, call.now))
      return { ...woken, livemode: call.shop.livemode }
    },
    retell: async (call) => {
      await call.read((tx) => readPanel(tx, call.params.id))
      return { woken: 0, changed: 0, livemode: call.shop.livemode }
    },
  }),
]
