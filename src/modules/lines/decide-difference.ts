/** What a person decides about a difference: set right, accepted as it is, ignored for a reason, or looked at again. */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { lookSoon } from './panel-checks.ts'
import { openPanel } from './panels.ts'
import { passwordOf } from './passwords.ts'
import { findLine } from './queries.ts'
import { type Difference, lockDifference } from './reconciliations.ts'
import { deviceOf } from './rules.ts'
import { reconcileNow } from './want-line.ts'

/**
 * Sets it right as we want it: the line is looked at again, which changes on the panel what differs. A duplicate is removed there, after a
 * look that it is a second row with our own reference; the line's own row is never touched.
 */
export async function mendDifference(shop: Shop, id: string): Promise<void> {
  const double = await transaction(shop, 'mend-difference', async (tx) => {
    const now = shop.now()
    const difference = await lockUndecided(tx, id)
    if (!difference.canMend || difference.lineId === null) throw new Refusal('conflict', whyNot(difference))
    if (difference.kind === 'duplicate') return difference
    await reconcileNow(tx, shop, difference.lineId, now)
    await decided(tx, shop, difference, { state: 'mending' }, now)
    await lookSoon(tx, difference.panelId, now)
    return null
  })
  if (double !== null) await removeDuplicate(shop, double)
}

const whyNot = ({ kind, shape }: Difference): string => {
  if (kind === 'orphan') return 'Nothing of ours belongs to this line, so there is nothing to set right.'
  if (shape === 'banned') return "The panel's administrator has banned this line, and only he can lift that."
  if (kind === 'duplicate') return 'This row does not carry our reference, so only a person may remove it on the panel.'
  return 'Nothing of ours would change this line. Please look at it on the panel.'
}

async function removeDuplicate(shop: Shop, { id, panelId, lineId, remoteId, username }: Difference): Promise<void> {
  const line = await transaction(shop, 'read-line', (tx) => findLine(tx, lineId ?? ''))
  if (line === null || remoteId === null || line.remoteId === null || line.remoteId === remoteId)
    throw new Refusal('conflict', 'This is the only row of its line now. Please compare the panel again.')
  const { panel } = await openPanel(shop.app, shop.businessId, panelId, shop.actor)
  const owner = { username, marker: line.marker, password: passwordOf(shop, line), device: deviceOf(line) }
  try {
    // Both are looked at once more: what was listed may have changed.
    const [own, second] = [await panel.readLine(line.remoteId, owner), await panel.readLine(remoteId, owner)]
    if (own?.marker !== line.marker || (second !== null && second.marker !== line.marker))
      throw new Refusal('conflict', 'The panel has changed since. Please compare it again.')
    if (second !== null) await panel.deleteLine(remoteId, owner)
  } catch (error) {
    if (error instanceof ProviderError) throw new Refusal('panel_failed', error.message)
    throw error
  }
  await transaction(shop, 'duplicate-removed', async (tx) => {
    const now = shop.now()
    const difference = await lockDifference(tx, id)
    if (difference.state === 'closed') return
    await run(
      tx,
      sql`update differences set state = 'closed', closed_at = ${now}, closed_because = 'mended', decided_by = ${shop.actor}, decided_at = ${now}
        where business_id = current_business() and id = ${id}`,
    )
    await told(tx, shop, difference, { decision: 'mending' }, now)
  })
}

/** It may stay exactly as it is; should it change, it is open again. The next change of the line itself sets it as we want it, too. */
export const acceptDifference = (tx: Tx, shop: Shop, id: string, now: Instant): Promise<void> =>
  decide(tx, shop, id, { state: 'accepted' }, now)

/** It is not told of again, whatever becomes of it, as long as it is there. */
export const ignoreDifference = (tx: Tx, shop: Shop, id: string, reason: string, now: Instant): Promise<void> =>
  decide(tx, shop, id, { state: 'ignored', reason }, now)

export const reopenDifference = async (tx: Tx, shop: Shop, id: string, now: Instant): Promise<void> => {
  const difference = await lockDifference(tx, id)
  if (difference.state !== 'accepted' && difference.state !== 'ignored')
    throw new Refusal('conflict', 'Only what was accepted or ignored can be opened again.')
  await run(
    tx,
    sql`update differences set state = 'open', reason = null, decided_by = null, decided_at = null where business_id = current_business() and id = ${id}`,
  )
  await told(tx, shop, difference, { decision: 'open' }, now)
}

type Decision = { state: 'mending' | 'accepted' | 'ignored'; reason?: string }

async function decide(tx: Tx, shop: Shop, id: string, decision: Decision, now: Instant): Promise<void> {
  await decided(tx, shop, await lockUndecided(tx, id), decision, now)
}

export async function lockUndecided(tx: Tx, id: string): Promise<Difference> {
  const difference = await lockDifference(tx, id)
  if (difference.state === 'closed') throw new Refusal('conflict', 'This difference is gone already.')
  if (difference.state === 'mending') throw new Refusal('conflict', 'This is being set right already.')
  return difference
}

async function decided(tx: Tx, shop: Shop, difference: Difference, { state, reason }: Decision, now: Instant) {
  await run(
    tx,
    sql`update differences set state = ${state}, reason = ${reason ?? null}, decided_by = ${shop.actor}, decided_at = ${now}
      where business_id = current_business() and id = ${difference.id}`,
  )
  await told(tx, shop, difference, { decision: state, ...(reason === undefined ? {} : { reason }) }, now)
}

export const told = (
  tx: Tx,
  shop: Shop,
  { id, kind, lineId, username, panelId }: Difference,
  data: Record<string, string>,
  now: Instant,
) =>
  record(tx, shop, now, {
    type: 'difference.decided',
    subjectType: lineId === null ? 'panel' : 'line',
    subjectId: lineId ?? panelId,
    data: { difference: id, kind, username, ...data },
  })
