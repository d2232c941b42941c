/** When a line is tried again that could not be reconciled now, and who is told. */

import { type Shop, single, transaction } from '#app.ts'
import { inFoundRow, run, sql, type Tx } from '#platform/db.ts'
import type { ProviderError } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise } from '../people/attention.ts'
import { lineSettledJob } from './jobs.ts'
import type { OpenPanel } from './panels.ts'
import { type Line, nameOfLine, waitSeconds } from './rules.ts'
import { lookedOnce } from './spend-credits.ts'
import { type Call, saveCalls } from './watch-calls.ts'

/** How often a panel that has no credits left for us is asked again: its owner tops up when he reads of it. */
const creditsSeconds = 600

export async function saveTrouble(
  shop: Shop,
  line: Line,
  opened: OpenPanel,
  error: ProviderError,
  calls: Call[],
  now: Temporal.Instant,
): Promise<void> {
  const tries = triesAfter(line, error)
  // A refusal will not get better by itself; a person has to look. Everything else is tried again until it works.
  const outOfCredits = error.code === 'insufficient_credits'
  const hopeless = error.kind === 'rejected' && !outOfCredits
  const wait = outOfCredits ? creditsSeconds : waitAfter(line, error, tries)
  // Only looked so far: nothing can be there, so staff may still put the line on another panel.
  const createSentAt =
    error.kind === 'ambiguous' || calls.some(({ operation }) => operation === 'createLine') ? now : null
  await transaction(shop, 'save-trouble', async (tx) => {
    await run(
      tx,
      sql`update lines set tries = ${tries}, trouble = ${error.kind}, last_answer = ${error.message}, needs_review = ${hopeless},
          create_sent_at = coalesce(create_sent_at, ${createSentAt}::timestamptz), next_try_at = case when revision > ${line.revision} then ${now}::timestamptz when ${hopeless} then null else ${plusSeconds(now, wait)}::timestamptz end
        where business_id = current_business() and id = ${line.id} and panel_id = ${line.panelId}`,
    )
    saveCalls(tx, shop, line, calls, now)
    if (outOfCredits) await tellOutOfCredits(tx, shop, opened, error, now)
    if (hopeless) {
      await raise(
        tx,
        shop,
        {
          kind: 'line_needs_review',
          subjectType: 'line',
          subjectId: line.id,
          title: `${opened.row.name} refused line ${nameOfLine(line)}`,
          detail: error.message,
          severity: 'bad',
        },
        now,
      )
      await record(tx, shop, now, {
        type: 'line.refused',
        subjectType: 'line',
        subjectId: line.id,
        customerId: line.customerId,
        data: { code: error.code },
      })
    }
    await enqueue(tx, lineSettledJob, { businessId: shop.businessId, lineId: line.id }, `settled/${line.id}`)
  })
}

/** Looking what became of a call is no try of it: looks add up to the third rung at most, two minutes. */
const mostLooks = 3
const triesAfter = ({ tries }: Line, { code }: ProviderError): number =>
  code === lookedOnce ? Math.max(tries, Math.min(tries + 1, mostLooks)) : tries + 1

/**
 * In doubt about the first call that was sent for it, a line looks as soon as after a first try, however often it had waited for the breaker: and on a
 * panel that charges others wait to hear what its call took from the account.
 */
function waitAfter(line: Line, error: ProviderError, tries: number): number {
  const sentBefore = line.trouble === 'ambiguous' || line.spending !== null || isAwaited(line)
  const isFirstDoubt = error.kind === 'ambiguous' && !sentBefore
  const rung = isFirstDoubt ? 1 : error.code === lookedOnce ? Math.min(tries, mostLooks) : tries
  return waitSeconds(error, rung, spread(line.id, tries))
}

/** It was asked for, and never came up. */
const isAwaited = ({ createSentAt, activatedAt }: Line): boolean => createSentAt !== null && activatedAt === null

/** One matter for all lines that wait; the first that goes through settles it. */
const tellOutOfCredits = (tx: Tx, shop: Shop, { row }: OpenPanel, error: ProviderError, now: Temporal.Instant) =>
  raise(
    tx,
    shop,
    {
      kind: 'panel_out_of_credits',
      subjectType: 'panel',
      subjectId: row.id,
      title: `${row.name} has no credits left`,
      detail: `${error.message} Paid lines wait, and are set up by themselves within ten minutes of a top-up.`,
      severity: 'bad',
    },
    now,
  )

