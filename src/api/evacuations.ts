/** Lines that go to another panel, one by one or all of a panel in waves, and home again. */
import type { Shop } from '#app.ts'
import { evacuatePanel, goOn, rollBack, standardWaves, stopEvacuation } from '#modules/lines/evacuate-panel.ts'
import { dropMove, moveLine } from '#modules/lines/move-line.ts'
import {
  countsOf,
  type Evacuation,
  type EvacuationCounts,
  evacuationStates,
  leftoverStates,
  leftoversOfLine,
  listEvacuations,
  type Move,
  moveStates,
  movesOfEvacuation,
  movesOfLine,
  readEvacuation,
} from '#modules/lines/moves.ts'
import { findLine } from '#modules/lines/queries.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, id, list, listQuery, resource, time, words, z } from './schemas.ts'

const wish = {
  reason: words(200),
  tell_customers: z.boolean().default(true).openapi({
    description: 'Who watches at a new address gets one mail, with the guide of his device.',
  }),
  keep_days: z
    .int()
    .min(1)
    .max(90)
    .default(standardWaves.keepDays)
    .openapi({ description: 'How long what is left behind is kept, switched off, so that a line can go home.' }),
}

const MoveOut = resource('LineMove', {
  id: z.string(),
  line_id: z.string(),
  from_panel_id: z.string(),
  to_panel_id: z.string().nullable(),
  evacuation_id: z.string().nullable(),
  back: z.boolean().openapi({ description: 'The line goes home.' }),
  state: z.enum(moveStates),
  reason: z.string(),
  tries: z.int(),
  next_try_at: time.nullable(),
  trouble: z.enum(['unavailable', 'ambiguous', 'rejected', 'auth_failed']).nullable(),
  last_answer: z.string().nullable(),
  created_at: time,
  created_by: z.string(),
  ended_at: time.nullable(),
})

const LeftoverOut = resource('LineLeftover', {
  id: z.string(),
  line_id: z.string(),
  panel_id: z.string(),
  username: z.string(),
  state: z.enum(leftoverStates).openapi({
    description:
      '`on`: it is being switched off; `off`: read back as off; `gone`: removed; `given_up`: the panel never came back.',
  }),
  remove_at: time,
  last_answer: z.string().nullable(),
})

const EvacuationOut = resource('Evacuation', {
  id: z.string(),
  panel_id: z.string(),
  to_panel_id: z.string().nullable(),
  canary: z.int(),
  wave: z.int(),
  most_failures: z.int(),
  keep_days: z.int(),
  tell_customers: z.boolean(),
  reason: z.string(),
  state: z.enum(evacuationStates),
  back: z.boolean().openapi({ description: 'It is being taken back.' }),
  wave_number: z.int(),
  stopped_because: z.string().nullable(),
  lines: z.strictObject({
    left: z.int().openapi({ description: 'Still on the panel.' }),
    waiting: z.int(),
    done: z.int(),
    back: z.int(),
    refused: z.int(),
    of_resellers: z
      .strictObject({ left: z.int(), waiting: z.int(), done: z.int(), back: z.int(), refused: z.int() })
      .openapi({ description: 'So many of them are lines that resellers have there. Whose they are is theirs.' }),
  }),
  started_at: time,
  started_by: z.string(),
  ended_at: time.nullable(),
})

const moveOf = (shop: Shop, move: Move): z.input<typeof MoveOut> => ({
  id: move.id,
  line_id: move.lineId,
  from_panel_id: move.fromPanelId,
  to_panel_id: move.toPanelId,
  evacuation_id: move.evacuationId,
  back: move.back,
  state: move.state,
  reason: move.reason,
  tries: move.tries,
  next_try_at: atOr(move.nextTryAt),
  trouble: move.trouble,
  last_answer: move.lastAnswer,
  created_at: at(move.createdAt),
  created_by: move.createdBy,
  ended_at: atOr(move.endedAt),
  livemode: shop.livemode,
})

const lineCounts = ({ ofResellers, ...all }: EvacuationCounts) => ({ ...all, of_resellers: ofResellers })

const evacuationOf = (shop: Shop, each: Evacuation, lines: EvacuationCounts): z.input<typeof EvacuationOut> => ({
  id: each.id,
  panel_id: each.panelId,
  to_panel_id: each.toPanelId,
  canary: each.canary,
  wave: each.wave,
  most_failures: each.mostFailures,
  keep_days: each.keepDays,
  tell_customers: each.tells,
  reason: each.reason,
  state: each.state,
  back: each.back,
  wave_number: each.waveNumber,
  stopped_because: each.stoppedBecause,
  lines: lineCounts(lines),
  started_at: at(each.createdAt),
  started_by: each.startedBy,
  ended_at: atOr(each.endedAt),
  livemode: shop.livemode,
})

const readById = (call: Call, evacuationId: string): Promise<z.input<typeof EvacuationOut>> =>
  call.read(async (tx) => {
    const found = await readEvacuation(tx, evacuationId)
    return evacuationOf(call.shop, found, await countsOf(tx, found))
  })
const read = (call: Call<{ id: string }>) => readById(call, call.params.id)

/** An act on an evacuation. */
const act = (name: string, summary: string, does: (tx: Tx, shop: Shop, id: string) => Promise<void>) =>
  route({
    method: 'post',
    path: `/evacuations/{id}/${name}`,
    scope: 'panels:write',
    summary,
    needsKey: true,
    params: byId('eva'),
    answer: EvacuationOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('evacuation-act', (tx) => does(tx, call.shop, call.params.id))
      return read(call)
    },
    retell: read,
  })

