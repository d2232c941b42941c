/** Panels: the machines that run lines. Secrets go in and never come out. */
import type { Shop } from '#app.ts'
import { accessState } from '#modules/lines/answer-ask.ts'
import { latencyOf } from '#modules/lines/panel-health.ts'
import { endWork, planWork } from '#modules/lines/panel-work.ts'
import {
  listPanels,
  type PanelRow,
  readPanel,
  savePanel,
  shownSettings,
  trustCertificate,
} from '#modules/lines/panels.ts'
import { panelStateOf } from '#modules/lines/rules.ts'
import { bouquetsOf, packagesOf, testPanel } from '#modules/lines/test-panel.ts'
import { accountRunway } from '#modules/reselling/forecast.ts'
import { writtenFingerprint } from '#platform/http-out.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, country, given, instantIn, list, resource, time, words, z } from './schemas.ts'

const settings = z
  .record(z.string().max(64), z.unknown())
  .openapi({ description: 'What the kind asks for. A secret that is left out stays as it was.' })

const shape = {
  name: words(80),
  settings,
  weight: z.int().min(0).max(1_000),
  capacity: z.int().min(1).max(10_000_000).nullable(),
  reserved: z
    .int()
    .min(0)
    .max(10_000_000)
    .openapi({ description: 'Of `capacity`, so many places are kept from sales.' }),
  countries: z
    .array(country)
    .max(250)
    .refine((codes) => new Set(codes).size === codes.length, 'Each country is named once.')
    .openapi({ description: 'New lines are for buyers of these countries only; empty: of all.' }),
  drained: z.boolean(),
  credits_low: z
    .string()
    .regex(/^(?=.*[1-9])\d{1,9}(\.\d{1,4})?$/, 'A decimal above nothing, like 50 or 2.5.')
    .nullable()
    .openapi({
      description:
        'On panels that charge each call: staff are told when the account there has fewer. Null: they are not.',
    }),
  requests_per_second: z.int().min(1).max(50).nullable().openapi({
    description:
      'The panel is never asked more often, by all processes together; orders go before comparisons. Null: as often as there is reason to.',
  }),
}

const PanelOut = resource('Panel', {
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  settings: z.record(z.string(), z.unknown()),
  secrets_set: z.array(z.string()),
  weight: z.int(),
  capacity: z.int().nullable(),
  reserved: z.int(),
  countries: z.array(z.string()),
  drained: z.boolean(),
  work: z
    .strictObject({ starts_at: time, ends_at: time, reason: z.string() })
    .nullable()
    .openapi({ description: 'Planned work: nothing is sent to the panel meanwhile. The last that was planned.' }),
  health: z.enum(['unknown', 'up', 'down', 'auth_failed']),
  tested_at: time.nullable(),
  last_ok_at: time.nullable(),
  last_error: z.string().nullable(),
  latency_ms: z.int().nullable(),
  version: z.string().nullable(),
  credits: z
    .string()
    .nullable()
    .openapi({ description: 'What the account there had, as a decimal, on panels that charge each call.' }),
  credits_at: time.nullable(),
  credits_low: z.string().nullable(),
  requests_per_second: z.int().nullable(),
  trusted_certificate: z
    .string()
    .nullable()
    .openapi({ description: 'SHA-256 of the one certificate that is taken there; null: what authorities vouch for.' }),
  created_at: time,
})

const PanelHealth = resource('PanelHealth', {
  state: z
    .enum(['maintenance', 'untested', 'unknown', 'up', 'down', 'auth_failed'])
    .openapi({ description: 'In one word; `maintenance` while planned work goes on.' }),
  looked_at: time.nullable().openapi({ description: 'When it was last asked to let us in: every five minutes.' }),
  last_ok_at: time.nullable(),
  last_error: z.string().nullable(),
  version: z.string().nullable(),
  certificate_ends_at: time.nullable().openapi({ description: 'Of its TLS certificate; null: it was never seen.' }),
  credits: z.string().nullable(),
  credits_at: time.nullable(),
  credits_low: z.string().nullable(),
  last_day: z
    .strictObject({
      calls: z.int(),
      failed: z.int(),
      p50_ms: z.int().nullable(),
      p95_ms: z.int().nullable(),
    })
    .openapi({ description: 'Looks, and calls for lines, of the last 24 hours; the times are those of good answers.' }),
})

