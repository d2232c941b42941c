/** All reading of affiliates, whom they brought, and what they earned. */
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { SoldRow, Standing } from './rules.ts'

export type Way = 'balance' | 'by_hand' | 'credits'

export type Affiliate = {
  id: string
  customerId: string
  customer: string
  email: string
  code: string
  active: boolean
  way: Way
  payTo: string
  resellerId: string | null
  nextLookAt: Temporal.Instant | null
  /** Customers whom he brought. */
  brought: number
  createdAt: Temporal.Instant
}

const columns = sql`a.id, a.customer_id as "customerId", coalesce(nullif(c.name, ''), c.email) as customer, c.email, a.code, a.active, a.way, a.pay_to as "payTo",
  a.reseller_id as "resellerId", a.next_look_at as "nextLookAt",
  (select count(*)::int from referrals r where r.business_id = a.business_id and r.affiliate_id = a.id) as brought, a.created_at as "createdAt"`

const affiliates = sql`affiliates a join customers c on c.business_id = a.business_id and c.id = a.customer_id`

export const findAffiliate = (tx: Tx, id: string): Promise<Affiliate | null> =>
  maybe(
    tx,
    sql<Affiliate>`select ${columns} from ${affiliates} where a.business_id = current_business() and a.id = ${id}`,
  )

