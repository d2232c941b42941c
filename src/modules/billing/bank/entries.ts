/** Statements that were imported and their entries: reading them, and finding whose money it may be. */
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { prefixOf } from '../rules/series.ts'
import type { EntryStatus, KnownInvoice, KnownPayment, Why } from './rules.ts'

export type BankImport = {
  id: string
  gatewayAccountId: string
  fileName: string
  format: 'camt.053' | 'camt.054' | 'csv'
  entries: number
  known: number
  pending: number
  missingStatements: boolean
  nextMatchAt: Temporal.Instant | null
  by: string
  createdAt: Temporal.Instant
  /** How its entries stand now. */
  booked: number
  waiting: number
}

export type BankEntry = {
  id: string
  gatewayAccountId: string
  importId: string
  entryKey: string
  direction: 'credit' | 'debit'
  reversal: boolean
  currency: string
  amountMinor: bigint
  /** `2026-03-31`. */
  bookedOn: string
  valueOn: string | null
  name: string | null
  iban: string | null
  reference: string | null
  remittance: string
  endToEndId: string | null
  bankRef: string | null
  status: EntryStatus
  why: Why | null
  reason: string | null
  paymentId: string | null
  decidedBy: string | null
  decidedAt: Temporal.Instant | null
  createdAt: Temporal.Instant
}

const importColumns = sql`id, gateway_account_id as "gatewayAccountId", file_name as "fileName", format, entries, known, pending, missing_statements as "missingStatements",
  next_match_at as "nextMatchAt", by, created_at as "createdAt",
  (select count(*)::int from bank_entries e where e.business_id = i.business_id and e.import_id = i.id and e.status = 'booked') as booked,
  (select count(*)::int from bank_entries e where e.business_id = i.business_id and e.import_id = i.id and e.status = 'waiting') as waiting`

export const findImport = (tx: Tx, id: string): Promise<BankImport | null> =>
  maybe(
    tx,
    sql<BankImport>`select ${importColumns} from bank_imports i where business_id = current_business() and id = ${id}`,
  )

export const listImports = (tx: Tx, page: Page): Promise<BankImport[]> =>
  rowsOfPage(
    tx,
    sql<BankImport>`select ${importColumns} from bank_imports i where business_id = current_business()`,
    page,
  )

export const entryColumns = sql`id, gateway_account_id as "gatewayAccountId", import_id as "importId", entry_key as "entryKey", direction, reversal, currency,
  amount_minor as "amountMinor", booked_on::text as "bookedOn", value_on::text as "valueOn", name, iban, reference, remittance, end_to_end_id as "endToEndId",
  bank_ref as "bankRef", status, why, reason, payment_id as "paymentId", decided_by as "decidedBy", decided_at as "decidedAt", created_at as "createdAt"`

export const findEntry = (tx: Tx, id: string): Promise<BankEntry | null> =>
  maybe(
    tx,
    sql<BankEntry>`select ${entryColumns} from bank_entries where business_id = current_business() and id = ${id}`,
  )

