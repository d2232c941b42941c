/**
 * All lines of a panel go to others, in waves: a canary first, then a person looks, then wave by wave, each begun when the one before has
 * ended. Too many failures in a wave stop it; so does a person, and nothing further is switched. While what was left behind is there, all
 * of it can go home the same way. Lines that resellers have there go with the same waves: each move is a row of the business whose line it
 * is, made in a commit of its own there, and its customers are told by that business. Each step is one commit; a move is unique by line,
 * evacuation and round, so that a wave that was begun and not written down is begun again with those that it has.
 */
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise, settle } from '../people/attention.ts'
import { forgetAfter, openShop } from '../people/business.ts'
import { evacuatePanelJob } from './jobs.ts'
import { chargingPanels, insertMove, mustTakeMoves, placeFor } from './move-line.ts'
import { countsOf, type Evacuation, lockEvacuation, movesAlike, sumOf } from './moves.ts'
import { findPanel } from './panels.ts'
import { lineColumns } from './queries.ts'
import type { Line } from './rules.ts'

export type EvacuationWish = {
  panelId: string
  /** Null: each line goes where routing says. */
  toPanelId: string | null
  canary: number
  wave: number
  /** Of one wave: more stop it. */
  mostFailures: number
  keepDays: number
  tells: boolean
  reason: string
}

export const standardWaves = { canary: 5, wave: 100, mostFailures: 5, keepDays: 7 } as const

/** How often a wave that is on its way is looked at; its last move ends it at once. */
const lookSeconds = 60
/** A move that was tried so often counts as failed: something is wrong where it goes. */
const troubledTries = 3

/** Begins with the canary. The panel gets no new lines from now on. Gives the evacuation's id. */
export async function evacuatePanel(tx: Tx, shop: Shop, wish: EvacuationWish): Promise<string> {
  const now = shop.now()
  const panel = await findPanel(tx, wish.panelId)
  if (panel === null)
    throw new Refusal('invalid_input', 'Please choose a panel.', [
      { pointer: '/panel_id', code: 'unknown', detail: 'There is no such panel.' },
    ])
  if (wish.toPanelId !== null) await mustTakeMoves(tx, shop.app, wish.toPanelId, wish.panelId)
  const id = newId('eva', shop.app.clock)
  try {
    await run(
      tx,
      sql`insert into evacuations (business_id, id, panel_id, to_panel_id, canary, wave, most_failures, keep_days, tells, reason, state, next_look_at, started_at, started_by)
        values (${shop.businessId}, ${id}, ${wish.panelId}, ${wish.toPanelId}, ${wish.canary}, ${wish.wave}, ${wish.mostFailures}, ${wish.keepDays}, ${wish.tells},
          ${wish.reason}, 'running', ${now}, ${now}, ${shop.actor})`,
    )
  } catch (error) {
    if (!isDuplicate(error, 'evacuations_open')) throw error
    throw new Refusal('conflict', 'This panel is being evacuated already.')
  }
  await run(
    tx,
    sql`update panels set drained = true, version = version + 1 where business_id = current_business() and id = ${wish.panelId}`,
  )
  forgetAfter(tx, shop)
  await told(tx, shop, wish.panelId, 'evacuation_begun', { evacuation: id, reason: wish.reason }, now)
  await nudge(tx, shop, id)
  return id
}

/** After the canary, or after a stop: what was refused is tried again. */
export async function goOn(tx: Tx, shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  const evacuation = await lockEvacuation(tx, id)
  if (evacuation.state !== 'waiting' && evacuation.state !== 'stopped')
    throw new Refusal('conflict', 'This evacuation does not wait for anybody.')
  await begin(tx, shop, evacuation, evacuation.back, now)
  await told(tx, shop, evacuation.panelId, 'evacuation_goes_on', { evacuation: id }, now)
}

/** What was switched stays switched; what was not stays where it is. */
export async function stopEvacuation(tx: Tx, shop: Shop, id: string): Promise<void> {
  const evacuation = await lockEvacuation(tx, id)
  if (evacuation.state !== 'running' && evacuation.state !== 'waiting')
    throw new Refusal('conflict', 'This evacuation is not on its way.')
  await stop(tx, shop, evacuation, 'A person stopped it.', shop.now())
}

/** Everybody goes home who came from there, in waves as before. The panel itself takes new lines again when staff say so. */
export async function rollBack(tx: Tx, shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  const evacuation = await lockEvacuation(tx, id)
  if (evacuation.back) throw new Refusal('conflict', 'This evacuation is being taken back already.')
  if (evacuation.state === 'running')
    throw new Refusal('conflict', 'Please stop it first: lines are on their way just now.')
  const sellers = await maybe(tx, sql<{ any: boolean }>`select sellers_could_return(${id}) as any`)
  if (!sellers?.any && (await homecomers(tx, { ...evacuation, round: evacuation.round + 1 }, 1)).length === 0)
    throw new Refusal('conflict', 'Nobody can go home: nothing was moved, or what was left behind is removed.')
  await begin(tx, shop, evacuation, true, now)
  await told(tx, shop, evacuation.panelId, 'evacuation_taken_back', { evacuation: id }, now)
}

