/**
 * What goes on by itself with a panel: it is compared with what we keep when its time has come or somebody asked, a comparison that was
 * broken off is taken up again, and what was sent to be set right is looked after. Serial per panel by a lease in `next_at`; safe to repeat.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Shop, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Instant, isAfter, plusHours, plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise } from '../people/attention.ts'
import { readSetting } from '../people/settings.ts'
import { finishForSellers } from './compare-for-sellers.ts'
import { type Comparison, forgetPages } from './comparison.ts'
import { differenceSetting } from './difference-settings.ts'
import { takeDigest } from './digest.ts'
import { believe, finishComparison, lookUpMissing } from './finish-comparison.ts'
import { checkPanelJob, leaseSeconds } from './jobs.ts'
import { comparePages } from './list-panel.ts'
import { lookUpBoxes } from './look-up-boxes.ts'
import { lookAfterMending, lookAgainAt, mendingSeconds, nextComparisonAfter, planComparison } from './panel-checks.ts'
import { findPanel, type OpenPanel, openedBehind, openPanel, type PanelRow, readPanel } from './panels.ts'
import { readSample } from './read-sample.ts'
import { type Reconciliation, readReconciliation, runningReconciliation } from './reconciliations.ts'
import { isWorkedOn } from './rules/route.ts'
import { isOpen } from './rules.ts'

/** A comparison that broke off more often is given up until later. */
const mostBreaks = 5

export async function checkPanel(shop: Shop, panelId: string): Promise<void> {
  const now = shop.now()
  const job = await transaction(shop, 'take-check', (tx) => takeCheck(tx, shop, panelId, now))
  if (job === null) return
  const opened = openedBehind(await openPanel(shop.app, shop.businessId, panelId))
  await comparePanel(shop, opened, job)
}

/** The comparison to go on with; null when there is none to do now. */
async function takeCheck(tx: Tx, shop: Shop, panelId: string, now: Instant): Promise<Reconciliation | null> {
  const check = await maybe(
    tx,
    sql<{ compareAt: Instant | null }>`update panel_checks set next_at = ${plusSeconds(now, leaseSeconds)}
      where business_id = current_business() and panel_id = ${panelId} and next_at <= ${now} returning compare_at as "compareAt"`,
  )
  const panel = await findPanel(tx, panelId)
  if (check === null || panel === null) return null
  const waits = waitsUntil(shop, panel, now)
  if (waits !== null) {
    await lookAgainAt(tx, panelId, waits)
    return null
  }
  await lookAfterMending(tx, panelId, now)
  const running = await runningReconciliation(tx, panelId)
  if (running !== null) return running
  const isDue = check.compareAt !== null && !isAfter(check.compareAt, now)
  if (!isDue || panel.testedAt === null || !canBeCompared(shop, panel)) {
    const { every_hours } = await readSetting(tx, shop, differenceSetting)
    const next = canBeCompared(shop, panel) ? nextComparisonAfter(now, every_hours) : null
    await planComparison(tx, panelId, isDue || next === null ? next : check.compareAt, now)
    return null
  }
  return begin(tx, shop, panelId, { askedBy: null, trustsLess: false }, now)
}

/** While the business stands still nothing is concluded; a panel that does not answer, or is worked on, is not asked for a list. */
function waitsUntil(shop: Shop, panel: PanelRow, now: Instant): Instant | null {
  if (shop.standstill !== null) return plusHours(now, 1)
  if (isWorkedOn(panel, now)) return panel.workEnds
  return isOpen(panel, now) ? plusSeconds(panel.openUntil ?? now, mendingSeconds) : null
}

export const canBeCompared = (shop: Shop, panel: Pick<PanelRow, 'kind'>): boolean =>
  shop.app.panels.get(panel.kind)?.capabilities.canList === true

async function begin(
  tx: Tx,
  shop: Shop,
  panelId: string,
  { askedBy, trustsLess }: { askedBy: string | null; trustsLess: boolean },
  now: Instant,
): Promise<Reconciliation> {
  const id = newId('rec', shop.app.clock)
  await run(
    tx,
    sql`insert into reconciliations (business_id, id, panel_id, asked_by, trusts_less, state, started_at, created_at)
      values (${shop.businessId}, ${id}, ${panelId}, ${askedBy}, ${trustsLess}, 'running', ${now}, ${now})`,
  )
  return readReconciliation(tx, id)
}

/**
 * Somebody wants a panel compared now. One that is under way is answered as it is. `trustsLess`: what it leaves out is not there, a person
 * has looked; each line is still looked up by itself before anything is concluded.
 */
