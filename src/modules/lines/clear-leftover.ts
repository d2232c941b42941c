/**
 * What a moved line left on the panel before is switched off and read back as off, looked at once more a little later, kept for a while so
 * that the line can go home, and removed. Only what is ours by name and marker is touched. Safe to repeat: it looks before it acts.
 */

import { isBoxAlone } from '#adapters/panels/pairs.ts'
import type { FoundLine, LineOwner, LineSpec } from '#adapters/panels/panel.ts'
import { isOurLine } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { earlierOf, type Instant, isAfter, plusHours, plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { leaseSeconds } from './jobs.ts'
import { type Leftover, leftoverColumns } from './moves.ts'
import { secondsUntilRoom, takeInHand } from './pace-panel.ts'
import { type OpenPanel, openPanel, panelFailed } from './panels.ts'
import { formerLoginsOf } from './passwords.ts'
import { isWorkedOn } from './rules/route.ts'
import { boxOf, deviceOf, isOpen, waitSeconds } from './rules.ts'
import { spread } from './try-later.ts'
import { type Call, saveCalls, watch } from './watch-calls.ts'

/** A call that was under way when the line was switched may still have reached the panel after it was switched off. */
const lookAgainSeconds = 600
/** A panel that does not come back so long after the removal was due is not waited for. */
const giveUpHours = 30 * 24

export async function clearLeftover(shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  const left = await claim(shop, id, now)
  if (left === null) return
  if (shop.standstill !== null) return later(shop, left, plusSeconds(now, 900), null)
  const opened = await openPanel(shop.app, left.panelBusinessId, left.panelId)
  const { row } = opened
  if (isWorkedOn(row, now)) return later(shop, left, row.workEnds, null)
  if (isOpen(row, now))
    return later(shop, left, plusSeconds(row.openUntil ?? now, spread(left.lineId, left.tries) * 5), row.lastError)
  const letGo = takeInHand(opened.owner, row)
  if (letGo === null)
    return void (await waitForRoom(shop, left, plusSeconds(now, secondsUntilRoom(opened.owner, row, false))))
  try {
    await clear(shop, left, opened, now)
  } finally {
    letGo()
  }
}

/** Others are in hand on a panel with a pace: nothing was tried. */
const waitForRoom = (shop: Shop, left: Leftover, at: Instant): Promise<number> =>
  transaction(shop, 'leftover-waits-for-room', (tx) =>
    run(
      tx,
      sql`update line_leftovers set next_try_at = ${at} where business_id = current_business() and id = ${left.id} and state in ('on', 'off')`,
    ),
  )

async function clear(shop: Shop, left: Leftover, opened: OpenPanel, now: Instant): Promise<void> {
  const { row } = opened
  const calls: Call[] = []
  const panel = watch(shop, opened, calls)
  try {
    const [login] = formerLoginsOf(shop, { id: left.lineId, formerLogins: [left] })
    const password = login?.password
    const device = deviceOf({ ...left, formerMacs: [] })
    const box = boxOf({ ...left, formerMacs: [] })
    const owner = { username: left.username, marker: left.marker, password, device, box }
    const byRef = left.remoteId === null ? null : await panel.readLine(left.remoteId, owner)
    const found =
      byRef !== null && isOurLine(byRef, owner)
        ? byRef
        : await panel.findLine(left.username, left.marker, password, [], device, box)
    if (found === null || !isOurLine(found, owner)) return await save(shop, left, 'gone', calls, now)
    // A box whose login is gone is of no use to a line that goes home.
    if (!isAfter(left.removeAt, now) || isBoxAlone(found)) {
      await panel.deleteLine(found.ref, owner)
      return await save(shop, left, 'gone', calls, now)
    }
    if (!found.enabled && found.beside?.enabled !== true) return await save(shop, left, 'off', calls, now)
    const off = await panel.updateLine(found.ref, switchedOff(found, owner))
    if (off.enabled || off.beside?.enabled === true)
      throw new ProviderError(row.id, 'ambiguous', 'It was switched off and is read back as on.', {
        code: 'not_as_asked',
      })
    await save(shop, left, 'off', calls, now)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await panelFailed(opened.owner, row, error, calls, now)
    const tries = left.tries + 1
    // What a panel refuses to do is tried daily: it may be mended, and nobody watches there.
    const wait = error.kind === 'rejected' ? 86_400 : waitSeconds(error, tries, spread(left.lineId, tries))
    await later(shop, left, plusSeconds(now, wait), error.message, calls)
  }
}

/** As it stands there, only off. */
const switchedOff = (found: FoundLine, { username, marker, password, device, box }: LineOwner): LineSpec => ({
  device,
  box,
  username,
  password: password ?? found.password,
  marker,
  enabled: false,
  expiresAt: found.expiresAt ?? Temporal.Instant.from('2037-12-31T00:00:00Z'),
  maxConnections: found.maxConnections,
  package: { bouquets: found.bouquets, outputs: found.outputs, packageId: found.packageId ?? undefined },
})

/** Null: not due, taken, or the line is there again. */
const claim = (shop: Shop, id: string, now: Instant): Promise<Leftover | null> =>
  transaction(shop, 'claim-leftover', (tx) =>
    maybe(
      tx,
      sql<Leftover>`update line_leftovers o set next_try_at = ${plusSeconds(now, leaseSeconds)}
        where o.business_id = current_business() and o.id = ${id} and o.next_try_at <= ${now}
          and not exists (select from lines l where l.business_id = o.business_id and l.id = o.line_id and l.panel_id = o.panel_id)
        returning ${leftoverColumns}`,
    ),
  )

async function save(
  shop: Shop,
  left: Leftover,
  state: 'off' | 'gone',
  calls: readonly Call[],
  now: Instant,
): Promise<void> {
  // Seen off for the first time: once more in a while; seen off again: when it may go.
  const next = left.state === 'off' ? left.removeAt : earlierOf(plusSeconds(now, lookAgainSeconds), left.removeAt)
  await transaction(shop, 'save-leftover', async (tx) => {
    saveCalls(tx, shop, { id: left.lineId, panelId: left.panelId }, calls, now)
    await run(
      tx,
      sql`update line_leftovers set state = ${state}, tries = 0, last_answer = null, next_try_at = ${state === 'gone' ? null : next}, gone_at = ${state === 'gone' ? now : null}
        where business_id = current_business() and id = ${left.id} and state in ('on', 'off')`,
    )
    if (state === left.state) return
    await record(tx, shop, now, {
      type: state === 'gone' ? 'line.left_removed' : 'line.left_off',
      subjectType: 'line',
      subjectId: left.lineId,
      data: { panel: left.panelId },
    })
  })
}

async function later(
  shop: Shop,
  left: Leftover,
  at: Instant,
  answer: string | null,
  calls: readonly Call[] = [],
): Promise<void> {
  const now = shop.now()
  const hopeless = isAfter(now, plusHours(left.removeAt, giveUpHours))
  await transaction(shop, 'leftover-waits', async (tx) => {
    saveCalls(tx, shop, { id: left.lineId, panelId: left.panelId }, calls, now)
    await run(
      tx,
      sql`update line_leftovers set tries = tries + 1, last_answer = coalesce(${answer}, last_answer), state = case when ${hopeless} then 'given_up' else state end,
          next_try_at = case when ${hopeless} then null else ${at}::timestamptz end
        where business_id = current_business() and id = ${left.id} and state in ('on', 'off')`,
    )
    if (hopeless)
      await record(tx, shop, now, {
        type: 'line.left_for_good',
        subjectType: 'line',
        subjectId: left.lineId,
        data: { panel: left.panelId },
      })
  })
}
