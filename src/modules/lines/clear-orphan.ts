/**
 * What a person does, on the panel, about a line there that is nobody's here: he has it switched off, or removed, and says why. Who and why
 * stand in the history before the panel is asked. Safe to repeat: the panel is asked about that very row, which must still carry the name
 * and the words that it was listed with; a row that is gone, or off, is success.
 */
import type { Panel } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { lockUndecided, told } from './decide-difference.ts'
import { lookSoon } from './panel-checks.ts'
import { findPanel, openPanel } from './panels.ts'
import { type Difference, lockDifference } from './reconciliations.ts'
import { orphanShape } from './rules/compare-listing.ts'

/** It is there no more, and comes back only if somebody makes it again. */
export const removeOrphan = (shop: Shop, id: string, reason: string): Promise<void> =>
  clear(shop, id, reason, {
    decision: 'remove',
    can: 'canDelete',
    cannot: 'Panels of this kind cannot remove a line: please have it switched off.',
    ask: (panel, ref, owner) => panel.deleteLine(ref, owner),
    after: (tx, difference) =>
      run(
        tx,
        sql`update differences set state = 'closed', closed_at = ${shop.now()}, closed_because = 'removed' where business_id = current_business() and id = ${difference.id}`,
      ),
  })

/** Whoever has it watches no more; nothing else of it changes. It stays decided about as long as it is off. */
export const switchOffOrphan = (shop: Shop, id: string, reason: string): Promise<void> =>
  clear(shop, id, reason, {
    decision: 'switch_off',
    can: 'canSwitchOff',
    cannot: 'Panels of this kind cannot switch off a line that was not sold here.',
    ask: async (panel, ref, owner) => panel.switchOff?.(ref, owner),
    after: (tx, { id: difference, found, username }) =>
      run(
        tx,
        sql`update differences set state = 'accepted', found = found || '{"enabled": false}'::jsonb, shape = ${orphanShape({ username, marker: found?.marker ?? null, enabled: false })}
          where business_id = current_business() and id = ${difference}`,
      ),
  })

type Way = {
  decision: 'remove' | 'switch_off'
  can: 'canDelete' | 'canSwitchOff'
  cannot: string
  ask(panel: Panel, ref: string, owner: { username: string; marker: string }): Promise<void>
  after(tx: Tx, difference: Difference): Promise<unknown>
}

async function clear(shop: Shop, id: string, reason: string, way: Way): Promise<void> {
  const { panelId, remoteId, username, found } = await transaction(shop, 'take-orphan', (tx) =>
    take(tx, shop, id, reason, way),
  )
  const { panel } = await openPanel(shop.app, shop.businessId, panelId, shop.actor)
  try {
    await way.ask(panel, remoteId ?? '', { username, marker: found?.marker ?? '' })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await transaction(shop, 'orphan-left', (tx) => leave(tx, shop, id))
    throw refusalOf(error)
  }
  await transaction(shop, 'orphan-cleared', async (tx) => {
    const difference = await lockDifference(tx, id)
    // A comparison that saw it go was faster, or one that took too long a wait for a failure has opened it again.
    if (difference.state !== 'closed') await way.after(tx, difference)
  })
}

async function take(tx: Tx, shop: Shop, id: string, reason: string, { decision, can, cannot }: Way) {
  const now = shop.now()
  const difference = await lockUndecided(tx, id)
  if (difference.kind !== 'orphan')
    throw new Refusal('conflict', 'A line of yours belongs to it: please have it set right instead.')
  const row = await findPanel(tx, difference.panelId)
  if (shop.app.panels.get(row?.kind ?? '')?.capabilities[can] !== true) throw new Refusal('conflict', cannot)
  await run(
    tx,
    sql`update differences set state = 'mending', reason = ${reason}, decided_by = ${shop.actor}, decided_at = ${now} where business_id = current_business() and id = ${id}`,
  )
  await told(tx, shop, difference, { decision, reason }, now)
  await lookSoon(tx, difference.panelId, now) // Whoever dies here is followed: what takes too long is open again.
  return difference
}

/** It is open again, for another try. */
async function leave(tx: Tx, shop: Shop, id: string): Promise<void> {
  const difference = await lockDifference(tx, id)
  if (difference.state !== 'mending') return
  await run(
    tx,
    sql`update differences set state = 'open', reason = null, decided_by = null, decided_at = null where business_id = current_business() and id = ${id}`,
  )
  await told(tx, shop, difference, { decision: 'open' }, shop.now())
}

const refusalOf = (error: ProviderError): Refusal =>
  error.kind === 'rejected' && (error.code === 'not_ours' || error.code === 'not_found')
    ? new Refusal('conflict', 'The panel has changed since. Please compare it again.')
    : new Refusal('panel_failed', error.message)
