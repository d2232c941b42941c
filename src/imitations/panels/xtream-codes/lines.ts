/** `user/create`, `user/edit`, `user/info`: `user_data[...]` holds columns of the panel's table. */
import type { Kit } from '../../kit.ts'
import { blankLine, type LineRow, randomText } from '../xtream-family/line.ts'
import type { Panel } from '../xtream-family/panel.ts'
import { intval, type Params } from '../xtream-family/params.ts'

export type Calls = Record<string, (params: Params) => object>

export const failed = (error?: string) => (error === undefined ? { result: false } : { result: false, error })

/** Columns as they are shown, with how a text that was sent becomes one. */
const columns = {
  username: String,
  password: String,
  exp_date: unixOrNever,
  admin_enabled: flag,
  enabled: flag,
  admin_notes: String,
  reseller_notes: String,
  bouquet: String,
  max_connections: intval,
  is_restreamer: flag,
  is_trial: flag,
  is_isplock: flag,
  allowed_ips: String,
  allowed_ua: String,
  member_id: intval,
  force_server_id: intval,
} satisfies Partial<Record<keyof LineRow, (text: string) => string | number | null>>

type Build = { ignoresUnknown: boolean }

/** The row with what was sent; null where a column does not exist and this build minds. */
export function withColumns(row: LineRow, fields: Record<string, string>, build: Build): LineRow | null {
  const sent = Object.entries(fields)
  const known = sent.filter(([name]) => Object.hasOwn(columns, name))
  if (known.length < sent.length && !build.ignoresUnknown) return null
  const changes = known.map(([name, text]) => [name, columns[name as keyof typeof columns](text)])
  return { ...row, ...Object.fromEntries(changes) }
}

/** What `info` shows of a row. */
export const shownColumns = (line: LineRow): object =>
  Object.fromEntries(Object.keys(columns).map((name) => [name, line[name as keyof LineRow]]))

export function lineCalls(kit: Kit, panel: Panel, build: Build): Calls {
  const named = (params: Params): LineRow | undefined =>
    panel.named(params.get('username') ?? '').find((line) => line.password === params.get('password'))

  const isTaken = (row: LineRow) => panel.named(row.username).some((other) => other.id !== row.id)

  function save(action: string, row: LineRow): void {
    if (kit.faults.strikes('forget_line', action)) return
    panel.save(row)
    kit.did(action, { id: row.id, username: row.username })
  }

  return {
    user_create(params) {
      const row = withColumns({ ...blankLine(kit.now()), allowed_outputs: '[1,2]' }, params.map('user_data'), build)
      if (!row) return failed()
      // Without a name or a password the panel makes one up: a lost answer then leaves a line that nobody can find.
      const made = { ...row, username: row.username || randomText(), password: row.password || randomText() }
      if (isTaken(made)) return failed('EXISTS')
      const line = { ...made, id: panel.nextLineId() }
      save('user_create', line)
      return { result: true, created_id: line.id, username: line.username, password: line.password }
    },
    user_edit(params) {
      if (!params.has('username') || !params.has('password')) return failed('PARAMETER ERROR')
      const line = named(params)
      if (!line) return failed()
      const row = withColumns(line, params.map('user_data'), build)
      if (!row) return failed()
      if (isTaken(row)) return failed('EXISTS')
      save('user_edit', row)
      return { result: true }
    },
    user_info(params) {
      const line = named(params)
      if (!line) return failed()
      const { id, created_at } = line
      return {
        result: true,
        user_info: { id, ...shownColumns(line), created_at, active_cons: panel.watching(line).length },
      }
    },
  }
}

function unixOrNever(text: string): number | null {
  return text === '' || text.toUpperCase() === 'NULL' ? null : intval(text)
}

function flag(text: string): number {
  return intval(text) ? 1 : 0
}
