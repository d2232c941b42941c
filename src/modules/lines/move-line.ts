/**
 * A line goes to another panel, with its user name, its password and its days. Here it is asked for; `carry-line.ts` makes it so. Until it
 * was read back on the new panel it is served by the one before, and until what it left there is removed it can go home.
 */
import type { App, Shop } from '#app.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { settle } from '../people/attention.ts'
import { carryLineJob } from './jobs.ts'
import { findPanel } from './panels.ts'
import { lockLine } from './queries.ts'
import { takePlaceElsewhere } from './route-line.ts'
import type { Line } from './rules.ts'

export type MoveWish = {
  /** Null: where routing says. */
  toPanelId: string | null
  reason: string
  tells: boolean
  /** How long what is left behind is kept, so that the line can go home. */
  keepDays: number
}

/** Gives the move's id. Refuses (`conflict`) a line that is on its way already, that never was, or that nobody can take. */
export async function moveLine(tx: Tx, shop: Shop, lineId: string, wish: MoveWish, now: Instant): Promise<string> {
  const line = await lockLine(tx, lineId)
  if (line.wanted === 'none' || line.wanted === 'ended')
    throw new Refusal('conflict', line.wanted === 'none' ? 'This line was never paid for.' : 'This line has ended.')
  if (line.panelBusinessId !== shop.businessId)
    throw new Refusal('conflict', 'This line is on a panel of the operator, who alone can move it.')
  if (await isMoving(tx, lineId)) throw new Refusal('conflict', 'This line is on its way to another panel already.')
  if (wish.toPanelId !== null) await mustTakeMoves(tx, shop.app, wish.toPanelId, line.panelId)
  const toPanelId = await placeFor(tx, line, wish.toPanelId, await chargingPanels(tx, shop), now)
  if (toPanelId === null)
    throw new Refusal(
      'conflict',
      wish.toPanelId === null
        ? 'No other panel can take this line.'
        : 'That panel has no package for this line, or no place.',
    )
  const id = await insertMove(tx, shop, line, { ...wish, toPanelId, of: null }, now)
  await record(tx, shop, now, {
    type: 'line.move_planned',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
    data: { panel: toPanelId, reason: wish.reason },
  })
  return id
}

/** Stays where it is: nothing was switched yet. */
export async function dropMove(tx: Tx, shop: Shop, lineId: string, now: Instant): Promise<void> {
  const line = await lockLine(tx, lineId)
  const dropped = await run(
    tx,
    sql`update line_moves set state = 'dropped', ended_at = ${now}, next_try_at = null where business_id = current_business() and line_id = ${lineId} and state = 'waiting'`,
  )
  if (dropped === 0) throw new Refusal('conflict', 'This line is not on its way to another panel.')
  await record(tx, shop, now, {
    type: 'line.move_dropped',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
  })
}

/** A panel that lines may be moved to: not one whose every line costs credits again. */
export async function mustTakeMoves(tx: Tx, app: Pick<App, 'panels'>, to: string, from: string): Promise<void> {
  const target = await findPanel(tx, to)
  const refuse = (detail: string) =>
    new Refusal('invalid_input', 'Please choose another panel.', [{ pointer: '/to_panel_id', code: 'unknown', detail }])
  if (target === null) throw refuse('There is no such panel.')
  if (to === from) throw refuse('This is the panel where it is.')
  if (app.panels.get(target.kind)?.capabilities.chargesEachExtension)
    throw refuse('Each line there costs credits once more, so lines are not moved to it.')
}

/** Each line there costs credits once more: never lines of ours that were paid for elsewhere. */
export async function chargingPanels(tx: Tx, shop: Shop): Promise<Set<string>> {
  const panels = await rows(
    tx,
    sql<{ id: string; kind: string }>`select id, kind from panels where business_id = current_business()`,
  )
  return new Set(
    panels.filter(({ kind }) => shop.app.panels.get(kind)?.capabilities.chargesEachExtension).map(({ id }) => id),
  )
}

/** `charging`: panels that are never taken, also where routing chooses. */
export async function placeFor(
  tx: Tx,
  line: Pick<Line, 'panelBusinessId' | 'panelId' | 'subscriptionId' | 'routed' | 'customerId'>,
  to: string | null,
  charging: ReadonlySet<string>,
  now: Instant,
): Promise<string | null> {
  const facts = await maybe(
    tx,
    sql<{
      productId: string
      country: string | null
    }>`select p.product_id as "productId", coalesce(${line.routed?.country ?? null}, c.country) as country
      from subscriptions s join plans p on p.business_id = s.business_id and p.id = s.plan_id join customers c on c.business_id = s.business_id and c.id = s.customer_id
      where s.business_id = current_business() and s.id = ${line.subscriptionId}`,
  )
  return facts === null
    ? null
    : takePlaceElsewhere(tx, { ...facts, owner: line.panelBusinessId, from: line.panelId, to, never: charging }, now)
}

const isMoving = async (tx: Tx, lineId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from line_moves where business_id = current_business() and line_id = ${lineId} and state = 'waiting'`,
  )) !== null

/** The wave that a move belongs to. */
export type OfEvacuation = { evacuationId: string; round: number; wave: number; back: boolean }

/** `toPanelId` null: refused at once, since nobody can take it. */
export async function insertMove(
  tx: Tx,
  shop: Shop,
  line: Pick<Line, 'id' | 'panelId' | 'panelBusinessId'>,
  move: MoveWish & { of: OfEvacuation | null },
  now: Instant,
): Promise<string> {
  const id = newId('mov', shop.app.clock)
  const lost = move.toPanelId === null
  await run(
    tx,
    sql`insert into line_moves (business_id, id, line_id, panel_business_id, from_panel_id, to_panel_id, evacuation_id, round, wave_number, back, state, tells, keep_days, reason,
        next_try_at, last_answer, created_at, created_by, ended_at)
      values (${shop.businessId}, ${id}, ${line.id}, ${line.panelBusinessId}, ${line.panelId}, ${move.toPanelId}, ${move.of?.evacuationId ?? null}, ${move.of?.round ?? null}, ${move.of?.wave ?? null},
        ${move.of?.back ?? false}, ${lost ? 'refused' : 'waiting'}, ${move.tells}, ${move.keepDays}, ${move.reason}, ${lost ? null : now},
        ${lost ? 'No other panel can take this line.' : null}, ${now}, ${shop.actor}, ${lost ? now : null})`,
  )
  await settle(tx, 'move_refused', line.id, shop.actor, now)
  if (!lost) await enqueue(tx, carryLineJob, { businessId: shop.businessId, moveId: id })
  return id
}
