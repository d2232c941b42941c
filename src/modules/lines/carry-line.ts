/**
 * Carries a line to another panel: made there, read back, and only then switched, in one commit with what is left behind, the word to its
 * customer, and the history. Repeating it is safe at any point: it looks before it makes, and until the switch nothing is lost. The line's
 * own lease is held meanwhile, so that nobody sets it right on the panel that it leaves.
 */
import type { FoundLine } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { isDuplicate, json, maybe, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Instant, isAfter, plusHours, plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise, settle } from '../people/attention.ts'
import { mostFormerMacs } from './change-mac.ts'
import { clearLeftoverJob, evacuatePanelJob, leaseSeconds, reconcileLineJob } from './jobs.ts'
import { specOf } from './look-ahead.ts'
import { findMove, type Leftover, leftoverColumns, type Move } from './moves.ts'
import { secondsUntilRoom, takeInHand } from './pace-panel.ts'
import { type OpenPanel, openPanel, panelAnswered, panelFailed } from './panels.ts'
import { lockLine } from './queries.ts'
import { differencesOf, setOnPanel, stored } from './reconcile-line.ts'
import { isWorkedOn, type Routed } from './rules/route.ts'
import { boxOf, deviceOf, isOpen, type Line, waitSeconds } from './rules.ts'
import { lookedOnce } from './spend-credits.ts'
import { spread } from './try-later.ts'
import { mostFormerLogins } from './want-line.ts'
import { type Call, saveCalls, watch } from './watch-calls.ts'

/** A move that is not refused, and whose target is known. */
type Going = Move & { toPanelId: string }
type Package = { packageId?: string; bouquets: number[] }
type Claimed = { move: Going; line: Line; given: Package }

export async function carryLine(shop: Shop, moveId: string): Promise<void> {
  const now = shop.now()
  if (shop.standstill !== null) return waitUntil(shop, moveId, plusSeconds(now, 900), null)
  const claimed = await claim(shop, moveId, now)
  if (claimed === null) return
  const { move, line } = claimed
  const opened = await openPanel(shop.app, move.panelBusinessId, move.toPanelId)
  const from = await openPanel(shop.app, line.panelBusinessId, line.panelId)
  const { row } = opened
  if (isSameMachine(from, opened))
    return refuse(shop, claimed, `${row.name} and ${from.row.name} are the same machine.`, [], now)
  if (isWorkedOn(row, now)) return waitUntil(shop, moveId, row.workEnds, line.id)
  if (isOpen(row, now))
    return waitUntil(shop, moveId, plusSeconds(row.openUntil ?? now, spread(line.id, move.tries) * 5), line.id)
  const letGo = takeInHand(opened.owner, row)
  if (letGo === null)
    return waitForRoom(shop, moveId, plusSeconds(now, secondsUntilRoom(opened.owner, row, false)), line.id)
  try {
    await carry(shop, claimed, from, opened, now)
  } finally {
    letGo()
  }
}

async function carry(shop: Shop, claimed: Claimed, from: OpenPanel, opened: OpenPanel, now: Instant): Promise<void> {
  const { move, line, given } = claimed
  const { row } = opened
  const calls: Call[] = []
  // As if it were there already: found by its name and our marker, or made.
  const there: Line = {
    ...line,
    panelId: move.toPanelId,
    remoteId: null,
    trouble: move.trouble,
    package: { ...given, outputs: line.package.outputs },
  }
  const spec = specOf(shop, there)
  const started = stopwatch()
  try {
    const panel = watch(shop, opened, calls, { bodies: 'all' })
    const found = await setOnPanel(shop, opened, panel, there, spec, null)
    const differs = found === null ? ['absent'] : await differencesOf(opened.panel, spec, found)
    if (found === null || differs.length > 0)
      throw new ProviderError(row.id, 'rejected', `On ${row.name} the line is not as wanted: ${differs.join(', ')}.`, {
        code: 'not_as_asked',
      })
    await panelAnswered(opened.owner, row, stopwatch() - started, now)
    await switchPanel(shop, claimed, { from, to: opened }, { there, found }, calls, now)
  } catch (error) {
    if (isDuplicate(error, 'lines_username') || isDuplicate(error, 'lines_held_mac'))
      return refuse(shop, claimed, taken(row.name, line), calls, now)
    if (!(error instanceof ProviderError)) throw error
    if (error.code !== lookedOnce) await panelFailed(opened.owner, row, error, calls, now)
    if (error.kind === 'rejected') return refuse(shop, claimed, error.message, calls, now)
    await saveTrouble(shop, claimed, error, calls, now)
  }
}

