/**
 * Renewals as staff look at them in the morning: what is asked for, what is late, what failed, what somebody should look at, what was
 * done without them, what ends soon, and what ended with nobody noticing. Each list is one query, and its figure counts that same query.
 */
import type { RawBuilder } from 'kysely'
import { type SubscriptionRow, subscriptionColumns, subscriptionOf } from '#modules/subscriptions/queries.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import { one, rows, sql, type Tx } from '#platform/db.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { plusHours } from '#platform/time.ts'

export const queues = ['forgotten', 'due', 'grace', 'failed', 'flagged', 'done', 'expiring'] as const
export type Queue = (typeof queues)[number]

/** Days ahead that `expiring` may look. */
export const horizons = [7, 14, 30] as const
export type Horizon = (typeof horizons)[number]

/** `at`: why it is in the list since then, or until then: the end of its paid time, the failure, the flag, the renewal. */
export type Queued = Subscription & {
  at: Temporal.Instant
  asked: { invoiceId: string; minor: bigint; currency: string } | null
  message: { id: string; template: string; status: string; at: Temporal.Instant } | null
  failedBecause: string | null
}

const running = sql`s.status in ('trial', 'active', 'grace')`

/** The invoice for the time after the present end, which is not paid. */
const openInvoices = sql`invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
  where i.business_id = s.business_id and i.subscription_id = s.id and i.period_start is not null and i.fulfilled_at is null and v.status = 'open'`

/** Asked for and not paid, and a payment for it failed. */
const failedInvoices = sql`invoices v
  join invoice_items i on i.business_id = v.business_id and i.invoice_id = v.id and i.period_start is not null and i.fulfilled_at is null
  join payments p on p.business_id = v.business_id and p.invoice_id = v.id and p.status = 'failed'
  where v.business_id = current_business() and v.status = 'open'`
const canBeLost = sql`s.status in ('trial', 'active', 'grace', 'suspended')`

const renewalThat = (is: RawBuilder<unknown>) => sql`exists (select from invoice_items i
  join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
  where i.business_id = s.business_id and i.subscription_id = s.id and i.period_start = s.paid_through and ${is})`

/** Of those that are renewed together one is named, and stands for all. */
const speaksOf = sql`(m.about ->> 'subscription_id' = s.id or s.household_id is not null and m.about ->> 'subscription_id' in (
  select o.id from subscriptions o where o.business_id = s.business_id and o.household_id = s.household_id and o.paid_through = s.paid_through))`

/** A reminder counts when a transport took it: what was only written reached nobody. */
const reminded = sql`exists (select from messages m where m.business_id = s.business_id and m.customer_id = s.customer_id
  and m.kind <> 'staff' and m.status = 'sent' and ${speaksOf} and (m.about ->> 'period_end')::timestamptz = s.paid_through)`

/** Each ends in its `where`; the columns are those of the subscription and `at`. */
function selectOf(queue: Queue, now: Temporal.Instant, within: number): RawBuilder<unknown> {
  const byEnd = sql`select s.*, s.paid_through as at from subscriptions s where s.business_id = current_business()`
  switch (queue) {
    case 'forgotten':
      return sql`${byEnd} and ${running} and s.paid_through < ${plusHours(now, -24)} and s.waiting_for is null
        and (s.hold_until is null or s.hold_until <= ${now}) and not ${renewalThat(sql`v.status <> 'void'`)} and not ${reminded}`
    case 'due':
      return sql`${byEnd} and s.status in ('trial', 'active') and s.paid_through > ${now} and exists (select from ${openInvoices})`
    case 'grace':
      return sql`${byEnd} and s.status = 'grace'`
    case 'failed':
      // From the open invoices on: they are few beside the subscriptions.
      return sql`select s.*, f.at from (
          select i.subscription_id, max(p.created_at) as at from ${failedInvoices} group by i.subscription_id) f
        join subscriptions s on s.business_id = current_business() and s.id = f.subscription_id
        where ${canBeLost}`
    case 'flagged':
      return sql`select s.*, s.flagged_at as at from subscriptions s
        where s.business_id = current_business() and s.flagged_at is not null and s.status <> 'terminated'`
    case 'done':
      return sql`select s.*, e.at from (
          select subject_id, max(at) as at from events
          where business_id = current_business() and type in ('subscription.renewed', 'subscription.restored')
            and at > ${plusHours(now, -24)} and actor not like 'staff:%' group by subject_id) e
        join subscriptions s on s.business_id = current_business() and s.id = e.subject_id where true`
    case 'expiring':
      return sql`${byEnd} and s.status in ('trial', 'active') and s.paid_through > ${now} and s.paid_through <= ${plusHours(now, within * 24)}
        and not ${renewalThat(sql`v.status = 'paid'`)}`
  }
}

/** What was done or failed last is news; elsewhere the nearest end, or what has waited longest, comes first. */
const newsFirst: readonly Queue[] = ['done', 'failed']