export async function lockEntry(tx: Tx, id: string): Promise<BankEntry> {
  const found = await maybe(
    tx,
    sql<BankEntry>`select ${entryColumns} from bank_entries where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such entry.')
  return found
}

export const listEntries = (
  tx: Tx,
  filter: { status?: EntryStatus | undefined; importId?: string | undefined; search?: string | undefined },
  page: Page,
): Promise<BankEntry[]> => {
  const pattern = filter.search ? `%${filter.search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null
  return rowsOfPage(
    tx,
    sql<BankEntry>`select ${entryColumns} from bank_entries where business_id = current_business()
      and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
      and (${filter.importId ?? null}::text is null or import_id = ${filter.importId ?? null})
      and (${pattern}::text is null or lower(coalesce(name, '') || ' ' || coalesce(iban, '') || ' ' || coalesce(reference, '') || ' ' || remittance) like ${pattern})`,
    page,
  )
}

export const countWaiting = async (tx: Tx, gatewayAccountId: string): Promise<number> =>
  (
    await maybe(
      tx,
      sql<{
        n: number
      }>`select count(*)::int as n from bank_entries where business_id = current_business() and gateway_account_id = ${gatewayAccountId} and status = 'waiting'`,
    )
  )?.n ?? 0

/** Payments by their references without spaces. */
export const paymentsReferred = (tx: Tx, references: readonly string[]): Promise<(KnownPayment & { key: string })[]> =>
  references.length === 0
    ? Promise.resolve([])
    : rows(
        tx,
        sql<
          KnownPayment & { key: string }
        >`select id, currency, status, replace(reference, ' ', '') as key from payments
          where business_id = current_business() and reference like 'RF%' and replace(reference, ' ', '') = any(${references}::text[])`,
      )

/** What the numbers of invoices began with, ever. */
export const invoicePrefixes = async (tx: Tx): Promise<string[]> => {
  const found = await rows(
    tx,
    sql<{ series: string }>`select series from invoice_series where business_id = current_business() order by series`,
  )
  return [...new Set(found.map(({ series }) => prefixOf(series)))]
}

/** Invoices by their numbers, `INV-2026/17`. */
export const invoicesNumbered = (
  tx: Tx,
  numbers: readonly { series: string; number: number }[],
): Promise<(KnownInvoice & { key: string })[]> =>
  numbers.length === 0
    ? Promise.resolve([])
    : rows(
        tx,
        sql<KnownInvoice & { key: string }>`select v.id, v.currency, v.status, v.series || '/' || v.number as key
          from unnest(${numbers.map(({ series }) => series)}::text[], ${numbers.map(({ number }) => number)}::int[]) as n (series, number)
          join invoices v on v.business_id = current_business() and v.series = n.series and v.number = n.number`,
      )

export type Suggestion = {
  invoiceId: string
  customerId: string
  customer: string
  openMinor: bigint
  currency: string
  series: string | null
  number: number | null
  status: string
  /** `reference`: it names a payment of this invoice; `payer`: this account paid for this customer before; `amount`: the same sum is open. */
  because: 'reference' | 'payer' | 'amount'
}

const mostSuggestions = 8

/** Invoices that an entry may be meant for, likeliest first. Nothing of this books by itself. */
export const suggestionsFor = (
  tx: Tx,
  entry: Pick<BankEntry, 'iban' | 'currency' | 'amountMinor'>,
  references: readonly string[],
): Promise<Suggestion[]> =>
  rows(
    tx,
    sql<Suggestion>`select s.* from (select distinct on (v.id) v.id as "invoiceId", v.customer_id as "customerId", coalesce(nullif(c.name, ''), c.email) as customer,
        v.total_minor - v.paid_minor as "openMinor", v.currency, v.series, v.number, v.status, f.because, f.place, v.created_at
      from (
        select invoice_id as id, 'reference' as because, 0 as place from payments
        where business_id = current_business() and reference like 'RF%' and replace(reference, ' ', '') = any(${references}::text[])
        union all
        select o.id, 'payer', 1 from invoices o where o.business_id = current_business() and o.status in ('draft', 'open') and o.customer_id in (
          select p.customer_id from bank_entries e join payments p on p.business_id = e.business_id and p.id = e.payment_id
          where e.business_id = current_business() and e.status = 'booked' and e.iban = ${entry.iban}::text)
        union all
        (select o.id, 'amount', 2 from invoices o where o.business_id = current_business() and o.status in ('draft', 'open')
          and o.total_minor - o.paid_minor = ${entry.amountMinor} order by o.created_at limit ${mostSuggestions})) f
      join invoices v on v.business_id = current_business() and v.id = f.id
      join customers c on c.business_id = v.business_id and c.id = v.customer_id
      where v.currency = ${entry.currency}
      order by v.id, f.place) s
      order by s.place, s.created_at, s."invoiceId" limit ${mostSuggestions}`,
  )