async function begin(tx: Tx, shop: Shop, { id }: Evacuation, back: boolean, now: Instant): Promise<void> {
  try {
    await run(
      tx,
      sql`update evacuations set state = 'running', back = ${back}, round = round + 1, next_look_at = ${now}, stopped_because = null, ended_at = null, version = version + 1
        where business_id = current_business() and id = ${id}`,
    )
  } catch (error) {
    if (!isDuplicate(error, 'evacuations_open')) throw error
    throw new Refusal('conflict', 'This panel is being evacuated once more already.')
  }
  await settle(tx, 'evacuation_waits', id, shop.actor, now)
  await nudge(tx, shop, id)
}

const nudge = (tx: Tx, shop: Shop, id: string): Promise<void> =>
  enqueue(tx, evacuatePanelJob, { businessId: shop.businessId, evacuationId: id })

/** Looks at the wave that is on its way, and begins the next when it has ended. */
export async function nextWave(shop: Shop, id: string): Promise<void> {
  const step = await transaction(shop, 'next-wave', (tx) => oneStep(tx, shop, id, false))
  if (step === 'over') return dropForSellers(shop, id)
  if (step === null) return
  // Whose moves wait from an earlier round would be passed over.
  await dropForSellers(shop, id)
  for (const [businessId, lineIds] of step.sellers) await beginForSeller(shop, step, businessId, lineIds)
  await transaction(shop, 'next-wave', (tx) => oneStep(tx, shop, id, true))
}

/** What of the next wave resellers have to begin. */
type SellersTurn = { evacuation: Evacuation; charging: ReadonlySet<string>; sellers: Map<string, string[]> }

/** `begun`: resellers' lines have their moves. Gives what is still to do in their businesses. */
async function oneStep(tx: Tx, shop: Shop, id: string, begun: boolean): Promise<SellersTurn | 'over' | null> {
  const now = shop.now()
  const evacuation = await lockEvacuation(tx, id)
  if (evacuation.state !== 'running') return 'over'
  if (shop.standstill !== null) return lookAt(tx, id, plusSeconds(now, 3600))
  const { open, failed } = await waveOf(tx, evacuation)
  if (failed > evacuation.mostFailures)
    return stop(tx, shop, evacuation, `${failed} lines of a wave could not be moved.`, now)
  if (open > 0) return lookAt(tx, id, plusSeconds(now, lookSeconds))
  if (evacuation.waveNumber === 1 && evacuation.round === 1) return waitForPerson(tx, shop, evacuation, now)
  return beginWave(tx, shop, evacuation, begun, now)
}

const lookAt = async (tx: Tx, id: string, at: Instant): Promise<null> => {
  await run(tx, sql`update evacuations set next_look_at = ${at} where business_id = current_business() and id = ${id}`)
  return null
}

/** Of all whose lines it carries. */
async function waveOf(tx: Tx, { id, round, waveNumber }: Evacuation) {
  const wave = (await movesAlike(tx, id)).filter((each) => each.round === round && each.waveNumber === waveNumber)
  return {
    all: sumOf(wave),
    open: sumOf(wave, ({ state }) => state === 'waiting'),
    failed: sumOf(wave, ({ state, tries }) => state === 'refused' || (state === 'waiting' && tries >= troubledTries)),
  }
}

async function waitForPerson(tx: Tx, shop: Shop, evacuation: Evacuation, now: Instant): Promise<null> {
  const { id, panelId, panelName } = evacuation
  await run(
    tx,
    sql`update evacuations set state = 'waiting', next_look_at = null, version = version + 1 where business_id = current_business() and id = ${id}`,
  )
  await raise(
    tx,
    shop,
    {
      kind: 'evacuation_waits',
      subjectType: 'evacuation',
      subjectId: id,
      title: `The first lines of ${panelName} were moved: please look before the others follow`,
      severity: 'warn',
    },
    now,
  )
  await told(tx, shop, panelId, 'evacuation_waits', { evacuation: id }, now)
  return null
}

