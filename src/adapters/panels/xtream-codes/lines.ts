/** Lines by `user/create`, `user/edit` and `user/info`. An edit changes only the columns that are sent. */
import { toText } from '../normalize.ts'
import { type FoundLine, isOurLine, type LineRef, type LineSpec, type Login } from '../panel.ts'
import {
  type Difference,
  differences,
  foundLine,
  isRow,
  notesWith,
  type Row,
  wantedExpiry,
} from '../xtream-family/row.ts'
import { type Fields, refusal, type XtreamCall } from './call.ts'
import type { XtreamCodesSettings } from './settings.ts'

/** `login` is the one by which it was found. */
type Read = { row: Row; line: FoundLine; login: Login }

export function openLines(settings: XtreamCodesSettings, call: XtreamCall, now: () => Temporal.Instant) {
  const { refused, unreadable, unsure, afterWriting } = call.trouble

  /** The first of these logins that the panel knows. Null only after it was asked for each of them. */
  async function find(logins: readonly Login[]): Promise<Read | null> {
    for (const login of logins) {
      const { success, reply } = await call('info', keyOf(login))
      if (!success) continue
      const row = isRow(reply.user_info) ? reply.user_info : {}
      // Outputs are no column of this table: nothing is known of them, and nothing can be asked.
      const line = foundLine({ ...row, allowed_outputs: '[]' }, 'UTC')
      if (line?.username !== login.username)
        throw unreadable('user/info: the answer is not the line that was asked for')
      return { row, line, login }
    }
    return null
  }

  async function create(spec: LineSpec): Promise<FoundLine> {
    const verdict = await call('create', [
      ...columns({
        ...decided(spec, ['username', 'password', 'expiry', 'connections', 'bouquets', 'enabled']),
        is_restreamer: '0',
        reseller_notes: spec.marker,
        ...(settings.member_id > 0 ? { member_id: String(settings.member_id) } : {}),
      }),
    ])
    const found = await afterWriting('user/create', () => find([spec]))
    if (verdict.success && !found) throw unsure('user/create', 'the line is not there when read back')
    // Nobody else's line has our password: this is what an earlier call of ours left.
    if (!found || !isOurLine(found.line, spec)) throw refusal('user/create', verdict, [spec.password], call.trouble)
    return verdict.success ? verified('user/create', found, spec) : update(found.line.ref, [spec], spec)
  }

  async function update(ref: LineRef, logins: readonly Login[], spec: LineSpec): Promise<FoundLine> {
    const current = await find(logins)
    if (!current)
      throw refused(
        'not_found',
        'user/info: the line is not on the panel, or its user name or password was changed there',
      )
    if (current.line.ref !== ref || !isOurLine(current.line, { ...spec, password: current.login.password }))
      throw refused('not_ours', `user/info: ${ref} is not our line any more`)
    const wrong = differencesOf(current.line, spec)
    if (wrong.length === 0) return current.line
    return verified('user/edit', await edited(current, spec, wrong), spec)
  }

  async function edited({ row, login }: Read, spec: LineSpec, wrong: readonly Difference[]): Promise<Read> {
    const notes = wordsOf(row).filter((word) => word !== ended)
    const fields = { ...decided(spec, wrong), reseller_notes: notesWith(spec.marker, notes.join(' ')) }
    const verdict = await call('edit', [...keyOf(login), ...columns(fields)])
    if (!verdict.success) throw refusal('user/edit', verdict, [spec.password, login.password], call.trouble)
    const after = await afterWriting('user/edit', () => find([spec]))
    if (!after) throw unsure('user/edit', 'the line is not there when read back')
    return after
  }

  /** There is no delete: the line is switched off, its time is over, and its notes say so to the panel's administrator. */
  async function close(logins: readonly Login[]): Promise<void> {
    const current = await find(logins)
    if (!current || isClosed(current)) return
    const over = now().subtract({ minutes: 1 })
    const notes = notesWith(ended, toText(current.row.reseller_notes) ?? '')
    const fields = { enabled: '0', exp_date: String(Math.floor(over.epochMilliseconds / 1000)), reseller_notes: notes }
    const verdict = await call('edit', [...keyOf(current.login), ...columns(fields)])
    const after = await afterWriting('user/edit', () => find([current.login]))
    if (!after || isClosed(after)) return
    if (!verdict.success) throw refusal('user/edit', verdict, [current.login.password], call.trouble)
    throw unsure('user/edit', 'the line is not switched off', 'not_as_asked')
  }

  const isClosed = ({ row, line }: Read) =>
    !line.enabled &&
    line.expiresAt !== null &&
    Temporal.Instant.compare(line.expiresAt, now()) <= 0 &&
    wordsOf(row).includes(ended)

  function verified(action: string, { line }: Read, spec: LineSpec): FoundLine {
    const wrong = differencesOf(line, spec)
    if (wrong.length > 0) throw unsure(action, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
    return line
  }

  return { find, create, update, close }
}

/** By this the panel's administrator knows which lines he may remove. */
export const ended = 'linekeeper:ended'

export const wordsOf = (row: Row): string[] => (toText(row.reseller_notes) ?? '').split(/\s+/)

/** Outputs cannot be told, so they cannot differ. */
const differencesOf = (line: FoundLine, spec: LineSpec): Difference[] =>
  differences(line, spec).filter((name) => name !== 'outputs')

/** The columns that say what we decide, by what they decide. */
function decided(spec: LineSpec, which: readonly Difference[]): Record<string, string> {
  const all: Partial<Record<Difference, [string, string]>> = {
    username: ['username', spec.username],
    password: ['password', spec.password],
    expiry: ['exp_date', String(Math.floor(wantedExpiry(spec).epochMilliseconds / 1000))],
    connections: ['max_connections', String(spec.maxConnections)],
    bouquets: ['bouquet', `[${spec.package.bouquets.join(',')}]`],
    enabled: ['enabled', spec.enabled ? '1' : '0'],
  }
  return Object.fromEntries(which.flatMap((name) => (all[name] ? [all[name]] : [])))
}

export const columns = (values: Record<string, string>): Fields =>
  Object.entries(values).map(([name, value]) => [`user_data[${name}]`, value] as const)

const keyOf = ({ username, password }: Login): Fields => [
  ['username', username],
  ['password', password],
]
