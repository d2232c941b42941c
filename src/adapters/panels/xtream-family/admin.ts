/** A panel of this family that is managed with an administrator's key: XUI One and what follows its API. */
import type { DeviceKind, Panel, PanelCapabilities, PanelContext } from '../panel.ts'
import { openChange } from './admin-change.ts'
import { checkConnection } from './admin-check.ts'
import type { AdminSettings } from './admin-settings.ts'
import { listBouquets } from './bouquets.ts'
import { deviceKinds, hiddenLineOf, kindOf, openBoxes } from './boxes.ts'
import { openCall } from './call.ts'
import { openLook } from './look.ts'
import { dropConnections, sessions } from './sessions.ts'

export const adminCapabilities: PanelCapabilities = {
  absoluteExpiry: true,
  chargesEachExtension: false,
  canList: true,
  canResumeList: true,
  canDelete: true,
  canDropConnections: true,
  tellsUsage: true,
  canRestrict: true,
  devices: deviceKinds,
  pairs: deviceKinds,
}

export function openAdmin(provider: string, settings: AdminSettings, { http, log }: PanelContext): Panel {
  const call = openCall(provider, settings, http)
  const look = openLook(call, settings.time_zone)
  const boxes = {
    line: { look, change: openChange(settings, call, look, log) },
    mag: boxesOf('mag'),
    enigma: boxesOf('enigma'),
  }
  const at = (ref: string) => boxes[kindOf(ref)]

  function boxesOf(kind: DeviceKind) {
    const look = openBoxes(call, settings.time_zone, kind)
    return { look, change: openChange(settings, call, look, log, kind) }
  }

  return {
    checkConnection: () => checkConnection(settings, call),
    listBouquets: () => listBouquets(call),
    async findLine(username, marker, password, _former, device) {
      const found = device
        ? await boxes[device.kind].look.find(device.mac, marker)
        : await look.find(username, marker, password)
      return found?.line ?? null
    },
    readLine: async (ref) => (await at(ref).look.read(ref))?.line ?? null,
    createLine: (spec) => boxes[spec.device?.kind ?? 'line'].change.create(spec),
    updateLine: (ref, spec) => at(ref).change.update(ref, spec),
    deleteLine: (ref, owner) => at(ref).change.remove(ref, owner),
    // Boxes are few, and stand behind the lines: they are listed again.
    async *listLines(skip) {
      yield* look.list(skip)
      for (const kind of deviceKinds) yield* boxes[kind].look.list()
    },
    sessions: () => sessions(call),
    async dropConnections(ref) {
      if (kindOf(ref) === 'line') return dropConnections(call, ref)
      const box = await at(ref).look.read(ref)
      if (box) await dropConnections(call, hiddenLineOf(box))
    },
  }
}
