/** All reading of moves, evacuations and what they leave behind. */
import type { DeviceKind } from '#adapters/panels/panel.ts'
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Instant } from '#platform/time.ts'

export const moveStates = ['waiting', 'done', 'refused', 'dropped'] as const
export const evacuationStates = ['running', 'waiting', 'stopped', 'finished'] as const
export const leftoverStates = ['on', 'off', 'gone', 'given_up'] as const

/** A line on its way to another panel. It is where it was until it was read back there. */
export type Move = {
  id: string
  lineId: string
  /** Whose panels it is about: the line's business, or a supplier of it who evacuates one. */
  panelBusinessId: string
  fromPanelId: string
  /** Null: no panel could take it. */
  toPanelId: string | null
  evacuationId: string | null
  round: number | null
  back: boolean
  state: (typeof moveStates)[number]
  tells: boolean
  keepDays: number
  reason: string
  tries: number
  nextTryAt: Instant | null
  trouble: 'unavailable' | 'ambiguous' | 'rejected' | 'auth_failed' | null
  lastAnswer: string | null
  createdAt: Instant
  createdBy: string
  endedAt: Instant | null
}

export const moveColumns = sql`m.id, m.line_id as "lineId", m.panel_business_id as "panelBusinessId", m.from_panel_id as "fromPanelId", m.to_panel_id as "toPanelId", m.evacuation_id as "evacuationId", m.round, m.back, m.state,
  m.tells, m.keep_days as "keepDays", m.reason, m.tries, m.next_try_at as "nextTryAt", m.trouble, m.last_answer as "lastAnswer", m.created_at as "createdAt",
  m.created_by as "createdBy", m.ended_at as "endedAt"`

export const findMove = (tx: Tx, id: string): Promise<Move | null> =>
  maybe(
    tx,
    sql<Move>`select ${moveColumns} from line_moves m where m.business_id = current_business() and m.id = ${id}`,
  )

/** Newest first. */
export const movesOfLine = (tx: Tx, lineId: string): Promise<Move[]> =>
  rows(
    tx,
    sql<Move>`select ${moveColumns} from line_moves m where m.business_id = current_business() and m.line_id = ${lineId} order by m.created_at desc, m.id desc limit 50`,
  )

export const movesOfEvacuation = (tx: Tx, evacuationId: string, state: string | null, page: Page): Promise<Move[]> =>
  rowsOfPage(
    tx,
    sql<Move>`select * from (select ${moveColumns}, m.created_at from line_moves m where m.business_id = current_business() and m.evacuation_id = ${evacuationId}
      and (${state}::text is null or m.state = ${state})) found where true`,
    page,
  )

/** What a line left on a panel where it is not any more. */
export type Leftover = {
  id: string
  lineId: string
  panelBusinessId: string
  panelId: string
  username: string
  /** Sealed, as the line's. */
  password: string
  marker: string
  kind: 'line' | 'mag' | 'enigma'
  box: DeviceKind | null
  mac: string | null
  remoteId: string | null
  state: (typeof leftoverStates)[number]
  removeAt: Instant
  tries: number
  nextTryAt: Instant | null
  lastAnswer: string | null
}

export const leftoverColumns = sql`o.id, o.line_id as "lineId", o.panel_business_id as "panelBusinessId", o.panel_id as "panelId", o.username, o.password, o.marker, o.kind, o.box, o.mac, o.remote_id as "remoteId", o.state,
  o.remove_at as "removeAt", o.tries, o.next_try_at as "nextTryAt", o.last_answer as "lastAnswer"`

export const leftoversOfLine = (tx: Tx, lineId: string): Promise<Leftover[]> =>
  rows(
    tx,
    sql<Leftover>`select ${leftoverColumns} from line_leftovers o where o.business_id = current_business() and o.line_id = ${lineId} order by o.created_at desc`,
  )

export type Evacuation = {
  id: string
  panelId: string
  panelName: string
  toPanelId: string | null
  toPanelName: string | null
  canary: number
  wave: number
  mostFailures: number
  keepDays: number
  tells: boolean
  reason: string
  state: (typeof evacuationStates)[number]
  back: boolean
  round: number
  waveNumber: number
  nextLookAt: Instant | null
  stoppedBecause: string | null
  createdAt: Instant
  startedBy: string
  endedAt: Instant | null
  version: number
}

