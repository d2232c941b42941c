/** What of our books does not agree with a gateway's: kept until it does, or a person decides. */
import type { ListedMoney } from '#adapters/gateways/gateway.ts'
import type { Shop } from '#app.ts'
import { maybe, one, rows, run, sql, type Tx, table } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Instant } from '#platform/time.ts'
import type { Booked, MoneyDifferenceKind } from './rules.ts'

export const moneyDifferenceStates = ['open', 'aside', 'closed'] as const

export type MoneyDifference = {
  id: string
  gatewayAccountId: string
  kind: MoneyDifferenceKind
  /** Of unknown money: its name there; else the payment. */
  fact: string
  paymentId: string | null
  remoteRef: string | null
  ourRef: string | null
  currency: string
  oursMinor: bigint
  theirsMinor: bigint
  moneyAt: Instant
  state: (typeof moneyDifferenceStates)[number]
  because: 'gone' | 'booked' | null
  reason: string | null
  decidedBy: string | null
  decidedAt: Instant | null
  createdAt: Instant
}

const columns = sql`id, gateway_account_id as "gatewayAccountId", kind, fact, payment_id as "paymentId", remote_ref as "remoteRef", our_ref as "ourRef", currency,
  ours_minor as "oursMinor", theirs_minor as "theirsMinor", money_at as "moneyAt", state, because, reason, decided_by as "decidedBy", decided_at as "decidedAt", created_at as "createdAt"`

export const findMoneyDifference = (tx: Tx, id: string): Promise<MoneyDifference | null> =>
  maybe(
    tx,
    sql<MoneyDifference>`select ${columns} from money_differences where business_id = current_business() and id = ${id}`,
  )

