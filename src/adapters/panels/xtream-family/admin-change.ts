/** Writing lines: read, change, verify. A success that the panel does not bear out is `ambiguous`, and the caller looks again. */
import type { Log } from '#platform/log.ts'
import type { DeviceKind, FoundLine, LineRef, LineSpec } from '../panel.ts'
import { changedColumns, createFields, type Dialect, editFields, isCoupled } from './admin-fields.ts'
import type { AdminSettings } from './admin-settings.ts'
import { type Call, type Fields, refusal, type Verdict } from './call.ts'
import type { Look, Read } from './look.ts'
import { differences, expiryOffBy } from './row.ts'
import { openSteps } from './steps.ts'

/** `what` the panel's words are about: a line, or a box with a line behind it. */
export function openChange(
  settings: AdminSettings,
  call: Call,
  look: Look,
  log: Log,
  what: 'line' | DeviceKind = 'line',
) {
  const steps = openSteps(call, look, settings.time_zone, what)
  let dialect: Dialect = { dates: { as: 'utc' }, bouquets: settings.bouquets_as }

  async function create(spec: LineSpec): Promise<FoundLine> {
    const verdict = await written(`create_${what}`, () => createFields(spec, dialect, settings.member_id))
    const made = await steps.made(spec, verdict)
    const whole = verdict.success || !needsEdit(made.line, spec) ? made : await edited(made, spec)
    const right = await mended(whole, spec)
    // A box is always made switched on.
    const set = right.line.enabled === spec.enabled ? right : await steps.switched(right.line.ref, spec.enabled)
    return verified(call, `create_${what}`, set, spec)
  }

  async function update(ref: LineRef, spec: LineSpec): Promise<FoundLine> {
    let current = await steps.present(ref, spec)
    // Off comes first, so that a refused edit keeps nobody watching; on comes last, when everything else is right.
    if (!spec.enabled && current.line.enabled) current = await steps.switched(ref, false)
    if (needsEdit(current.line, spec) || !isCoupled(current.row, spec))
      current = await mended(await edited(current, spec), spec)
    if (spec.enabled && !current.line.enabled) current = await steps.switched(ref, true)
    return verified(call, `edit_${what}`, current, spec)
  }

  /** `STATUS_INVALID_DATE` means that nothing was stored, so the other form of dates may be tried at once. */
  async function written(action: string, fields: () => Fields): Promise<Verdict> {
    const verdict = await call(action, { fields: fields(), writes: true })
    if (verdict.word !== 'STATUS_INVALID_DATE' || dialect.dates.as !== 'utc') return verdict
    dialect = { ...dialect, dates: { as: 'zone', timeZone: settings.time_zone } }
    return call(action, { fields: fields(), writes: true })
  }

  async function edited(current: Read, spec: LineSpec): Promise<Read> {
    const { ref } = current.line
    const verdict = await written(`edit_${what}`, () => editFields(ref, current.row, spec, dialect))
    if (!verdict.success) throw refusal(call, `edit_${what}`, verdict)
    const answered = steps.answered(verdict.data)
    const after = answered?.line.ref === ref ? answered : await steps.readBack(`edit_${what}`, ref)
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

  return { create, update, switchOff: steps.switchOff, remove: steps.remove }
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