async function stop(tx: Tx, shop: Shop, evacuation: Evacuation, because: string, now: Instant): Promise<null> {
  const { id, panelId, panelName } = evacuation
  await run(
    tx,
    sql`update evacuations set state = 'stopped', next_look_at = null, stopped_because = ${because}, version = version + 1
      where business_id = current_business() and id = ${id}`,
  )
  // Lines first, as everybody locks them.
  await rows(
    tx,
    sql`select from lines where business_id = current_business() and id in (select line_id from line_moves where business_id = current_business() and evacuation_id = ${id} and state = 'waiting')
      order by id for update`,
  )
  await run(
    tx,
    sql`update line_moves set state = 'dropped', ended_at = ${now}, next_try_at = null where business_id = current_business() and evacuation_id = ${id} and state = 'waiting'`,
  )
  // What resellers' lines are on their way is dropped in their businesses; whoever carries one asks first.
  await nudge(tx, shop, id)
  await settle(tx, 'evacuation_waits', id, shop.actor, now)
  await told(tx, shop, panelId, 'evacuation_stopped', { evacuation: id, reason: because }, now)
  if (shop.actor !== 'system') return null
  const title = `The evacuation of ${panelName} has stopped`
  await raise(
    tx,
    shop,
    {
      kind: 'evacuation_waits',
      subjectType: 'evacuation',
      subjectId: id,
      title,
      detail: because,
      severity: 'bad',
    },
    now,
  )
  return null
}

async function beginWave(
  tx: Tx,
  shop: Shop,
  evacuation: Evacuation,
  begun: boolean,
  now: Instant,
): Promise<SellersTurn | null> {
  const { id, back, round, waveNumber, toPanelId, keepDays, tells, reason } = evacuation
  const wave = waveNumber + 1
  const first = waveNumber === 0
  const of = { evacuationId: id, round, wave, back }
  const there = await waveOf(tx, { ...evacuation, waveNumber: wave })
  const most = (first ? evacuation.canary : evacuation.wave) - there.all
  const lines = most <= 0 ? [] : back ? await homecomers(tx, evacuation, most) : await leavers(tx, evacuation, most)
  const charging = await chargingPanels(tx, shop)
  if (!begun) {
    const sellers = await sellersToCarry(tx, id, most - lines.length)
    // Their copies of a product may be older than the panel that its owner has mapped it to.
    if (sellers.size > 0) await run(tx, sql`select follow_mapping(${evacuation.panelId}, ${now})`)
    if (sellers.size > 0) return { evacuation, charging, sellers }
  }
  if (lines.length + there.all === 0) return finish(tx, shop, evacuation, now)
  for (const line of lines) {
    const to = line.home ?? (await placeFor(tx, line, toPanelId, charging, now))
    const open = to !== null && !charging.has(to) ? to : null
    await insertMove(tx, shop, line, { toPanelId: open, reason, tells, keepDays, of }, now)
  }
  await run(
    tx,
    sql`update evacuations set wave_number = ${wave}, next_look_at = ${plusSeconds(now, lookSeconds)} where business_id = current_business() and id = ${id}`,
  )
  // Where none of them could be placed, or all have arrived, nobody else ends this wave.
  const { open } = await waveOf(tx, { ...evacuation, waveNumber: wave })
  if (open > 0) return null
  await nudge(tx, shop, id)
  return lookAt(tx, id, now)
}

/** By business. */
async function sellersToCarry(tx: Tx, id: string, most: number): Promise<Map<string, string[]>> {
  if (most <= 0) return new Map()
  const found = await rows(
    tx,
    sql<{
      lineId: string
      businessId: string
    }>`select line_id as "lineId", business_id as "businessId" from lines_to_carry(${id}, ${most})`,
  )
  const byBusiness = Map.groupBy(found, ({ businessId }) => businessId)
  return new Map([...byBusiness].map(([businessId, lines]) => [businessId, lines.map(({ lineId }) => lineId)]))
}

/** What a reseller reads as the reason: the owner's own words are for his staff. */
const reasonForSellers = 'Your supplier moves his lines to another panel.'

/** His part of a wave. Repeating it changes nothing: a line has one move in a round. */
async function beginForSeller(
  { app }: Shop,
  { evacuation, charging }: SellersTurn,
  businessId: string,
  lineIds: readonly string[],
): Promise<void> {
  const { id, panelId, toPanelId, back, round, waveNumber, tells, keepDays } = evacuation
  const own = await openShop(app, businessId, 'system')
  const now = own.now()
  await transaction(own, 'begin-wave-for-reseller', async (tx) => {
    const lines = await rows(
      tx,
      sql<Line>`select ${lineColumns} from lines l where business_id = current_business() and id = any (${lineIds}::text[]) and wanted in ('active', 'suspended')
          and (panel_id <> ${panelId}) = ${back} and not exists (select from line_moves m where m.business_id = l.business_id and m.line_id = l.id
            and (m.state = 'waiting' or (m.evacuation_id = ${id} and m.round = ${round})))
        order by l.id for update`,
    )
    for (const line of lines) {
      const to = back ? panelId : await placeFor(tx, line, toPanelId, charging, now)
      const open = to !== null && !charging.has(to) ? to : null
      const of = { evacuationId: id, round, wave: waveNumber + 1, back }
      await insertMove(tx, own, line, { toPanelId: open, reason: reasonForSellers, tells, keepDays, of }, now)
    }
  })
}

