/** A TV login as labeled values, in the order in which people type them. */
import type { ConnectionDetails } from '#adapters/panels/panel.ts'

export type LoginField = {
  key: 'server' | 'port' | 'username' | 'password' | 'm3u' | 'epg' | 'portal' | 'mac'
  value: string
}

export const loginFields = (login: ConnectionDetails, mac: string | null): LoginField[] => {
  const fields: [LoginField['key'], string | null][] = [
    ['mac', mac],
    ['portal', mac === null ? null : login.portalUrl],
    ['server', login.serverUrl],
    ['port', String(login.port)],
    ['username', login.username],
    ['password', login.password],
    ['m3u', login.m3uUrl],
    ['epg', login.epgUrl],
  ]
  return fields.flatMap(([key, value]) => (value === null ? [] : [{ key, value }]))
}
