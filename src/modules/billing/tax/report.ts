/** What was taxed within a period, by country and rate: what a tax return asks for. Reads only. */
import { rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { money, toDecimal } from '#platform/money.ts'
import type { Zone } from '#platform/time.ts'
import type { Basis, TaxDecision } from '../rules/tax.ts'

export type TaxReportRow = Pick<TaxDecision, 'country' | 'region' | 'treatment' | 'scheme' | 'rate'> & {
  currency: string
  /** Less what credit notes took back. */
  netMinor: bigint
  taxMinor: bigint
  /** The same in the money of the state that it is owed to, as each paper states it; those that wait for a rate are counted apart. */
  ownCurrency: string
  ownNetMinor: bigint
  ownTaxMinor: bigint
  waiting: number
  invoices: number
  creditNotes: number
  /** Invoices to consumers under the One-Stop-Shop with fewer than two pieces of evidence that agree. */
  unproved: number
}

export type Period = { name: string; from: Temporal.Instant; until: Temporal.Instant }

/** `2026-03`, `2026-Q1` or `2026`, in the business's zone. Throws `invalid_input` for anything else. */
export function periodOf(name: string, zone: Zone): Period {
  const [, year = '', quarter, month] = /^(20\d{2})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?$/.exec(name) ?? []
  if (year === '')
    throw new Refusal('invalid_input', 'Please check the period.', [
      { pointer: '/query/period', code: 'invalid', detail: 'A period is like 2026-03, 2026-Q1 or 2026.' },
    ])
  const first = month !== undefined ? Number(month) : quarter !== undefined ? Number(quarter) * 3 - 2 : 1
  const months = month !== undefined ? 1 : quarter !== undefined ? 3 : 12
  const starts = Temporal.PlainDate.from({ year: Number(year), month: first, day: 1 })
  const at = (day: Temporal.PlainDate) => day.toZonedDateTime(zone).toInstant()
  return { name, from: at(starts), until: at(starts.add({ months })) }
}

/** The quarter that a day lies in: `2026-Q1`. */
export const quarterOf = (at: Temporal.Instant, zone: Zone): string => {
  const { year, month } = at.toZonedDateTimeISO(zone)
  return `${year}-Q${Math.ceil(month / 3)}`
}

export function taxReport(tx: Tx, { from, until }: Period, basis: Basis): Promise<TaxReportRow[]> {
  const day = basis === 'issued' ? sql`v.issued_at` : sql`v.paid_at`
  // What was taken back unpaid was never paid: by the money, neither its invoice nor its credit note counts.
  const credits = basis === 'issued' ? sql`true` : sql`n.refund_id is not null`
  return rows(
    tx,
    sql<TaxReportRow>`select country, region, treatment, scheme, rate, currency, sum(net)::bigint as "netMinor", sum(tax)::bigint as "taxMinor",
        coalesce(own->>'currency', currency) as "ownCurrency", coalesce(sum(case when own is null then net else sign * (own->>'netMinor')::bigint end), 0)::bigint as "ownNetMinor",
        coalesce(sum(case when own is null then tax else sign * (own->>'taxMinor')::bigint end), 0)::bigint as "ownTaxMinor", count(*) filter (where not own ? 'rate')::int as waiting,
        sum(invoices)::int as invoices, sum(notes)::int as "creditNotes", sum(unproved)::int as unproved from (
        select v.tax->>'country' as country, v.tax->>'region' as region, v.tax->>'treatment' as treatment, v.tax->>'scheme' as scheme, v.tax->>'rate' as rate,
          v.currency, v.net_minor as net, v.tax_minor as tax, v.tax_in as own, 1 as sign, 1 as invoices, 0 as notes,
          case when v.tax->>'scheme' = 'oss' and (select count(*) from jsonb_array_elements(coalesce(v.tax->'evidence', '[]')) e
            where e->>'country' = v.tax->>'buyerCountry') < 2 then 1 else 0 end as unproved
        from invoices v where v.business_id = current_business() and v.tax is not null and ${day} >= ${from} and ${day} < ${until}
        union all
        select v.tax->>'country', v.tax->>'region', v.tax->>'treatment', v.tax->>'scheme', v.tax->>'rate', n.currency, -n.net_minor, -n.tax_minor, n.tax_in, -1, 0, 1, 0
        from credit_notes n join invoices v on v.business_id = n.business_id and v.id = n.invoice_id
        where n.business_id = current_business() and v.tax is not null and n.issued_at >= ${from} and n.issued_at < ${until} and ${credits}
        union all
        -- A refund that counted as done and failed after all: on that day its credit note counts no more.
        select v.tax->>'country', v.tax->>'region', v.tax->>'treatment', v.tax->>'scheme', v.tax->>'rate', n.currency, n.net_minor, n.tax_minor, n.tax_in, 1, 0, -1, 0
        from events f join credit_notes n on n.business_id = f.business_id and n.refund_id = f.subject_id
        join invoices v on v.business_id = n.business_id and v.id = n.invoice_id
        where f.business_id = current_business() and f.type = 'refund.failed' and v.tax is not null and f.at >= ${from} and f.at < ${until}) e
      group by 1, 2, 3, 4, 5, 6, 9 order by scheme nulls last, treatment, country, region, rate, currency, "ownCurrency"`,
  )
}

const head =
  'period,basis,scheme,treatment,country,state,rate,currency,net,tax,own_currency,own_net,own_tax,waiting,invoices,credit_notes,evidence_missing'

/** One row a line; amounts as decimals. Nothing in it is typed by a buyer, so that no cell can be a formula. */
export const taxReportCsv = (period: Period, basis: Basis, report: readonly TaxReportRow[]): string =>
  [
    head,
    ...report.map((row) =>
      [
        period.name,
        basis,
        row.scheme ?? '',
        row.treatment,
        row.country,
        row.region,
        row.rate,
        row.currency,
        toDecimal(money(row.netMinor, row.currency)),
        toDecimal(money(row.taxMinor, row.currency)),
        row.ownCurrency,
        toDecimal(money(row.ownNetMinor, row.ownCurrency)),
        toDecimal(money(row.ownTaxMinor, row.ownCurrency)),
        row.waiting,
        row.invoices,
        row.creditNotes,
        row.unproved,
      ].join(','),
    ),
    '',
  ].join('\r\n')