/** What of resellers' lines is on its way for a round that is over stays where it is. */
async function dropForSellers(shop: Shop, id: string): Promise<void> {
  const sellers = await transaction(shop, 'read-sellers', (tx) =>
    rows(tx, sql<{ businessId: string }>`select business_id as "businessId" from sellers_on_their_way(${id})`),
  )
  for (const { businessId } of sellers) {
    const own = await openShop(shop.app, businessId, 'system')
    await transaction(own, 'drop-for-reseller', async (tx) => {
      const moves = sql`business_id = current_business() and evacuation_id = ${id} and state = 'waiting' and not evacuation_goes_on(panel_business_id, evacuation_id, round)`
      await rows(
        tx,
        sql`select from lines where business_id = current_business() and id in (select line_id from line_moves where ${moves}) order by id for update`,
      )
      await run(
        tx,
        sql`update line_moves set state = 'dropped', ended_at = ${own.now()}, next_try_at = null where ${moves}`,
      )
    })
  }
}

type Leaving = Line & { home: string | null }

/** Lines on the panel that this round has not tried, and that no move of their own is carrying. */
const leavers = (tx: Tx, { id, panelId, round }: Evacuation, most: number): Promise<Leaving[]> =>
  rows(
    tx,
    sql<Leaving>`select ${lineColumns}, null::text as home from lines l
      where business_id = current_business() and panel_business_id = business_id and panel_id = ${panelId} and wanted in ('active', 'suspended')
        and not exists (select from line_moves m where m.business_id = l.business_id and m.line_id = l.id and (m.state = 'waiting' or (m.evacuation_id = ${id} and m.round = ${round})))
      order by l.id limit ${most} for update`,
  )

/** Lines that this evacuation moved, that are where it brought them, and whose place at home is not removed yet. */
const homecomers = (tx: Tx, { id, panelId, round }: Evacuation, most: number): Promise<Leaving[]> =>
  rows(
    tx,
    sql<Leaving>`select ${lineColumns}, ${panelId}::text as home from lines l
      where business_id = current_business() and panel_business_id = business_id and wanted in ('active', 'suspended') and panel_id <> ${panelId}
        and exists (select from line_moves m where m.business_id = l.business_id and m.line_id = l.id and m.evacuation_id = ${id} and m.state = 'done' and not m.back and m.to_panel_id = l.panel_id)
        and exists (select from line_leftovers o where o.business_id = l.business_id and o.line_id = l.id and o.panel_id = ${panelId} and o.state in ('on', 'off'))
        and not exists (select from line_moves m where m.business_id = l.business_id and m.line_id = l.id and (m.state = 'waiting' or (m.evacuation_id = ${id} and m.round = ${round})))
      order by l.id limit ${most} for update`,
  )

/** It is finished when nobody is left there. Who could not go is told, and stays until somebody says to go on. */
async function finish(tx: Tx, shop: Shop, evacuation: Evacuation, now: Instant): Promise<null> {
  const { id, panelId, panelName, back } = evacuation
  const { left, refused, ofResellers } = await countsOf(tx, evacuation)
  if (!back && left > 0) {
    if (await othersCarryAway(tx, panelId)) return lookAt(tx, id, plusSeconds(now, lookSeconds))
    const theirs = ofResellers.left > 0 ? `, ${ofResellers.left} of them your resellers’` : ''
    return stop(
      tx,
      shop,
      evacuation,
      `${left} lines are still on ${panelName}${theirs}; ${refused} moves were refused.`,
      now,
    )
  }
  await run(
    tx,
    sql`update evacuations set state = 'finished', next_look_at = null, ended_at = ${now}, version = version + 1 where business_id = current_business() and id = ${id}`,
  )
  await settle(tx, 'evacuation_waits', id, 'system', now)
  await told(tx, shop, panelId, back ? 'evacuation_undone' : 'evacuation_finished', { evacuation: id }, now)
  return null
}

/** Moves that somebody asked for by themselves, and that get on. */
const othersCarryAway = async (tx: Tx, panelId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from line_moves where business_id = current_business() and from_panel_id = ${panelId} and state = 'waiting' and tries < ${troubledTries} limit 1`,
  )) !== null

const told = (tx: Tx, shop: Shop, panelId: string, what: string, data: Record<string, unknown>, now: Instant) =>
  record(tx, shop, now, { type: `panel.${what}`, subjectType: 'panel', subjectId: panelId, data })
