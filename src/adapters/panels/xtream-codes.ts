/**
 * Xtream Codes' API of version 2 (`api.php`), which old panels and their forks still speak. Its traps: no key, so who controls the
 * panel must be proven; no id to look up by, so a line is found only by the very login that it has; nothing can be deleted or listed.
 */

import { withBoxes } from './pairs.ts'
import type { Device, FoundLine, Login, PanelKind } from './panel.ts'
import { openBoxes } from './xtream-codes/boxes.ts'
import { openXtreamCall } from './xtream-codes/call.ts'
import { openLines } from './xtream-codes/lines.ts'
import { openProof } from './xtream-codes/proof.ts'
import { XtreamCodesSettings } from './xtream-codes/settings.ts'
import { connectionDetails } from './xtream-family/viewer.ts'

export { XtreamCodesSettings }

export const xtreamCodes: PanelKind<XtreamCodesSettings> = {
  kind: 'xtream_codes',
  title: 'Xtream Codes',
  settings: XtreamCodesSettings,
  capabilities: {
    absoluteExpiry: true,
    chargesEachExtension: false,
    canList: false,
    canDelete: false,
    canDropConnections: false,
    canRestrict: true,
    findsByLoginOnly: true,
    devices: ['mag'],
    pairs: ['mag'],
  },

  open(settings, { http, now, ownerCode }) {
    const call = openXtreamCall(settings, http)
    const proof = openProof(settings, call, ownerCode)
    const lines = openLines(settings, call, now)
    const boxes = openBoxes(settings, call, now)
    const find = async (logins: readonly Login[]): Promise<FoundLine | null> => (await lines.find(logins))?.line ?? null

    return withBoxes('xtream_codes', {
      async checkConnection() {
        const servers = await call.listServers()
        await proof.show()
        const plural = servers.length === 1 ? 'server' : 'servers'
        return { detail: `The panel answers, with ${servers.length} ${plural}.`, version: null, notes: [] }
      },
      listBouquets: async () => [], // The API has no call for it: their numbers are typed into the package.
      findLine: async (username, marker, password, former = [], device) =>
        device === undefined ? find(loginsOf({ username, password, former })) : boxes.find(known(device), marker),
      async readLine(ref, owner) {
        const line = isBox(owner) ? await boxes.find(known(owner.device), owner.marker) : await find(loginsOf(owner))
        return line?.ref === ref ? line : null
      },
      async createLine(spec) {
        if (isBox(spec)) known(spec.device)
        await proof.once()
        return isBox(spec) ? boxes.create(spec) : lines.create(spec)
      },
      async updateLine(ref, spec) {
        await proof.once()
        return isBox(spec) ? boxes.update(ref, spec) : lines.update(ref, loginsOf(spec), spec)
      },
      async deleteLine(_ref, owner) {
        if (isBox(owner)) {
          await proof.once()
          return boxes.close(owner)
        }
        const logins = loginsOf(owner)
        await proof.once()
        await lines.close(logins)
      },
    })

    /** Of Enigma boxes this API knows nothing. */
    function known(device: Device): Device {
      if (device.kind === 'mag') return device
      throw call.trouble.refused('unsupported', 'stb: this panel makes lines for MAG boxes only')
    }

    /** Every login that the line may have there: the present one first. */
    function loginsOf(
      owner: { username: string; password?: string | undefined; former?: readonly Login[] | undefined } | undefined,
    ): Login[] {
      if (owner?.password === undefined)
        throw call.trouble.refused('unsupported', 'user/info: this panel finds a line only by user name and password')
      return [{ username: owner.username, password: owner.password }, ...(owner.former ?? [])]
    }
  },

  connectionDetails,
}

const isBox = <Owner extends { device?: Device | undefined }>(
  owner: Owner | undefined,
): owner is Owner & { device: Device } => owner?.device !== undefined