function panelOf(shop: Shop, panel: PanelRow): z.input<typeof PanelOut> {
  const { shown, secretsSet } = shownSettings(shop.app, panel)
  return {
    id: panel.id,
    name: panel.name,
    kind: panel.kind,
    settings: shown,
    secrets_set: secretsSet,
    weight: panel.weight,
    capacity: panel.capacity,
    reserved: panel.reserved,
    countries: panel.countries,
    work: workOf(panel),
    drained: panel.drained,
    health: panel.health,
    tested_at: atOr(panel.testedAt),
    last_ok_at: atOr(panel.lastOkAt),
    last_error: panel.lastError,
    latency_ms: panel.latencyMs,
    version: panel.versionText,
    credits: panel.credits,
    credits_at: atOr(panel.creditsAt),
    credits_low: panel.creditsLow,
    requests_per_second: panel.requestsPerSecond,
    trusted_certificate: panel.trustedCertificate === null ? null : writtenFingerprint(panel.trustedCertificate),
    created_at: at(panel.createdAt),
    livemode: shop.livemode,
  }
}

const workOf = ({ workStarts, workEnds, workReason }: PanelRow) =>
  workStarts === null || workEnds === null
    ? null
    : { starts_at: at(workStarts), ends_at: at(workEnds), reason: workReason ?? '' }

const read = async (call: Call, panelId: string): Promise<z.input<typeof PanelOut>> =>
  panelOf(call.shop, await call.read((tx) => readPanel(tx, panelId)))