/** Two entries of one machine, whatever each calls itself: what is made on one would be switched off on the other. A panel may have several paths. */
const isSameMachine = (a: OpenPanel, b: OpenPanel): boolean => {
  const [one, other] = [a, b].map(({ settings: { url } }) => (typeof url === 'string' ? URL.parse(url)?.origin : null))
  return one != null && one === other
}

const taken = (panel: string, line: Line) =>
  `On ${panel} another line of ours has ${line.mac === null ? `the user name ${line.username}` : `the MAC address ${line.mac}`}.`

/** Takes move, line and, where it comes home, what it left there, for the length of a lease. Null: not due, taken, or nothing to do. */
function claim(shop: Shop, moveId: string, now: Instant): Promise<Claimed | null> {
  return transaction(shop, 'claim-move', async (tx) => {
    const known = await findMove(tx, moveId)
    if (known === null) return null
    const line = await lockLine(tx, known.lineId)
    const move = await maybe(
      tx,
      sql<{
        id: string
      }>`select id from line_moves where business_id = current_business() and id = ${moveId} and state = 'waiting' and next_try_at <= ${now} for update`,
    )
    if (move === null || known.toPanelId === null) return null
    const going = { ...known, toPanelId: known.toPanelId }
    if (line.panelId !== known.fromPanelId || line.wanted === 'ended' || line.wanted === 'none')
      return end(tx, going, 'dropped', 'The line has ended, or is on another panel by now.', now)
    if (!(await goesOn(tx, shop, going))) return end(tx, going, 'dropped', 'The evacuation was stopped.', now)
    const given = await packageOn(tx, line, known.toPanelId)
    if (given === null) return end(tx, going, 'refused', 'Its product has no package there any more.', now)
    if (line.activatedAt === null) return begunThere(tx, shop, going, line, given, now)
    const left = await lockLeftover(tx, line.id, known.toPanelId)
    const free = await takeLeases(tx, line, left, going, now)
    // What it left there may have the login of that time.
    const former = left === null ? line.formerLogins : [left, ...line.formerLogins].slice(0, mostFormerLogins)
    const macs =
      left?.mac && left.mac !== line.mac ? [left.mac, ...line.formerMacs].slice(0, mostFormerMacs) : line.formerMacs
    if (!isAfter(free, now)) return { move: going, line: { ...line, formerLogins: former, formerMacs: macs }, given }
    await run(
      tx,
      sql`update line_moves set next_try_at = ${plusSeconds(free, 1)} where business_id = current_business() and id = ${moveId}`,
    )
    return null
  })
}

/** An evacuation of one's own drops its moves with its end; that of a supplier is asked, since nobody writes in another's business. */
async function goesOn(tx: Tx, shop: Shop, move: Move): Promise<boolean> {
  if (move.evacuationId === null || move.panelBusinessId === shop.businessId) return true
  const asked = await maybe(
    tx,
    sql<{ on: boolean }>`select evacuation_goes_on(${move.panelBusinessId}, ${move.evacuationId}, ${move.round}) as on`,
  )
  return asked?.on === true
}

const lockLeftover = (tx: Tx, lineId: string, panelId: string): Promise<Leftover | null> =>
  maybe(
    tx,
    sql<Leftover>`select ${leftoverColumns} from line_leftovers o where o.business_id = current_business() and o.line_id = ${lineId} and o.panel_id = ${panelId} for update`,
  )

/**
 * A line or leftover that somebody has in hand is leased for `leaseSeconds` at most; what lies farther ahead is only waiting. Gives when
 * the leases that stand in the way end; `now` when they were taken.
 */
