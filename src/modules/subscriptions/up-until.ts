/** Staff keep a line up beyond its paid time until an instant of their choice; the policy goes on from there. */
import { run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isAfter } from '#platform/time.ts'
import { readPolicy } from './queries.ts'
import type { Action } from './rules/step.ts'
import type { Subscription } from './rules/subscription.ts'

/** What comes back into grace needs an instant to come. Refuses as `invalid_input` at `/until`. */
export function requireUntil(
  status: Subscription['status'] | undefined,
  until: Temporal.Instant | null,
  now: Temporal.Instant,
): void {
  if (status === 'grace' && (until === null || !isAfter(until, now)))
    throw new Refusal('invalid_input', 'Please say until when the line stays up.', [
      { pointer: '/until', code: 'required', detail: 'The paid time is over, so please choose a day to come.' },
    ])
}

/** The policy does these steps again at the time that was chosen, so they are not done any more for this period. */
export async function undoSteps(
  tx: Tx,
  { id, policyId, paidThrough }: Subscription,
  actions: readonly Action[],
): Promise<void> {
  const { steps } = await readPolicy(tx, policyId)
  const keys = steps.filter(({ action }) => actions.includes(action)).map(({ key }) => key)
  await run(
    tx,
    sql`delete from steps_done where business_id = current_business() and subscription_id = ${id} and period_end = ${paidThrough} and step = any (${keys}::text[])`,
  )
}
