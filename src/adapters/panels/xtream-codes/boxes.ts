/**
 * MAG boxes by `stb/create`, `stb/edit` and `stb/info`. A box is found by its address only, as text or in base64; what stands behind it is
 * the panel's. It cannot be deleted: one that we ended is taken up again when its address is sold anew.
 */
import { toText } from '../normalize.ts'
import { type Device, type FoundLine, isOurLine, type LineOwner, type LineRef, type LineSpec } from '../panel.ts'
import {
  type Difference,
  differences,
  foundLine,
  isRow,
  macIn,
  notesWith,
  type Row,
  wantedExpiry,
} from '../xtream-family/row.ts'
import { type Fields, refusal, type XtreamCall } from './call.ts'
import { columns, ended, wordsOf } from './lines.ts'
import type { XtreamCodesSettings } from './settings.ts'

type Read = { row: Row; line: FoundLine }
type BoxSpec = LineSpec & { device: Device }

export function openBoxes(settings: XtreamCodesSettings, call: XtreamCall, now: () => Temporal.Instant) {
  const { refused, unreadable, unsure, afterWriting } = call.trouble

  /** The first of these addresses that the panel knows. Null only after it was asked for each of them. */
  async function at(macs: readonly string[]): Promise<Read | null> {
    for (const mac of macs) {
      const { success, reply } = await call.stb('info', [['mac', mac]])
      if (!success) continue
      const row: Row = isRow(reply.user_info) ? reply.user_info : {}
      // Login, connections and outputs are hidden behind the box: some builds leave them out.
      const line = foundLine({ username: mac, password: '', max_connections: 1, ...row, allowed_outputs: '[]' }, 'UTC')
      if (line === null || macIn(row) !== mac)
        throw unreadable('stb/info: the answer is not the box that was asked for')
      return { row, line: { ...line, ref: `mag:${line.ref}`, mac } }
    }
    return null
  }

  /** One that was ended holds its address for nobody. */
  async function find(device: Device, marker: string): Promise<FoundLine | null> {
    const found = await at([device.mac, ...(device.former ?? [])])
    return found === null || (isClosed(found) && found.line.marker !== marker) ? null : found.line
  }

  async function create(spec: BoxSpec): Promise<FoundLine> {
    const { mac } = spec.device
    const verdict = await call.stb('create', [
      ...columns({
        ...decided(spec, ['mac', 'expiry', 'bouquets', 'enabled']),
        reseller_notes: spec.marker,
        ...(settings.member_id > 0 ? { member_id: String(settings.member_id) } : {}),
      }),
    ])
    const found = await afterWriting('stb/create', () => at([mac]))
    if (verdict.success && !found) throw unsure('stb/create', 'the box is not there when read back')
    if (found && !verdict.success && isClosed(found) && found.line.marker !== spec.marker) return changed(found, spec)
    if (!found || found.line.marker !== spec.marker) throw refusal('stb/create', verdict, [], call.trouble)
    return verdict.success ? verified('stb/create', found, spec) : update(found.line.ref, spec)
  }

  async function update(ref: LineRef, spec: BoxSpec): Promise<FoundLine> {
    const { mac, former = [] } = spec.device
    const current = await at([mac, ...former])
    if (!current) throw refused('not_found', 'stb/info: the box is not on the panel, or its address was changed there')
    if (current.line.ref !== ref || !isOurs(current, spec))
      throw refused('not_ours', `stb/info: ${ref} is not our box any more`)
    return differences(current.line, spec).length === 0 ? current.line : changed(current, spec)
  }

  async function changed({ row, line }: Read, spec: BoxSpec): Promise<FoundLine> {
    const others = wordsOf(row).filter((word) => word !== ended && !(word.startsWith('ref:') && word !== spec.marker))
    const verdict = await call.stb('edit', [
      ...keyOf(line),
      ...columns({
        ...decided(spec, differences(line, spec)),
        reseller_notes: notesWith(spec.marker, others.join(' ')),
      }),
    ])
    if (!verdict.success) throw refusal('stb/edit', verdict, [], call.trouble)
    const after = await afterWriting('stb/edit', () => at([spec.device.mac]))
    if (!after) throw unsure('stb/edit', 'the box is not there when read back')
    return verified('stb/edit', after, spec)
  }

  /** As with lines: switched off, over, and marked for the panel's administrator. */
  async function close(owner: LineOwner & { device: Device }): Promise<void> {
    const { mac, former = [] } = owner.device
    const current = await at([mac, ...former])
    if (!current || isClosed(current)) return
    if (!isOurs(current, owner)) throw refused('not_ours', `stb/info: ${current.line.ref} is not our box any more`)
    const over = now().subtract({ minutes: 1 })
    const notes = notesWith(ended, toText(current.row.reseller_notes) ?? '')
    const fields = { enabled: '0', exp_date: String(Math.floor(over.epochMilliseconds / 1000)), reseller_notes: notes }
    const verdict = await call.stb('edit', [...keyOf(current.line), ...columns(fields)])
    const after = await afterWriting('stb/edit', () => at([current.line.mac ?? mac]))
    if (!after || isClosed(after)) return
    if (!verdict.success) throw refusal('stb/edit', verdict, [], call.trouble)
    throw unsure('stb/edit', 'the box is not switched off', 'not_as_asked')
  }

  const isClosed = ({ row, line }: Read) =>
    !line.enabled &&
    line.expiresAt !== null &&
    Temporal.Instant.compare(line.expiresAt, now()) <= 0 &&
    wordsOf(row).includes(ended)

  function verified(action: string, { line }: Read, spec: BoxSpec): FoundLine {
    const wrong = differences(line, spec)
    if (wrong.length > 0) throw unsure(action, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
    return line
  }

  return { at, find, create, update, close }
}

/** At whatever of its addresses it was found. */
const isOurs = ({ line }: Read, owner: LineOwner & { device: Device }): boolean =>
  isOurLine(line, { username: owner.username, marker: owner.marker, device: { ...owner.device, mac: line.mac ?? '' } })

const keyOf = (line: FoundLine): Fields => [['mac', line.mac ?? '']]

function decided(spec: BoxSpec, which: readonly Difference[]): Record<string, string> {
  const all: Partial<Record<Difference, [string, string]>> = {
    mac: ['mac', spec.device.mac],
    expiry: ['exp_date', String(Math.floor(wantedExpiry(spec).epochMilliseconds / 1000))],
    bouquets: ['bouquet', `[${spec.package.bouquets.join(',')}]`],
    enabled: ['enabled', spec.enabled ? '1' : '0'],
  }
  return Object.fromEntries(which.flatMap((name) => (all[name] ? [all[name]] : [])))
}
