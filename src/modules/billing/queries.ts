/** All reading of invoices, payments and refunds. */
import type { Hint, TransferDetails } from '#adapters/gateways/gateway.ts'
import { asked, type Batch, byId, maybe, one, rows, sql, type Tx, table } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { StoredConverted } from '../catalog/rules/exchange.ts'
import { type SubscriptionRow, subscriptionColumns, subscriptionOf } from '../subscriptions/queries.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import type { TaxDecision } from './rules/tax.ts'
import type { TaxIn } from './rules/tax-currency.ts'
import type { PaymentStatus } from './rules.ts'

export type Invoice = {
  id: string
  customerId: string
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible'
  series: string | null
  number: number | null
  currency: string
  netMinor: bigint
  taxMinor: bigint
  totalMinor: bigint
  paidMinor: bigint
  /** Of what counts as paid: not received, and not asked for either. */
  forgivenMinor: bigint
  purpose: 'order' | 'renewal' | 'manual' | 'change'
  /** It asks for several that were to be invoiced on one day, and not only for a household. */
  consolidated: boolean
  document: Snapshot | null
  /** What was decided of its tax when it was made; null: none, and nothing is said of it. */
  tax: TaxDecision | null
  /** Its tax in the money of the state that it is owed to; null: it is in that money, or not issued, or says nothing of tax. */
  taxIn: TaxIn | null
  dueAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  issuedAt: Temporal.Instant | null
  paidAt: Temporal.Instant | null
  voidedAt: Temporal.Instant | null
  version: number
}

/** Parties as they were when the invoice was issued: later changes of a business or customer do not touch it. */
export type Snapshot = {
  /** `country` is absent in what was issued before it was kept. */
  seller: { name: string; address: string[]; vatId: string | null; email: string | null; country?: string }
  buyer: { name: string; email: string; address: string[]; vatId: string | null; country?: string; place?: Place }
  language: string
  zone: string
  /** The buyer's own number of his purchase; absent where he gave none. */
  poNumber?: string
}

/** An address in parts, as an electronic invoice wants it. */
export type Place = {
  lines: string[]
  city?: string | undefined
  postalCode?: string | undefined
  region?: string | undefined
}

export type InvoiceItem = {
  id: string
  invoiceId: string
  subscriptionId: string | null
  planId: string | null
  kind: 'period' | 'setup' | 'custom' | 'change' | 'add_on' | 'discount' | 'late_fee'
  addOnId: string | null
  description: string
  quantity: number
  termUnit: 'hour' | 'day' | 'month' | 'year' | null
  termCount: number | null
  periodStart: Temporal.Instant | null
  /** For what is no whole term: where it ends, and the anchor day of what follows. */
  coversUntil: Temporal.Instant | null
  anchorDay: number | null
  /** The announced change of price that it was sold under. */
  priceChangeId: string | null
  /** Its price was made by rate, and this is how. */
  converted: StoredConverted | null
  netMinor: bigint
  taxRate: string
  taxMinor: bigint
  totalMinor: bigint
  fulfilledAt: Temporal.Instant | null
}

export type Payment = {
  id: string
  invoiceId: string
  /** Further invoices that it pays, after its own and in this order. */
  also: string[]
  customerId: string
  gatewayAccountId: string
  attempt: number
  status: PaymentStatus
  currency: string
  amountMinor: bigint
  receivedMinor: bigint
  refundedMinor: bigint
  /** Taken back by disputes and not given back. */
  disputedMinor: bigint
  /** What was missing of it, and is not asked for. */
  forgivenMinor: bigint
  remoteRef: string | null
  redirectUrl: string | null
  instructions: string | null
  reference: string | null
  /** Of a transfer to a bank account: where to, and what a banking app reads. */
  transfer: TransferDetails | null
  failure: { class: string; code: string; message: string } | null
  method: { kind: string; brand: string | null; last4: string | null } | null
  checks: number
  nextCheckAt: Temporal.Instant | null
  fetchedAt: Temporal.Instant | null
  expiresAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  succeededAt: Temporal.Instant | null
  /** The kept method that is charged, in the customer's absence; null: he pays himself. */
  methodId: string | null
  /** What the buyer agreed to, word for word, when he let us keep the method he pays with. */
  mandate: string | null
  supersededAt: Temporal.Instant | null
  /** Some of its money came in another currency: `strayOf`. */
  stray: boolean
}

