/**
 * Boxes that sign in by MAC address, read: each is a device with a hidden line behind it, and two ids. A ref names the device (`mag:311`);
 * in listings `id` is the hidden line's.
 */
import { ProviderError } from '#platform/errors.ts'
import { toInt, toText } from '../normalize.ts'
import type { DeviceKind, FoundLine, LineRef, ListedLine } from '../panel.ts'
import { type Call, refusal } from './call.ts'
import { type Look, type Read, wholeTable } from './look.ts'
import { pages } from './pages.ts'
import { foundLine, isRow, listedLine, macIn, type Row } from './row.ts'

export const deviceKinds = ['mag', 'enigma'] as const satisfies readonly DeviceKind[]

/** What a panel learns of the very box when it signs in. */
export const learnedColumns: Readonly<Record<DeviceKind, readonly string[]>> = {
  mag: ['parent_password', 'sn', 'stb_type', 'image_version', 'hw_version', 'device_id', 'device_id2', 'ver'],
  enigma: ['modem_mac', 'local_ip', 'enigma_version', 'cpu', 'lversion', 'token'],
}

/** What is at that ref: a device of that kind, or a line. */
export const kindOf = (ref: LineRef): 'line' | DeviceKind =>
  deviceKinds.find((kind) => ref.startsWith(`${kind}:`)) ?? 'line'

/** The panel's own number in a ref. */
export const numberIn = (ref: LineRef): string => ref.slice(ref.indexOf(':') + 1)

/** Builds differ in what they call the device's number; `id` is the hidden line's wherever rows hold both. */
function deviceIdOf(kind: DeviceKind, row: Row): string | null {
  const names = kind === 'mag' ? [row.mag_id] : [row.device_id, row.enigma_id, row.e2_id]
  const id = names.map(toInt).find((each) => each !== undefined && each > 0)
  return id === undefined ? null : String(id)
}

/** The device's answer as one row: the hidden line's columns with the box's own. Null when it is no device. */
export function boxOf(kind: DeviceKind, data: unknown, zone: string): Read | null {
  if (!isRow(data) || !isRow(data.user)) return null
  const id = deviceIdOf(kind, data)
  const mac = macIn(data)
  const learned = Object.fromEntries(learnedColumns[kind].map((name) => [name, data[name]]))
  const row: Row = { ...learned, ...data.user, mac, lock_device: data.lock_device }
  const line = foundLine(row, zone)
  if (id === null || mac === null || line === null) return null
  return { row, line: { ...line, ref: `${kind}:${id}`, mac } }
}

export function openBoxes(call: Call, zone: string, kind: DeviceKind): Look {
  const { unreadable } = call.trouble

  async function read(ref: LineRef): Promise<Read | null> {
    const verdict = await call(`get_${kind}`, { fields: [['id', numberIn(ref)]], writes: false })
    if (verdict.word === 'STATUS_FAILURE' && verdict.error === '') return null
    if (!verdict.success) throw refusal(call, `get_${kind}`, verdict)
    const found = boxOf(kind, verdict.data, zone)
    if (found?.line.ref !== ref) throw unreadable(`get_${kind}: the answer is not the box that was asked for`)
    return found
  }

  /** The search finds parts of words: what counts is compared here. Of several with one address, ours first. */
  async function find(mac: string, marker: string): Promise<Read | null> {
    for await (const rows of pages(call, `get_${kind}s`, [['search[value]', mac]], { limit: 50, key: 'id' })) {
      const exact = rows.filter((row) => macIn(row) === mac)
      const row = exact.find((each) => listed(each)?.marker === marker) ?? exact[0]
      const id = row && deviceIdOf(kind, row)
      if (id) return read(`${kind}:${id}`)
    }
    return null
  }

  const listed = (row: Row): ListedLine | null => {
    const mac = macIn(row)
    const id = deviceIdOf(kind, row)
    const line = listedLine({ username: mac, max_connections: 1, ...row }, zone)
    return line === null || mac === null || id === null ? null : { ...line, ref: `${kind}:${id}`, mac }
  }

  /** A key that may not see boxes, or a build without them, has none that we could have made. */
  async function* list(): AsyncGenerator<ListedLine[]> {
    try {
      for await (const rows of pages(call, `get_${kind}s`, [], wholeTable))
        yield rows.flatMap((row) => listed(row) ?? [])
    } catch (error) {
      if (!(error instanceof ProviderError) || !['no_permission', 'unsupported'].includes(error.code)) throw error
    }
  }

  return { read, find, list }
}

/** The number of the line behind a box, by which the panel counts what it plays. */
export const hiddenLineOf = ({ row }: { row: Row; line: FoundLine }): string => toText(row.id) ?? ''
