/**
 * XUI One and its relatives through a reseller's key. Time is bought by the package: each line and each extension is charged, whoever
 * asks and however often. So what is due is read off the panel every time, and a call that may have been charged is never repeated blindly.
 */
import { openQuotes } from './by-package/quotes.ts'
import type { PanelKind } from './panel.ts'
import { deviceKinds } from './xtream-family/boxes.ts'
import { openCall } from './xtream-family/call.ts'
import { sessions } from './xtream-family/sessions.ts'
import { openSorts } from './xtream-family/sorts.ts'
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
    canSwitchOff: true,
    tellsUsage: true,
    canRestrict: false,
    devices: deviceKinds,
  },

  open(settings, { http, now }) {
    const call = openCall('xui_reseller', settings, http)
    const account = openAccount(call, now)
    const quotes = openQuotes(settings, call.trouble, account, now)
    const { lines } = openSorts(call, settings.time_zone, (look, kind) =>
      openChange(settings, call, look, account, quotes, kind),
    )

    return {
      checkConnection: account.check,
      listBouquets: async () => [], // They come with the package.
      listPackages: account.choices,
      ...lines,
      sessions: () => sessions(call),
      charges: { quote: quotes.next, balance: account.balance, testPackage: account.testPackage },
      differences: quotes.differences,
    }
  },

  connectionDetails,
}