/** While the business stands still nobody is cut off; and a copy that nobody confirmed touches no panel. True when this line waits. */
export async function waitsForPerson(shop: Shop, lineId: string, now: Temporal.Instant): Promise<boolean> {
  const waiting = await single(
    shop,
    'line-waits',
    sql<{ id: string }>`update lines set next_try_at = ${plusSeconds(now, 900)}
      where business_id = current_business() and id = ${lineId} and ${inFoundRow(sql`next_try_at <= ${now}`)}
        and (wanted in ('suspended', 'ended') or ${shop.standstill?.because === 'moved'}::boolean) returning id`,
  )
  return waiting.length > 0
}

/** After so many tries an order that waits for its line has been called delayed, and its buyer told. */
const triesUntilTold = 2
/** By so much a failed probe may be due later than the breaker opens. */
const probeSeconds = 60

/**
 * The panel's breaker is open: nothing is sent; the line is due when it may be probed. All lines of the business that wait for the panel are
 * put off with one that has waited before, oldest first: each by itself, thousands would come every ten minutes to hear the same.
 */
export async function waitForPanel(shop: Shop, line: Line, opened: OpenPanel, now: Temporal.Instant): Promise<void> {
  const trouble = opened.row.health === 'auth_failed' ? 'auth_failed' : 'unavailable'
  const answer = opened.row.lastError ?? 'The panel does not answer.'
  const opensAt = opened.row.openUntil ?? now
  const known = line.tries >= triesUntilTold && line.lastAnswer === answer
  await transaction(shop, 'wait-for-panel', async (tx) => {
    await run(
      tx,
      sql`update lines set next_try_at = ${plusSeconds(opensAt, spread(line.id, line.tries) * 5)}, tries = tries + 1, trouble = ${trouble}, last_answer = ${answer}
        where business_id = current_business() and id = ${line.id} and panel_id = ${line.panelId}`,
    )
    if (!known)
      return enqueue(tx, lineSettledJob, { businessId: shop.businessId, lineId: line.id }, `settled/${line.id}`)
    // Only those of which the same is on record, so that nobody has to hear of it. What another transaction holds is left to it.
    await run(
      tx,
      sql`update lines l set next_try_at = ${opensAt}::timestamptz + make_interval(secs => least(5, w.place * 0.05)), tries = l.tries + case when l.id = ${line.id} then 0 else 1 end
        from (select o.id, row_number() over (order by o.id) as place from (
            select id from lines where business_id = current_business() and panel_business_id = ${line.panelBusinessId} and panel_id = ${line.panelId}
              and trouble = ${trouble} and last_answer = ${answer} and tries >= ${triesUntilTold} and next_try_at < ${plusSeconds(opensAt, probeSeconds)}
            for update skip locked) o) w
        where l.business_id = current_business() and l.id = w.id`,
    )
  })
}

/** The panel is worked on: nothing is sent, and the line is due when that is over. Who waits for his first line is told that it takes longer. */
export async function waitForWork(
  shop: Shop,
  line: Line,
  panel: { workEnds: Temporal.Instant; workReason: string | null },
): Promise<void> {
  const until = plusSeconds(panel.workEnds, spread(line.id, line.tries) * 60)
  await transaction(shop, 'wait-for-work', async (tx) => {
    await run(
      tx,
      sql`update lines set next_try_at = ${until}, tries = greatest(tries, 2), trouble = 'unavailable', last_answer = ${`The panel is being worked on: ${panel.workReason}`}
        where business_id = current_business() and id = ${line.id} and panel_id = ${line.panelId}`,
    )
    await enqueue(tx, lineSettledJob, { businessId: shop.businessId, lineId: line.id }, `settled/${line.id}`)
  })
}

/** Another line pays from our account there, or several hang on the panel: this one is due again in a moment, and nothing was tried. */
export async function waitAMoment(shop: Shop, line: Line, seconds: number, now: Temporal.Instant): Promise<void> {
  const until = plusSeconds(now, seconds * (1 + spread(line.id, line.tries)))
  await transaction(shop, 'wait-a-moment', (tx) =>
    run(
      tx,
      sql`update lines set next_try_at = ${until} where business_id = current_business() and id = ${line.id} and panel_id = ${line.panelId}`,
    ),
  )
}

/** A number from 0 to 1 that differs from line to line and try to try, without chance: a rehearsal gives the same. */
export function spread(id: string, tries: number): number {
  let sum = tries * 7_919
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 10_007
  return sum / 10_007
}
