/**
 * A box that is sold with a login may be a row of its own on the panel. Where a believed listing had the login and not the box, the line is
 * looked up by itself, box and all: only that says that the box is gone. It is kept and set right as a missing line is.
 */
import type { ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { rows, sql, type Tx } from '#platform/db.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import { type Comparison, keepFindings, keptLines } from './comparison.ts'
import { expected, findOurs, noteSeen } from './finish-comparison.ts'
import { leaseSeconds } from './jobs.ts'
import { lookAgainAt } from './panel-checks.ts'
import { lineColumns } from './queries.ts'
import { readReconciliation } from './reconciliations.ts'
import { compareWhole } from './rules/compare-listing.ts'
import type { Line } from './rules.ts'

const atOnce = 50

export async function lookUpBoxes(comparison: Comparison): Promise<void> {
  const { shop, reconciliation } = comparison
  const { missingBoxes } = await transaction(shop, 'read-missing', (tx) => readReconciliation(tx, reconciliation.id))
  while (missingBoxes !== 0) {
    const lines = await transaction(shop, 'read-missing', (tx) => nextBoxless(tx, comparison))
    if (lines.length === 0) return
    for (const line of lines) await lookUp(comparison, line)
  }
}

/** Of what the listing told already there is a difference: setting that right brings the box, too. */
const nextBoxless = (tx: Tx, comparison: Comparison): Promise<Line[]> =>
  rows(
    tx,
    sql<Line>`with ${expected(comparison)}
      select ${lineColumns} from lines where business_id = current_business() and id in (select e.id from expected e where e.boxless
        and not exists (select from differences d where d.business_id = current_business() and d.line_id = e.id and d.reconciliation_id = ${comparison.reconciliation.id}))
      order by id limit ${atOnce}`,
  )

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
