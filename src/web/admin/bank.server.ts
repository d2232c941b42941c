/** What the form with a bank's file sent. */
import { type CsvColumn, csvColumns } from '#adapters/statements/csv.ts'
import type { Shop } from '#app.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { Refusal } from '#platform/errors.ts'

export const csvFields: readonly CsvColumn[] = csvColumns

export async function importFrom(shop: Shop, form: FormData): Promise<string> {
  const file = form.get('file')
  if (!(file instanceof File) || file.size === 0)
    throw new Refusal('invalid_input', 'Please choose a file.', [
      { pointer: '/file', code: 'required', detail: 'Please choose the file that you have from the bank.' },
    ])
  const columns = Object.fromEntries(
    csvColumns.flatMap((name) => {
      const heading = form.get(`column.${name}`)
      return typeof heading === 'string' && heading.trim() !== '' ? [[name, heading.trim().slice(0, 100)]] : []
    }),
  )
  return importStatement(shop, {
    gatewayAccountId: String(form.get('gateway') ?? ''),
    fileName: file.name || 'statement',
    content: decoded(new Uint8Array(await file.arrayBuffer())),
    columns,
  })
}

/** Banks of old write their CSV in Windows-1252; what is no UTF-8 is that. */
function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
