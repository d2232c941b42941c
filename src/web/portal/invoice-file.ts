import { renderPaper } from '#modules/billing/e-invoice/render-paper.ts'
import { read } from '../storefront/shop.server.ts'
import type { Route } from './+types/invoice-file.ts'
import { meOf, ownInvoice } from './visitor.server.ts'

/** His own invoice in an electronic form. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  const { id } = await read(me.shop, (tx) => ownInvoice(tx, me, params.id))
  const asked = { kind: 'invoice', id, format: params.format } as const
  const file = await renderPaper((work) => read(me.shop, work), me.shop, asked)
  return new Response(file.bytes as Uint8Array<ArrayBuffer>, { headers: file.headers })
}
