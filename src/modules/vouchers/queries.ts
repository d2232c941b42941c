/** All reading of batches and vouchers. */
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'

export type Batch = {
  id: string
  name: string
  /** Null: good for `valueMinor` of money. */
  planId: string | null
  planName: string | null
  valueCurrency: string | null
  valueMinor: bigint | null
  /** What one was sold for; null: given away. */
  currency: string | null
  priceMinor: bigint | null
  soldTo: string
  /** The reseller it was handed to, of the branch. */
  resellerId: string | null
  count: number
  lastUseAt: Temporal.Instant | null
  codesMadeAt: Temporal.Instant | null
  unused: number
  redeemed: number
  voided: number
  createdAt: Temporal.Instant
  createdBy: string
}

const batchColumns = sql`b.id, b.name, b.plan_id as "planId", p.name as "planName", b.value_currency as "valueCurrency", b.value_minor as "valueMinor", b.currency, b.price_minor as "priceMinor", b.sold_to as "soldTo", b.reseller_id as "resellerId", b.count,
  b.last_use_at as "lastUseAt", b.codes_made_at as "codesMadeAt", n.unused, n.redeemed, n.voided, b.created_at as "createdAt", b.created_by as "createdBy"`

const batches = sql`voucher_batches b left join plans p on p.business_id = b.business_id and p.id = b.plan_id
  join lateral (select count(*) filter (where v.status = 'unused')::int as unused, count(*) filter (where v.status = 'redeemed')::int as redeemed,
      count(*) filter (where v.status = 'void')::int as voided
    from vouchers v where v.business_id = b.business_id and v.batch_id = b.id) n on true`

export const findBatch = (tx: Tx, id: string): Promise<Batch | null> =>
  maybe(
    tx,
    sql<Batch>`select ${batchColumns} from ${batches} where b.business_id = current_business() and b.id = ${id}`,
  )

export async function readBatch(tx: Tx, id: string): Promise<Batch> {
  const found = await findBatch(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such batch of vouchers.')
  return found
}

export const batchNames = (tx: Tx, ids: readonly string[]): Promise<{ id: string; name: string }[]> =>
  rows(
    tx,
    sql<{
      id: string
      name: string
    }>`select id, name from voucher_batches where business_id = current_business() and id = any (${ids}::text[])`,
  )

/** Newest first. */
export const listBatches = (tx: Tx, page: Page): Promise<Batch[]> =>
  rowsOfPage(
    tx,
    sql<Batch>`select * from (select ${batchColumns}, b.created_at from ${batches} where b.business_id = current_business()) q where true`,
    page,
  )

/** What a supplier handed to this business to sell. Redeemed in his shop; whose each one is, only he knows. */
export type Stock = {
  id: string
  name: string
  issuer: string
  plan: string | null
  valueCurrency: string | null
  valueMinor: bigint | null
  count: number
  unused: number
  redeemed: number
  voided: number
  lastUseAt: Temporal.Instant | null
  createdAt: Temporal.Instant
}

/** Newest first. */
export const ownStock = (tx: Tx): Promise<Stock[]> =>
  rows(
    tx,
    sql<Stock>`select id, name, issuer, plan, value_currency as "valueCurrency", value_minor as "valueMinor", count, unused, redeemed, voided,
      last_use_at as "lastUseAt", created_at as "createdAt" from voucher_stock()`,
  )

export type Voucher = {
  id: string
  batchId: string
  number: number
  /** The last four characters of its code; null: no code was made yet. */
  hint: string | null
  status: 'unused' | 'redeemed' | 'void'
  customerId: string | null
  customer: string | null
  subscriptionId: string | null
  invoiceId: string | null
  redeemedAt: Temporal.Instant | null
  voidedAt: Temporal.Instant | null
  voidReason: string | null
  createdAt: Temporal.Instant
}

const voucherColumns = sql`v.id, v.batch_id as "batchId", v.number, v.hint, v.status, v.customer_id as "customerId", coalesce(nullif(c.name, ''), c.email) as customer,
  v.subscription_id as "subscriptionId", v.invoice_id as "invoiceId", v.redeemed_at as "redeemedAt", v.voided_at as "voidedAt", v.void_reason as "voidReason",
  v.created_at as "createdAt"`

const vouchers = sql`vouchers v left join customers c on c.business_id = v.business_id and c.id = v.customer_id`

export const findVoucher = (tx: Tx, id: string): Promise<Voucher | null> =>
  maybe(
    tx,
    sql<Voucher>`select ${voucherColumns} from ${vouchers} where v.business_id = current_business() and v.id = ${id}`,
  )

/** `search`: a number, or the last four characters of a code. */
export const vouchersOf = (
  tx: Tx,
  batchId: string,
  filter: { status?: Voucher['status'] | undefined; search?: string | undefined },
  page: Page,
): Promise<Voucher[]> =>
  rowsOfPage(
    tx,
    sql<Voucher>`select * from (select ${voucherColumns}, v.created_at from ${vouchers}
        where v.business_id = current_business() and v.batch_id = ${batchId}
          and (${filter.status ?? null}::text is null or v.status = ${filter.status ?? null})
          and (${filter.search ?? null}::text is null or v.number::text = ${filter.search ?? null} or v.hint = upper(${filter.search ?? null}))) q where true`,
    page,
  )
