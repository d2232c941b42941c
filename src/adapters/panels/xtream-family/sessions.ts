/** What is playing just now. */
import { toExpiry, toInt, toText } from '../normalize.ts'
import type { Session } from '../panel.ts'
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

/** On the reseller's API `user` means the owner, so nothing is filtered there; what it lists is the account's own. */
export async function* sessions(call: Call): AsyncGenerator<Session[]> {
  for await (const rows of pages(call, 'live_connections', [], { limit: 500, key: 'activity_id' }))
    yield rows.flatMap((row) => sessionOf(row) ?? [])
}

function sessionOf(row: Row): Session | null {
  const username = toText(row.username)
  if (username === null) return null
  const country = toText(row.geoip_country_code)
  return {
    username,
    startedAt: toExpiry(row.date_start, 'UTC') ?? null,
    agent: plain(toText(row.user_agent)),
    country: country !== null && /^[A-Z]{2}$/.test(country) ? country : null,
  }
}

const escapes: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#039;': "'",
}

/** User agents come as PHP escaped them. Once: what a player calls itself may hold an escape of its own. */
const plain = (text: string | null): string | null =>
  text?.replace(/&(?:amp|lt|gt|quot|#039);/g, (each) => escapes[each] ?? each).slice(0, 120) ?? null
