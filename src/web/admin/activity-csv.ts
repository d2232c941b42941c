import { transaction } from '#app.ts'
import { auditCsv } from '#modules/events/audit-csv.ts'
import { exportEvents } from '#modules/events/queries.ts'
import type { Route } from './+types/activity-csv.ts'
import { filterOf, readActivity } from './activity.server.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { staffOf } from './guard.server.ts'

const most = 50_000

/** What the page of the activity lists, for a spreadsheet. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'audit:see')
  const filter = filterOf(readActivity(request.url), shop)
  const events = await transaction(shop, 'read-activity', (tx) => exportEvents(tx, filter, most))
  return csvAnswer(auditCsv(events) as Uint8Array<ArrayBuffer>, 'activity.csv')
}
