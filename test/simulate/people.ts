/** Who buys in a simulated shop: a temper, and what he does with it on a day. */
import { sql } from '#platform/db.ts'
import type { World } from './world.ts'

/** How somebody pays for what goes on: what he is like most of the time; chance makes him differ. */
export const tempers = [
  'early',
  'on time',
  'in grace',
  'late',
  'never',
  'twice',
  'clumsy',
  'by bank',
  'by debit',
  // Lets the shop keep his card and charge renewals to it.
  'by card',
] as const
export type Temper = (typeof tempers)[number]

/** `comesOn`: the days on which he wants a line. */
export type Person = { name: string; email: string; temper: Temper; comesOn: number[] }

/** A subscription as it stands this morning. */
export type Standing = {
  id: string
  customerId: string
  email: string
  orderId: string | null
  orderStatus: string | null
  lineId: string | null
  needsReview: boolean
  planId: string
  status: string
  paidThrough: Temporal.Instant | null
  autoRenew: boolean
  cancelAtEnd: boolean
  renewable: boolean
  orderInvoiceId: string | null
  openInvoiceId: string | null
  paymentId: string | null
  receivedMinor: bigint
  refundedMinor: bigint
  /** A new price waits for his answer. */
  isAsked: boolean
  methodId: string | null
  householdId: string | null
  /** Another of his subscriptions. */
  companionId: string | null
  affiliateId: string | null
}

export const standings = (world: World): Promise<Standing[]> =>
  world.look(sql<Standing>`select s.id, s.customer_id as "customerId", c.email, o.id as "orderId", o.status as "orderStatus", l.id as "lineId", l.needs_review as "needsReview", s.plan_id as "planId", s.status, s.paid_through as "paidThrough",
      s.auto_renew as "autoRenew", s.cancel_at_end as "cancelAtEnd", p.renewable, o.invoice_id as "orderInvoiceId", v.id as "openInvoiceId",
      pay.id as "paymentId", coalesce(pay.received_minor, 0) as "receivedMinor", coalesce(pay.refunded_minor, 0) as "refundedMinor",
      exists (select from price_changes h join price_campaigns g on g.business_id = h.business_id and g.id = h.campaign_id
        where h.business_id = s.business_id and h.subscription_id = s.id and h.status = 'announced' and g.consent = 'ask') as "isAsked",
      (select min(m.id) from payment_methods m where m.business_id = s.business_id and m.customer_id = s.customer_id and m.status = 'active') as "methodId",
      s.household_id as "householdId", (select min(o.id) from subscriptions o where o.business_id = s.business_id and o.customer_id = s.customer_id and o.id <> s.id) as "companionId",
      (select a.id from affiliates a where a.business_id = s.business_id and a.customer_id = s.customer_id) as "affiliateId"
    from subscriptions s join customers c on c.business_id = s.business_id and c.id = s.customer_id
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      left join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      left join orders o on o.business_id = s.business_id and o.subscription_id = s.id
      left join lateral (select v.id from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
        where i.business_id = s.business_id and i.subscription_id = s.id and v.status = 'open' order by v.id limit 1) v on true
      left join lateral (select p.id, p.received_minor, p.refunded_minor from invoice_items i join payments p on p.business_id = i.business_id and p.invoice_id = i.invoice_id
        where i.business_id = s.business_id and i.subscription_id = s.id and p.status = 'succeeded' order by p.id desc limit 1) pay on true
    where s.business_id = ${world.businessId} order by s.id`)
