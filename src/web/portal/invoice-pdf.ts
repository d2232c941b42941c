import { invoicePdf } from '../storefront/invoice.server.ts'
import { read } from '../storefront/shop.server.ts'
import type { Route } from './+types/invoice-pdf.ts'
import { meOf, ownInvoice } from './visitor.server.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const { id, customerId } = await read(me.shop, (tx) => ownInvoice(tx, me, params.id))
  return invoicePdf(me.shop, id, customerId)
}
