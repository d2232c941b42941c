/** What was taken over from a panel sleeps until a person says that the engine may act: bill, remind, cut off. */
import type { Shop } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { readBusiness } from '../people/business.ts'

/**
 * From now on these go by their policies, and the engine looks at each at once. Gives how many woke: not those whose line was changed
 * on the panel since, which is a difference that somebody must decide about first. Refuses (`conflict`) in a shop that is not open: nobody has tried its mail, its panel and its ways
 * to pay yet, and what wakes is billed, written to and cut off.
 */
export async function wake(tx: Tx, shop: Shop, ids: readonly string[], now: Instant): Promise<number> {
  if ((await readBusiness(tx)).liveAt === null)
    throw new Refusal(
      'conflict',
      'This shop is not open yet. Please finish its set-up first: what wakes is billed and written to.',
    )
  const woken = await rows(
    tx,
    sql<{
      id: string
      customerId: string
    }>`update subscriptions s set asleep_since = null, next_step_at = ${now}, next_step = null, version = version + 1
      from (select id from subscriptions where business_id = current_business() and id = any (${ids}::text[]) order by id for update) o
      where s.business_id = current_business() and s.id = o.id and s.asleep_since is not null
        and not exists (select from lines l join differences d on d.business_id = l.business_id and d.line_id = l.id
          where l.business_id = s.business_id and l.subscription_id = s.id and d.closed_at is null and d.state in ('open', 'mending'))
      returning s.id, s.customer_id as "customerId"`,
  )
  for (const { id, customerId } of woken)
    await record(tx, shop, now, { type: 'subscription.woken', subjectType: 'subscription', subjectId: id, customerId })
  return woken.length
}

/** One, by a person. Refuses (`conflict`) what does not sleep, and what was changed on the panel meanwhile. */
export async function wakeOne(tx: Tx, shop: Shop, id: string, now: Instant): Promise<void> {
  const [found] = await rows(
    tx,
    sql<{
      asleep: boolean
    }>`select asleep_since is not null as asleep from subscriptions where business_id = current_business() and id = ${id}`,
  )
  if (found === undefined) throw new Refusal('not_found', 'There is no such subscription.')
  if (!found.asleep) throw new Refusal('conflict', 'This subscription does not sleep.')
  if ((await wake(tx, shop, [id], now)) === 0)
    throw new Refusal(
      'conflict',
      'Its line was changed on the panel since it was adopted. Please decide about that difference first.',
    )
}

/** The engine came to one that sleeps: something was changed by hand or paid for. It looks again when somebody wakes it. */
export const sleepOn = (tx: Tx, id: string): Promise<number> =>
  run(
    tx,
    sql`update subscriptions set next_step_at = null, next_step = null where business_id = current_business() and id = ${id}`,
  )
