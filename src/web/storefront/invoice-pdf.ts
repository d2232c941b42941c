import { webOf } from '#web/context.ts'
import type { Route } from './+types/invoice-pdf.ts'
import { invoicePdf } from './invoice.server.ts'
import { linked, shopOf } from './shop.server.ts'

export async function loader({ context, params }: Route.LoaderArgs) {
  const shop = await shopOf(webOf(context))
  return invoicePdf(shop, linked(shop, 'invoice', params.token), null)
}
