/**
 * XUI One and its relatives through a reseller's key. Time is bought by the package: each line and each extension is charged, whoever
 * asks and however often. So what is due is read off the panel every time, and a call that may have been charged is never repeated blindly.
 */
import { openQuotes } from './by-package/quotes.ts'
import type { DeviceKind, LineRef, PanelKind } from './panel.ts'
import { deviceKinds, kindOf, openBoxes } from './xtream-family/boxes.ts'
import { openCall } from './xtream-family/call.ts'
import { openLook } from './xtream-family/look.ts'
import { sessions } from './xtream-family/sessions.ts'
import { connectionDetails } from './xtream-family/viewer.ts'
import { openAccount } from './xui-reseller/account.ts'
import { openChange } from './xui-reseller/change.ts'
import { XuiResellerSettings } from './xui-reseller/settings.ts'

export { XuiResellerSettings }

export const xuiReseller: PanelKind<XuiResellerSettings> = {
  kind: 'xui_reseller',
  title: 'XUI One (reseller)',
  settings: XuiResellerSettings,
  capabilities: {
    absoluteExpiry: false,
    chargesEachExtension: true,
    canList: true,
    canResumeList: true,
    canDelete: true,
    canDropConnections: false,
    tellsUsage: true,
    canRestrict: false,
    devices: deviceKinds,
  },

  open(settings, { http, now }) {
    const call = openCall('xui_reseller', settings, http)
    const look = openLook(call, settings.time_zone)
    const account = openAccount(call, now)
    const quotes = openQuotes(settings, call.trouble, account, now)
    const boxes = {
      line: { look, change: openChange(settings, call, look, account, quotes) },
      mag: boxesOf('mag'),
      enigma: boxesOf('enigma'),
    }
    const at = (ref: LineRef) => boxes[kindOf(ref)]

    function boxesOf(kind: DeviceKind) {
      const look = openBoxes(call, settings.time_zone, kind)
      return { look, change: openChange(settings, call, look, account, quotes, kind) }
    }

    return {
      checkConnection: account.check,
      listBouquets: async () => [], // They come with the package.
      listPackages: account.choices,
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
      charges: { quote: quotes.next, balance: account.balance, testPackage: account.testPackage },
      differences: quotes.differences,
    }
  },

  connectionDetails,
}
