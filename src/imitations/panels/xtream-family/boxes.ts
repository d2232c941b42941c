/**
 * Boxes that sign in by MAC address: each is a device with a hidden line behind it. MAG and Enigma boxes have tables of their own, which
 * look alike. An answer to `create_enigma` shows the MAG box of that number, as builds of XC_VM do.
 */
import type { Kit, Shelf } from '../../kit.ts'
import type { Actions, Reply } from './access-code.ts'
import { died, isRefused, type LineRow, rowFrom } from './line.ts'
import type { Panel } from './panel.ts'
import { type Params, paramsOf } from './params.ts'
import { columnsOf, pageOf } from './tables.ts'

export type Device = { id: number; user_id: number; mac: string; lock_device: number; sn: string }

const success = (data: unknown) => ({ status: 'STATUS_SUCCESS', data })
const failure = { status: 'STATUS_FAILURE' }

export const tables = {
  mag: { idName: 'mag_id', flag: 'is_mag', first: 311 },
  enigma: { idName: 'device_id', flag: 'is_e2', first: 77 },
} as const
export type Kind = keyof typeof tables
const kinds = Object.keys(tables) as Kind[]

export function openDevices(kit: Kit) {
  const shelves: Record<Kind, Shelf<Device>> = { mag: kit.store.shelf('mags'), enigma: kit.store.shelf('enigmas') }
  return {
    ...shelves,
    /** Stored as sent, compared as text. */
    withMac: (mac: string) => kinds.flatMap((kind) => [...shelves[kind].values()]).find((each) => each.mac === mac),
    behind: (line: LineRow) =>
      kinds.flatMap((kind) => [...shelves[kind].values()]).find((each) => each.user_id === line.id),
    /** The device whose hidden line it is goes with it. */
    forget(line: LineRow) {
      for (const kind of kinds)
        for (const { id, user_id } of [...shelves[kind].values()]) if (user_id === line.id) shelves[kind].delete(id)
    },
  }
}

/** Whose boxes a key lists and reads, and which it may switch and delete, by the line behind each. */
type Reach = { lists(line: LineRow): boolean; switches(line: LineRow): boolean }
const everyones: Reach = { lists: () => true, switches: () => true }

export function boxActions(kit: Kit, panel: Panel, pageCap: number, reach: Reach = everyones): Actions {
  return Object.assign({}, ...kinds.map((kind) => actionsFor(kit, panel, pageCap, kind, reach)))
}

/** A device as its answers show it. */
export const shownBox = (panel: Panel, kind: Kind, device: Device, user: LineRow) => ({
  [tables[kind].idName]: device.id,
  user_id: device.user_id,
  mac: device.mac,
  stb_type: '',
  sn: device.sn,
  lock_device: device.lock_device,
  user,
  paired: user.pair_id === null ? null : (panel.lines.get(user.pair_id) ?? null),
})

/** What `create_enigma` answers: the MAG box of that number. */
export function strangerOf(panel: Panel, id: number) {
  const stranger = panel.devices.mag.get(id)
  const user = stranger && panel.lines.get(stranger.user_id)
  return stranger && user ? { mag_id: stranger.id, ...stranger, user } : null
}