async function takeLeases(tx: Tx, line: Line, left: Leftover | null, move: Going, now: Instant): Promise<Instant> {
  const until = leaseFrom(now)
  const inHand = (at: Instant | null) => at !== null && isAfter(at, now) && !isAfter(at, until)
  if (line.nextTryAt !== null && inHand(line.nextTryAt)) return line.nextTryAt
  if (left !== null && left.nextTryAt !== null && inHand(left.nextTryAt)) return left.nextTryAt
  await run(
    tx,
    sql`update line_leftovers set next_try_at = ${until} where business_id = current_business() and line_id = ${line.id} and panel_id = ${move.toPanelId} and next_try_at is not null`,
  )
  await run(
    tx,
    sql`update lines set next_try_at = ${until}, held_until = ${until} where business_id = current_business() and id = ${line.id}`,
  )
  await run(
    tx,
    sql`update line_moves set next_try_at = ${until} where business_id = current_business() and id = ${move.id}`,
  )
  return now
}

/** To the millisecond, so that the database keeps it as it is. */
const leaseFrom = (now: Instant): Instant =>
  Temporal.Instant.fromEpochMilliseconds(now.epochMilliseconds + leaseSeconds * 1_000)

/** Nobody keeps a line longer than he needs it: what is due is due now, what is in step rests. */
const giveBack = (tx: Tx, lineId: string, now: Instant): Promise<number> =>
  run(
    tx,
    sql`update lines set next_try_at = case when done_revision < revision and not needs_review then ${now}::timestamptz end
      where business_id = current_business() and id = ${lineId} and next_try_at > ${now} and next_try_at <= ${leaseFrom(now)}`,
  )

async function packageOn(
  tx: Tx,
  line: Pick<Line, 'subscriptionId' | 'panelBusinessId'>,
  panelId: string,
): Promise<Package | null> {
  const found = await maybe(
    tx,
    sql<{
      package: Package
    }>`select m.package from product_panels m join plans p on p.business_id = m.business_id and p.product_id = m.product_id
        join subscriptions s on s.business_id = p.business_id and s.plan_id = p.id
      where m.business_id = current_business() and m.panel_business_id = ${line.panelBusinessId} and m.panel_id = ${panelId} and s.id = ${line.subscriptionId}`,
  )
  return found?.package ?? null
}

const routedBy = (line: Line): Routed => ({
  by: 'staff',
  because: 'moved',
  country: line.routed?.country ?? null,
  panels: [],
})

/** It was never up: it is simply made there. What may have been begun here is left behind. */
async function begunThere(tx: Tx, shop: Shop, move: Going, line: Line, given: Package, now: Instant): Promise<null> {
  if (line.createSentAt !== null) await leave(tx, shop, line, move, move.fromPanelId, now)
  await run(
    tx,
    sql`update lines set panel_id = ${move.toPanelId}, package = ${json({ ...given, outputs: line.package.outputs })}, routed = ${json(routedBy(line))}, remote_id = null,
        create_sent_at = null, spending = null, revision = revision + 1, next_try_at = ${now}, tries = 0, needs_review = false, trouble = null, version = version + 1
      where business_id = current_business() and id = ${line.id}`,
  )
  await settle(tx, 'line_needs_review', line.id, 'system', now)
  await enqueue(tx, reconcileLineJob, { businessId: shop.businessId, lineId: line.id })
  await tellMoved(tx, shop, move, line, now)
  return end(tx, move, 'done', null, now)
}

type Panels = { from: OpenPanel; to: OpenPanel }
type There = { there: Line; found: FoundLine }

