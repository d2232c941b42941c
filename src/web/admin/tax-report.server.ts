/** The tax report that a page or a download asks for. */
import { type Shop, transaction } from '#app.ts'
import { bases } from '#modules/billing/rules/tax.ts'
import { periodOf, quarterOf, taxReport } from '#modules/billing/tax/report.ts'

/** Without a period: the quarter of today. Throws `invalid_input` for one that is none. */
export async function reportAsked(shop: Shop, request: Request) {
  const query = new URL(request.url).searchParams
  const basis = bases.find((each) => each === query.get('basis')) ?? 'issued'
  const period = periodOf(query.get('period')?.trim() || quarterOf(shop.now(), shop.zone), shop.zone)
  return { period, basis, rows: await transaction(shop, 'read-tax-report', (tx) => taxReport(tx, period, basis)) }
}