const evacuationColumns = sql`e.id, e.panel_id as "panelId", p.name as "panelName", e.to_panel_id as "toPanelId", t.name as "toPanelName", e.canary, e.wave,
  e.most_failures as "mostFailures", e.keep_days as "keepDays", e.tells, e.reason, e.state, e.back, e.round, e.wave_number as "waveNumber", e.next_look_at as "nextLookAt",
  e.stopped_because as "stoppedBecause", e.started_at as "createdAt", e.started_by as "startedBy", e.ended_at as "endedAt", e.version, e.started_at as created_at`

const evacuations = sql`evacuations e join panels p on p.business_id = e.business_id and p.id = e.panel_id
  left join panels t on t.business_id = e.business_id and t.id = e.to_panel_id where e.business_id = current_business()`

export async function readEvacuation(tx: Tx, id: string): Promise<Evacuation> {
  const found = await maybe(tx, sql<Evacuation>`select ${evacuationColumns} from ${evacuations} and e.id = ${id}`)
  if (found === null) throw new Refusal('not_found', 'There is no such evacuation.')
  return found
}

export async function lockEvacuation(tx: Tx, id: string): Promise<Evacuation> {
  const found = await maybe(
    tx,
    sql<Evacuation>`select ${evacuationColumns} from ${evacuations} and e.id = ${id} for update of e`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such evacuation.')
  return found
}

/** Newest first. */
export const listEvacuations = (tx: Tx, panelId: string | null, page: Page): Promise<Evacuation[]> =>
  rowsOfPage(
    tx,
    sql<Evacuation>`select * from (select ${evacuationColumns} from ${evacuations} and (${panelId}::text is null or e.panel_id = ${panelId})) found where true`,
    page,
  )

type Counts = { left: number; waiting: number; done: number; back: number; refused: number }
/** `ofResellers`: so many of them are lines of resellers below. */
export type EvacuationCounts = Counts & { ofResellers: Counts }

/** Moves of an evacuation that are alike. `own`: of lines of this business; `tries` counts to three. */
export type MovesAlike = {
  round: number
  waveNumber: number
  state: Move['state']
  back: boolean
  tries: number
  own: boolean
  count: number
}

export const movesAlike = (tx: Tx, evacuationId: string): Promise<MovesAlike[]> =>
  rows(
    tx,
    sql<MovesAlike>`select round, wave_number as "waveNumber", state, back, tries, own, count from evacuation_moves(${evacuationId})`,
  )

/** How many moves are among them. */
export const sumOf = (moves: readonly MovesAlike[], which: (each: MovesAlike) => boolean = () => true): number =>
  moves.filter(which).reduce((total, { count }) => total + count, 0)

/** `left`: lines that are still on the panel, whoever sold them; the others are moves of this evacuation. */
export async function countsOf(tx: Tx, { id, panelId }: Pick<Evacuation, 'id' | 'panelId'>): Promise<EvacuationCounts> {
  const left = await maybe(
    tx,
    sql<{
      own: number
      others: number
    }>`select (select count(*)::int from lines l where l.business_id = current_business() and l.panel_id = ${panelId}
        and l.panel_business_id = l.business_id and l.wanted in ('active', 'suspended')) as own, lines_of_sellers(${panelId}) as others`,
  )
  const moves = await movesAlike(tx, id)
  const counted = (among: readonly MovesAlike[], still: number): Counts => ({
    left: still,
    waiting: sumOf(among, ({ state }) => state === 'waiting'),
    done: sumOf(among, ({ state, back }) => state === 'done' && !back),
    back: sumOf(among, ({ state, back }) => state === 'done' && back),
    refused: sumOf(among, ({ state }) => state === 'refused'),
  })
  const { own, others } = left ?? { own: 0, others: 0 }
  return {
    ...counted(moves, own + others),
    ofResellers: counted(
      moves.filter((each) => !each.own),
      others,
    ),
  }
}
