/**
 * A login and a box sold as one, on panels that keep them as two rows: the line, and a device with a line behind it. Both carry the same
 * marker, and each call brings both to what is wanted. The ref is the line's; the box is found by its address and proven by the marker.
 */
import { ProviderError } from '#platform/errors.ts'
import type { Device, FoundLine, LineOwner, LineSpec, Panel } from './panel.ts'

/** Stands before the ref of a box whose line is gone from the panel. */
const alone = 'alone/'

/** Whether only the box of the two is there. */
export const isBoxAlone = ({ ref }: Pick<FoundLine, 'ref'>): boolean => ref.startsWith(alone)

export function withBoxes(provider: string, panel: Panel): Panel {
  return {
    ...panel,
    async findLine(username, marker, password, former, device, box) {
      const line = await panel.findLine(username, marker, password, former, device)
      return box === undefined ? line : joined(line, (await look(box, marker)).ours)
    },
    async readLine(ref, owner) {
      if (owner?.box === undefined) return panel.readLine(ref, owner)
      const line = isBoxAlone({ ref }) ? null : await panel.readLine(ref, loginOf(owner))
      return line && joined(line, (await look(owner.box, owner.marker)).ours)
    },
    async createLine(spec) {
      if (spec.box === undefined) return panel.createLine(spec)
      // Somebody else's address is told before anything is made.
      await lookForOurs(spec.box, spec.marker)
      return besideBox(await panel.createLine(loginOf(spec)), spec, spec.box)
    },
    async updateLine(ref, spec) {
      if (spec.box === undefined) return panel.updateLine(ref, spec)
      const login = loginOf(spec)
      const line = isBoxAlone({ ref }) ? await panel.createLine(login) : await panel.updateLine(ref, login)
      return besideBox(line, spec, spec.box)
    },
    /** The box first: while the line is there, both are found again. */
    async deleteLine(ref, owner) {
      if (owner?.box === undefined) return panel.deleteLine(ref, owner)
      const { ours } = await look(owner.box, owner.marker)
      if (ours !== null) await panel.deleteLine(ours.ref, { ...loginOf(owner), device: owner.box })
      if (!isBoxAlone({ ref })) await panel.deleteLine(ref, loginOf(owner))
    },
  }

  async function besideBox(line: FoundLine, spec: LineSpec, box: Device): Promise<FoundLine> {
    const wanted = { ...loginOf(spec), device: { ...box, coupledTo: line.ref }, maxConnections: 1 }
    const ours = await lookForOurs(box, spec.marker)
    return joined(line, ours === null ? await panel.createLine(wanted) : await panel.updateLine(ours.ref, wanted))
  }

  async function lookForOurs(box: Device, marker: string): Promise<FoundLine | null> {
    const { ours, holder } = await look(box, marker)
    if (holder === null || holder === ours) return ours
    throw new ProviderError(
      provider,
      'rejected',
      `A box with the MAC address ${box.mac} belongs to somebody else on this panel.`,
      { code: 'mac_taken' },
    )
  }

  /** `holder` has the present address. Ours may still have a former one. */
  async function look({ kind, mac, former = [] }: Device, marker: string) {
    const at = (each: string) => panel.findLine('', marker, undefined, [], { kind, mac: each })
    const isOurs = (found: FoundLine | null) => found?.marker === marker
    const holder = await at(mac)
    if (isOurs(holder)) return { ours: holder, holder }
    for (const each of former) {
      const found = await at(each)
      if (isOurs(found)) return { ours: found, holder }
    }
    return { ours: null, holder }
  }
}

const loginOf = <Whose extends LineSpec | LineOwner>(whose: Whose): Whose => ({ ...whose, box: undefined })

function joined(line: FoundLine, box: FoundLine | null): FoundLine
function joined(line: FoundLine | null, box: FoundLine | null): FoundLine | null
function joined(line: FoundLine | null, box: FoundLine | null): FoundLine | null {
  if (box === null) return line && { ...line, mac: null, beside: null }
  const { ref, enabled, banned, expiresAt, bouquets, mac = null } = box
  const beside = { ref, enabled, banned, expiresAt, bouquets, mac: mac ?? '' }
  if (line !== null) return { ...line, mac, beside }
  return { ...box, ref: `${alone}${ref}`, username: '', password: '', beside }
}
