/** Names for the ids in a list, read at once instead of row by row. */
import { rows, sql, type Tx } from '#platform/db.ts'

const byId = <Row extends { id: string }>(found: readonly Row[]): Map<string, Row> =>
  new Map(found.map((row) => [row.id, row]))

export type NamedCustomer = { id: string; name: string; email: string }

export const customersById = async (tx: Tx, ids: readonly string[]): Promise<Map<string, NamedCustomer>> =>
  byId(
    await rows(
      tx,
      sql<NamedCustomer>`select id, name, email from customers where business_id = current_business() and id = any (${[...new Set(ids)]}::text[])`,
    ),
  )

export const plansById = async (tx: Tx, ids: readonly string[]): Promise<Map<string, { id: string; name: string }>> =>
  byId(
    await rows(
      tx,
      sql<{
        id: string
        name: string
      }>`select id, name from plans where business_id = current_business() and id = any (${[...new Set(ids)]}::text[])`,
    ),
  )

/** What orders sum to, by invoice. */
export const totalsByInvoice = async (
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, { id: string; minor: bigint; currency: string }>> =>
  byId(
    await rows(
      tx,
      sql<{ id: string; minor: bigint; currency: string }>`select id, total_minor as minor, currency from invoices
        where business_id = current_business() and id = any (${[...new Set(ids)]}::text[])`,
    ),
  )

export type NamedLine = { id: string; subscriptionId: string; username: string }

export const linesBySubscription = async (tx: Tx, ids: readonly string[]): Promise<Map<string, NamedLine>> => {
  const found = await rows(
    tx,
    sql<NamedLine>`select id, subscription_id as "subscriptionId", username from lines
      where business_id = current_business() and subscription_id = any (${[...new Set(ids)]}::text[])`,
  )
  return new Map(found.map((line) => [line.subscriptionId, line]))
}

export type CustomerStanding = {
  id: string
  /** Lines that are wanted active. */
  lines: number
  /** Of his subscriptions the one that most needs a look: suspended before grace before active before ended. Null: never had one. */
  status: string | null
  /** Received less given back, in the currency of most payments. */
  paid: { minor: bigint; currency: string } | null
  endsNext: Temporal.Instant | null
}

type StandingRow = Omit<CustomerStanding, 'paid'> & { minor: bigint | null; currency: string | null }

export async function standingsOf(tx: Tx, ids: readonly string[]): Promise<Map<string, CustomerStanding>> {
  const found = await rows(
    tx,
    sql<StandingRow>`select c.id,
        (select count(*)::int from lines l where l.business_id = c.business_id and l.customer_id = c.id and l.wanted = 'active') as lines,
        s.status, s.ends as "endsNext", p.minor, p.currency
      from customers c
      left join lateral (
        select (array_agg(status order by array_position('{suspended,grace,trial,active,paused,terminated}'::text[], status)))[1] as status,
          min(paid_through) filter (where status in ('trial', 'active', 'grace')) as ends
        from subscriptions s where s.business_id = c.business_id and s.customer_id = c.id and s.status <> 'pending') s on true
      left join lateral (
        select currency, sum(received_minor - refunded_minor)::bigint as minor from payments p
        where p.business_id = c.business_id and p.customer_id = c.id and p.status = 'succeeded'
        group by currency order by count(*) desc, currency limit 1) p on true
      where c.business_id = current_business() and c.id = any (${[...new Set(ids)]}::text[])`,
  )
  return byId(
    found.map(({ minor, currency, ...rest }) => ({
      ...rest,
      paid: minor === null || currency === null ? null : { minor, currency },
    })),
  )
}

/** Lines a panel carries for this business. */
export async function linesByPanel(tx: Tx): Promise<Map<string, number>> {
  const found = await rows(
    tx,
    sql<{ id: string; lines: number }>`select panel_id as id, count(*)::int as lines from lines
      where business_id = current_business() and wanted in ('active', 'suspended') group by 1`,
  )
  return new Map(found.map(({ id, lines }) => [id, lines]))
}

/** `staff:mem_…` as a name, and `staff:act_…` with the business that he came from. Other actors are told by the page in words. */
export const staffById = async (tx: Tx): Promise<Map<string, string>> =>
  new Map(
    (
      await rows(
        tx,
        sql<{
          id: string
          name: string
        }>`select id, coalesce(nullif(name, ''), email) as name from memberships where business_id = current_business()
          union all select id, name from twin_staff()
          union all select id, name || ' (' || from_name || ')' from acting_sessions where business_id = current_business()`,
      )
    ).map(({ id, name }) => [id, name]),
  )