export async function readAffiliate(tx: Tx, id: string): Promise<Affiliate> {
  const found = await findAffiliate(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such affiliate.')
  return found
}

/** One at a time decides what he is paid. */
export async function lockAffiliate(tx: Tx, id: string): Promise<Affiliate> {
  await maybe(tx, sql`select from affiliates where business_id = current_business() and id = ${id} for no key update`)
  return readAffiliate(tx, id)
}

export const affiliateOfCustomer = (tx: Tx, customerId: string): Promise<Affiliate | null> =>
  maybe(
    tx,
    sql<Affiliate>`select ${columns} from ${affiliates} where a.business_id = current_business() and a.customer_id = ${customerId}`,
  )

export const affiliateByCode = (tx: Tx, code: string): Promise<Affiliate | null> =>
  maybe(
    tx,
    sql<Affiliate>`select ${columns} from ${affiliates} where a.business_id = current_business() and a.code = ${code}`,
  )

/** What those are called who are affiliates: a name, or an address. */
export const affiliateNames = (tx: Tx, ids: readonly string[]): Promise<{ id: string; name: string }[]> =>
  rows(
    tx,
    sql<{ id: string; name: string }>`select a.id, coalesce(nullif(c.name, ''), c.email) as name from affiliates a
      join customers c on c.business_id = a.business_id and c.id = a.customer_id
      where a.business_id = current_business() and a.id = any (${ids}::text[])`,
  )

/** Newest first. `search`: a part of his name or address, or his code. */
export const listAffiliates = (
  tx: Tx,
  filter: { search?: string | undefined; active?: boolean | undefined },
  page: Page,
): Promise<Affiliate[]> =>
  rowsOfPage(
    tx,
    sql<Affiliate>`select * from (select ${columns}, a.created_at from ${affiliates} where a.business_id = current_business()
        and (${filter.active ?? null}::boolean is null or a.active = ${filter.active ?? null})
        and (${filter.search ?? null}::text is null or a.code = upper(${filter.search ?? null}) or position(lower(${filter.search ?? null}) in lower(c.name || ' ' || c.email)) > 0)) q where true`,
    page,
  )

export type StandingIn = Standing & { currency: string }

/** How they stand at `now`, by currency. What is disputed is held as long as it is. */
export const affiliateStandings = (
  tx: Tx,
  ids: readonly string[],
  now: Temporal.Instant,
): Promise<(StandingIn & { affiliateId: string })[]> =>
  rows(
    tx,
    sql<
      StandingIn & { affiliateId: string }
    >`select affiliate_id as "affiliateId", currency, sum(kept)::bigint as kept, sum(held)::bigint as held, sum(paid)::bigint as "paidOut" from (
        select affiliate_id, currency, kept_minor as kept, case when disputed or free_at > ${now} then kept_minor else 0 end as held, 0::bigint as paid
          from commissions where business_id = current_business() and affiliate_id = any (${ids}::text[])
        union all select affiliate_id, currency, 0, 0, amount_minor from affiliate_payouts
          where business_id = current_business() and affiliate_id = any (${ids}::text[]) and taken_back_at is null) m
      group by affiliate_id, currency having sum(kept) <> 0 or sum(paid) <> 0 order by currency`,
  )

export type Commission = {
  id: string
  customerId: string
  customer: string
  invoiceId: string
  currency: string
  earnedMinor: bigint
  keptMinor: bigint
  letGoMinor: bigint
  disputed: boolean
  freeAt: Temporal.Instant
  createdAt: Temporal.Instant
}

/** Newest first; what earned nothing is not told. */
export const commissionsOf = (tx: Tx, affiliateId: string, page: Page): Promise<Commission[]> =>
  rowsOfPage(
    tx,
    sql<Commission>`select * from (select m.id, m.customer_id as "customerId", coalesce(nullif(c.name, ''), c.email) as customer, m.invoice_id as "invoiceId", m.currency,
        m.earned_minor as "earnedMinor", m.kept_minor as "keptMinor", m.let_go_minor as "letGoMinor", m.disputed, m.free_at as "freeAt", m.created_at as "createdAt", m.created_at
      from commissions m join customers c on c.business_id = m.business_id and c.id = m.customer_id
      where m.business_id = current_business() and m.affiliate_id = ${affiliateId} and m.earned_minor > 0) q where true`,
    page,
  )

export type AffiliatePayout = {
  id: string
  currency: string
  amountMinor: bigint
  way: Way
  reference: string
  resellerId: string | null
  creditsMilli: bigint | null
  createdAt: Temporal.Instant
  createdBy: string
  /** It had been noted by mistake: he was not paid. */
  takenBackAt: Temporal.Instant | null
  takenBackReason: string | null
  /** What of his commissions in this currency had been let go before it; null: it was not written down. */
  letGoMinor: bigint | null
}

const payoutsOf = (affiliateId: string) =>
  sql<AffiliatePayout>`select id, currency, amount_minor as "amountMinor", way, reference, reseller_id as "resellerId", credits_milli as "creditsMilli",
      created_at as "createdAt", created_by as "createdBy", taken_back_at as "takenBackAt", taken_back_reason as "takenBackReason", let_go_minor as "letGoMinor"
    from affiliate_payouts where business_id = current_business() and affiliate_id = ${affiliateId}`

/** Newest first, also those that were taken back. */
export const affiliatePayouts = (tx: Tx, affiliateId: string, page: Page): Promise<AffiliatePayout[]> =>
  rowsOfPage(tx, payoutsOf(affiliateId), page)

export async function readAffiliatePayout(tx: Tx, affiliateId: string, id: string): Promise<AffiliatePayout> {
  const found = await maybe(tx, sql<AffiliatePayout>`${payoutsOf(affiliateId)} and id = ${id}`)
  if (found === null) throw new Refusal('not_found', 'There is no such payout.')
  return found
}

export type PaidInvoice = {
  id: string
  customerId: string
  currency: string
  paidAt: Temporal.Instant
  /** Payments of this customer that were counted before. */
  before: number
  items: SoldRow[]
}

/** Paid by customers whom he brought, since he did, and not counted yet: the oldest first, at most `most`. */
export async function uncounted(tx: Tx, affiliateId: string, most: number): Promise<PaidInvoice[]> {
  const found = await rows(
    tx,
    sql<
      Omit<PaidInvoice, 'items'> & { items: { product: string | null; minor: string }[] | null }
    >`select v.id, v.customer_id as "customerId", v.currency, v.paid_at as "paidAt",
        (select count(*)::int from commissions m where m.business_id = v.business_id and m.customer_id = v.customer_id and m.base_minor > 0) as before,
        (select json_agg(json_build_object('product', p.product_id, 'minor', i.net_minor::text) order by i.position)
          from invoice_items i left join subscriptions s on s.business_id = i.business_id and s.id = i.subscription_id
            left join plans p on p.business_id = i.business_id and p.id = coalesce(i.plan_id, s.plan_id)
          where i.business_id = v.business_id and i.invoice_id = v.id and i.kind not in ('custom', 'late_fee')) as items
      from referrals r join invoices v on v.business_id = r.business_id and v.customer_id = r.customer_id
      where r.business_id = current_business() and r.affiliate_id = ${affiliateId} and v.status = 'paid' and v.paid_at >= r.created_at
        and not exists (select from commissions m where m.business_id = v.business_id and m.invoice_id = v.id)
      order by v.paid_at, v.id limit ${most}`,
  )
  return found.map((each) => ({
    ...each,
    items: (each.items ?? []).map(({ product, minor }) => ({ productId: product, minor: BigInt(minor) })),
  }))
}

export type Moving = {
  id: string
  currency: string
  earned: bigint
  kept: bigint
  letGo: bigint
  moves: number
  disputed: boolean
  /** Of the invoice: what it was over, and what of that its buyer or his bank has back. */
  total: bigint
  back: bigint
  openDispute: boolean
}

/** Commissions whose invoices had a refund or dispute: what the books say, and what is true. */
export const withMoneyBack = (tx: Tx, affiliateId: string): Promise<Moving[]> =>
  rows(
    tx,
    sql<Moving>`select m.id, m.currency, m.earned_minor as earned, m.kept_minor as kept, m.let_go_minor as "letGo", m.moves, m.disputed, v.total_minor as total,
        (coalesce(r.back, 0) + coalesce(d.back, 0))::bigint as back, coalesce(d.open, false) as "openDispute"
      from commissions m join invoices v on v.business_id = m.business_id and v.id = m.invoice_id
        left join lateral (select sum(f.amount_minor - f.from_balance_minor) as back from payments p join refunds f on f.business_id = p.business_id and f.payment_id = p.id and f.stray_id is null
          where p.business_id = m.business_id and p.invoice_id = m.invoice_id and f.status = 'succeeded') r on true
        left join lateral (select sum(x.withdrawn_minor) as back, bool_or(x.closed_at is null) as open from payments p join disputes x on x.business_id = p.business_id and x.payment_id = p.id
          where p.business_id = m.business_id and p.invoice_id = m.invoice_id) d on true
      where m.business_id = current_business() and m.affiliate_id = ${affiliateId} and m.earned_minor > 0
        and (r.back is not null or d.open is not null or m.kept_minor < m.earned_minor or m.disputed) order by m.id`,
  )

export type ChildBusiness = { id: string; name: string }

/** Whose wallets are here: direct children that are open. */
export const childBusinesses = (tx: Tx): Promise<ChildBusiness[]> =>
  rows(
    tx,
    sql<ChildBusiness>`select id, name from branch() where depth = 1 and closed_at is null order by lower(name), id`,
  )
