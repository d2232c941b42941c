/** The whole journal as a table, read page by page: its size is nobody's memory. */
import { type Shop, transaction } from '#app.ts'
import { isCurrency, money, toDecimal } from '#platform/money.ts'
import { type BookedTransfer, journalAfter, type TransferFilter } from './books.ts'
import { csvCell } from './csv.ts'

const headings = ['time', 'debit', 'credit', 'amount', 'unit', 'purpose', 'source', 'cause', 'transfer']

const rowOf = (each: BookedTransfer): string =>
  [
    each.at.toString(),
    each.debit,
    each.credit,
    amountOf(each),
    each.unit,
    each.purpose,
    each.source === null ? '' : `${each.source.type} ${each.source.id}`,
    each.cause,
    each.id,
  ]
    .map(csvCell)
    .join(',')

/** Credits are thousandths, shown as a number. A transfer is never below nothing. */
function amountOf({ amount, unit }: BookedTransfer): string {
  if (isCurrency(unit)) return toDecimal(money(amount, unit))
  return `${amount / 1000n}.${String(amount % 1000n).padStart(3, '0')}`
}

const rowsAtOnce = 2_000

/** Oldest first. */
export function journalCsv(shop: Shop, filter: TransferFilter): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let last: string | null = null
  let begun = false
  return new ReadableStream({
    async pull(controller) {
      if (!begun) controller.enqueue(encoder.encode(`${headings.join(',')}\r\n`))
      begun = true
      const found = await transaction(shop, 'read-journal', (tx) => journalAfter(tx, filter, last, rowsAtOnce))
      if (found.length > 0) {
        controller.enqueue(encoder.encode(found.map((each) => `${rowOf(each)}\r\n`).join('')))
        last = found.at(-1)?.id ?? null
      }
      if (found.length < rowsAtOnce) controller.close()
    },
  })
}
