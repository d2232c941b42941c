/**
 * The tax of an invoice in the money of the state that it is owed to. It is stated when the invoice is issued, at the rate of that day, and never
 * again. An invoice whose money is here must have its number whether a rate is known or not: then it is issued without, says so, staff are told,
 * and the first rate of its day that becomes known fills it in, once (docs/decisions/0083).
 */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx, table } from '#platform/db.ts'
import { money } from '#platform/money.ts'
import { dateOf } from '#platform/time.ts'
import { rateOfDay, wantRates } from '../../catalog/exchange.ts'
import { raise, settle } from '../../people/attention.ts'
import type { Invoice } from '../queries.ts'
import { isStated, moneyOfReturn, statedAt, type TaxIn, takenBackAt } from '../rules/tax-currency.ts'
import { taxRules } from './settings.ts'

export type Taxable = Pick<Invoice, 'currency' | 'tax' | 'netMinor' | 'taxMinor'>

/** Null: the invoice is in that money itself, or says nothing of tax. */
async function otherMoney(
  tx: Tx,
  shop: Shop,
  { currency, tax }: Pick<Taxable, 'currency' | 'tax'>,
): Promise<string | null> {
  if (tax === null) return null
  const to = moneyOfReturn(await taxRules(tx, shop), tax)
  return to === currency ? null : to
}

/** So that a rate is there by the time that it is paid. */
export async function wantRatesFor(
  tx: Tx,
  shop: Shop,
  invoice: Pick<Taxable, 'currency' | 'tax'>,
  now: Temporal.Instant,
): Promise<void> {
  if ((await otherMoney(tx, shop, invoice)) !== null) await wantRates(tx, shop, now)
}

/** As it is on the day on which the invoice is issued. */
export async function stateTax(tx: Tx, shop: Shop, invoice: Taxable, now: Temporal.Instant): Promise<TaxIn | null> {
  const to = await otherMoney(tx, shop, invoice)
  if (to === null) return null
  const rate = await rateOfDay(tx, shop, { from: invoice.currency, to, day: dateOf(now, shop.zone) })
  if (rate !== null) return statedAt(to, rate, sumsOf(invoice))
  await wantRates(tx, shop, now)
  await tell(tx, shop, invoice.currency, to, now)
  return { currency: to }
}

const sumsOf = ({ netMinor, taxMinor, currency }: Pick<Taxable, 'netMinor' | 'taxMinor' | 'currency'>) => ({
  net: money(netMinor, currency),
  tax: money(taxMinor, currency),
})

const kind = 'tax_rate_missing'

const tell = (tx: Tx, shop: Shop, from: string, to: string, now: Temporal.Instant) =>
  raise(
    tx,
    shop,
    {
      kind,
      subjectType: 'business',
      subjectId: shop.businessId,
      title: `Invoices in ${from} wait for an exchange rate: their tax must be stated in ${to}`,
      detail:
        'They have their number and say that the sum follows; they are not given out as electronic invoices until then. It is filled in as soon as the rate of their day is known. If the source does not tell it, enter the rate of that day under Settings, Currencies.',
      severity: 'warn',
    },
    now,
  )

type Waiting = Taxable & { id: string; taxIn: TaxIn; issuedAt: Temporal.Instant }
const atOnce = 200

/** Fills in what waits for a rate, each once and for good, with the credit notes over it. Safe to repeat; what still has no rate goes on waiting. */
export async function completeTax(shop: Shop): Promise<void> {
  for (let after = ''; ; ) {
    const last = await transaction(shop, 'complete-tax', async (tx) => {
      const waiting = await rows(
        tx,
        sql<Waiting>`select id, currency, tax, net_minor as "netMinor", tax_minor as "taxMinor", tax_in as "taxIn", issued_at as "issuedAt" from invoices
          where business_id = current_business() and tax_in is not null and not tax_in ? 'rate' and id > ${after} order by id limit ${atOnce} for update`,
      )
      for (const invoice of waiting) await complete(tx, shop, invoice)
      if (waiting.length < atOnce) await settleWhenDone(tx, shop)
      return waiting.length < atOnce ? null : (waiting.at(-1)?.id ?? null)
    })
    if (last === null) return
    after = last
  }
}

