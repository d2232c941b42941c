/** Plans to collect an invoice from a kept method: who asked, when it is tried next, and what it waits for. One plan per invoice. */
import type { Shop } from '#app.ts'
import { asked as askedOf, type Batch, maybe, rows, run, sql, type Tx, table } from '#platform/db.ts'
import { enqueue } from '#platform/jobs.ts'
import { isAfter } from '#platform/time.ts'
import { collectInvoiceJob } from './jobs.ts'
import { seedOf, type Try, type WaitsFor, whenAsked } from './rules/charging.ts'

export type Collection = {
  invoiceId: string
  customerId: string
  status: 'planned' | 'charging' | 'waiting' | 'ended'
  waitsFor: WaitsFor | null
  nextTryAt: Temporal.Instant | null
  methodId: string | null
  reason: string
  askedBy: string
  changedAt: Temporal.Instant
}

const columns = sql`invoice_id as "invoiceId", customer_id as "customerId", status, waits_for as "waitsFor", next_try_at as "nextTryAt",
  payment_method_id as "methodId", reason, asked_by as "askedBy", changed_at as "changedAt"`

export const findCollection = (tx: Tx, invoiceId: string): Promise<Collection | null> =>
  maybe(
    tx,
    sql<Collection>`select ${columns} from collections where business_id = current_business() and invoice_id = ${invoiceId}`,
  )

export const lockCollection = (tx: Tx, invoiceId: string): Promise<Collection | null> =>
  maybe(
    tx,
    sql<Collection>`select ${columns} from collections where business_id = current_business() and invoice_id = ${invoiceId} for update`,
  )

/** The declined charges of an invoice with a method, oldest first; of any method when none is named. */
export const triesOf = (tx: Tx, invoiceId: string, methodId: string | null): Promise<Try[]> =>
  rows(
    tx,
    sql<Try>`select coalesce(failure ->> 'class', 'unknown') as class, created_at as at from payments
      where business_id = current_business() and invoice_id = ${invoiceId} and payment_method_id is not null
        and (${methodId}::text is null or payment_method_id = ${methodId}) and status in ('failed', 'canceled', 'expired')
      order by attempt`,
  )

export type NextState =
  | { status: 'planned'; at: Temporal.Instant; reason: string }
  | { status: 'charging' | 'ended'; reason: string }
  | { status: 'waiting'; for: WaitsFor; reason: string }

export async function moveCollection(tx: Tx, invoiceId: string, to: NextState, now: Temporal.Instant): Promise<void> {
  await run(
    tx,
    sql`update collections set status = ${to.status}, waits_for = ${to.status === 'waiting' ? to.for : null}, next_try_at = ${to.status === 'planned' ? to.at : null}::timestamptz,
        reason = ${to.reason}, changed_at = ${now}
      where business_id = current_business() and invoice_id = ${invoiceId}`,
  )
}

export type Asked = {
  invoiceId: string
  customerId: string
  /** Who, for people: `rule:pol_x/charge_0d`, `staff:mem_…`. */
  by: string
  /** Charge this one; else the customer's default. */
  methodId?: string | undefined
  /** Staff or a new method: without the pause that a policy's step keeps between two tries. */
  atOnce: boolean
}

/**
 * Asks that an invoice be collected from the customer's kept method: plans a try and answers when, or why there is none. It may be asked
 * as often as one likes; the plan is one, and a charge that is on its way stays the only one.
 */
