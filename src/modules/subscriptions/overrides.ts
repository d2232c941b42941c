/** Acts of staff on a subscription, as they are stored: never changed, but for the note that they were taken back. */
import type { Shop } from '#app.ts'
import { json, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { limitedHand } from '../people/hand.ts'
import { type Override, type OverrideKind, type Standing, standingOf } from './rules/override.ts'
import type { Subscription } from './rules/subscription.ts'

/** In the transaction of the act. */
export async function noteOverride(
  tx: Tx,
  shop: Shop,
  kind: OverrideKind,
  [before, after]: readonly [Subscription, Subscription],
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await run(
    tx,
    sql`insert into overrides (business_id, id, subscription_id, kind, before, after, reason, by, at)
      values (${shop.businessId}, ${newId('ovr', shop.app.clock)}, ${after.id}, ${kind}, ${json(stored(standingOf(before)))}, ${json(stored(standingOf(after)))}, ${reason}, ${shop.actor}, ${now})`,
  )
  if (kind === 'free_days' || kind === 'end_moved') await refuseBeyondRole(tx, shop, kind, after.id, now)
}

const days = 30

/** A role may bound the time that one person gives to one subscription: free days and ends that he moved, less what was taken back. */
async function refuseBeyondRole(
  tx: Tx,
  shop: Shop,
  kind: 'free_days' | 'end_moved',
  subscriptionId: string,
  now: Temporal.Instant,
): Promise<void> {
  const hand = await limitedHand(tx, shop)
  if (hand === null || hand.limits.freeDays === null) return
  // What was suspended gets time from the act on; what was moved to an earlier day gives nothing to give again.
  const { given } = await one(
    tx,
    sql<{ given: number }>`select coalesce(sum(greatest(0, ceil(extract(epoch from
          (after ->> 'paidThrough')::timestamptz - greatest((before ->> 'paidThrough')::timestamptz, at)) / 86400 - 0.1))), 0)::int as given
      from overrides
      where business_id = current_business() and subscription_id = ${subscriptionId} and kind in ('free_days', 'end_moved')
        and by = any (${hand.actors}::text[]) and undone_at is null and at > ${now.subtract({ hours: 24 * days })}`,
  )
  if (given <= hand.limits.freeDays) return
  throw new Refusal('invalid_input', 'Your role does not give this much time.', [
    {
      pointer: kind === 'free_days' ? '/days' : '/to',
      code: 'over_limit',
      detail: `Your role gives one subscription at most ${hand.limits.freeDays} days within ${days}. Ask somebody who may give more.`,
    },
  ])
}

type Stored = { [K in keyof Standing]: Standing[K] extends Temporal.Instant | null ? string | null : Standing[K] }

const stored = (standing: Standing): Stored => ({
  ...standing,
  paidThrough: standing.paidThrough?.toString() ?? null,
  holdUntil: standing.holdUntil?.toString() ?? null,
  suspendedAt: standing.suspendedAt?.toString() ?? null,
})

const instant = (text: string | null) => (text === null ? null : Temporal.Instant.from(text))

const opened = (standing: Stored): Standing => ({
  ...standing,
  paidThrough: instant(standing.paidThrough),
  holdUntil: instant(standing.holdUntil),
  suspendedAt: instant(standing.suspendedAt),
})

type Row = Omit<Override, 'before' | 'after'> & { before: Stored; after: Stored }

const columns = sql`id, subscription_id as "subscriptionId", kind, before, after, reason, by, at, undone_at as "undoneAt", undone_by as "undoneBy", undo_reason as "undoReason"`

const fromRow = ({ before, after, ...row }: Row): Override => ({ ...row, before: opened(before), after: opened(after) })

/** The latest first, a hundred at most. */
export async function overridesOf(tx: Tx, subscriptionId: string): Promise<Override[]> {
  const found = await rows(
    tx,
    sql<Row>`select ${columns} from overrides where business_id = current_business() and subscription_id = ${subscriptionId} order by at desc, id desc limit 100`,
  )
  return found.map(fromRow)
}

export async function lockOverride(tx: Tx, subscriptionId: string, id: string): Promise<Override> {
  const found = await maybe(
    tx,
    sql<Row>`select ${columns} from overrides where business_id = current_business() and subscription_id = ${subscriptionId} and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such act on this subscription.')
  return fromRow(found)
}

export const overrideUndone = (
  tx: Tx,
  shop: Shop,
  id: string,
  reason: string,
  now: Temporal.Instant,
): Promise<number> =>
  run(
    tx,
    sql`update overrides set undone_at = ${now}, undone_by = ${shop.actor}, undo_reason = ${reason}
      where business_id = current_business() and id = ${id} and undone_at is null`,
  )

/** The promise of a price ends by a door of its own; the act that made it is marked with it. */
export const exceptionUndone = (tx: Tx, shop: Shop, subscriptionId: string, reason: string, now: Temporal.Instant) =>
  run(
    tx,
    sql`update overrides set undone_at = ${now}, undone_by = ${shop.actor}, undo_reason = ${reason}
      where business_id = current_business() and subscription_id = ${subscriptionId} and kind = 'price_exception' and undone_at is null`,
  )
