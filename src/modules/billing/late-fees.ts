/**
 * Fees for paying late, as rows of a customer's next renewal invoice: for each earlier renewal that was paid after its due day, or is open still,
 * what its lateness has cost and was not asked for yet. Nothing for what is disputed, or for a line that staff held back from its end, or for what
 * was due before the business began to ask for fees.
 */
import type { Shop } from '#app.ts'
import { onceIn, rows, sql, type Tx } from '#platform/db.ts'
import { money } from '#platform/money.ts'
import { readSetting } from '../people/settings.ts'
import { lifeSetting } from '../subscriptions/life-settings.ts'
import type { NewItem } from './invoices.ts'
import { type LateInvoice, lateFee } from './rules/late-fee.ts'
import { invoiceNumber } from './rules.ts'

type Late = LateInvoice & { id: string; series: string; number: number; asked: bigint }

/** None where the business asks for no fees, which is how it begins. */
export async function lateFeeItems(
  tx: Tx,
  shop: Shop,
  { customerId, currency }: { customerId: string; currency: string },
  now: Temporal.Instant,
): Promise<NewItem[]> {
  const { late_fees: rule } = await onceIn(tx, 'late_fees', () => readSetting(tx, shop, lifeSetting))
  // An amount is one of the business's own currency.
  if (rule.fee === 'off' || rule.since === null || (rule.fee === 'amount' && currency !== shop.currency)) return []
  const found = await lateInvoices(tx, customerId, currency, Temporal.Instant.from(rule.since), now)
  return found.flatMap(({ id, series, number, asked, ...late }): NewItem[] => {
    const minor = lateFee(rule, late, now) - asked
    if (minor <= 0n) return []
    const description = `Late payment of ${invoiceNumber(series, number)}`
    return [{ kind: 'late_fee', description, amount: money(minor, currency), late: { invoiceId: id, before: asked } }]
  })
}

const lateInvoices = (
  tx: Tx,
  customerId: string,
  currency: string,
  since: Temporal.Instant,
  now: Temporal.Instant,
): Promise<Late[]> =>
  rows(
    tx,
    sql<Late>`select v.id, v.series, v.number, v.due_at as "dueAt", v.paid_at as "paidAt", coalesce(f.asked, 0)::bigint as asked,
        (case when v.tax->>'prices' = 'exclusive' then v.net_minor else v.total_minor end
          - coalesce((select sum(case when v.tax->>'prices' = 'exclusive' then o.net_minor else o.total_minor end) from invoice_items o
            where o.business_id = v.business_id and o.invoice_id = v.id and o.kind = 'late_fee'), 0))::bigint as "baseMinor"
      from invoices v
      left join lateral (select sum(case when w.tax->>'prices' = 'exclusive' then i.net_minor else i.total_minor end) as asked
        from invoice_items i join invoices w on w.business_id = i.business_id and w.id = i.invoice_id
        where i.business_id = v.business_id and i.late_invoice_id = v.id) f on true
      where v.business_id = current_business() and v.customer_id = ${customerId} and v.currency = ${currency} and v.purpose = 'renewal'
        and v.status in ('open', 'paid') and v.issued_at is not null and v.due_at >= ${since} and v.due_at < coalesce(v.paid_at, ${now})
        and not exists (select from payments p join disputes d on d.business_id = p.business_id and d.payment_id = p.id
          where p.business_id = v.business_id and (p.invoice_id = v.id
            or exists (select from payment_invoices w where w.business_id = v.business_id and w.invoice_id = v.id and w.payment_id = p.id)))
        and not exists (select from invoice_items i join subscriptions s on s.business_id = i.business_id and s.id = i.subscription_id
          where i.business_id = v.business_id and i.invoice_id = v.id and s.hold_until > v.due_at)
      order by v.due_at, v.id`,
  )
