import { readCreditNote } from '#modules/billing/e-invoice/paper-of.ts'
import { renderPaper } from '#modules/billing/e-invoice/render-paper.ts'
import { read } from '../storefront/shop.server.ts'
import type { Route } from './+types/credit-note-file.ts'
import { meOf, ownInvoice } from './visitor.server.ts'

/** His own credit note, as PDF or in an electronic form. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const me = await meOf(context, request)
  await read(me.shop, async (tx) => ownInvoice(tx, me, (await readCreditNote(tx, params.id)).invoiceId))
  const asked = { kind: 'credit_note', id: params.id, format: params.format } as const
  const file = await renderPaper((work) => read(me.shop, work), me.shop, asked)
  return new Response(file.bytes as Uint8Array<ArrayBuffer>, { headers: file.headers })
}
