/** The viewer's side: all panels of the family speak the same player API. */
import { z } from 'zod'
import type { ConnectionDetails, ViewerLogin } from '../panel.ts'

/** Fields of the settings form. What customers type in is rarely the address we manage the panel at. */
export const viewerFields = {
  viewer_scheme: z.enum(['http', 'https']).default('http').meta({ title: 'Viewers connect with' }),
  viewer_host: z
    .string()
    .trim()
    .toLowerCase()
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be a host name or IP address, without http:// and path')
    .meta({
      title: 'Host for viewers',
      help: 'What customers type into their device. Often not the management address.',
    }),
  viewer_port: z.coerce.number().int().min(1).max(65_535).default(80).meta({ title: 'Port for viewers' }),
}

export type ViewerSettings = { viewer_scheme: 'http' | 'https'; viewer_host: string; viewer_port: number }

export function connectionDetails(
  settings: ViewerSettings,
  { username, password, device, box, outputs }: ViewerLogin,
): ConnectionDetails {
  const serverUrl = `${settings.viewer_scheme}://${settings.viewer_host}:${settings.viewer_port}`
  const login = `username=${strictly(username)}&password=${strictly(password)}`
  return {
    serverUrl,
    host: settings.viewer_host,
    port: settings.viewer_port,
    username: device ? null : username,
    password: device ? null : password,
    m3uUrl: device ? null : `${serverUrl}/get.php?${login}&type=m3u_plus&output=${playlistOf(outputs)}`,
    epgUrl: device ? null : `${serverUrl}/xmltv.php?${login}`,
    portalUrl: device || box ? `${serverUrl}/c/` : null, // Old firmware wants the slash.
  }
}

/** A list whose links the panel refuses is worth nothing; nearly every player takes a transport stream where the line may have one. */
const playlistOf = (outputs: ViewerLogin['outputs']): 'ts' | 'hls' =>
  outputs?.includes('hls') && !outputs.includes('ts') ? 'hls' : 'ts'

/** Also what `encodeURIComponent` leaves: mail programs break links at quotes and brackets. */
const strictly = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
