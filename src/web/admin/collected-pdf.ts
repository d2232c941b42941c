import { transaction } from '#app.ts'
import { printStatement } from '#modules/reselling/collecting/paper.ts'
import { linesOfStatement, readStatement, statementNumber } from '#modules/reselling/collecting/statements.ts'
import type { Route } from './+types/collected-pdf.ts'
import { staffOf } from './guard.server.ts'

/** A statement of what was collected, as both sides print it. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const { statement, lines } = await transaction(shop, 'read-reseller-statement', async (tx) => {
    const found = await readStatement(tx, params.id)
    return { statement: found, lines: await linesOfStatement(tx, found) }
  })
  const pdf = await printStatement(statement, lines)
  return new Response(pdf as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="${statementNumber(statement)}.pdf"`,
      'cache-control': 'private, no-store',
    },
  })
}
