/** What viewers are told, with a seller's own host name in the place of the panel's. Values only. */
import type { ConnectionDetails } from '#adapters/panels/panel.ts'

/** Only addresses at the panel's own host change: what is somewhere else stays there. */
export function atHost(details: ConnectionDetails, host: string): ConnectionDetails {
  const start = `://${details.host}`
  const moved = <Url extends string | null>(url: Url): Url => {
    if (url === null) return url
    const [scheme = '', rest = ''] = [url.slice(0, url.indexOf('://')), url.slice(url.indexOf('://'))]
    const ends = rest.charAt(start.length)
    if (!rest.startsWith(start) || !['', ':', '/', '?'].includes(ends)) return url
    return `${scheme}://${host}${rest.slice(start.length)}` as Url
  }
  return {
    ...details,
    serverUrl: moved(details.serverUrl),
    host,
    m3uUrl: moved(details.m3uUrl),
    epgUrl: moved(details.epgUrl),
    portalUrl: moved(details.portalUrl),
  }
}