export const panels = [
  route({
    method: 'get',
    path: '/panels',
    scope: 'panels:read',
    summary: 'Lists all panels of this business.',
    answer: list(PanelOut),
    handle: async (call) => {
      const found = await call.read(listPanels)
      return whole(
        call,
        found.map((each) => panelOf(call.shop, each)),
      )
    },
  }),
  route({
    method: 'post',
    path: '/panels',
    scope: 'panels:write',
    summary: 'Adds a panel. Test it before anything is sold on it.',
    status: 201,
    body: z.strictObject({
      ...shape,
      kind: words(40),
      weight: shape.weight.default(1),
      capacity: shape.capacity.default(null),
      reserved: shape.reserved.default(0),
      countries: shape.countries.default([]),
      drained: shape.drained.default(false),
      credits_low: shape.credits_low.default(null),
      requests_per_second: shape.requests_per_second.default(null),
    }),
    answer: PanelOut,
    handle: async (call) => {
      const { credits_low: creditsLow, requests_per_second: requestsPerSecond, ...facts } = call.body
      const made = { ...facts, creditsLow, requestsPerSecond }
      return read(call, await call.write('save-panel', (tx) => savePanel(tx, call.shop, made)))
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/panels/{id}',
    scope: 'panels:read',
    summary: 'Reads a panel.',
    params: byId('pan'),
    answer: PanelOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/panels/{id}',
    scope: 'panels:write',
    summary: 'Changes a panel. Other settings must be tested again.',
    params: byId('pan'),
    body: z.strictObject(shape).partial(),
    answer: PanelOut,
    handle: async (call) => {
      await call.write('save-panel', async (tx) => {
        const before = await readPanel(tx, call.params.id)
        const {
          settings: change,
          credits_low: creditsLow = before.creditsLow,
          requests_per_second: requestsPerSecond = before.requestsPerSecond,
          ...rest
        } = given(call.body)
        const { name, kind, weight, capacity, reserved, countries, drained } = before
        const shown = shownSettings(call.app, before).shown
        return savePanel(
          tx,
          call.shop,
          {
            ...{ name, kind, weight, capacity, reserved, countries, drained, creditsLow, requestsPerSecond },
            ...rest,
            settings: { ...shown, ...change },
          },
          before.id,
        )
      })
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/panels/{id}/credits',
    scope: 'panels:read',
    summary: 'Says how long our account at a panel that charges each call lasts.',
    params: byId('pan'),
    answer: resource('PanelCredits', {
      panel_id: z.string(),
      credits_milli: z.int().nullable().openapi({ description: 'Thousandths; null: this panel charges nothing.' }),
      read_at: time.nullable(),
      used_milli: z.int().openapi({ description: 'Within the last 14 days.' }),
      coming_milli: z.int().openapi({ description: 'What renewals take within the next 14 days.' }),
      renewals: z.int(),
      would_wait: z.int().openapi({ description: 'Renewals of the next 14 days that would find no credits.' }),
      ends_at: time.nullable().openapi({ description: 'When they end; null: not within a year.' }),
      floor_milli: z.int().openapi({ description: 'About what a week takes.' }),
    }),
    handle: async (call) => {
      const [{ id: panelId, creditsAt }, ahead] = await call.read(
        async (tx) => [await readPanel(tx, call.params.id), await accountRunway(tx, call.params.id, call.now)] as const,
      )
      return {
        panel_id: panelId,
        credits_milli: ahead === null ? null : Number(ahead.freeMilli),
        read_at: atOr(creditsAt),
        used_milli: Number(ahead?.usedMilli ?? 0n),
        coming_milli: Number(ahead?.comingMilli ?? 0n),
        renewals: ahead?.renewals ?? 0,
        would_wait: ahead?.wouldWait ?? 0,
        ends_at: atOr(ahead?.endsAt ?? null),
        floor_milli: Number(ahead?.floorMilli ?? 0n),
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'post',
    path: '/panels/{id}/plan_work',
    scope: 'panels:write',
    summary:
      'Plans work on a panel: nothing is sent to it meanwhile, and nobody is alarmed. Another span takes its place.',
    params: byId('pan'),
    body: z.strictObject({
      starts_at: instantIn.optional().openapi({ description: 'Left out: now.' }),
      ends_at: instantIn,
      reason: words(200).openapi({ description: 'For staff.' }),
    }),
    answer: PanelOut,
    handle: async (call) => {
      const { starts_at, ends_at, reason } = call.body
      await call.write('plan-work', (tx) =>
        planWork(tx, call.shop, call.params.id, { starts: starts_at ?? call.now, ends: ends_at, reason }),
      )
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/panels/{id}/end_work',
    scope: 'panels:write',
    summary: 'Planned work is over, or does not take place: what waited for it goes on at once.',
    params: byId('pan'),
    answer: PanelOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('end-work', (tx) => endWork(tx, call.shop, call.params.id))
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/panels/{id}/test',
    scope: 'panels:write',
    summary: 'Signs in to the panel, makes a line, reads it back and removes it. What the panel says is the answer.',
    params: byId('pan'),
    answer: resource('PanelTest', {
      ok: z.boolean(),
      steps: z.array(z.strictObject({ title: z.string(), ok: z.boolean(), detail: z.string() })),
      calls: z
        .array(
          z.strictObject({
            method: z.string(),
            url: z.string(),
            sent: z.string(),
            status: z.int().nullable(),
            answer: z.string(),
          }),
        )
        .openapi({ description: 'What was sent and answered, without what is secret.' }),
      certificate: z
        .strictObject({ sha256: z.string(), subject: z.string(), issuer: z.string(), ends_at: time })
        .nullable()
        .openapi({
          description:
            'Shown by the panel, and not taken. If it is the panel’s own, accept it at `/panels/{id}/trust_certificate`.',
        }),
    }),
    again: true,
    handle: async (call) => {
      await read(call, call.params.id)
      const { certificate, ...result } = await testPanel(call.shop, call.params.id)
      return {
        ...result,
        certificate: certificate && {
          sha256: writtenFingerprint(certificate.fingerprint),
          subject: certificate.subject,
          issuer: certificate.issuer,
          ends_at: at(certificate.ends),
        },
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'post',
    path: '/panels/{id}/trust_certificate',
    scope: 'panels:write',
    summary: 'Takes one certificate of a panel that signs its own, by its SHA-256 fingerprint, and no other there.',
    description:
      'Read it on the panel itself and compare. Should the panel show another one, nothing is sent to it until that is accepted. Null: what authorities vouch for is taken again. Another host in the settings ends it, too.',
    needsKey: true,
    params: byId('pan'),
    body: z.strictObject({
      fingerprint: words(200).nullable().openapi({ description: '64 hexadecimal digits, with colons or without.' }),
    }),
    answer: PanelOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('trust-certificate', (tx) =>
        trustCertificate(tx, call.shop, call.params.id, call.body.fingerprint),
      )
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/panels/{id}/access',
    scope: 'panels:write',
    summary:
      'The secret address at which media servers ask about viewers, on panels whose lines are kept here; elsewhere it is null. With when one last asked, and what was answered.',
    params: byId('pan'),
    answer: resource('PanelAccess', {
      address: z.string().nullable(),
      asked_at: time.nullable(),
      allowed: z.int(),
      refused: z.int(),
    }),
    handle: async (call) => {
      const panel = await call.read((tx) => readPanel(tx, call.params.id))
      const state = await accessState(call.shop, panel)
      return {
        address: state?.address ?? null,
        asked_at: atOr(state?.askedAt ?? null),
        allowed: Number(state?.allowed ?? 0),
        refused: Number(state?.refused ?? 0),
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'get',
    path: '/panels/{id}/health',
    scope: 'panels:read',
    summary: 'How a panel is: whether it answers and how fast, its version, its certificate, and our credits there.',
    params: byId('pan'),
    answer: PanelHealth,
    handle: (call) =>
      call.read(async (tx) => {
        const panel = await readPanel(tx, call.params.id)
        const { calls, failed, p50Ms, p95Ms } = await latencyOf(tx, panel.id, call.now)
        return {
          state: panelStateOf(panel, call.now),
          looked_at: atOr(panel.lookedAt),
          last_ok_at: atOr(panel.lastOkAt),
          last_error: panel.lastError,
          version: panel.versionText,
          certificate_ends_at: atOr(panel.certificateEndsAt),
          credits: panel.credits,
          credits_at: atOr(panel.creditsAt),
          credits_low: panel.creditsLow,
          last_day: { calls, failed, p50_ms: p50Ms, p95_ms: p95Ms },
          livemode: call.shop.livemode,
        }
      }),
  }),
  route({
    method: 'get',
    path: '/panels/{id}/bouquets',
    scope: 'panels:read',
    summary: 'Asks the panel for its bouquets, to choose from in the mapping of a product.',
    params: byId('pan'),
    answer: z.strictObject({ data: z.array(z.strictObject({ id: z.int(), name: z.string() })), livemode: z.boolean() }),
    refuses: ['panel_failed'],
    handle: async (call) => {
      await read(call, call.params.id)
      return { data: await bouquetsOf(call.shop, call.params.id), livemode: call.shop.livemode }
    },
  }),
  route({
    method: 'get',
    path: '/panels/{id}/packages',
    scope: 'panels:read',
    summary:
      'Asks the panel for its packages, where it sells by them; then the mapping of a product names one. Elsewhere the list is null.',
    params: byId('pan'),
    answer: z.strictObject({
      data: z.array(z.strictObject({ id: z.string(), name: z.string(), detail: z.string() })).nullable(),
      livemode: z.boolean(),
    }),
    refuses: ['panel_failed'],
    handle: async (call) => {
      await read(call, call.params.id)
      return { data: await packagesOf(call.shop, call.params.id), livemode: call.shop.livemode }
    },
  }),
]
