/**
 * What a customer was asked for, what he paid and what was given back, day by day, and what he owes or has to spend after each. It is read
 * from the invoices and the ledger, so its end is what their books say: open invoices less his balance. Reads only.
 */
import type { Shop } from '#app.ts'
import { rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isCurrency } from '#platform/money.ts'
import type { Zone } from '#platform/time.ts'
import { customerBalance, idOf } from '../../ledger/rules.ts'
import { invoiceNumber } from '../rules.ts'

/** `credit`: what is not owed any more, since its money went back or was kept as balance, or since it was too little to ask for; the two `_undone`: a refund that did not arrive after all. */
export const entryKinds = [
  'invoice',
  'credit_note',
  'payment',
  'voucher',
  'credit',
  'refund',
  'refund_undone',
  'credit_undone',
] as const

export type StatementEntry = {
  at: Temporal.Instant
  kind: (typeof entryKinds)[number]
  /** Of the paper that it is, or that it belongs to. */
  number: string | null
  invoiceId: string | null
  creditNoteId: string | null
  /** How a payment was made. */
  method: { kind: string; brand: string | null; last4: string | null } | null
  /** Above zero: owed more; below: owed less. */
  minor: bigint
  /** What is owed after it; below zero: what the customer has with us. */
  balanceMinor: bigint
}

/** Days of the business's zone, both of them part of it. */
export type StatementPeriod = { from: Temporal.PlainDate; to: Temporal.PlainDate }

export type Statement = StatementPeriod & {
  customerId: string
  currency: string
  openingMinor: bigint
  closingMinor: bigint
  entries: StatementEntry[]
}

export type StatementAsked = { from?: string | undefined; to?: string | undefined; currency?: string | undefined }

/** Left out: this year until today, in the business's currency. Throws `invalid_input`. */
export function periodAsked(asked: StatementAsked, shop: Shop): StatementPeriod & { currency: string } {
  const today = shop.now().toZonedDateTimeISO(shop.zone).toPlainDate()
  const from = asked.from ? dayAsked(asked.from, 'from') : today.with({ month: 1, day: 1 })
  const to = asked.to ? dayAsked(asked.to, 'to') : today
  if (Temporal.PlainDate.compare(from, to) > 0) throw wrong('from', 'It begins after it ends.')
  const currency = asked.currency || shop.currency
  if (!isCurrency(currency)) throw wrong('currency', 'There is no such currency.')
  return { from, to, currency }
}

function dayAsked(text: string, field: 'from' | 'to'): Temporal.PlainDate {
  if (!/^(19|20|21)\d\d-\d\d-\d\d$/.test(text)) throw wrong(field, 'A day is like 2026-03-31.')
  try {
    return Temporal.PlainDate.from(text)
  } catch {
    throw wrong(field, 'There is no such day.')
  }
}

const wrong = (field: string, detail: string) =>
  new Refusal('invalid_input', 'Please check the days of the statement.', [
    { pointer: `/query/${field}`, code: 'invalid', detail },
  ])

/** The currencies in which something was ever asked of him or paid by him. */
export const currenciesOf = async (tx: Tx, customerId: string): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{ currency: string }>`select currency from invoices
          where business_id = current_business() and customer_id = ${customerId} and issued_at is not null
        union select unit from accounts where business_id = current_business() and holder_id = ${customerId} and kind = 'customer' order by 1`,
    )
  ).map(({ currency }) => currency)

/** The caller has asked whether there is such a customer, and whether this reader may see it. */
export async function statementOf(
  tx: Tx,
  zone: Zone,
  customerId: string,
  { from, to, currency }: StatementPeriod & { currency: string },
): Promise<Statement> {
  const begins = from.toZonedDateTime(zone).toInstant()
  const moves = await movesUntil(tx, customerId, currency, to.add({ days: 1 }).toZonedDateTime(zone).toInstant())
  const entries: StatementEntry[] = []
  let owed = 0n
  let openingMinor = 0n
  for (const { series, series_number, ...move } of moves) {
    owed += move.minor
    if (Temporal.Instant.compare(move.at, begins) < 0) openingMinor = owed
    else entries.push({ ...move, number: invoiceNumber(series, series_number), balanceMinor: owed })
  }
  return { customerId, currency, from, to, openingMinor, closingMinor: owed, entries }
}