async function switchPanel(
  shop: Shop,
  { move, line }: Claimed,
  panels: Panels,
  { there, found }: There,
  calls: readonly Call[],
  now: Instant,
): Promise<void> {
  const tells = move.tells && hasNewAddress(line, panels)
  await transaction(shop, 'switch-panel', async (tx) => {
    saveCalls(tx, shop, there, calls, now)
    const fresh = await lockLine(tx, line.id)
    const open = await maybe(
      tx,
      sql`select from line_moves where business_id = current_business() and id = ${move.id} and state = 'waiting' for update`,
    )
    // Dropped or ended meanwhile: it stays, and what was made there goes.
    const stopped = !(await goesOn(tx, shop, move))
    if (open === null || stopped || fresh.panelId !== move.fromPanelId || fresh.wanted === 'ended') {
      await leave(tx, shop, { ...fresh, remoteId: found.ref }, move, move.toPanelId, now)
      await giveBack(tx, line.id, now)
      if (open !== null)
        await end(tx, move, 'dropped', stopped ? 'The evacuation was stopped.' : 'The line ended meanwhile.', now)
      return
    }
    const given = (await packageOn(tx, line, move.toPanelId)) ?? there.package
    const later =
      JSON.stringify(given.bouquets) !== JSON.stringify(there.package.bouquets) ||
      given.packageId !== there.package.packageId
    const behind = later || fresh.revision > line.revision
    await run(
      tx,
      sql`update lines set panel_id = ${move.toPanelId}, package = ${json({ ...given, outputs: fresh.package.outputs })}, routed = ${json(routedBy(line))}, remote_id = ${found.ref},
          found = ${json(stored(found))}, found_at = ${now}, differs = '{}', revision = revision + ${later ? 1 : 0}, done_revision = ${line.revision},
          former_logins = case when ${behind}::boolean then former_logins else '[]' end, former_macs = case when ${behind}::boolean then former_macs else '{}' end, next_try_at = case when ${behind}::boolean then ${now}::timestamptz end,
          tries = 0, trouble = null, last_answer = null, needs_review = false, spending = null, version = version + 1
        where business_id = current_business() and id = ${line.id}`,
    )
    await run(
      tx,
      sql`delete from line_leftovers where business_id = current_business() and line_id = ${line.id} and panel_id = ${move.toPanelId}`,
    )
    await leave(tx, shop, line, move, move.fromPanelId, now)
    if (line.needsReview) await settle(tx, 'line_needs_review', line.id, 'system', now)
    if (behind) await enqueue(tx, reconcileLineJob, { businessId: shop.businessId, lineId: line.id })
    await tellMoved(tx, shop, move, line, now)
    await end(tx, move, 'done', null, now)
    if (tells)
      await queueMessage(
        tx,
        shop,
        {
          template: 'line_moved',
          claim: `line_moved/${move.id}`,
          customerId: line.customerId,
          about: { line_id: line.id },
        },
        now,
      )
  })
}

/** Where both panels stand behind one name nothing changes for him who watches, and he is not written to. */
function hasNewAddress(line: Line, { from, to }: Panels): boolean {
  const login = { username: line.username, password: '', device: deviceOf(line), box: boxOf(line) }
  const [before, after] = [from, to].map(({ kind, settings }) => kind.connectionDetails(settings, login))
  return before?.serverUrl !== after?.serverUrl || before?.portalUrl !== after?.portalUrl
}

/** What stays on a panel is switched off at once, and removed when nobody goes home any more. */
async function leave(tx: Tx, shop: Shop, line: Line, move: Move, panelId: string, now: Instant): Promise<void> {
  const id = newId('lef', shop.app.clock)
  await run(
    tx,
    sql`insert into line_leftovers (business_id, id, line_id, panel_business_id, panel_id, username, password, marker, kind, box, mac, remote_id, state, remove_at, next_try_at, created_at)
      values (${shop.businessId}, ${id}, ${line.id}, ${move.panelBusinessId}, ${panelId}, ${line.username}, ${line.password}, ${line.marker}, ${line.kind}, ${line.box}, ${line.mac}, ${line.remoteId}, 'on',
        ${plusHours(now, move.keepDays * 24)}, ${now}, ${now})
      on conflict (business_id, line_id, panel_id) do update set id = excluded.id, username = excluded.username, password = excluded.password, mac = excluded.mac, remote_id = excluded.remote_id,
        state = 'on', remove_at = excluded.remove_at, tries = 0, next_try_at = excluded.next_try_at, last_answer = null, gone_at = null`,
  )
  await enqueue(tx, clearLeftoverJob, { businessId: shop.businessId, leftoverId: id })
}

const tellMoved = (tx: Tx, shop: Shop, move: Going, line: Line, now: Instant) =>
  record(tx, shop, now, {
    type: move.back ? 'line.moved_back' : 'line.moved',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
    data: { from: move.fromPanelId, to: move.toPanelId, reason: move.reason },
  })

