/** A panel of this family that is managed with an administrator's key: XUI One and what follows its API. */
import type { Panel, PanelCapabilities, PanelContext } from '../panel.ts'
import { openChange } from './admin-change.ts'
import { checkConnection } from './admin-check.ts'
import type { AdminSettings } from './admin-settings.ts'
import { listBouquets } from './bouquets.ts'
import { openCall } from './call.ts'
import { openLook } from './look.ts'
import { dropConnections, sessions } from './sessions.ts'

export const adminCapabilities: PanelCapabilities = {
  absoluteExpiry: true,
  chargesEachExtension: false,
  canList: true,
  canDelete: true,
  canDropConnections: true,
  tellsUsage: true,
  canRestrict: true,
}

export function openAdmin(provider: string, settings: AdminSettings, { http, log }: PanelContext): Panel {
  const call = openCall(provider, settings, http)
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
    sessions: () => sessions(call),
    dropConnections: (ref) => dropConnections(call, ref),
  }
}
