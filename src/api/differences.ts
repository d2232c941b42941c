/** Comparisons of panels with what we keep, what they found, and what is decided about it. */
import { compareNow } from '#modules/lines/check-panel.ts'
import { removeOrphan, switchOffOrphan } from '#modules/lines/clear-orphan.ts'
import {
  acceptDifference,
  ignoreDifference,
  mendDifference,
  reopenDifference,
} from '#modules/lines/decide-difference.ts'
import { differenceSetting, mendableKinds, saveDifferenceSettings } from '#modules/lines/difference-settings.ts'
import { readPanel } from '#modules/lines/panels.ts'
import {
  type Difference,
  differenceStates,
  differencesOfSellers,
  listDifferences,
  listReconciliations,
  type Reconciliation,
  readDifference,
  readReconciliation,
  reconciliationStates,
} from '#modules/lines/reconciliations.ts'
import { differenceKinds } from '#modules/lines/rules/compare-listing.ts'
import { readSetting } from '#modules/people/settings.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, id, list, listQuery, minor, money, resource, time, words, z } from './schemas.ts'

const facts = z.strictObject({
  enabled: z.boolean(),
  banned: z.boolean(),
  expires_at: time.nullable(),
  connections: z.int(),
  marker: z.string().nullable(),
})

const SellerDifferencesOut = resource('SellerDifferences', { kind: z.enum(differenceKinds), count: z.int() })

const DifferenceOut = resource('Difference', {
  id: z.string(),
  panel_id: z.string(),
  kind: z.enum(differenceKinds),
  line_id: z.string().nullable().openapi({ description: 'Null for a line that is none of ours.' }),
  remote_id: z.string().nullable().openapi({ description: "The panel's own number." }),
  username: z.string(),
  shape: z.string().openapi({
    description:
      '`absent`, `box_absent` (the login is there, the box sold with it is not), `disabled`, `banned`, `expired`, `plays`, or the fields with what the panel has; never a password itself.',
  }),
  found: facts.nullable().openapi({ description: 'What the panel listed; null: nothing.' }),
  wanted: z
    .strictObject({
      state: z.enum(['none', 'active', 'suspended', 'ended']),
      until: time,
      connections: z.int(),
      username: z.string(),
    })
    .nullable(),
  value: money.nullable().openapi({ description: 'What is at stake, at the agreed price; null where nobody knows.' }),
  can_mend: z.boolean(),
  hidden: z
    .boolean()
    .openapi({ description: 'No list shows it: the line was read whole, and stays so until it is read again.' }),
  state: z.enum(differenceStates),
  reason: z.string().nullable(),
  decided_by: z.string().nullable(),
  decided_at: time.nullable(),
  first_seen_at: time,
  last_seen_at: time,
  closed_at: time.nullable(),
  closed_because: z.enum(['gone', 'mended', 'adopted', 'removed']).nullable(),
})

const outOf = (call: Call, difference: Difference): z.input<typeof DifferenceOut> => ({
  id: difference.id,
  panel_id: difference.panelId,
  kind: difference.kind,
  line_id: difference.lineId,
  remote_id: difference.remoteId,
  username: difference.username,
  shape: difference.shape,
  found: difference.found,
  wanted: difference.wanted,
  value:
    difference.valueMinor === null || difference.currency === null
      ? null
      : minor(difference.valueMinor, difference.currency),
  can_mend: difference.canMend,
  hidden: difference.hidden,
  state: difference.state,
  reason: difference.reason,
  decided_by: difference.decidedBy,
  decided_at: atOr(difference.decidedAt),
  first_seen_at: at(difference.firstSeenAt),
  last_seen_at: at(difference.lastSeenAt),
  closed_at: atOr(difference.closedAt),
  closed_because: difference.closedBecause,
  livemode: call.shop.livemode,
})

const read = async (call: Call<{ id: string }>) =>
  outOf(call, await call.read((tx) => readDifference(tx, call.params.id)))