/** The customer has the tag, or a note about him or this subscription has it. */
const tagged = (tag: string | null): RawBuilder<unknown> =>
  tag === null
    ? sql`true`
    : sql`(exists (select from customers c where c.business_id = q.business_id and c.id = q.customer_id and ${tag} = any (c.tags))
        or exists (select from customer_notes n where n.business_id = q.business_id and n.customer_id = q.customer_id and ${tag} = any (n.tags)
          and (n.subscription_id is null or n.subscription_id = q.id)))`

/** Every tag of customers and notes, for a choice among them: two hundred at most. */
export const knownTags = async (tx: Tx): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{ tag: string }>`select distinct tag from (
          select unnest(tags) as tag from customers where business_id = current_business() and tags <> '{}'
          union select unnest(tags) from customer_notes where business_id = current_business() and tags <> '{}') t order by 1 limit 200`,
    )
  ).map(({ tag }) => tag)

/** `tag`: only those tagged so. A page of a queue; `within` is for `expiring` alone. */
export async function listQueue(
  tx: Tx,
  queue: Queue,
  page: Page,
  now: Temporal.Instant,
  within: Horizon = 7,
  tag: string | null = null,
): Promise<Queued[]> {
  const select = sql<SubscriptionRow & { at: Temporal.Instant }>`select ${subscriptionColumns}, at
    from (${selectOf(queue, now, within)}) q where ${tagged(tag)}`
  const found = await rowsOfPage(tx, select, page, 'at', newsFirst.includes(queue) ? 'newest' : 'oldest')
  const details = await detailsOf(
    tx,
    found.map(({ id }) => id),
  )
  return found.map(({ at, ...row }) => ({ ...subscriptionOf(row), at, ...detailOf(details.get(row.id)) }))
}

/** How many are in each queue now; of `expiring`, by days ahead. */
export async function countQueues(
  tx: Tx,
  now: Temporal.Instant,
): Promise<{ counts: Record<Exclude<Queue, 'expiring'>, number>; expiring: Record<Horizon, number> }> {
  const count = (queue: Queue, within = 0) =>
    sql`(select count(*)::int from (${selectOf(queue, now, within)}) q) as ${sql.ref(`${queue}${within || ''}`)}`
  const [named, ahead] = [queues.filter((each) => each !== 'expiring'), horizons.map((days) => count('expiring', days))]
  const found = await one(
    tx,
    sql<Record<string, number>>`select ${sql.join([...named.map((each) => count(each)), ...ahead])}`,
  )
  const of = <K extends string | number>(keys: readonly K[], name: (key: K) => string) =>
    Object.fromEntries(keys.map((key) => [key, found[name(key)] ?? 0])) as Record<K, number>
  return { counts: of(named, (each) => each), expiring: of(horizons, (days) => `expiring${days}`) }
}

export type AtRisk = { currency: string; minor: bigint; invoices: number }

/** What is still owed on the invoices of `failed`, by currency; one that asks for several subscriptions counts once. */
export const atRisk = (tx: Tx): Promise<AtRisk[]> =>
  rows(
    tx,
    sql<AtRisk>`select currency, sum(owed)::bigint as minor, count(*)::int as invoices from (
        select distinct v.id, v.currency, v.total_minor - v.paid_minor as owed from ${failedInvoices}
          and exists (select from subscriptions s where s.business_id = i.business_id and s.id = i.subscription_id and ${canBeLost})) f
      group by 1 order by 1`,
  )

type Detail = {
  id: string
  invoiceId: string | null
  owed: bigint
  invoiceCurrency: string
  messageId: string | null
  template: string
  messageStatus: string
  messageAt: Temporal.Instant
  failedBecause: string | null
}

async function detailsOf(tx: Tx, ids: readonly string[]): Promise<Map<string, Detail>> {
  const found = await rows(
    tx,
    sql<Detail>`select s.id, o.id as "invoiceId", o.owed, o.currency as "invoiceCurrency", o.failed as "failedBecause",
        m.id as "messageId", m.template, m.status as "messageStatus", m.created_at as "messageAt"
      from subscriptions s
      left join lateral (select v.id, v.total_minor - v.paid_minor as owed, v.currency,
          (select p.failure ->> 'message' from payments p where p.business_id = v.business_id and p.invoice_id = v.id and p.status = 'failed'
            order by p.created_at desc limit 1) as failed
        from ${openInvoices} order by i.period_start desc limit 1) o on true
      left join lateral (select m.id, m.template, m.status, m.created_at from messages m
        where m.business_id = s.business_id and m.customer_id = s.customer_id and m.kind <> 'staff' and ${speaksOf}
        order by m.created_at desc, m.id desc limit 1) m on true
      where s.business_id = current_business() and s.id = any (${ids}::text[])`,
  )
  return new Map(found.map((row) => [row.id, row]))
}

const detailOf = (found: Detail | undefined): Pick<Queued, 'asked' | 'message' | 'failedBecause'> => ({
  asked:
    found?.invoiceId == null
      ? null
      : { invoiceId: found.invoiceId, minor: found.owed, currency: found.invoiceCurrency },
  message:
    found?.messageId == null
      ? null
      : { id: found.messageId, template: found.template, status: found.messageStatus, at: found.messageAt },
  failedBecause: found?.failedBecause ?? null,
})
