/** A panel of this family that is managed with an administrator's key: XUI One and what follows its API. */
import type { Panel, PanelCapabilities, PanelContext } from '../panel.ts'
import { openChange } from './admin-change.ts'
import { checkConnection } from './admin-check.ts'
import type { AdminSettings } from './admin-settings.ts'
import { listBouquets } from './bouquets.ts'
import { deviceKinds, hiddenLineOf, kindOf } from './boxes.ts'
import { openCall } from './call.ts'
import { dropConnections, sessions } from './sessions.ts'
import { openSorts } from './sorts.ts'

export const adminCapabilities: PanelCapabilities = {
  absoluteExpiry: true,
  chargesEachExtension: false,
  canList: true,
  canResumeList: true,
  canDelete: true,
  canDropConnections: true,
  canSwitchOff: true,
  tellsUsage: true,
  canRestrict: true,
  devices: deviceKinds,
  pairs: deviceKinds,
}

export function openAdmin(provider: string, settings: AdminSettings, { http, log }: PanelContext): Panel {
  const call = openCall(provider, settings, http)
  const { at, lines } = openSorts(call, settings.time_zone, (look, kind) => openChange(settings, call, look, log, kind))

  return {
    checkConnection: () => checkConnection(settings, call),
    listBouquets: () => listBouquets(call),
    ...lines,
    sessions: () => sessions(call),
    async dropConnections(ref) {
      if (kindOf(ref) === 'line') return dropConnections(call, ref)
      const box = await at(ref).look.read(ref)
      if (box) await dropConnections(call, hiddenLineOf(box))
    },
  }
}
