/** The panel's state: its lines and who is watching, with the panel's own carelessness about user names. */
import type { Kit, Shelf } from '../../kit.ts'
import { openDevices } from './boxes.ts'
import { printTime } from './dates.ts'
import type { Build, LineRow } from './line.ts'
import { apiUser, channels, server } from './seed.ts'

export type Connection = {
  activity_id: number
  user_id: number
  stream_id: number
  server_id: number
  user_agent: string
  user_ip: string
  container: string
  date_start: number
}

export type Panel = ReturnType<typeof openPanel>

const firstLineId = 58_213

/** Lines are found by id and, whatever their case, by user name: two rows of one name are possible, as on the original. */
export function openPanel(kit: Kit, build: Build) {
  const lines: Shelf<LineRow> = kit.store.shelf('lines')
  const connections: Shelf<Connection> = kit.store.shelf('connections')
  const idsByName = new Map<string, Set<number>>()
  for (const line of lines.values()) index(line)

  function index(line: LineRow) {
    const key = line.username.toLowerCase()
    idsByName.set(key, (idsByName.get(key) ?? new Set()).add(line.id))
  }

  function unindex(line: LineRow) {
    const key = line.username.toLowerCase()
    const ids = idsByName.get(key)
    ids?.delete(line.id)
    if (ids?.size === 0) idsByName.delete(key)
  }

  const unix = () => Math.floor(kit.now().epochMilliseconds / 1000)

  return {
    build,
    devices: openDevices(kit),
    lines,
    connections,
    unix,

    named: (username: string): LineRow[] =>
      [...(idsByName.get(username.toLowerCase()) ?? [])].flatMap((id) => lines.get(id) ?? []),

    nextLineId: () => kit.store.next('line', firstLineId),

    /** The row as it is stored: `REPLACE INTO`. */
    save(row: LineRow): LineRow {
      const old = lines.get(row.id)
      if (old) unindex(old)
      const saved = { ...row, updated: printTime(unix(), build.timeZone) }
      lines.put(saved.id, saved)
      index(saved)
      return saved
    },

    remove(line: LineRow) {
      unindex(line)
      lines.delete(line.id)
    },

    watching: (line: LineRow): Connection[] => [...connections.values()].filter((each) => each.user_id === line.id),

    watch(line: LineRow, streamId: number): Connection {
      const connection: Connection = {
        activity_id: kit.store.next('activity'),
        user_id: line.id,
        stream_id: streamId,
        server_id: server.id,
        user_agent: 'ExamplePlayer/1.0 (TV &amp; Radio)',
        user_ip: '198.51.100.7',
        container: 'ts',
        date_start: unix(),
      }
      connections.put(connection.activity_id, connection)
      return connection
    },

    /** The newer generation ends what a line plays when it is disabled, banned or deleted; the older lets it run. */
    cutOff(line: LineRow) {
      if (build.edit === 'overwrite') return
      for (const each of connections.values()) if (each.user_id === line.id) connections.delete(each.activity_id)
    },
  }
}

/** A row of `get_lines`: a part of the line, without bouquets and outputs. */
export function listedRow(line: LineRow, watching: Connection[]) {
  const playing = watching[0]
  return {
    id: line.id,
    member_id: line.member_id,
    last_activity: line.last_activity,
    username: line.username,
    password: line.password,
    exp_date: line.exp_date,
    admin_enabled: line.admin_enabled,
    is_restreamer: line.is_restreamer,
    enabled: line.enabled,
    admin_notes: line.admin_notes,
    reseller_notes: line.reseller_notes,
    max_connections: line.max_connections,
    is_trial: line.is_trial,
    active_connections: watching.length,
    owner_name: line.member_id === apiUser.id ? apiUser.username : `reseller${line.member_id}`,
    stream_display_name: playing ? channelName(playing.stream_id) : null,
    stream_id: playing?.stream_id ?? null,
    last_active: playing?.date_start ?? line.last_activity,
  }
}

/** A row of `live_connections`. */
export function connectionRow(connection: Connection, line: LineRow | undefined, unix: number) {
  return {
    ...connection,
    geoip_country_code: 'NO',
    isp: 'Example Broadband',
    is_restreamer: line?.is_restreamer ?? 0,
    is_mag: line?.is_mag ?? 0,
    is_e2: line?.is_e2 ?? 0,
    username: line?.username ?? '',
    stream_display_name: channelName(connection.stream_id),
    server_name: server.server_name,
    divergence: 0,
    active_time: unix - connection.date_start,
  }
}

const channelName = (id: number) => channels.find((each) => each.id === id)?.name ?? ''
