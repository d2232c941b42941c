/** What the pages about differences show: plain values. */

import type { Shop } from '#app.ts'
import { plansOn } from '#modules/adoption/queries.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { canBeCompared } from '#modules/lines/check-panel.ts'
import { findPanel, type PanelRow } from '#modules/lines/panels.ts'
import {
  type Difference,
  differencesOfSellers,
  differenceTotals,
  listReconciliations,
  nextComparison,
} from '#modules/lines/reconciliations.ts'
import type { Tx } from '#platform/db.ts'
import { money } from '#platform/money.ts'

export const differenceOf = (difference: Difference, panels: readonly { id: string; name: string }[]) => ({
  id: difference.id,
  kind: difference.kind,
  state: difference.state,
  panelId: difference.panelId,
  /** Null: a panel of the operator above. */
  panel: panels.find(({ id }) => id === difference.panelId)?.name ?? null,
  lineId: difference.lineId,
  remoteId: difference.remoteId,
  username: difference.username,
  shape: difference.shape,
  found: difference.found,
  wanted: difference.wanted,
  canMend: difference.canMend,
  value:
    difference.valueMinor === null || difference.currency === null
      ? null
      : money(difference.valueMinor, difference.currency),
  reason: difference.reason,
  decidedBy: difference.decidedBy,
  decidedAt: difference.decidedAt?.toString() ?? null,
  firstSeenAt: difference.firstSeenAt.toString(),
  lastSeenAt: difference.lastSeenAt.toString(),
})
export type ShownDifference = ReturnType<typeof differenceOf>

/** What can be done, on the panel, about a line there that is nobody's here; null: it is somebody's. */
export async function orphanActsOf(tx: Tx, shop: Shop, { kind, panelId, found }: Difference) {
  if (kind !== 'orphan') return null
  const panel = await findPanel(tx, panelId)
  const can = shop.app.panels.get(panel?.kind ?? '')?.capabilities
  const here = new Set((await plansOn(tx, panelId, shop.currency)).map(({ planId }) => planId))
  return {
    canRemove: can?.canDelete === true,
    canSwitchOff: can?.canSwitchOff === true && found?.enabled === true,
    plans: (await listPlans(tx)).filter(({ id }) => here.has(id)).map(({ id, name }) => ({ value: id, label: name })),
  }
}
export type OrphanActs = NonNullable<Awaited<ReturnType<typeof orphanActsOf>>>

/** How a panel stands to what we keep; null: it cannot be compared. */
export async function comparisonOf(tx: Tx, shop: Shop, panel: PanelRow) {
  if (!canBeCompared(shop, panel)) return null
  const [last] = await listReconciliations(tx, panel.id, { limit: 1 })
  const totals = await differenceTotals(tx, panel.id)
  const ofSellers = await differencesOfSellers(tx, panel.id)
  const open = totals.reduce((sum, { count }) => sum + count, 0)
  return {
    open,
    ofSellers,
    next: (await nextComparison(tx, panel.id))?.toString() ?? null,
    last:
      last === undefined
        ? null
        : {
            state: last.state,
            at: (last.finishedAt ?? last.startedAt).toString(),
            listed: last.listed,
            sampled: last.sampled,
            oldest: last.oldestReadAt?.toString() ?? null,
            missing: last.missing,
            mended: last.mended,
            sellersDoubted: last.sellersDoubted,
            lastError: last.lastError,
          },
  }
}
