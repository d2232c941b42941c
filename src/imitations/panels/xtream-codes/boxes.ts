/** `stb/create`, `stb/edit`, `stb/info`: a box is known by its address, and a hidden line stands behind it. */
import type { Kit } from '../../kit.ts'
import { blankLine, type LineRow } from '../xtream-family/line.ts'
import type { Panel } from '../xtream-family/panel.ts'
import { type Calls, failed, shownColumns, withColumns } from './lines.ts'

export function boxCalls(kit: Kit, panel: Panel, build: { ignoresUnknown: boolean; encodes: boolean }): Calls {
  const shelf = panel.devices.mag
  const shown = (mac: string) => (build.encodes ? Buffer.from(mac).toString('base64') : mac)

  function save(action: string, mac: string, row: LineRow): void {
    if (kit.faults.strikes('forget_line', action)) return
    const device = [...shelf.values()].find((each) => each.user_id === row.id)
    panel.save(row)
    shelf.put(device?.id ?? row.id, { id: row.id, lock_device: 0, sn: '', ...device, user_id: row.id, mac })
    kit.did(action, { id: row.id, username: row.username })
  }

  function lineAt(mac: string): LineRow | undefined {
    const device = panel.devices.withMac(mac)
    return device && panel.lines.get(device.user_id)
  }

  return {
    stb_create(params) {
      const { mac = '', ...sent } = params.map('user_data')
      if (mac === '') return failed('PARAMETER ERROR')
      if (lineAt(mac)) return failed('EXISTS')
      const hidden = { username: hiddenWord(), password: hiddenWord(), max_connections: 1, is_mag: 1 }
      const row = withColumns({ ...blankLine(kit.now()), allowed_outputs: '[1,2]', ...hidden }, sent, build)
      if (!row) return failed()
      const line = { ...row, ...hidden, id: panel.nextLineId() }
      save('stb_create', mac, line)
      return { result: true, created_id: line.id }
    },
    stb_edit(params) {
      const mac = params.get('mac') ?? ''
      if (mac === '') return failed('PARAMETER ERROR')
      const line = lineAt(mac)
      if (!line) return failed('NOT EXISTS')
      const { mac: next = mac, ...sent } = params.map('user_data')
      const holder = lineAt(next)
      if (holder && holder.id !== line.id) return failed('EXISTS')
      const row = withColumns(line, sent, build)
      if (!row) return failed()
      save('stb_edit', next, row)
      return { result: true }
    },
    stb_info(params) {
      const mac = params.get('mac') ?? ''
      const line = lineAt(mac)
      if (!line) return failed()
      const { id, created_at } = line
      return { result: true, user_info: { id, ...shownColumns(line), mac: shown(mac), created_at } }
    },
  }
}

/** 32 characters that no viewer ever types. */
const hiddenWord = (): string => crypto.randomUUID().replaceAll('-', '')
