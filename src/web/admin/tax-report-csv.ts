import { taxReportCsv } from '#modules/billing/tax/report.ts'
import type { Route } from './+types/tax-report-csv.ts'
import { staffOf } from './guard.server.ts'
import { reportAsked } from './tax-report.server.ts'

/** The report as a table for a spreadsheet. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const { period, basis, rows } = await reportAsked(shop, request)
  return new Response(taxReportCsv(period, basis, rows), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="tax-${period.name}.csv"`,
      'cache-control': 'private, no-store',
    },
  })
}