/** What is done on the panel about a line that is nobody's here. */
const clearing = (act: string, summary: string, does: typeof removeOrphan) =>
  route({
    method: 'post',
    path: `/differences/{id}/${act}`,
    scope: 'differences:write',
    summary,
    needsKey: true,
    params: byId('dif'),
    body: z.strictObject({ reason: words(200) }),
    answer: DifferenceOut,
    refuses: ['conflict', 'panel_failed'],
    handle: async (call) => {
      await does(call.shop, call.params.id, call.body.reason)
      return read(call)
    },
    retell: read,
  })

const ReconciliationOut = resource('Reconciliation', {
  id: z.string(),
  panel_id: z.string(),
  state: z.enum(reconciliationStates).openapi({
    description: '`doubtful`: the panel listed far fewer lines than it should have, so nothing was concluded.',
  }),
  asked_by: z.string().nullable().openapi({ description: 'Null: it was due.' }),
  trusts_less: z.boolean(),
  listed: z.int(),
  expected: z.int().nullable().openapi({ description: 'So many of our lines the panel should have.' }),
  missing: z.int().nullable().openapi({ description: 'Of those, so many were not listed, and were looked up.' }),
  differing: z.int().nullable(),
  mended: z.int().nullable().openapi({ description: 'So many went to be set right without asking.' }),
  sellers_doubted: z.int().openapi({
    description: 'Resellers of whose lines so many were left out that nothing was concluded for them.',
  }),
  sampled: z.int().openapi({ description: 'So many lines were read whole, besides the list.' }),
  oldest_read_at: time
    .nullable()
    .openapi({ description: 'Of all paid lines there, when the one was read whole that was read longest ago.' }),
  last_error: z.string().nullable(),
  started_at: time,
  finished_at: time.nullable(),
})

const runOf = (call: Call, found: Reconciliation): z.input<typeof ReconciliationOut> => ({
  id: found.id,
  panel_id: found.panelId,
  state: found.state,
  asked_by: found.askedBy,
  trusts_less: found.trustsLess,
  listed: found.listed,
  expected: found.expected,
  missing: found.missing,
  differing: found.differing,
  mended: found.mended,
  sellers_doubted: found.sellersDoubted,
  sampled: found.sampled,
  oldest_read_at: atOr(found.oldestReadAt),
  last_error: found.lastError,
  started_at: at(found.startedAt),
  finished_at: atOr(found.finishedAt),
  livemode: call.shop.livemode,
})

const readRun = async (call: Call, runId: string) => runOf(call, await call.read((tx) => readReconciliation(tx, runId)))

const SettingsOut = resource('DifferenceSettings', {
  every_hours: z.int().openapi({ description: '0: only when somebody asks.' }),
  requests_per_second: z.int().openapi({ description: 'No panel is asked more often.' }),
  read_days: z.int().openapi({ description: 'Within so many days each line is read whole; 0: never.' }),
  mends: z.array(z.enum(mendableKinds)).openapi({ description: 'What is set right without asking.' }),
})

const readSettings = async (call: Call): Promise<z.input<typeof SettingsOut>> => ({
  ...(await call.read((tx) => readSetting(tx, call.shop, differenceSetting))),
  livemode: call.shop.livemode,
})