async function mustBeThere(tx: Tx, lineId: string): Promise<void> {
  if ((await findLine(tx, lineId)) === null) throw new Refusal('not_found', 'There is no such line.')
}

const movesThere = (call: Call<{ id: string }>) =>
  call.read(async (tx) => {
    await mustBeThere(tx, call.params.id)
    return movesOfLine(tx, call.params.id)
  })

const newest = async (call: Call<{ id: string }>): Promise<z.input<typeof MoveOut>> => {
  const [move] = await movesThere(call)
  if (move === undefined) throw new Refusal('not_found', 'This line was never moved.')
  return moveOf(call.shop, move)
}

export const evacuations = [
  route({
    method: 'post',
    path: '/lines/{id}/move',
    scope: 'lines:write',
    summary:
      'Moves a line to another panel with its login and its days: made there, read back, then switched. To the panel before, it goes home.',
    needsKey: true,
    status: 201,
    params: byId('line'),
    body: z.strictObject({
      to_panel_id: id('pan').optional().openapi({ description: 'Left out: where routing says.' }),
      ...wish,
    }),
    answer: MoveOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { to_panel_id, reason, tell_customers, keep_days } = call.body
      await call.write('move-line', (tx) =>
        moveLine(
          tx,
          call.shop,
          call.params.id,
          { toPanelId: to_panel_id ?? null, reason, tells: tell_customers, keepDays: keep_days },
          call.now,
        ),
      )
      return newest(call)
    },
    retell: newest,
  }),
  route({
    method: 'post',
    path: '/lines/{id}/drop_move',
    scope: 'lines:write',
    summary: 'The line stays where it is: it was not switched yet.',
    needsKey: true,
    params: byId('line'),
    answer: MoveOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('drop-move', (tx) => dropMove(tx, call.shop, call.params.id, call.now))
      return newest(call)
    },
    retell: newest,
  }),
  route({
    method: 'get',
    path: '/lines/{id}/moves',
    scope: 'lines:read',
    summary: 'Where the line was moved, newest first, fifty at most.',
    params: byId('line'),
    answer: list(MoveOut),
    handle: async (call) => {
      const found = await movesThere(call)
      return whole(
        call,
        found.map((each) => moveOf(call.shop, each)),
      )
    },
  }),
  route({
    method: 'get',
    path: '/lines/{id}/leftovers',
    scope: 'lines:read',
    summary: 'What the line left on panels where it is not any more.',
    params: byId('line'),
    answer: list(LeftoverOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        await mustBeThere(tx, call.params.id)
        return leftoversOfLine(tx, call.params.id)
      })
      const data = found.map(({ lineId, panelId, removeAt, lastAnswer, ...each }) => ({
        id: each.id,
        line_id: lineId,
        panel_id: panelId,
        username: each.username,
        state: each.state,
        remove_at: at(removeAt),
        last_answer: lastAnswer,
        livemode: call.shop.livemode,
      }))
      return whole(call, data)
    },
  }),
  route({
    method: 'get',
    path: '/evacuations',
    scope: 'panels:read',
    summary: 'Lists evacuations, newest first.',
    query: listQuery({ panel_id: id('pan').optional() }),
    answer: list(EvacuationOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        const all = await listEvacuations(tx, call.query.panel_id ?? null, call.page)
        const counted = []
        for (const each of all) counted.push({ ...each, lines: await countsOf(tx, each) })
        return counted
      })
      return call.list(
        found,
        ({ lines, ...each }) => evacuationOf(call.shop, each, lines),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/evacuations',
    scope: 'panels:write',
    summary:
      'Moves all lines of a panel to others: a canary first, which waits for `go_on`, then wave by wave. The panel gets no new lines from then on.',
    needsKey: true,
    status: 201,
    body: z.strictObject({
      panel_id: id('pan'),
      to_panel_id: id('pan').optional().openapi({ description: 'Left out: each line goes where routing says.' }),
      canary: z.int().min(1).max(1_000).default(standardWaves.canary),
      wave: z.int().min(1).max(10_000).default(standardWaves.wave),
      most_failures: z
        .int()
        .min(0)
        .max(10_000)
        .default(standardWaves.mostFailures)
        .openapi({ description: 'More of them in one wave stop it.' }),
      ...wish,
    }),
    answer: EvacuationOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { panel_id, to_panel_id, canary, wave, most_failures, reason, tell_customers, keep_days } = call.body
      const made = await call.write('evacuate', (tx) =>
        evacuatePanel(tx, call.shop, {
          panelId: panel_id,
          toPanelId: to_panel_id ?? null,
          canary,
          wave,
          mostFailures: most_failures,
          keepDays: keep_days,
          tells: tell_customers,
          reason,
        }),
      )
      return readById(call, made)
    },
    retell: (call, made) => readById(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/evacuations/{id}',
    scope: 'panels:read',
    summary: 'Reads an evacuation: how far it is, and why it stands still.',
    params: byId('eva'),
    answer: EvacuationOut,
    handle: read,
  }),
  route({
    method: 'get',
    path: '/evacuations/{id}/moves',
    scope: 'panels:read',
    summary: 'Its lines, newest first.',
    params: byId('eva'),
    query: listQuery({ state: z.enum(moveStates).optional() }),
    answer: list(MoveOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        await readEvacuation(tx, call.params.id)
        return movesOfEvacuation(tx, call.params.id, call.query.state ?? null, call.page)
      })
      return call.list(
        found,
        (each) => moveOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  act('go_on', 'Goes on after the canary or a stop; what was refused is tried again.', goOn),
  act('stop', 'Nothing further is switched; what was switched stays so.', stopEvacuation),
  act('roll_back', 'Everybody goes home who was moved, while what was left behind is there.', rollBack),
]
