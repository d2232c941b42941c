import { journalCsv } from '#modules/analytics/journal-csv.ts'
import type { Route } from './+types/books-journal.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { staffOf } from './guard.server.ts'

/** Every transfer, oldest first, for the accountant. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const account = new URL(request.url).searchParams.get('account') ?? undefined
  const day = shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().toString()
  return csvAnswer(journalCsv(shop, { account }), `journal-${day}.csv`)
}
