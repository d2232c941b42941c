/**
 * The backtest: what a policy would have done over days that are past, beside what was done. It reads in a transaction that may not
 * write. What it assumes stands in `rules/backtest.ts`.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import type { Money } from '#platform/money.ts'
import { type Instant, isAfter, isBefore } from '#platform/time.ts'
import { canRestrict } from '../lines/panels.ts'
import { listPolicies, readSubscription } from '../subscriptions/queries.ts'
import type { Policy } from '../subscriptions/rules/policy.ts'
import { countRested, type Past, readCycles } from './backtest-cycles.ts'
import { type PolicyWish, type Rehearsal, thinkOf, told } from './rehearse.ts'
import { happened, isAtRisk, replay, unpaidSeconds } from './rules/backtest.ts'
import type { Foreseen } from './rules/foretell.ts'
import { added, compare, summarize } from './rules/summary.ts'

/** How far back one can look, and at how many ends of paid time when somebody waits for the answer. */
export const mostDaysPast = 730
export const mostCycles = 100_000

export type BacktestQuestion = {
  /** How many days back, 1 to `mostDaysPast`. */
  days: number
  subscriptionId?: string | undefined
  /** Only who is under this policy now, as it might have been. Left out: everybody under his policy as it is now. */
  policy?: PolicyWish | undefined
  /** Null: however many there are. */
  most?: number | null
}

/** The figures are what would have been done; `compared` holds what was done, and each row in which the two differ (`before`: what was). */
export type Backtest = Omit<Rehearsal, 'payments' | 'mailWorks' | 'compared'> & {
  compared: NonNullable<Rehearsal['compared']>
  /** Subscriptions that rested in this time: nothing is said of them. */
  leftOut: number
  /** Renewals that were paid, after an instant at which they would have been cut off; they were not. */
  atRisk: { count: number; sums: Money[] }
  /** Hours that lines stayed up without being paid for: as it was, and as it would have been. */
  unpaidHours: { was: number; would: number }
}

export function backtest(shop: Shop, question: BacktestQuestion): Promise<Backtest> {
  const now = shop.now()
  // Without the request's key: completing it would be a write.
  return transaction({ ...shop, idempotency: undefined }, 'read-backtest', async (tx) => {
    await run(tx, sql`set transaction read only`)
    return backtestIn(tx, shop, question, now)
  })
}

async function backtestIn(tx: Tx, shop: Shop, question: BacktestQuestion, until: Instant): Promise<Backtest> {
  const { subscriptionId, policy: wish, most = mostCycles } = question
  const from = until.subtract({ hours: question.days * 24 })
  if (subscriptionId !== undefined) await readSubscription(tx, subscriptionId)
  const policies = new Map((await listPolicies(tx)).map((each) => [each.id, each as Policy]))
  const thought = wish === undefined ? null : thinkOf(policies, wish)
  const past: Past = { from, until, policyId: thought?.id, subscriptionId, most }
  const cycles = await readCycles(
    tx,
    past,
    (id) => (id === thought?.id ? thought : policies.get(id)),
    (kind) => canRestrict(shop.app, kind),
  )

  const [would, did]: [Foreseen[], Foreseen[]] = [[], []]
  const [atRisk, unpaid] = [
    { count: 0, sums: [] as Money[] },
    { was: 0, would: 0 },
  ]
  for (const cycle of cycles) {
    const [then, was] = [replay(cycle, until), happened(cycle, until)]
    would.push(...then.rows)
    did.push(...was.rows)
    if (isBefore(cycle.subscription.paidThrough, from)) continue
    unpaid.was += unpaidSeconds(cycle, was, until)
    unpaid.would += unpaidSeconds(cycle, then, until)
    if (cycle.paid === null || !isAtRisk(cycle, then, was)) continue
    atRisk.count += 1
    atRisk.sums = added(atRisk.sums, cycle.paid)
  }
  const within = (rows: Foreseen[]) =>
    rows
      .filter(({ at }) => !isBefore(at, from) && !isAfter(at, until))
      .sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  const [rows, before] = [within(would), within(did)]
  return {
    from,
    until,
    subscriptions: new Set(cycles.map(({ subscription }) => subscription.id)).size,
    ...told(rows, from, until, shop),
    compared: { summary: summarize(before), differences: compare(before, rows) },
    leftOut: await countRested(tx, past),
    atRisk,
    unpaidHours: { was: Math.round(unpaid.was / 3_600), would: Math.round(unpaid.would / 3_600) },
  }
}