type Move = Omit<StatementEntry, 'number' | 'balanceMinor'> & { series: string | null; series_number: number | null }

/**
 * An invoice counts when it is issued, one that was taken back until its credit note. Money counts when it comes to the customer's account; what a
 * refund takes out of the sale is a credit, and the money that leaves the house the other half of it.
 */
const movesUntil = (tx: Tx, customerId: string, currency: string, until: Temporal.Instant): Promise<Move[]> => {
  const account = idOf(customerBalance(currency, customerId))
  return rows(
    tx,
    sql<Move>`select at, kind, series, number as series_number, invoice_id as "invoiceId", note_id as "creditNoteId", method, minor from (
        select v.issued_at as at, 1 as place, 'invoice' as kind, v.series, v.number, v.id as invoice_id, null::text as note_id, null::jsonb as method, v.total_minor as minor
        from invoices v
        where v.business_id = current_business() and v.customer_id = ${customerId} and v.currency = ${currency} and v.issued_at is not null
        union all
        select n.issued_at, 2, 'credit_note', n.series, n.number, n.invoice_id, n.id, null, -n.total_minor
        from invoices v join credit_notes n on n.business_id = v.business_id and n.invoice_id = v.id
        where v.business_id = current_business() and v.customer_id = ${customerId} and v.currency = ${currency} and n.refund_id is null
        union all
        select t.at, 3, case when t.purpose in ('voucher', 'voucher_present') then 'voucher' when t.purpose = 'tolerance' then 'credit' else 'payment' end, v.series, v.number, v.id, null, p.method, -t.amount
        from transfers t
        left join payments p on p.business_id = t.business_id and p.id = t.cause_id
        left join allocations a on a.business_id = t.business_id and a.id = t.cause_id and t.purpose = 'tolerance'
        left join invoices v on v.business_id = t.business_id and v.id = coalesce(p.invoice_id, a.invoice_id)
        where t.business_id = current_business() and t.credit_account = ${account} and t.purpose not like 'refund%' and t.purpose <> 'sale_undone'
        union all
        select r.at, case when r.undone then 6 else 4 end, 'credit' || case when r.undone then '_undone' else '' end, coalesce(n.series, r.series), coalesce(n.number, r.number), r.invoice_id, n.id, null,
          case when r.undone then r.credited else -r.credited end
        from (${refunds(customerId, currency)}) r left join credit_notes n on n.business_id = current_business() and n.refund_id = r.id
        where r.credited > 0
        union all
        select r.at, case when r.undone then 7 else 5 end, 'refund' || case when r.undone then '_undone' else '' end, r.series, r.number, r.invoice_id, null, r.method,
          case when r.undone then -r.sent else r.sent end
        from (${refunds(customerId, currency)}) r where r.sent > 0
      ) moves where at < ${until} order by at, place, series, number`,
  )
}

/** Per refund, and per undoing of one: what is owed no more for it, and what left the house. */
const refunds = (
  customerId: string,
  currency: string,
) => sql`select f.id, t.at, t.purpose like '%/failed' as undone, v.id as invoice_id, v.series, v.number, p.method,
    coalesce(sum(t.amount) filter (where t.purpose not like 'refund/balance%'), 0)::bigint as credited,
    coalesce(sum(t.amount) filter (where t.purpose not like 'refund\\_to\\_balance%'), 0)::bigint as sent
  from payments p
  join refunds f on f.business_id = p.business_id and f.payment_id = p.id and f.stray_id is null
  join transfers t on t.business_id = f.business_id and t.cause_id = f.id and t.purpose like 'refund%'
  join invoices v on v.business_id = p.business_id and v.id = coalesce(f.invoice_id, p.invoice_id)
  where p.business_id = current_business() and p.customer_id = ${customerId} and p.currency = ${currency}
  group by f.id, t.at, undone, v.id, v.series, v.number, p.method`
