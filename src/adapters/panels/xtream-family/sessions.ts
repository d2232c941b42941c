/** What is playing on a line just now. */
import { toInt, toText } from '../normalize.ts'
import type { Call } from './call.ts'
import { pages } from './pages.ts'
import type { Row } from './row.ts'

/**
 * Filtered on our side too: some builds take `user_id` for the owner. All are read before the first is ended, since the table
 * moves up then. A session that ended by itself meanwhile is no failure.
 */
export async function dropConnections(call: Call, ref: string): Promise<void> {
  const sessions: Row[] = []
  for await (const rows of pages(call, 'live_connections', [['user_id', ref]], { limit: 50, key: 'activity_id' })) {
    sessions.push(...rows.filter((each) => toInt(each.user_id) === Number(ref)))
  }
  for (const { activity_id, server_id } of sessions) {
    const fields = Object.entries({ activity_id: toText(activity_id) ?? '', server_id: toText(server_id) ?? '' })
    await call('kill_connection', { fields, writes: true })
  }
}
