/**
 * XUI One and its relatives that speak its admin API. Its traps: HTTP 200 for every outcome, edits that replace the whole row,
 * searches that find strangers, dates read in somebody's zone, echoes of passwords in failures.
 */
import { ProviderError } from '#platform/errors.ts'
import { toInt, toText } from './normalize.ts'
import type { ConnectionDetails, PanelKind } from './panel.ts'
import { type Call, openCall, refusal } from './xui/call.ts'
import { openChange } from './xui/change.ts'
import { checkConnection } from './xui/check.ts'
import { openLook } from './xui/look.ts'
import { pages } from './xui/pages.ts'
import { type Row, rowsOf } from './xui/row.ts'
import { XuiSettings } from './xui/settings.ts'

export { XuiSettings }

export const xui: PanelKind<XuiSettings> = {
  kind: 'xui',
  title: 'XUI One',
  settings: XuiSettings,
  capabilities: {
    absoluteExpiry: true,
    chargesEachExtension: false,
    canList: true,
    canDelete: true,
    canDropConnections: true,
    canRestrict: true,
  },

  open(settings, { http, log }) {
    const call = openCall(settings, http)
    const look = openLook(call, settings.time_zone)
    const change = openChange(settings, call, look, log)

    return {
      checkConnection: () => checkConnection(settings, call),
      listBouquets: () => listBouquets(call),
      findLine: async (username, marker, password) => (await look.find(username, marker, password))?.line ?? null,
      readLine: async (ref) => (await look.read(ref))?.line ?? null,
      createLine: change.create,
      updateLine: change.update,
      deleteLine: change.remove,
      listLines: look.list,
      dropConnections: (ref) => dropConnections(call, ref),
    }
  },

  connectionDetails(settings, { username, password }): ConnectionDetails {
    const serverUrl = `${settings.viewer_scheme}://${settings.viewer_host}:${settings.viewer_port}`
    const login = `username=${strictly(username)}&password=${strictly(password)}`
    return {
      serverUrl,
      host: settings.viewer_host,
      port: settings.viewer_port,
      username,
      password,
      m3uUrl: `${serverUrl}/get.php?${login}&type=m3u_plus&output=ts`,
      epgUrl: `${serverUrl}/xmltv.php?${login}`,
      portalUrl: null, // For boxes that sign in by their MAC address; a line has a user name.
    }
  },
}

/** Without the columns asked for, each bouquet brings its channels: megabytes. */
async function listBouquets(call: Call): Promise<{ id: number; name: string }[]> {
  const fields = [['show_columns', 'id,bouquet_name,bouquet_order']] as const
  const verdict = await call('get_bouquets', { fields, writes: false, list: true })
  if (!verdict.success) throw refusal('get_bouquets', verdict)
  const rows = rowsOf(verdict.data)
  if (!rows)
    throw new ProviderError('xui', 'unavailable', 'get_bouquets: a success without its list', {
      code: 'answer_unreadable',
    })
  return rows.flatMap((row) => {
    const id = toInt(row.id)
    return id === undefined ? [] : [{ id, name: toText(row.bouquet_name) ?? `Bouquet ${id}` }]
  })
}

/**
 * Filtered on our side too: some builds take `user_id` for the owner. All are read before the first is ended, since the table
 * moves up then. A session that ended by itself meanwhile is no failure.
 */
async function dropConnections(call: Call, ref: string): Promise<void> {
  const sessions: Row[] = []
  for await (const rows of pages(call, 'live_connections', [['user_id', ref]], { limit: 50, key: 'activity_id' })) {
    sessions.push(...rows.filter((each) => toInt(each.user_id) === Number(ref)))
  }
  for (const { activity_id, server_id } of sessions) {
    const fields = Object.entries({ activity_id: toText(activity_id) ?? '', server_id: toText(server_id) ?? '' })
    await call('kill_connection', { fields, writes: true })
  }
}

/** Also what `encodeURIComponent` leaves: mail programs break links at quotes and brackets. */
const strictly = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