/** All invoices that it pays, in the order in which they are paid. */
export const invoicesOf = ({ invoiceId, also }: Pick<Payment, 'invoiceId' | 'also'>): string[] => [invoiceId, ...also]

const invoiceColumns = sql`id, customer_id as "customerId", status, series, number, currency, net_minor as "netMinor", tax_minor as "taxMinor", total_minor as "totalMinor",
  paid_minor as "paidMinor", forgiven_minor as "forgivenMinor", purpose, consolidated, document, tax, tax_in as "taxIn", due_at as "dueAt", created_at as "createdAt", issued_at as "issuedAt", paid_at as "paidAt", voided_at as "voidedAt", version`

const itemColumns = sql`id, invoice_id as "invoiceId", subscription_id as "subscriptionId", plan_id as "planId", add_on_id as "addOnId", kind, description, quantity, term_unit as "termUnit",
  term_count as "termCount", period_start as "periodStart", covers_until as "coversUntil", anchor_day as "anchorDay", price_change_id as "priceChangeId", converted, net_minor as "netMinor", tax_rate as "taxRate", tax_minor as "taxMinor", total_minor as "totalMinor", fulfilled_at as "fulfilledAt"`

const paymentColumns = sql`id, invoice_id as "invoiceId", case when several then array(select o.invoice_id::text from payment_invoices o where o.business_id = payments.business_id and o.payment_id = payments.id order by o.position) else '{}'::text[] end as also, customer_id as "customerId", gateway_account_id as "gatewayAccountId", attempt, status, currency,
  amount_minor as "amountMinor", received_minor as "receivedMinor", refunded_minor as "refundedMinor", disputed_minor as "disputedMinor", forgiven_minor as "forgivenMinor", remote_ref as "remoteRef", redirect_url as "redirectUrl",
  instructions, reference, transfer, failure, method, checks, next_check_at as "nextCheckAt", fetched_at as "fetchedAt", expires_at as "expiresAt", created_at as "createdAt", succeeded_at as "succeededAt",
  payment_method_id as "methodId", mandate, superseded_at as "supersededAt", stray`

export const findInvoice = (tx: Tx, id: string): Promise<Invoice | null> =>
  maybe(tx, sql<Invoice>`select ${invoiceColumns} from invoices where business_id = current_business() and id = ${id}`)

const invoicesLocked = byId<Invoice>(
  (ids) =>
    sql`select ${invoiceColumns} from invoices where business_id = current_business() and id = any(${ids}::text[]) order by id for update`,
)

export async function lockInvoice(tx: Tx, id: string): Promise<Invoice> {
  const [found] = await asked(tx, invoicesLocked, id)
  if (found === undefined) throw new Refusal('not_found', 'There is no such invoice.')
  return found
}

export const itemsOf = (tx: Tx, invoiceId: string): Promise<InvoiceItem[]> =>
  rows(
    tx,
    sql<InvoiceItem>`select ${itemColumns} from invoice_items where business_id = current_business() and invoice_id = ${invoiceId} order by position, id`,
  )

export type InvoicedLine = {
  subscriptionId: string
  status: Subscription['status']
  planName: string
  username: string
  /** What the invoice asks for it, add-ons included. */
  totalMinor: bigint
  periodStart: Temporal.Instant | null
  coversUntil: Temporal.Instant | null
  anchorDay: number | null
}

/** Each line that an invoice sells time for, in its order. */
export const linesOfInvoice = (tx: Tx, invoiceId: string): Promise<InvoicedLine[]> =>
  rows(
    tx,
    sql<InvoicedLine>`select i.subscription_id as "subscriptionId", s.status, p.name as "planName", l.username, (select sum(o.total_minor)::bigint from invoice_items o
        where o.business_id = i.business_id and o.invoice_id = i.invoice_id and o.subscription_id = i.subscription_id) as "totalMinor",
        i.period_start as "periodStart", i.covers_until as "coversUntil", i.anchor_day as "anchorDay"
      from invoice_items i
      join subscriptions s on s.business_id = i.business_id and s.id = i.subscription_id
      join plans p on p.business_id = i.business_id and p.id = i.plan_id
      join lines l on l.business_id = i.business_id and l.subscription_id = i.subscription_id
      where i.business_id = current_business() and i.invoice_id = ${invoiceId} and i.kind = 'period' order by i.position, i.id`,
  )

