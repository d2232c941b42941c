import { transaction } from '#app.ts'
import { renderPaper } from '#modules/billing/e-invoice/render-paper.ts'
import type { Route } from './+types/paper-file.ts'
import { staffOf } from './guard.server.ts'

/** An invoice or a credit note as a file: for people as PDF, for machines in one of the forms of EN 16931. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const kind = params.id.startsWith('cn_') ? 'credit_note' : 'invoice'
  const file = await renderPaper((work) => transaction(shop, 'read-paper', work), shop, {
    kind,
    id: params.id,
    format: params.format,
  })
  return new Response(file.bytes as Uint8Array<ArrayBuffer>, { headers: file.headers })
}
