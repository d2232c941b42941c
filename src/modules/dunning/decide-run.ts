/** A person decides about a parked run: it goes on, only some of it does, or it is dropped. Safe to repeat: what is decided stays. */
import { type Shop, transaction } from '#app.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { plusHours } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { settle } from '../people/attention.ts'
import { holdSuspension } from '../subscriptions/change-subscription.ts'
import { listRuns, stillWaits } from './parked.ts'
import type { MassKind } from './rules/mass.ts'

/** For how long a dropped suspension is held back before it is weighed again. */
export const droppedHoldDays = 7

export type RunDecision = {
  what: 'go' | 'drop'
  /** Left out: all that wait. Those that are not named go on waiting. */
  only?: readonly string[] | undefined
  reason: string
}

/** Gives how many steps were decided. The run closes with its last one. */
export function decideRun(shop: Shop, runId: string, decision: RunDecision): Promise<number> {
  const now = shop.now()
  return transaction(shop, 'decide-run', async (tx) => {
    const found = await maybe(
      tx,
      sql<{
        kind: MassKind
      }>`select kind from parked_runs where business_id = current_business() and id = ${runId} for update`,
    )
    if (found === null) throw new Refusal('not_found', 'There is no such run.')
    const decided = await decide(tx, shop, runId, decision, now)
    if (decision.what === 'drop' && found.kind === 'suspend')
      for (const id of decided)
        await holdSuspension(tx, shop, id, plusHours(now, droppedHoldDays * 24), now, `run dropped: ${decision.reason}`)
    await run(
      tx,
      sql`update subscriptions set next_step_at = ${now}
        where business_id = current_business() and id = any (${decided}::text[]) and next_step_at is not null`,
    )
    if (decided.length > 0)
      await record(tx, shop, now, {
        type: decision.what === 'go' ? 'run.let_go' : 'run.dropped',
        subjectType: 'run',
        subjectId: runId,
        data: { kind: found.kind, count: decided.length, reason: decision.reason },
      })
    await closeWhenDone(tx, shop, runId, now)
    return decided.length
  })
}

async function decide(
  tx: Tx,
  shop: Shop,
  runId: string,
  { what, only }: RunDecision,
  now: Temporal.Instant,
): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ id: string }>`update parked_steps p set decision = ${what}, decided_at = ${now}, decided_by = ${shop.actor}
      from subscriptions s
      where p.business_id = current_business() and p.run_id = ${runId} and p.decision is null
        and s.business_id = p.business_id and s.id = p.subscription_id and ${stillWaits}
        and (${only === undefined}::boolean or p.subscription_id = any (${only ?? []}::text[])) returning p.subscription_id as id`,
  )
  return found.map(({ id }) => id)
}

/** Whoever paid meanwhile keeps no run open. */
async function closeWhenDone(tx: Tx, shop: Shop, runId: string, now: Temporal.Instant): Promise<void> {
  const [left] = await listRuns(tx, { id: runId })
  if (left === undefined || left.waiting > 0) return
  await run(
    tx,
    sql`update parked_runs set closed_at = ${now}, closed_by = ${shop.actor} where business_id = current_business() and id = ${runId} and closed_at is null`,
  )
  await settle(tx, 'run_parked', runId, shop.actor, now)
}
