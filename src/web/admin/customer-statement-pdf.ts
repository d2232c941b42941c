import { transaction } from '#app.ts'
import { statementPdf } from '#web/statement.server.ts'
import type { Route } from './+types/customer-statement-pdf.ts'
import { staffOf } from './guard.server.ts'

/** The statement as its customer gets it. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  return statementPdf((work) => transaction(shop, 'read-statement', work), shop, params.id, request.url)
}
