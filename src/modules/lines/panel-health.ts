/**
 * How panels are, whether lines move or not: every few minutes each is asked to let us in. Its answer closes the breaker, a failure counts
 * for it, so that an outage is noticed before somebody buys. With it come how fast it answers, its version, what our account there has and
 * until when its certificate holds. One panel's trouble delays nobody else's look for longer than a place among the lookers is taken.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { inTransaction, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { type Instant, isBefore, plusHours } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise, settle } from '../people/attention.ts'
import { allShops, forgetAfter } from '../people/business.ts'
import { compareAccount, markAccount } from './compare-account.ts'
import { balanceOf, noteCredits } from './panel-credits.ts'
import { openPanel, panelAnswered, panelFailed } from './panels.ts'
import { isWorkedOn } from './rules/route.ts'
import { isOpen } from './rules.ts'
import { type Call, saveCalls, watch } from './watch-calls.ts'

/** Minutes between two looks at one panel. */
export const lookMinutes = 5
/** Certificates are renewed a month before their end, by machines; what is left so short, nobody renews. */
export const certificateDays = 14
const looksAtOnce = 16
/** Of looks; figures are of the last day. */
const keepHours = 48
/** What went over the wire for calls is kept for two weeks: names of viewers are in it. */
const keepRequestsHours = 14 * 24

/** One round over all panels that are due for a look; several processes may. Gives how many were looked at. */
export async function lookAtPanels(app: App): Promise<number> {
  const due = await panelsToLookAt(app)
  let looked = 0
  const looker = async () => {
    for (let next = due.shift(); next !== undefined; next = due.shift())
      if (await lookAt(app, next.businessId, next.id)) looked++
  }
  await Promise.all(Array.from({ length: looksAtOnce }, looker))
  return looked
}

async function panelsToLookAt(app: App): Promise<{ businessId: string; id: string }[]> {
  const now = app.clock.now()
  const found = await inTransaction(app.db, { role: 'lookup' }, 'panels-to-look-at', (tx) =>
    rows(
      tx,
      sql<{
        businessId: string
        id: string
        kind: string
      }>`select business_id as "businessId", panel_id as id, kind from panels_to_look_at(${lookedBy(now)}, ${now})`,
    ),
  )
  // Where media servers ask us there is nobody to be asked.
  return found.filter(({ kind }) => {
    const known = app.panels.get(kind)
    return known !== undefined && known.asksUs === undefined
  })
}

/** By the machine's clock: a sandbox that travels is not asked more often. A minute less than the interval, for timers are never exact. */
const lookedBy = (now: Instant): Instant => now.subtract({ minutes: lookMinutes - 1 })

async function lookAt(app: App, businessId: string, panelId: string): Promise<boolean> {
  try {
    return await look(app, businessId, panelId)
  } catch (error) {
    app.log.error('a look at a panel failed', { panel: panelId, error })
    return false
  }
}

async function look(app: App, businessId: string, panelId: string): Promise<boolean> {
  const opened = await openPanel(app, businessId, panelId)
  const { owner, row, settings } = opened
  const now = owner.now()
  // A copy that nobody confirmed touches no panel.
  if (isOpen(row, now) || isWorkedOn(row, now) || owner.standstill?.because === 'moved') return false
  if (!(await takeTurn(owner, panelId))) return false
  const calls: Call[] = []
  const started = stopwatch()
  try {
    const { version } = await watch(owner, opened, calls).checkConnection()
    await panelAnswered(owner, row, stopwatch() - started, now)
    const { charges } = opened.panel
    const mark =
      charges === undefined
        ? null
        : await transaction(owner, 'mark-account', (tx) => markAccount(tx, panelId, owner.now()))
    const credits = charges === undefined ? null : await balanceOf(charges)
    const certificateEnds = typeof settings.url === 'string' ? app.http.certificateEnds(settings.url) : null
    await transaction(owner, 'panel-looked-at', async (tx) => {
      saveCalls(tx, owner, { id: null, panelId }, calls, now)
      await run(
        tx,
        sql`update panels set last_ok_at = ${now}, latency_ms = ${calls[0]?.tookMs ?? null}, version_text = coalesce(${version}, version_text)
          where business_id = current_business() and id = ${panelId}`,
      )
      await noteCredits(tx, owner, panelId, credits, now)
      await compareAccount(tx, owner, panelId, credits, mark, now)
      await noteCertificate(tx, owner, panelId, certificateEnds, now)
      forgetAfter(tx, owner)
    })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await panelFailed(owner, row, error, calls, now)
    await transaction(owner, 'panel-not-seen', async (tx) => saveCalls(tx, owner, { id: null, panelId }, calls, now))
  }
  return true
}

