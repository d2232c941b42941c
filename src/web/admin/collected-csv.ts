import { transaction } from '#app.ts'
import { csvCell } from '#modules/analytics/csv.ts'
import { linesOfStatement, readStatement, statementNumber } from '#modules/reselling/collecting/statements.ts'
import { toDecimal } from '#platform/money.ts'
import type { Route } from './+types/collected-csv.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { staffOf } from './guard.server.ts'

/** The lines of a statement, as a table for a spreadsheet. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const { statement, lines } = await transaction(shop, 'read-reseller-statement', async (tx) => {
    const found = await readStatement(tx, params.id)
    return { statement: found, lines: await linesOfStatement(tx, found) }
  })
  const { currency } = statement
  const decimal = (minor: bigint) => toDecimal({ minor, currency })
  const head = ['at', 'kind', 'about', 'amount', 'kept', 'currency', 'id']
  const rows = lines.map((each) => [
    each.at.toString(),
    each.kind,
    csvCell(each.about),
    decimal(each.amountMinor),
    decimal(each.keptMinor),
    currency,
    each.id,
  ])
  const body = `${[head, ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`
  return csvAnswer(body, `${statementNumber(statement)}.csv`)
}
