import { statementPdf } from '#web/statement.server.ts'
import { read } from '../storefront/shop.server.ts'
import type { Route } from './+types/statement-pdf.ts'
import { meOf } from './visitor.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop, customerId } = await meOf(context, request)
  return statementPdf((work) => read(shop, work), shop, customerId, request.url)
}
