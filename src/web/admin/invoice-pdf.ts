import { transaction } from '#app.ts'
import { renderInvoicePdf } from '#modules/billing/document/render-invoice.ts'
import { documentOf } from '#modules/billing/document-of.ts'
import type { Route } from './+types/invoice-pdf.ts'
import { staffOf } from './guard.server.ts'

/** The invoice as its customer gets it. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const document = await transaction(shop, 'read-invoice-document', (tx) => documentOf(tx, shop, params.id))
  const pdf = await renderInvoicePdf(document)
  return new Response(pdf as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="${document.number ?? 'pro-forma'}.pdf"`,
      'cache-control': 'private, no-store',
    },
  })
}
