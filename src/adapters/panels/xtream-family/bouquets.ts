/** The panel's bouquets, to choose from. */
import { toInt, toText } from '../normalize.ts'
import { type Call, refusal } from './call.ts'
import { rowsOf } from './row.ts'

/** Without the columns asked for, each bouquet brings its channels: megabytes. */
export async function listBouquets(call: Call): Promise<{ id: number; name: string }[]> {
  const fields = [['show_columns', 'id,bouquet_name,bouquet_order']] as const
  const verdict = await call('get_bouquets', { fields, writes: false, list: true })
  if (!verdict.success) throw refusal(call, 'get_bouquets', verdict)
  const rows = rowsOf(verdict.data)
  if (!rows) throw call.trouble.unreadable('get_bouquets: a success without its list')
  return rows.flatMap((row) => {
    const id = toInt(row.id)
    return id === undefined ? [] : [{ id, name: toText(row.bouquet_name) ?? `Bouquet ${id}` }]
  })
}