async function complete(tx: Tx, shop: Shop, invoice: Waiting): Promise<void> {
  const { id, currency, taxIn, issuedAt } = invoice
  const to = taxIn.currency
  const rate = await rateOfDay(tx, shop, { from: currency, to, day: dateOf(issuedAt, shop.zone) })
  if (rate === null) return
  const stated = statedAt(to, rate, sumsOf(invoice))
  await run(
    tx,
    sql`update invoices set tax_in = ${stated}::jsonb, version = version + 1 where business_id = current_business() and id = ${id}`,
  )
  await completeNotes(tx, { id, currency, taxIn: stated })
}

type Note = { id: string; netMinor: bigint; taxMinor: bigint; failed: boolean }

async function completeNotes(tx: Tx, { id, currency, taxIn }: { id: string; currency: string; taxIn: TaxIn }) {
  const notes = await rows(
    tx,
    sql<Note>`select n.id, n.net_minor as "netMinor", n.tax_minor as "taxMinor", coalesce(r.status <> 'succeeded', false) as failed from credit_notes n
      left join refunds r on r.business_id = n.business_id and r.id = n.refund_id
      where n.business_id = current_business() and n.invoice_id = ${id} order by n.issued_at, n.number`,
  )
  let before = sumsOf({ netMinor: 0n, taxMinor: 0n, currency })
  const filled: { id: string; taxIn: TaxIn }[] = []
  for (const note of notes) {
    filled.push({ id: note.id, taxIn: takenBackAt(taxIn, before, sumsOf({ ...note, currency })) })
    if (note.failed) continue
    before = sumsOf({
      netMinor: before.net.minor + note.netMinor,
      taxMinor: before.tax.minor + note.taxMinor,
      currency,
    })
  }
  if (filled.length === 0) return
  await run(
    tx,
    sql`update credit_notes n set tax_in = f.tax_in from ${table('f', filled, [
      ['id', 'text', (each) => each.id],
      ['tax_in', 'jsonb', (each) => each.taxIn],
    ])} where n.business_id = current_business() and n.id = f.id`,
  )
}

async function settleWhenDone(tx: Tx, shop: Shop): Promise<void> {
  const left = await rows(
    tx,
    sql`select id from invoices where business_id = current_business() and tax_in is not null and not tax_in ? 'rate' limit 1`,
  )
  if (left.length === 0) await settle(tx, kind, shop.businessId, 'system', shop.now())
}

/** What a credit note that is about to be written takes back of what its invoice states. The caller holds the invoice. */
export async function taxTakenBack(
  tx: Tx,
  { id, currency, taxIn }: Pick<Invoice, 'id' | 'currency' | 'taxIn'>,
  note: { netMinor: bigint; taxMinor: bigint },
): Promise<TaxIn | null> {
  if (taxIn === null || !isStated(taxIn)) return taxIn
  const [before] = await rows(
    tx,
    sql<{
      netMinor: bigint
      taxMinor: bigint
    }>`select coalesce(sum(n.net_minor), 0)::bigint as "netMinor", coalesce(sum(n.tax_minor), 0)::bigint as "taxMinor" from credit_notes n
      left join refunds r on r.business_id = n.business_id and r.id = n.refund_id
      where n.business_id = current_business() and n.invoice_id = ${id} and (n.refund_id is null or r.status = 'succeeded')`,
  )
  return takenBackAt(
    taxIn,
    sumsOf({ ...(before ?? { netMinor: 0n, taxMinor: 0n }), currency }),
    sumsOf({ ...note, currency }),
  )
}
