import { transaction } from '#app.ts'
import { evidenceOf } from '#modules/billing/disputes/evidence.ts'
import { renderEvidencePdf } from '#modules/billing/disputes/render-evidence.ts'
import type { Route } from './+types/dispute-evidence.ts'
import { staffOf } from './guard.server.ts'

/** What speaks for us, to read and to upload. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const file = await transaction(shop, 'read-evidence', (tx) => evidenceOf(tx, shop, params.id))
  const pdf = await renderEvidencePdf(file)
  return new Response(pdf as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="evidence-${params.id}.pdf"`,
      'cache-control': 'private, no-store',
    },
  })
}
