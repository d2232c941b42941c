/** A TV login as labeled values, in the order in which people type them. */
import type { ConnectionDetails } from '#adapters/panels/panel.ts'

export type LoginField = {
  key: 'server' | 'port' | 'username' | 'password' | 'm3u' | 'epg' | 'portal' | 'mac'
  value: string
}

export const loginFields = (login: ConnectionDetails, mac: string | null): LoginField[] => {
  const fields: [LoginField['key'], string | null][] = [
    ['mac', mac],
    ['portal', login.portalUrl],
    // A box knows its portal, and nothing else.
    ['server', login.username === null ? null : login.serverUrl],
    ['port', login.username === null ? null : String(login.port)],
    ['username', login.username],
    ['password', login.password],
    ['m3u', login.m3uUrl],
    ['epg', login.epgUrl],
  ]
  return fields.flatMap(([key, value]) => (value === null ? [] : [{ key, value }]))
}