export async function askToCollect(tx: Tx, shop: Shop, asked: Asked, now: Temporal.Instant): Promise<NextState> {
  const known = await lockCollection(tx, asked.invoiceId)
  if (known?.status === 'charging') return { status: 'charging', reason: 'a charge is on its way' }
  const next = await nextTry(tx, shop, asked, now)
  const planned = known?.status === 'planned' ? known.nextTryAt : null
  if (next.status === 'planned' && planned !== null && !isAfter(planned, next.at) && asked.methodId === undefined)
    return { ...next, at: planned }
  await run(
    tx,
    sql`insert into collections (business_id, invoice_id, customer_id, status, waits_for, next_try_at, payment_method_id, reason, asked_by, created_at, changed_at)
      values (${shop.businessId}, ${asked.invoiceId}, ${asked.customerId}, ${next.status}, ${next.status === 'waiting' ? next.for : null},
        ${next.status === 'planned' ? next.at : null}, ${asked.methodId ?? null}, ${next.reason}, ${asked.by}, ${now}, ${now})
      on conflict (business_id, invoice_id) do update set status = excluded.status, waits_for = excluded.waits_for, next_try_at = excluded.next_try_at,
        payment_method_id = excluded.payment_method_id, reason = excluded.reason, asked_by = excluded.asked_by, changed_at = excluded.changed_at`,
  )
  if (next.status === 'planned' && !isAfter(next.at, now)) await nudgeCollection(tx, shop, asked.invoiceId)
  return next
}

async function nextTry(tx: Tx, shop: Shop, asked: Asked, now: Temporal.Instant): Promise<NextState> {
  if (asked.atOnce) return { status: 'planned', at: now, reason: 'asked for' }
  const methodId = asked.methodId ?? (await defaultMethodId(tx, asked.customerId))
  if (methodId === null) return { status: 'waiting', for: 'method', reason: 'no saved payment method' }
  const next = whenAsked(await triesOf(tx, asked.invoiceId, methodId), now, shop.zone, seedOf(asked.invoiceId))
  return next.kind === 'wait'
    ? { status: 'waiting', for: next.for, reason: next.reason }
    : { status: 'planned', at: next.at, reason: 'due' }
}

/** The one that renewals are charged to: the default one, else the newest that works. */
export const defaultMethodId = async (tx: Tx, customerId: string): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{ id: string }>`select id from payment_methods
        where business_id = current_business() and customer_id = ${customerId} and status = 'active' order by is_default desc, created_at desc, id desc limit 1`,
    )
  )?.id ?? null

/** Since when a charge for a subscription is due that nobody has tried yet. */
export const dueChargeOf = async (
  tx: Tx,
  subscriptionId: string,
  now: Temporal.Instant,
): Promise<Temporal.Instant | null> => (await askedOf(tx, dueCharges, { id: subscriptionId, now }))[0]?.at ?? null

const dueCharges: Batch<{ id: string; now: Temporal.Instant }, { id: string; at: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ id }) => id,
  many: (asking) => sql`select w.id, min(c.next_try_at) as at
    from ${table('w', asking, [
      ['id', 'text', ({ id }) => id],
      ['by_now', 'timestamptz', ({ now }) => now],
    ])}
    join invoice_items i on i.business_id = current_business() and i.subscription_id = w.id
    join collections c on c.business_id = i.business_id and c.invoice_id = i.invoice_id and c.next_try_at <= w.by_now
    group by w.id`,
}

/** A new method, or another default: what was declined or waited for one is tried at once. */
export async function tryOpenCollections(
  tx: Tx,
  shop: Shop,
  customerId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  const woken = await rows(
    tx,
    sql<{
      invoiceId: string
    }>`update collections set status = 'planned', waits_for = null, next_try_at = ${now}, payment_method_id = null, reason = ${reason}, changed_at = ${now}
      where business_id = current_business() and customer_id = ${customerId} and (status = 'planned' or status = 'waiting' and waits_for <> 'staff')
      returning invoice_id as "invoiceId"`,
  )
  for (const { invoiceId } of woken) await nudgeCollection(tx, shop, invoiceId)
}

const nudgeCollection = (tx: Tx, shop: Shop, invoiceId: string): Promise<void> =>
  enqueue(tx, collectInvoiceJob, { businessId: shop.businessId, invoiceId }, `collect/${invoiceId}`)