export async function lockMoneyDifference(tx: Tx, id: string): Promise<MoneyDifference> {
  const found = await maybe(
    tx,
    sql<MoneyDifference>`select ${columns} from money_differences where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such difference.')
  return found
}

export const listMoneyDifferences = (
  tx: Tx,
  filter: { gatewayAccountId?: string | undefined; state?: MoneyDifference['state'] | undefined },
  page: Page,
): Promise<MoneyDifference[]> =>
  rowsOfPage(
    tx,
    sql<MoneyDifference>`select ${columns} from money_differences where business_id = current_business()
      and (${filter.gatewayAccountId ?? null}::text is null or gateway_account_id = ${filter.gatewayAccountId ?? null})
      and (${filter.state ?? null}::text is null or state = ${filter.state ?? null})`,
    page,
  )

export const countOpen = async (tx: Tx, accountId: string): Promise<number> =>
  (
    await one(
      tx,
      sql<{
        n: number
      }>`select count(*)::int as n from money_differences where business_id = current_business() and gateway_account_id = ${accountId} and state = 'open'`,
    )
  ).n

export type Found = Pick<
  MoneyDifference,
  'kind' | 'fact' | 'paymentId' | 'remoteRef' | 'ourRef' | 'currency' | 'oursMinor' | 'theirsMinor' | 'moneyAt'
>

const stays = sql`(d.state = 'aside' and d.ours_minor = excluded.ours_minor and d.theirs_minor = excluded.theirs_minor)`

/** One per money and kind. What was put aside stays so unless its amounts are others; what was closed is open again. */
export async function keepFound(
  tx: Tx,
  shop: Shop,
  { id: comparisonId, gatewayAccountId }: { id: string; gatewayAccountId: string },
  found: readonly Found[],
): Promise<void> {
  for (const each of found)
    await run(
      tx,
      sql`insert into money_differences as d (business_id, id, gateway_account_id, comparison_id, kind, fact, payment_id, remote_ref, our_ref, currency, ours_minor, theirs_minor, money_at, state, created_at)
        values (${shop.businessId}, ${newId('mdf', shop.app.clock)}, ${gatewayAccountId}, ${comparisonId}, ${each.kind}, ${each.fact}, ${each.paymentId}, ${each.remoteRef}, ${each.ourRef},
          ${each.currency}, ${each.oursMinor}, ${each.theirsMinor}, ${each.moneyAt}, 'open', ${shop.now()})
        on conflict (business_id, gateway_account_id, kind, fact) do update set comparison_id = excluded.comparison_id, currency = excluded.currency,
          ours_minor = excluded.ours_minor, theirs_minor = excluded.theirs_minor, version = d.version + 1, because = null,
          state = case when ${stays} then 'aside' else 'open' end, reason = case when ${stays} then d.reason end,
          decided_by = case when ${stays} then d.decided_by end, decided_at = case when ${stays} then d.decided_at end`,
    )
}

/** Open ones that this comparison did not come by, behind a place. */
export const openBehind = (
  tx: Tx,
  { id, gatewayAccountId, cursor }: { id: string; gatewayAccountId: string; cursor: string | null },
  most: number,
): Promise<MoneyDifference[]> =>
  rows(
    tx,
    sql<MoneyDifference>`select ${columns} from money_differences where business_id = current_business() and gateway_account_id = ${gatewayAccountId}
      and state = 'open' and comparison_id <> ${id} and id > ${cursor ?? ''} order by id limit ${most}`,
  )

export const closeGone = (tx: Tx, ids: readonly string[], now: Instant): Promise<number> =>
  run(
    tx,
    sql`update money_differences set state = 'closed', because = 'gone', decided_by = 'system', decided_at = ${now}, version = version + 1
      where business_id = current_business() and id = any(${ids}::text[]) and state = 'open'`,
  )

export type BookedPayment = Booked & {
  id: string
  gatewayAccountId: string
  remoteRef: string | null
  createdAt: Instant
}

/** What went back by the gateway: neither to the balance nor by hand. */
const bookedColumns = sql`p.id, p.gateway_account_id as "gatewayAccountId", p.remote_ref as "remoteRef", p.status, p.currency, p.received_minor as "receivedMinor", p.created_at as "createdAt",
  coalesce((select sum(r.amount_minor) from refunds r where r.business_id = p.business_id and r.payment_id = p.id and r.stray_id is null and r.status = 'succeeded'
    and r.destination = 'source' and r.remote_ref not like 'hand/%'), 0)::bigint as "refundedMinor",
  coalesce((select sum(r.amount_minor) from refunds r where r.business_id = p.business_id and r.payment_id = p.id and r.stray_id is null and r.destination = 'source'
    and r.status not in ('succeeded', 'failed', 'canceled')), 0)::bigint as "refundingMinor",
  case when p.stray then (select json_agg(json_build_object('currency', s.currency, 'receivedMinor', s.received::text, 'refundedMinor', s.returned::text, 'refundingMinor', s.leaving::text)) from (
    select m.currency, sum(m.amount_minor) as received, sum(m.returned_minor) as returned, sum(coalesce((select sum(r.amount_minor) from refunds r where r.business_id = m.business_id and r.stray_id = m.id
        and r.status not in ('succeeded', 'failed', 'canceled')), 0)) as leaving
      from stray_moneys m where m.business_id = p.business_id and m.payment_id = p.id group by 1) s) end as stray`

export const bookedPayment = (tx: Tx, id: string): Promise<BookedPayment | null> =>
  maybe(
    tx,
    sql<BookedPayment>`select ${bookedColumns} from payments p where p.business_id = current_business() and p.id = ${id}`,
  )

/** The payments that a page of the list is about, by its order: by the money's own name, the payment's name there, or our reference. */
export const matchListed = (
  tx: Tx,
  accountId: string,
  moneys: readonly Pick<ListedMoney, 'captureId' | 'remoteRef' | 'ourRef'>[],
): Promise<(BookedPayment & { place: number })[]> =>
  rows(
    tx,
    sql<BookedPayment & { place: number }>`select l.place, ${bookedColumns}
      from ${table(
        'l',
        [...moneys.entries()],
        [
          ['place', 'int', ([place]) => place],
          ['capture_id', 'text', ([, { captureId }]) => captureId],
          ['remote_ref', 'text', ([, { remoteRef }]) => remoteRef],
          ['our_ref', 'text', ([, { ourRef }]) => ourRef],
        ],
      )}
      join payments p on p.business_id = current_business() and p.id = coalesce(
        (select f.payment_id from money_facts f where f.business_id = current_business() and f.gateway_account_id = ${accountId} and f.kind = 'capture' and f.fact_id = l.capture_id),
        (select q.id from payments q where q.business_id = current_business() and q.gateway_account_id = ${accountId} and q.remote_ref = l.remote_ref),
        (select q.id from payments q where q.business_id = current_business() and q.id = l.our_ref))`,
  )

/** Searches of gateways know money hours late; what they made a moment before our row is not asked for. */
const lateHours = 3

/** Payments of ours that the list should have told: begun in its span, and paid long enough ago. */
const expected = ({
  id,
  gatewayAccountId,
  from,
  until,
}: {
  id: string
  gatewayAccountId: string
  from: Instant
  until: Instant
}) =>
  sql`select p.id, p.id not in (select unnest(g.payments) from gateway_comparison_pages g where g.business_id = current_business() and g.comparison_id = ${id}) as missing
    from payments p where p.business_id = current_business() and p.gateway_account_id = ${gatewayAccountId} and p.status = 'succeeded'
      and p.created_at >= ${from} and p.created_at <= ${until} and p.succeeded_at <= ${until.subtract({ hours: lateHours })}`

type Span = Parameters<typeof expected>[0]

export const countMissing = (tx: Tx, span: Span): Promise<{ expected: number; missing: number }> =>
  one(
    tx,
    sql`select count(*)::int as expected, (count(*) filter (where e.missing))::int as missing from (${expected(span)}) e`,
  )

export const nextMissing = async (tx: Tx, span: Span & { cursor: string | null }, most: number): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{
        id: string
      }>`select e.id from (${expected(span)}) e where e.missing and e.id > ${span.cursor ?? ''} order by e.id limit ${most}`,
    )
  ).map(({ id }) => id)
