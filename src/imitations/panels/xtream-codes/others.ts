/** What else the API answers: servers, panel users, streams. */
import type { Panel } from '../xtream-family/panel.ts'
import { apiUser, channels, server } from '../xtream-family/seed.ts'
import type { Calls } from './lines.ts'

export function otherCalls(panel: Panel): Calls {
  const ids = channels.map(({ id }) => id)
  return {
    server_list: () => [server],
    reg_user_list: () => [{ ...apiUser, email: 'admin@panel.example', group_id: 1, credits: 0 }],
    stream_list: () => ids,
    stream_online: () => [...new Set([...panel.connections.values()].map((each) => each.stream_id))],
    stream_offline: () => [],
  }
}
