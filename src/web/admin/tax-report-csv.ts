import { taxReportCsv } from '#modules/billing/tax/report.ts'
import type { Route } from './+types/tax-report-csv.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { staffOf } from './guard.server.ts'
import { reportAsked } from './tax-report.server.ts'

/** The report as a table for a spreadsheet. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const { period, basis, rows } = await reportAsked(shop, request)
  return csvAnswer(taxReportCsv(period, basis, rows), `tax-${period.name}.csv`)
}
