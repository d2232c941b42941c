/** Writing lines: read, change, verify. A success that the panel does not bear out is `ambiguous`, and the caller looks again. */
import type { Log } from '#platform/log.ts'
import { type FoundLine, isOurLine, type LineOwner, type LineRef, type LineSpec } from '../panel.ts'
import { changedColumns, createFields, type Dialect, editFields } from './admin-fields.ts'
import type { AdminSettings } from './admin-settings.ts'
import { type Call, type Fields, refusal, type Verdict } from './call.ts'
import type { Look, Read } from './look.ts'
import { differences, expiryOffBy, foundLine, idOf, isRow } from './row.ts'

export function openChange(settings: AdminSettings, call: Call, look: Look, log: Log) {
  const { afterWriting, refused, unsure } = call.trouble
  let dialect: Dialect = { dates: { as: 'utc' }, bouquets: settings.bouquets_as }

  async function create(spec: LineSpec): Promise<FoundLine> {
    const verdict = await written('create_line', () => createFields(spec, dialect, settings.member_id))
    const made = verdict.success ? await lineMade(spec, verdict.data) : await lineMadeAllTheSame(spec, verdict)
    return verified(call, 'create_line', await mended(made, spec), spec)
  }

  async function update(ref: LineRef, spec: LineSpec): Promise<FoundLine> {
    let current = await own(ref, spec)
    if (!current) throw refused('not_found', 'get_line: the line is not on the panel')
    // Off comes first, so that a refused edit keeps nobody watching; on comes last, when everything else is right.
    if (!spec.enabled && current.line.enabled) current = await switched(ref, false)
    if (needsEdit(current.line, spec)) current = await mended(await edited(current, spec), spec)
    if (spec.enabled && !current.line.enabled) current = await switched(ref, true)
    return verified(call, 'edit_line', current, spec)
  }

  async function remove(ref: LineRef, owner?: LineOwner): Promise<void> {
    if (owner && !(await own(ref, owner))) return
    const verdict = await call('delete_line', { fields: [['id', ref]], writes: true })
    // A repeated delete answers failure; only reading tells it from a refusal.
    const left = await afterWriting('delete_line', () => look.read(ref))
    if (!left) return
    throw verdict.success ? unsure('delete_line', 'the line is still there') : refusal(call, 'delete_line', verdict)
  }

  async function own(ref: LineRef, owner: LineOwner): Promise<Read | null> {
    const found = await look.read(ref)
    if (found && !isOurLine(found.line, owner)) {
      throw refused('not_ours', `get_line: ${ref} is not our line any more`)
    }
    return found
  }

  /** `STATUS_INVALID_DATE` means that nothing was stored, so the other form of dates may be tried at once. */
  async function written(action: string, fields: () => Fields): Promise<Verdict> {
    const verdict = await call(action, { fields: fields(), writes: true })
    if (verdict.word !== 'STATUS_INVALID_DATE' || dialect.dates.as !== 'utc') return verdict
    dialect = { ...dialect, dates: { as: 'zone', timeZone: settings.time_zone } }
    return call(action, { fields: fields(), writes: true })
  }

  /** The answer carries the new line on most builds; else it is read. */
  async function lineMade(spec: LineSpec, data: unknown): Promise<Read> {
    const answered = readOf(data)
    if (answered?.line.username === spec.username) return answered
    const ref = isRow(data) ? idOf(data) : null
    const found = await afterWriting('create_line', () =>
      ref === null ? look.find(spec.username, spec.marker, spec.password) : look.read(ref),
    )
    if (found && isOurLine(found.line, spec)) return found
    throw unsure('create_line', 'the line is not there when read back')
  }

  /** `STATUS_FAILURE` says nothing about what was stored. Every other word is a refusal. */
  async function lineMadeAllTheSame(spec: LineSpec, verdict: Verdict): Promise<Read> {
    if (verdict.word !== 'STATUS_FAILURE' || verdict.error !== '') throw refusal(call, 'create_line', verdict)
    const found = await afterWriting('create_line', () => look.find(spec.username, spec.marker, spec.password))
    if (!found || !isOurLine(found.line, spec)) throw refusal(call, 'create_line', verdict)
    return needsEdit(found.line, spec) ? edited(found, spec) : found
  }

  async function edited(current: Read, spec: LineSpec): Promise<Read> {
    const { ref } = current.line
    const verdict = await written('edit_line', () => editFields(ref, current.row, spec, dialect))
    if (!verdict.success) throw refusal(call, 'edit_line', verdict)
    const answered = readOf(verdict.data)
    const after = answered?.line.ref === ref ? answered : await readBack('edit_line', ref)
    const lost = changedColumns(current.row, after.row)
    if (lost.length > 0) log.warn('panel.columns_changed', { ref, columns: lost })
    return after
  }

  /** What a build reads otherwise than others do shows in the read-back: learn it, and write once more in its own way. */
  async function mended(read: Read, spec: LineSpec): Promise<Read> {
    const learned = lesson(read.line, spec, dialect)
    if (!learned) return read
    log.info('panel.dialect_learned', { ...learned })
    dialect = learned
    return edited(read, spec)
  }

  /** Repeating it may answer failure although all is well: what counts is what is read back. */
  async function switched(ref: LineRef, on: boolean): Promise<Read> {
    const action = on ? 'enable_line' : 'disable_line'
    const verdict = await call(action, { fields: [['id', ref]], writes: true })
    const after = await readBack(action, ref)
    if (after.line.enabled !== on && !verdict.success) throw refusal(call, action, verdict)
    if (after.line.enabled !== on) throw unsure(action, 'the panel said yes and did not', 'not_as_asked')
    return after
  }

  async function readBack(action: string, ref: LineRef): Promise<Read> {
    const found = await afterWriting(action, () => look.read(ref))
    if (!found) throw unsure(action, 'the line is not there when read back')
    return found
  }

  function readOf(data: unknown): Read | null {
    const line = isRow(data) ? foundLine(data, settings.time_zone) : null
    return line && isRow(data) ? { row: data, line } : null
  }

  return { create, update, remove }
}

const needsEdit = (line: FoundLine, spec: LineSpec) => differences(line, spec).some((name) => name !== 'enabled')

function verified(call: Call, action: string, { line }: Read, spec: LineSpec): FoundLine {
  const wrong = differences(line, spec)
  if (wrong.length > 0) throw call.trouble.unsure(action, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
  return line
}

const quarterHour = 15 * 60_000
const widestOffset = 14 * 60 * 60_000

function lesson(line: FoundLine, spec: LineSpec, dialect: Dialect): Dialect | null {
  const off = expiryOffBy(line, spec)
  const zoneIgnored = off !== null && off !== 0 && off % quarterHour === 0 && Math.abs(off) <= widestOffset
  const bouquetsLost = line.bouquets.length === 0 && spec.package.bouquets.length > 0
  if (!zoneIgnored && !bouquetsLost) return null
  return {
    dates: zoneIgnored ? { as: 'shifted', ms: shiftOf(dialect.dates, spec) - off } : dialect.dates,
    bouquets: bouquetsLost ? (dialect.bouquets === 'json' ? 'array' : 'json') : dialect.bouquets,
  }
}

/** By how much the local time written last was ahead of UTC. */
function shiftOf(dates: Dialect['dates'], spec: LineSpec): number {
  if (dates.as === 'shifted') return dates.ms
  if (dates.as === 'utc') return 0
  return spec.expiresAt.toZonedDateTimeISO(dates.timeZone).offsetNanoseconds / 1e6
}
