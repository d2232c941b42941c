/**
 * Ministra (Stalker) portals, by their REST API of version 1. Its traps: HTTP 200 for failures, "OK" for nothing done, passwords that are
 * never shown, numbers that several accounts share, tariffs that do not exist taken without a word, end dates that only some portals keep.
 * Version 2 is for apps of viewers and has nothing to make accounts with.
 */
import { ProviderError } from '#platform/errors.ts'
import { openAccounts } from './ministra/accounts.ts'
import { openCall, trouble } from './ministra/call.ts'
import { MinistraSettings } from './ministra/settings.ts'
import type { PanelCheck, PanelKind } from './panel.ts'

export { MinistraSettings }

export const ministra: PanelKind<MinistraSettings> = {
  kind: 'ministra',
  title: 'Ministra (Stalker)',
  settings: MinistraSettings,
  capabilities: {
    absoluteExpiry: true,
    chargesEachExtension: false,
    canList: true,
    canDelete: true,
    canDropConnections: false,
    canSwitchOff: true,
    tellsUsage: true,
    hidesPassword: true,
    devices: ['mag'],
    pairs: ['mag'], // An account has both: a login for apps, and the address of a box.
  },

  open(settings, { http }) {
    const call = openCall(settings, http)
    const accounts = openAccounts(settings, call)

    return {
      checkConnection,
      listBouquets: async () => [],
      listPackages: accounts.listTariffs,
      async findLine(username, marker, password, _former, device, box) {
        return (await accounts.find({ username, marker, password, device, box }))?.line ?? null
      },
      readLine: async (ref, owner) => (await accounts.at(ref, owner ?? {}))?.line ?? null,
      createLine: accounts.create,
      updateLine: accounts.update,
      switchOff: accounts.switchOff,
      deleteLine: accounts.remove,
      listLines: accounts.list,
      sessions: accounts.sessions,
      differences: async (found, spec) => accounts.differences(found, spec),
    }

    async function checkConnection(): Promise<PanelCheck> {
      const tariffs = await accounts.listTariffs().catch(explained)
      const plural = tariffs.length === 1 ? 'tariff' : 'tariffs'
      const notes = (await isOpenToAll())
        ? [
            'Anybody may change accounts of this portal: its API asks for no login. Set api_auth_login and api_auth_password in custom.ini.',
          ]
        : []
      if (settings.internal_billing === 'off')
        notes.push(
          'The portal does not end accounts by itself: while Linekeeper is down nobody is switched off. Set enable_internal_billing in custom.ini to change that.',
        )
      return { detail: `The portal answers, with ${tariffs.length} ${plural}.`, version: null, notes }
    }

    /** Without a login in `custom.ini` everybody is let in, whatever he says. */
    async function isOpenToAll(): Promise<boolean> {
      try {
        return (await openCall(settings, http, { anonymous: true })('GET', 'tariffs')).done
      } catch (error) {
        if (error instanceof ProviderError) return false
        throw error
      }
    }
  },

  /** The portal knows no playlists: boxes and apps open it, by their MAC address or with the login. */
  connectionDetails({ viewer_scheme, viewer_host, viewer_port }, { username, password, device }) {
    const usual = viewer_port === (viewer_scheme === 'https' ? 443 : 80)
    const serverUrl = `${viewer_scheme}://${viewer_host}${usual ? '' : `:${viewer_port}`}`
    return {
      serverUrl,
      host: viewer_host,
      port: viewer_port,
      username: device ? null : username,
      password: device ? null : password,
      m3uUrl: null,
      epgUrl: null,
      portalUrl: `${serverUrl}/stalker_portal/c/`,
    }
  },
}

/** A page where the API should be: the address is wrong, or a sign-in page stands before it. */
function explained(error: unknown): never {
  if (error instanceof ProviderError && error.code === 'answer_html')
    throw trouble.unusable('No API under this address, but a web page: check the portal address', 'misconfigured')
  throw error
}
