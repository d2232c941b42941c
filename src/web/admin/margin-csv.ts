import { transaction } from '#app.ts'
import { marginByPlan, marginCsv } from '#modules/analytics/margin.ts'
import type { Route } from './+types/margin-csv.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { staffOf } from './guard.server.ts'
import { asked } from './margin.server.ts'

/** By month and plan, as a table for a spreadsheet. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const { months } = asked(shop, request)
  const rows = await transaction(shop, 'read-margin', (tx) => marginByPlan(tx, months, shop.zone))
  return csvAnswer(marginCsv(rows), `margin-${months.at(-1)}.csv`)
}