export async function compareNow(
  tx: Tx,
  shop: Shop,
  panelId: string,
  { trustsLess = false }: { trustsLess?: boolean | undefined },
  now: Instant,
): Promise<Reconciliation> {
  const panel = await readPanel(tx, panelId)
  if (!canBeCompared(shop, panel))
    throw new Refusal('conflict', 'Panels of this kind do not list their lines, so there is nothing to compare with.')
  await run(
    tx,
    sql`insert into panel_checks (business_id, panel_id, next_at) values (${shop.businessId}, ${panelId}, ${now}) on conflict do nothing`,
  )
  await run(
    tx,
    sql`select from panel_checks where business_id = current_business() and panel_id = ${panelId} for update`,
  )
  const running = await runningReconciliation(tx, panelId)
  const found = running ?? (await begin(tx, shop, panelId, { askedBy: shop.actor, trustsLess }, now))
  if (running === null) {
    await lookAgainAt(tx, panelId, now)
    await record(tx, shop, now, {
      type: 'panel.comparison_asked',
      subjectType: 'panel',
      subjectId: panelId,
      data: { trusts_less: trustsLess },
    })
  }
  await enqueue(tx, checkPanelJob, { businessId: shop.businessId, panelId })
  return found
}

async function comparePanel(shop: Shop, opened: OpenPanel, reconciliation: Reconciliation): Promise<void> {
  const { capabilities } = opened.kind
  const settings = await transaction(shop, 'read-settings', (tx) => readSetting(tx, shop, differenceSetting))
  const comparison: Comparison = {
    shop,
    opened,
    reconciliation,
    settings,
    powers: {
      // Where it has its own word on what differs, a listing alone cannot tell.
      absolute: capabilities.absoluteExpiry && opened.panel.differences === undefined,
      charged: capabilities.chargesEachExtension,
      canDelete: capabilities.canDelete,
    },
    pace: paceOf(settings.requests_per_second, () =>
      transaction(shop, 'keep-check', (tx) => lookAgainAt(tx, opened.row.id, plusSeconds(shop.now(), leaseSeconds))),
    ),
  }
  try {
    const digest = reconciliation.stage === 'listing' ? await comparePages(comparison) : null
    // Looked up in part already: it was believed then.
    if (reconciliation.expected === null && !(await believe(comparison, digest ?? (await takeDigest(comparison)))))
      return
    await lookUpMissing(comparison)
    await lookUpBoxes(comparison)
    await finishForSellers(comparison)
    await readSample(comparison)
    await finishComparison(comparison)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await breakOff(comparison, error)
  }
}

/** How often whoever is kept waiting says that he is still at it. */
const keepsEveryMs = 30_000

/** Never more calls than so many within any second. `keeps` lengthens the lease under which they are made, where it is long since it was. */
export function paceOf(perSecond: number, keeps: () => Promise<unknown>): () => Promise<void> {
  const last: number[] = []
  let keptAt = stopwatch()
  return async () => {
    if (stopwatch() - keptAt > keepsEveryMs) {
      keptAt = stopwatch()
      await keeps()
    }
    const first = last.length < perSecond ? null : (last.shift() ?? null)
    const wait = first === null ? 0 : first + 1_000 - stopwatch()
    if (wait > 0) await sleep(wait)
    last.push(stopwatch())
  }
}

/** A panel that failed half-way is asked for the rest a little later; too often, and the comparison is given up and told. */
async function breakOff({ shop, opened, reconciliation, settings }: Comparison, error: ProviderError): Promise<void> {
  const now = shop.now()
  const breaks = reconciliation.breaks + 1
  const panelId = opened.row.id
  shop.app.log.warn('comparison broken off', { panel: panelId, error })
  await transaction(shop, 'break-off', async (tx) => {
    if (breaks < mostBreaks && error.kind !== 'auth_failed') {
      await run(
        tx,
        sql`update reconciliations set breaks = ${breaks}, last_error = ${error.message} where business_id = current_business() and id = ${reconciliation.id}`,
      )
      await lookAgainAt(tx, panelId, plusSeconds(now, 60 * 2 ** breaks))
      return
    }
    await run(
      tx,
      sql`update reconciliations set breaks = ${breaks}, last_error = ${error.message}, state = 'failed', stage = 'over', finished_at = ${now} where business_id = current_business() and id = ${reconciliation.id}`,
    )
    await forgetPages(tx, reconciliation.id)
    await planComparison(tx, panelId, nextComparisonAfter(now, Math.min(6, settings.every_hours)), now)
    await raise(
      tx,
      shop,
      {
        kind: 'panel_not_compared',
        subjectType: 'panel',
        subjectId: panelId,
        title: `${opened.row.name} could not be compared with what we keep`,
        detail: `${error.message} Nothing was concluded or changed.`,
        severity: 'warn',
      },
      now,
    )
  })
}
