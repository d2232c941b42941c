/** The actions of the admin API. Each answers what goes into the body: an envelope, a bare list, or nothing at all. */
import type { Kit } from '../../kit.ts'
import type { Actions, Reply } from './access-code.ts'
import { boxActions } from './boxes.ts'
import { died, isRefused, type LineRow, rowFrom } from './line.ts'
import { connectionRow, listedRow, type Panel } from './panel.ts'
import type { Params } from './params.ts'
import { apiUser, bouquetRow, bouquets, packages, server } from './seed.ts'
import { columnsOf, findLines, pageOf, shownLines } from './tables.ts'

const success = (data: unknown) => ({ status: 'STATUS_SUCCESS', data })
const failure = { status: 'STATUS_FAILURE' } // Without an error text: the panel's way of saying "not found".

export function actionsOf(kit: Kit, panel: Panel, settings: { pageCap: number; apiKey: string }): Actions {
  return {
    ...lineActions(kit, panel),
    ...boxActions(kit, panel, settings.pageCap),
    ...tableActions(kit, panel, settings.pageCap),
    ...catalogActions(panel),
    user_info: () => ({
      ...success(userRow(panel, settings.apiKey)),
      permissions: { is_admin: 1, is_reseller: 0, group_name: 'Administrators' },
    }),
  }
}

function userRow(panel: Panel, apiKey: string) {
  return {
    ...apiUser,
    email: 'admin@panel.example',
    credits: 0,
    status: 1,
    owner_id: 0,
    reseller_dns: '',
    timezone: panel.build.timeZone,
    api_key: apiKey, // The panel hands out the whole row.
  }
}

function lineActions(kit: Kit, panel: Panel): Actions {
  const { lines } = panel
  /** Answers as if it was stored, and does not store it: a panel whose data base was rolled back, or whose cache lied. */
  const forgets = (action: string) => kit.faults.strikes('forget_line', action)

  function store(action: 'create_line' | 'edit_line', params: Params, old: LineRow | null): Reply {
    const row = rowFrom(params, old, panel.build, kit.now())
    if (row === died) return died
    if (isRefused(row)) return { status: row.status, data: params.echo() }
    if (panel.named(row.username).some((other) => other.id !== row.id)) {
      return { status: 'STATUS_EXISTS_USERNAME', data: params.echo() }
    }
    const id = old?.id ?? panel.nextLineId()
    if (forgets(action)) return success({ ...row, id })
    const saved = panel.save({ ...row, id })
    kit.did(action, { id, username: saved.username })
    if (old === null && kit.faults.strikes('duplicate_rows', action)) {
      // Two creates at once both pass the check for the name.
      const twin = panel.save({ ...saved, id: panel.nextLineId() })
      kit.did(action, { id: twin.id, username: twin.username })
    }
    return success(saved)
  }

  function change(action: string, fields: Partial<LineRow>) {
    return (params: Params): Reply => {
      const line = lines.get(params.int('id', 0))
      if (!line) return failure
      if (forgets(action)) return { status: 'STATUS_SUCCESS' }
      panel.save({ ...line, ...fields })
      if (fields.enabled === 0 || fields.admin_enabled === 0) panel.cutOff(line)
      kit.did(action, { id: line.id, username: line.username })
      return { status: 'STATUS_SUCCESS' }
    }
  }

  return {
    get_line(params) {
      const line = lines.get(params.int('id', 0))
      return line ? success(line) : failure
    },
    create_line(params) {
      if (kit.faults.strikes('credits_out', 'create_line')) {
        return { status: 'STATUS_INSUFFICIENT_CREDITS', data: params.echo() }
      }
      if (kit.faults.strikes('package_gone', 'create_line')) {
        return { status: 'STATUS_INVALID_PACKAGE', data: params.echo() }
      }
      return store('create_line', params, null)
    },
    edit_line(params) {
      const line = lines.get(params.int('id', 0))
      return line ? store('edit_line', params, line) : failure
    },
    delete_line(params) {
      const line = lines.get(params.int('id', 0))
      if (!line) return failure
      if (forgets('delete_line')) return { status: 'STATUS_SUCCESS' }
      panel.remove(line)
      panel.cutOff(line)
      kit.did('delete_line', { id: line.id, username: line.username })
      return { status: 'STATUS_SUCCESS' }
    },
    enable_line: change('enable_line', { enabled: 1 }),
    disable_line: change('disable_line', { enabled: 0 }),
    ban_line: change('ban_line', { admin_enabled: 0 }),
    unban_line: change('unban_line', { admin_enabled: 1 }),
  }
}

function tableActions(kit: Kit, panel: Panel, pageCap: number): Actions {
  return {
    get_lines(params) {
      const all = findLines(panel.lines.values(), params, panel.build.timeZone, kit.now())
      const found = shownLines(kit.faults, all, params)
      const page = pageOf(found, panel.lines.size, params, pageCap)
      const repeat = kit.faults.strikes('duplicate_rows', 'get_lines') ? 2 : 1
      const rows = page.rows.flatMap((line) => {
        const row = columnsOf(listedRow(line, panel.watching(line)), params)
        return Array.from({ length: repeat }, () => row)
      })
      return { ...success(rows), recordsTotal: page.total, recordsFiltered: page.filtered }
    },
    live_connections(params) {
      const lineId = params.int('user_id', 0)
      const streamId = params.int('stream_id', 0)
      const found = [...panel.connections.values()].filter(
        (each) => (lineId === 0 || each.user_id === lineId) && (streamId === 0 || each.stream_id === streamId),
      )
      const page = pageOf(found, panel.connections.size, params, pageCap)
      const rows = page.rows.map((each) => connectionRow(each, panel.lines.get(each.user_id), panel.unix()))
      return { ...success(rows), recordsTotal: page.total, recordsFiltered: page.filtered }
    },
    kill_connection(params) {
      const id = params.int('activity_id', 0)
      if (!panel.connections.delete(id)) return failure
      kit.did('kill_connection', { activity_id: id })
      return { status: 'STATUS_SUCCESS' }
    },
  }
}

/** Plural lists are bare, single rows are enveloped. */
function catalogActions(panel: Panel): Actions {
  const single = <Row extends { id: number }>(rows: readonly Row[], id: number) => {
    const row = rows.find((each) => each.id === id)
    return row ? success(row) : failure
  }
  return {
    get_packages: (params) => packages.map((each) => columnsOf(each, params)),
    get_package: (params) => single(packages, params.int('id', 0)),
    get_bouquets: (params) => bouquets.map((each) => columnsOf(bouquetRow(each), params)),
    get_bouquet: (params) => single(bouquets.map(bouquetRow), params.int('id', 0)),
    get_servers: (params) => [columnsOf(server, params)],
    get_server: (params) => single([server], params.int('server_id', params.int('id', server.id))),
    get_server_stats() {
      const open = [...panel.connections.values()]
      return success({
        cpu: 12,
        total_mem: 33_554_432,
        total_mem_used: 8_388_608,
        requests_per_second: 4,
        open_connections: open.length,
        total_connections: open.length,
        online_users: new Set(open.map((each) => each.user_id)).size,
        total_users: panel.lines.size,
        total_streams: 13,
        total_running_streams: 13,
        offline_streams: 0,
        network_guaranteed_speed: server.network_guaranteed_speed,
        bytes_sent: open.length * 5,
        bytes_received: 1,
      })
    },
  }
}