export const differences = [
  route({
    method: 'get',
    path: '/differences',
    scope: 'differences:read',
    summary: 'Lists where panels differ from what we keep, newest first. Those that are gone stay as closed.',
    query: listQuery({
      kind: z.enum(differenceKinds).optional(),
      state: z.enum(differenceStates).optional(),
      panel_id: id('pan').optional(),
      line_id: id('line').optional(),
      search: words(64).optional(),
    }),
    answer: list(DifferenceOut),
    handle: async (call) => {
      const { kind, state, panel_id, line_id, search } = call.query
      const found = await call.read((tx) =>
        listDifferences(tx, { kind, state, panelId: panel_id, lineId: line_id, search }, call.page),
      )
      return call.list(
        found,
        (each) => outOf(call, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/differences/{id}',
    scope: 'differences:read',
    summary: 'Reads a difference: what the panel has beside what it should be.',
    params: byId('dif'),
    answer: DifferenceOut,
    handle: read,
  }),
  route({
    method: 'post',
    path: '/differences/{id}/accept',
    scope: 'differences:write',
    summary: 'Lets it be as it is. Should it change, it is open again.',
    params: byId('dif'),
    answer: DifferenceOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('accept-difference', (tx) => acceptDifference(tx, call.shop, call.params.id, call.now))
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/differences/{id}/reopen',
    scope: 'differences:write',
    summary: 'Opens again what was accepted or ignored.',
    params: byId('dif'),
    answer: DifferenceOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('reopen-difference', (tx) => reopenDifference(tx, call.shop, call.params.id, call.now))
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/differences/{id}/ignore',
    scope: 'differences:write',
    summary: 'Ignores it for a reason, whatever becomes of it, as long as it is there.',
    params: byId('dif'),
    body: z.strictObject({ reason: words(200) }),
    answer: DifferenceOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('ignore-difference', (tx) =>
        ignoreDifference(tx, call.shop, call.params.id, call.body.reason, call.now),
      )
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/differences/{id}/mend',
    scope: 'differences:write',
    summary: 'Sets the panel right as the line should be; removes a duplicate.',
    needsKey: true,
    params: byId('dif'),
    answer: DifferenceOut,
    refuses: ['conflict', 'panel_failed'],
    handle: async (call) => {
      await mendDifference(call.shop, call.params.id)
      return read(call)
    },
    retell: read,
  }),
  clearing(
    'switch_off',
    'Switches a line off on the panel that is nobody’s here, for a reason, and leaves it otherwise as it is. Should it be on again, it is open again.',
    switchOffOrphan,
  ),
  clearing('remove', 'Removes a line on the panel that is nobody’s here, for a reason.', removeOrphan),
  route({
    method: 'post',
    path: '/panels/{id}/reconcile',
    scope: 'differences:write',
    summary: 'Compares what the panel lists with what we keep, now. One that is under way is answered as it is.',
    needsKey: true,
    params: byId('pan'),
    body: z.strictObject({
      trusts_less: z.boolean().default(false).openapi({
        description:
          'You have looked: the panel really has so few lines. Each is still looked up before anything is done.',
      }),
    }),
    answer: ReconciliationOut,
    refuses: ['conflict'],
    handle: async (call) =>
      readRun(
        call,
        await call.write(
          'compare-now',
          async (tx) =>
            (await compareNow(tx, call.shop, call.params.id, { trustsLess: call.body.trusts_less }, call.now)).id,
        ),
      ),
    retell: (call, started) => readRun(call, started ?? ''),
  }),
  route({
    method: 'get',
    path: '/panels/{id}/reseller_differences',
    scope: 'differences:read',
    summary:
      'Counts what is open of the lines that resellers have on a panel; each of them reads his own at `/differences`.',
    params: byId('pan'),
    answer: list(SellerDifferencesOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        await readPanel(tx, call.params.id)
        return differencesOfSellers(tx, call.params.id)
      })
      return whole(
        call,
        found.map((each) => ({ ...each, livemode: call.shop.livemode })),
      )
    },
  }),
  route({
    method: 'get',
    path: '/panels/{id}/reconciliations',
    scope: 'differences:read',
    summary: 'Lists the comparisons of a panel, newest first.',
    params: byId('pan'),
    query: listQuery({}),
    answer: list(ReconciliationOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        await readPanel(tx, call.params.id)
        return listReconciliations(tx, call.params.id, call.page)
      })
      return call.list(
        found,
        (each) => runOf(call, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/settings/differences',
    scope: 'settings:read',
    summary: 'Reads how panels are compared with what we keep.',
    answer: SettingsOut,
    handle: readSettings,
  }),
  route({
    method: 'put',
    path: '/settings/differences',
    scope: 'settings:write',
    summary: 'Sets how often panels are compared, how gently, and what is set right without asking.',
    body: z.strictObject({
      every_hours: z.int().min(0).max(720),
      requests_per_second: z.int().min(1).max(50),
      read_days: z.int().min(0).max(365).optional().openapi({ description: 'Left out: as it was.' }),
      mends: z.array(z.enum(mendableKinds)).max(mendableKinds.length),
    }),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-difference-settings', async (tx) => {
        const { read_days: before } = await readSetting(tx, call.shop, differenceSetting)
        const { read_days = before, ...rest } = call.body
        await saveDifferenceSettings(tx, call.shop, { ...rest, read_days })
      })
      return readSettings(call)
    },
  }),
]