const unfulfilledLocked: Batch<string, InvoiceItem> = {
  many: (invoiceIds) => sql`select ${itemColumns} from invoice_items
    where business_id = current_business() and invoice_id = any(${invoiceIds}::text[]) and fulfilled_at is null and subscription_id is not null
    order by invoice_id, position, id for update`,
  keyOf: (invoiceId) => invoiceId,
  keyOfRow: ({ invoiceId }) => invoiceId,
}

/** Items of a paid invoice that were not given yet, locked so that two workers give each once. */
export const lockUnfulfilled = (tx: Tx, invoiceId: string): Promise<InvoiceItem[]> =>
  asked(tx, unfulfilledLocked, invoiceId)

const subscriptionsLocked: Batch<string, SubscriptionRow & { invoiceId: string }> = {
  many: (invoiceIds) => sql`select ${subscriptionColumns}, (select i.invoice_id from invoice_items i
      where i.business_id = subscriptions.business_id and i.subscription_id = subscriptions.id and i.invoice_id = any(${invoiceIds}::text[]) limit 1) as "invoiceId"
    from subscriptions where business_id = current_business() and id = any(array(select i.subscription_id from invoice_items i
      where i.business_id = current_business() and i.invoice_id = any(${invoiceIds}::text[]) and i.subscription_id is not null))
    order by id for update`,
  keyOf: (invoiceId) => invoiceId,
  keyOfRow: ({ invoiceId }) => invoiceId,
}

/** The subscriptions that an invoice sells time for. */
export const lockSubscriptionsOf = async (tx: Tx, invoiceId: string): Promise<Subscription[]> =>
  (await asked(tx, subscriptionsLocked, invoiceId)).map(subscriptionOf)