/** Whoever comes first: another process found it due, too. */
const takeTurn = (owner: Shop, panelId: string): Promise<boolean> =>
  transaction(owner, 'look-at-panel', async (tx) => {
    const now = owner.app.clock.now()
    const taken = await run(
      tx,
      sql`update panels set looked_at = ${now} where business_id = current_business() and id = ${panelId}
        and (looked_at is null or looked_at <= ${lookedBy(now)} or looked_at > ${now})`,
    )
    return taken > 0
  })

/** Null: none was seen, and what was known stays. Staff are told once when its end comes near, and that is over with another one. */
async function noteCertificate(
  tx: Tx,
  owner: Shop,
  panelId: string,
  ends: Instant | null,
  now: Instant,
): Promise<void> {
  if (ends === null) return
  const panel = await maybe(
    tx,
    sql<{
      name: string
    }>`update panels set certificate_ends_at = ${ends} where business_id = current_business() and id = ${panelId} returning name`,
  )
  if (panel === null) return
  if (!isBefore(ends, plusHours(now, certificateDays * 24))) {
    if (await settle(tx, 'panel_certificate', panelId, 'system', now))
      await record(tx, owner, now, { type: 'panel.certificate_renewed', subjectType: 'panel', subjectId: panelId })
    return
  }
  const news = await raise(
    tx,
    owner,
    {
      kind: 'panel_certificate',
      subjectType: 'panel',
      subjectId: panelId,
      title: `The certificate of ${panel.name} ends soon`,
      detail: `It holds until ${ends.toString({ smallestUnit: 'minute' })}. After that nothing is sent there, until its owner has renewed it.`,
      severity: 'warn',
    },
    now,
  )
  if (news)
    await record(tx, owner, now, {
      type: 'panel.certificate_ends',
      subjectType: 'panel',
      subjectId: panelId,
      data: { until: ends.toString() },
    })
}

/** Of the last 24 hours: looks, and calls for lines of the panel's own business. The times are those of good answers; null: there was none. */
export type Latency = { calls: number; failed: number; p50Ms: number | null; p95Ms: number | null }

export const latencyOf = (tx: Tx, panelId: string, now: Instant): Promise<Latency> =>
  one<Latency>(
    tx,
    sql`select count(*)::int as calls, count(*) filter (where outcome in ('unavailable', 'ambiguous', 'auth_failed'))::int as failed,
        round((percentile_cont(0.5) within group (order by took_ms) filter (where outcome = 'ok'))::numeric)::int as "p50Ms",
        round((percentile_cont(0.95) within group (order by took_ms) filter (where outcome = 'ok'))::numeric)::int as "p95Ms"
      from panel_calls where business_id = current_business() and panel_id = ${panelId} and at > ${plusHours(now, -24)} and at <= ${now}`,
  )

/** For the daily upkeep. */
export async function forgetOldLooks(app: App): Promise<void> {
  for await (const shop of allShops(app)) {
    await transaction(shop, 'forget-looks', (tx) =>
      run(
        tx,
        sql`delete from panel_calls where business_id = current_business() and line_id is null and at < ${plusHours(shop.now(), -keepHours)}`,
      ),
    )
    await transaction(shop, 'forget-requests', (tx) =>
      run(
        tx,
        sql`update panel_calls set requests = null where business_id = current_business() and requests is not null and at < ${plusHours(shop.now(), -keepRequestsHours)}`,
      ),
    )
  }
}