async function end(
  tx: Tx,
  move: Move,
  state: 'done' | 'refused' | 'dropped',
  answer: string | null,
  now: Instant,
): Promise<null> {
  await run(
    tx,
    sql`update line_moves set state = ${state}, last_answer = coalesce(${answer}, last_answer), trouble = null, next_try_at = null, ended_at = ${now}
      where business_id = current_business() and id = ${move.id} and state = 'waiting'`,
  )
  if (move.evacuationId === null) return null
  // Two that end at once may each take the other for the last: then the next look finds it.
  const open = await maybe(
    tx,
    sql`select from line_moves where business_id = current_business() and evacuation_id = ${move.evacuationId} and state = 'waiting' limit 1`,
  )
  if (open === null)
    await enqueue(tx, evacuatePanelJob, { businessId: move.panelBusinessId, evacuationId: move.evacuationId })
  return null
}

/** The panel will not have it: it stays where it is. Of an evacuation the count tells; of one line a person hears. */
async function refuse(
  shop: Shop,
  { move, line }: Claimed,
  answer: string,
  calls: readonly Call[],
  now: Instant,
): Promise<void> {
  await transaction(shop, 'refuse-move', async (tx) => {
    await lockLine(tx, line.id)
    saveCalls(tx, shop, { id: line.id, panelId: move.toPanelId }, calls, now)
    // Something of ours may stand there.
    if (calls.some(({ operation }) => operation === 'createLine' || operation === 'updateLine'))
      await leave(tx, shop, { ...line, remoteId: null }, move, move.toPanelId, now)
    await giveBack(tx, line.id, now)
    await end(tx, move, 'refused', answer, now)
    await record(tx, shop, now, {
      type: 'line.move_refused',
      subjectType: 'line',
      subjectId: line.id,
      customerId: line.customerId,
      data: { panel: move.toPanelId, answer },
    })
    if (move.evacuationId !== null) return
    const title = `Line ${line.username} could not be moved`
    await raise(
      tx,
      shop,
      { kind: 'move_refused', subjectType: 'line', subjectId: line.id, title, detail: answer, severity: 'warn' },
      now,
    )
  })
}

/** The panel is in trouble: the line stays where it is meanwhile, and is tried again by the same ladder as any. */
async function saveTrouble(
  shop: Shop,
  { move, line }: Claimed,
  error: ProviderError,
  calls: readonly Call[],
  now: Instant,
): Promise<void> {
  const tries = move.tries + 1
  const next = plusSeconds(now, waitSeconds(error, tries, spread(line.id, tries)))
  await transaction(shop, 'save-move-trouble', async (tx) => {
    saveCalls(tx, shop, { id: line.id, panelId: move.toPanelId }, calls, now)
    await giveBack(tx, line.id, now)
    await run(
      tx,
      sql`update line_moves set tries = ${tries}, trouble = ${error.kind}, last_answer = ${error.message}, next_try_at = ${next}
        where business_id = current_business() and id = ${move.id} and state = 'waiting'`,
    )
  })
}

/** Others are in hand on a panel with a pace: nothing was tried. */
const waitForRoom = (shop: Shop, moveId: string, at: Instant, lineId: string): Promise<void> =>
  transaction(shop, 'move-waits-for-room', async (tx) => {
    await giveBack(tx, lineId, shop.now())
    await run(
      tx,
      sql`update line_moves set next_try_at = ${at} where business_id = current_business() and id = ${moveId} and state = 'waiting'`,
    )
  })

const waitUntil = (shop: Shop, moveId: string, at: Instant, lineId: string | null): Promise<void> =>
  transaction(shop, 'wait-with-move', async (tx) => {
    if (lineId !== null) await giveBack(tx, lineId, shop.now())
    await run(
      tx,
      sql`update line_moves set next_try_at = ${at}, tries = tries + 1, last_answer = coalesce(last_answer, 'The panel cannot be asked at the moment.')
        where business_id = current_business() and id = ${moveId} and state = 'waiting'`,
    )
  })
