import { transaction } from '#app.ts'
import { revenueByPeriod, revenueCsv } from '#modules/analytics/revenue.ts'
import { revenueByTenure, tenureCsv } from '#modules/analytics/tenure.ts'
import type { Route } from './+types/revenue-csv.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { staffOf } from './guard.server.ts'
import { asked } from './margin.server.ts'

/** Revenue by month, or by month and tenure, as a table for a spreadsheet. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const { months } = asked(shop, request)
  const byTenure = new URL(request.url).searchParams.get('by') === 'tenure'
  const table = await transaction(shop, 'read-revenue', async (tx) =>
    byTenure
      ? tenureCsv(await revenueByTenure(tx, months, shop.zone))
      : revenueCsv(await revenueByPeriod(tx, months, shop.zone)),
  )
  return csvAnswer(table, `${byTenure ? 'tenure' : 'revenue'}-${months.at(-1)}.csv`)
}