function actionsFor(kit: Kit, panel: Panel, pageCap: number, kind: Kind, reach: Reach): Actions {
  const { idName, flag, first } = tables[kind]
  const shelf = panel.devices[kind]
  const forgets = (action: string) => kit.faults.strikes('forget_line', action)

  const shown = (device: Device, user: LineRow) => shownBox(panel, kind, device, user)

  /** The hidden line: whatever is sent, its login stays, it is one connection, and outputs are the usual two. */
  function hiddenLine(params: Params, old: LineRow | null): LineRow | { status: string } | typeof died {
    const login = { username: old?.username ?? hidden(), password: old?.password ?? hidden() }
    const fixed = Object.entries({ ...login, max_connections: '1' })
    const sent = Object.entries(params.echo()).flatMap(([name, value]): [string, string][] =>
      Array.isArray(value) ? value.map((each) => [`${name}[]`, each]) : [[name, value]],
    )
    const outputs: [string, string][] = ['1', '2'].map((each) => ['access_output[]', each])
    const own = new Set(['username', 'password', 'max_connections', 'access_output[]'])
    const kept = sent.filter(([name]) => !own.has(name))
    const row = rowFrom(paramsOf([...kept, ...fixed, ...outputs]), old, panel.build, kit.now())
    return row === died || isRefused(row) ? row : { ...row, [flag]: 1 }
  }

  function store(action: string, params: Params, old: Device | null): Reply {
    const mac = params.get('mac') ?? ''
    if (mac === '') return { status: 'STATUS_INVALID_INPUT', data: params.echo() }
    if (!/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(mac))
      return { status: 'STATUS_INVALID_MAC', data: params.echo() }
    const holder = panel.devices.withMac(mac)
    if (holder && (old === null || holder.user_id !== old.user_id))
      return { status: 'STATUS_EXISTS_MAC', data: params.echo() }
    const row = hiddenLine(params, old && (panel.lines.get(old.user_id) ?? null))
    if (row === died) return died
    if (isRefused(row)) return { status: row.status, data: params.echo() }
    const user = row as LineRow
    const device = old ?? { id: kit.store.next(kind, first), user_id: panel.nextLineId(), mac, lock_device: 0, sn: '' }
    const next = {
      ...device,
      mac,
      lock_device: params.int('lock_device', 0) ? 1 : 0,
      sn: device.mac === mac ? device.sn : '',
    }
    if (forgets(action)) return success(shown(next, { ...user, id: next.user_id }))
    const saved = panel.save({ ...user, id: next.user_id })
    shelf.put(next.id, next)
    kit.did(action, { id: next.id, username: saved.username })
    if (kind === 'mag' || old !== null) return success(shown(next, saved))
    return success(strangerOf(panel, next.id))
  }

  function change(action: string, fields: Partial<LineRow>) {
    return (params: Params): Reply => {
      const device = shelf.get(params.int('id', 0))
      const line = device && panel.lines.get(device.user_id)
      if (!device || !line || !reach.switches(line)) return failure
      if (forgets(action)) return { status: 'STATUS_SUCCESS' }
      panel.save({ ...line, ...fields })
      if (fields.enabled === 0) panel.cutOff(line)
      kit.did(action, { id: device.id, username: line.username })
      return { status: 'STATUS_SUCCESS' }
    }
  }

  return {
    [`get_${kind}s`](params: Params) {
      const wanted = (params.get('search[value]') ?? '').toLowerCase()
      const found = [...shelf.values()].flatMap((device) => {
        const line = panel.lines.get(device.user_id)
        const text = `${device.mac} ${line?.reseller_notes ?? ''} ${line?.admin_notes ?? ''}`.toLowerCase()
        return line && reach.lists(line) && text.includes(wanted) ? [{ device, line }] : []
      })
      const page = pageOf(found, shelf.size, params, pageCap)
      const rows = page.rows.map(({ device, line }) =>
        columnsOf(
          {
            // Here `id` is the hidden line's.
            ...{
              id: line.id,
              [idName]: device.id,
              mac: device.mac,
              member_id: line.member_id,
              username: line.username,
            },
            ...{ exp_date: line.exp_date, admin_enabled: line.admin_enabled, enabled: line.enabled },
            ...{ is_trial: line.is_trial, admin_notes: line.admin_notes, reseller_notes: line.reseller_notes },
            active_connections: panel.watching(line).length,
          },
          params,
        ),
      )
      return { ...success(rows), recordsTotal: page.total, recordsFiltered: page.filtered }
    },
    [`get_${kind}`](params: Params) {
      const device = shelf.get(params.int('id', 0))
      const line = device && panel.lines.get(device.user_id)
      return device && line && reach.lists(line) ? success(shown(device, line)) : failure
    },
    [`create_${kind}`]: (params: Params) => store(`create_${kind}`, params, null),
    [`edit_${kind}`](params: Params) {
      const device = shelf.get(params.int('id', 0))
      return device ? store(`edit_${kind}`, params, device) : failure
    },
    [`delete_${kind}`](params: Params) {
      const device = shelf.get(params.int('id', 0))
      const line = device && panel.lines.get(device.user_id)
      if (!device || !line || !reach.switches(line)) return failure
      if (forgets(`delete_${kind}`)) return { status: 'STATUS_SUCCESS' }
      shelf.delete(device.id)
      panel.remove(line)
      panel.cutOff(line)
      kit.did(`delete_${kind}`, { id: device.id, username: line.username })
      return { status: 'STATUS_SUCCESS' }
    },
    [`enable_${kind}`]: change(`enable_${kind}`, { enabled: 1 }),
    [`disable_${kind}`]: change(`disable_${kind}`, { enabled: 0 }),
  }
}

/** 32 characters that no viewer ever types. */
export const hidden = (): string => crypto.randomUUID().replaceAll('-', '')
