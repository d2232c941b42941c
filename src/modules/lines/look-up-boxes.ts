/**
 * A box that is sold with a login may be a row of its own on the panel. Where a believed listing had the login and not the box, the line is
 * looked up by itself, box and all: only that says that the box is gone. It is kept and set right as a missing line is.
 */
import type { ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import { type Comparison, keepFindings, keptLines } from './comparison.ts'
import { boxless, findOurs, lookUpEach, noteSeen } from './finish-comparison.ts'
import { leaseSeconds } from './jobs.ts'
import { lookAgainAt } from './panel-checks.ts'
import { compareWhole } from './rules/compare-listing.ts'
import type { Line } from './rules.ts'

/** Where there is a difference already, setting that right brings the box, too. */
export const lookUpBoxes = (comparison: Comparison): Promise<void> =>
  lookUpEach(comparison, ({ missingBoxes }) => missingBoxes, boxless(comparison), lookUp)

async function lookUp(comparison: Comparison, line: Line): Promise<void> {
  const { shop, opened, reconciliation } = comparison
  await comparison.pace()
  const at = shop.now()
  const found = await findOurs(comparison, line)
  await transaction(shop, 'save-look-up', async (tx) => {
    if (!(await keepBoxless(tx, comparison, line, found, at))) await noteSeen(tx, reconciliation.id, line)
    await lookAgainAt(tx, opened.row.id, plusSeconds(at, leaseSeconds))
  })
}

/** A login that is gone since it was listed is for the next comparison. */
async function keepBoxless(
  tx: Tx,
  comparison: Comparison,
  line: Line,
  found: ListedLine | null,
  at: Instant,
): Promise<boolean> {
  const [kept] = await keptLines(tx, comparison.opened.row.id, { ids: [line.id], names: [] })
  if (kept === undefined || found === null) return false
  const finding = compareWhole(found, kept, comparison.powers, at)
  if (finding !== null) await keepFindings(tx, comparison, [finding], at)
  return finding !== null
}