/** Customers of whom the search is a part of the address or name. */
const customersLike = (search: string | undefined) => {
  const pattern = search ? `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null
  return sql`select c.id from customers c where c.business_id = current_business() and (lower(c.email) like ${pattern} or lower(c.name) like ${pattern})`
}

export const listInvoices = (
  tx: Tx,
  filter: {
    status?: string | undefined
    customerId?: string | undefined
    dueBefore?: Temporal.Instant | undefined
    /** Its id or number, or a part of the customer's address or name. */
    search?: string | undefined
  },
  page: Page,
): Promise<Invoice[]> =>
  rowsOfPage(
    tx,
    sql<Invoice>`select ${invoiceColumns} from invoices
      where business_id = current_business()
        and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.dueBefore ?? null}::timestamptz is null or due_at < ${filter.dueBefore ?? null})
        and (${filter.search ?? null}::text is null or id = ${filter.search ?? null} or series || '-' || lpad(number::text, 5, '0') = upper(${filter.search ?? null})
          or customer_id in (${customersLike(filter.search)}))`,
    page,
  )

export const findPayment = (tx: Tx, id: string): Promise<Payment | null> =>
  maybe(tx, sql<Payment>`select ${paymentColumns} from payments where business_id = current_business() and id = ${id}`)

const paymentsLocked = byId<Payment>(
  (ids) =>
    sql`select ${paymentColumns} from payments where business_id = current_business() and id = any(${ids}::text[]) order by id for update`,
)

export async function lockPayment(tx: Tx, id: string): Promise<Payment> {
  const [found] = await asked(tx, paymentsLocked, id)
  if (found === undefined) throw new Refusal('not_found', 'There is no such payment.')
  return found
}

export type Notice = { id: string; eventType: string; hints: Hint[]; tries: number }

export type NoticeWithPayment = { notice: Notice } & (Payment | { id: null })

export const gatewayOfNotice = async (tx: Tx, noticeId: string): Promise<string> =>
  (
    await one(
      tx,
      sql<{
        id: string
      }>`select gateway_account_id as id from notices where business_id = current_business() and id = ${noticeId}`,
    )
  ).id

/**
 * The payments that a notice `n` hints at, as `p`, or none. A payment is found by our own reference where the gateway repeats it, else by
 * the gateway's; each look-up by its own key.
 */
export const paymentsHinted = sql`left join lateral jsonb_to_recordset(n.hints) as h (object text, "ourRef" text, "remoteRef" text) on h.object <> 'other'
    left join lateral (
      select ${paymentColumns} from payments where business_id = current_business() and id = h."ourRef" and gateway_account_id = n.gateway_account_id
      union all
      select ${paymentColumns} from payments where business_id = current_business() and gateway_account_id = n.gateway_account_id and remote_ref = h."remoteRef"
      union all
      select ${paymentColumns} from payments where business_id = current_business() and id = (
        select f.payment_id from money_facts f where f.business_id = current_business()
          and f.gateway_account_id = n.gateway_account_id and f.kind = 'capture' and f.fact_id = h."remoteRef")
      limit 1) p on true`

/** A notice that waits, once for each payment that it hints at, or with none. */
export const noticeWithPayments: Batch<string, NoticeWithPayment> = {
  many: (noticeIds) => sql`
    select json_build_object('id', n.id, 'eventType', n.event_type, 'hints', n.hints, 'tries', n.tries) as notice, p.*
    from notices n ${paymentsHinted}
    where n.business_id = current_business() and n.id = any(${noticeIds}::text[]) and n.status = 'received'`,
  keyOf: (noticeId) => noticeId,
  keyOfRow: ({ notice }) => notice.id,
}

export type Owed = { id: string; currency: string; openMinor: bigint }

/** Issued and not paid, the oldest first; of all currencies unless one is named. */
export const owedBy = (tx: Tx, customerId: string, currency: string | null = null): Promise<Owed[]> =>
  rows(
    tx,
    sql<Owed>`select id, currency, total_minor - paid_minor as "openMinor" from invoices
      where business_id = current_business() and customer_id = ${customerId} and status = 'open' and (${currency}::text is null or currency = ${currency})
      order by coalesce(due_at, created_at), created_at, id`,
  )

/** Attempts to pay an invoice, oldest first; also those that pay others with it. */
export const paymentsOf = (tx: Tx, invoiceId: string): Promise<Payment[]> =>
  rows(
    tx,
    sql<Payment>`select ${paymentColumns} from payments where business_id = current_business() and invoice_id = ${invoiceId}
      union all
      select ${paymentColumns} from payments where business_id = current_business() and id in (
        select w.payment_id from payment_invoices w where w.business_id = current_business() and w.invoice_id = ${invoiceId})
      order by "createdAt", attempt, id`,
  )

/** The number of the next attempt that pays an invoice before others. Those that paid it with another have that one's numbers: they are not counted here. */
export const nextAttempt = (attempts: readonly Payment[], invoiceId: string): number =>
  attempts.reduce((most, each) => (each.invoiceId === invoiceId && each.attempt > most ? each.attempt : most), 0) + 1

export const listPayments = (
  tx: Tx,
  filter: { status?: string | undefined; customerId?: string | undefined; search?: string | undefined },
  page: Page,
): Promise<Payment[]> =>
  rowsOfPage(
    tx,
    sql<Payment>`select ${paymentColumns} from payments
      where business_id = current_business()
        and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.search ?? null}::text is null or id = ${filter.search ?? null} or remote_ref = ${filter.search ?? null} or replace(upper(reference), ' ', '') = replace(upper(${filter.search ?? null}), ' ', '')
          or customer_id in (${customersLike(filter.search)}))`,
    page,
  )

/** Open attempts whose money may still come for any invoice of a subscription: they hold a suspension back. */
export const openAttemptsOf = (tx: Tx, subscriptionId: string): Promise<Payment[]> =>
  asked(tx, openAttempts, subscriptionId)

const openAttempts: Batch<string, Payment & { soldTo: string }> = {
  keyOf: (subscriptionId) => subscriptionId,
  keyOfRow: ({ soldTo }) => soldTo,
  many: (subscriptionIds) => sql`select p.*, i.sold_to as "soldTo"
    from (select distinct invoice_id, subscription_id as sold_to from invoice_items
      where business_id = current_business() and subscription_id = any(${subscriptionIds}::text[])) i
    join lateral (
      select ${paymentColumns} from payments where business_id = current_business() and payments.invoice_id = i.invoice_id
        and (status in ('processing', 'indeterminate') or status = 'created' and payment_method_id is not null)
      union all
      select ${paymentColumns} from payments where business_id = current_business() and status in ('processing', 'indeterminate') and id in (
        select w.payment_id from payment_invoices w where w.business_id = current_business() and w.invoice_id = i.invoice_id)) p on true`,
}

/**
 * The renewal invoice for the period that begins at `periodStart`, whatever became of it. Free days or a pause move the end of paid time:
 * an invoice that is out and unpaid then stands for the moved period.
 */
export async function renewalInvoiceOf(
  tx: Tx,
  subscriptionId: string,
  periodStart: Temporal.Instant,
): Promise<Invoice | null> {
  const [found] = await asked(tx, renewals, { subscriptionId, periodStart })
  if (found === undefined) return null
  const { ofSubscription: _of, ...invoice } = found
  return invoice
}

type Renewing = { subscriptionId: string; periodStart: Temporal.Instant }

/** `offset 0`: a table that was never counted is otherwise read whole for each row, and a shop that was taken over renews a thousand in its first night. */
const renewals: Batch<Renewing, Invoice & { ofSubscription: string }> = {
  keyOf: ({ subscriptionId }) => subscriptionId,
  keyOfRow: ({ ofSubscription }) => ofSubscription,
  many: (asking) => sql`select w.of_subscription as "ofSubscription", v.*
    from ${table('w', asking, [
      ['of_subscription', 'text', ({ subscriptionId }) => subscriptionId],
      ['starts', 'timestamptz', ({ periodStart }) => periodStart],
    ])}
    cross join lateral (select i.invoice_id from invoice_items i
      cross join lateral (select status from invoices where business_id = current_business() and id = i.invoice_id offset 0) v
      where i.business_id = current_business() and i.subscription_id = w.of_subscription and i.period_start is not null
        and (i.period_start = w.starts or (v.status in ('draft', 'open') and i.fulfilled_at is null))
      order by i.period_start = w.starts desc limit 1) f
    cross join lateral (select ${invoiceColumns} from invoices where business_id = current_business() and id = f.invoice_id offset 0) v`,
}

const refundColumns = sql`id, payment_id as "paymentId", invoice_id as "invoiceId", stray_id as "strayId", currency, amount_minor as "amountMinor", asked_minor as "askedMinor", from_balance_minor as "fromBalanceMinor", tax_minor as "taxMinor", destination, status, remote_ref as "remoteRef", reason, by,
  claim_url as "claimUrl", created_at as "createdAt", done_at as "doneAt"`

export type Refund = {
  id: string
  paymentId: string
  /** Of what its payment paid; null: the payment's own invoice. */
  invoiceId: string | null
  /** Of what came in another currency; null: of what the payment received. */
  strayId: string | null
  currency: string
  amountMinor: bigint
  /** What was asked for, where only a part of it was sent; null: all of it. */
  askedMinor: bigint | null
  /** Of it: what had paid nothing and lay on the customer's balance; and tax that is owed no more. */
  fromBalanceMinor: bigint
  taxMinor: bigint
  destination: 'source' | 'balance'
  status: string
  remoteRef: string | null
  /** Where its buyer says where it shall go, while it waits for him. */
  claimUrl: string | null
  reason: string
  by: string
  createdAt: Temporal.Instant
  doneAt: Temporal.Instant | null
}

export const findRefund = (tx: Tx, id: string): Promise<Refund | null> =>
  maybe(tx, sql<Refund>`select ${refundColumns} from refunds where business_id = current_business() and id = ${id}`)

export const refundsOf = (tx: Tx, paymentId: string): Promise<Refund[]> =>
  rows(
    tx,
    sql<Refund>`select ${refundColumns} from refunds where business_id = current_business() and payment_id = ${paymentId} order by created_at`,
  )
