/** Steps that every way of writing a line takes: is it ours, switch it, remove it, read it back. */
import { type DeviceKind, isOurLine, type LineOwner, type LineRef, type LineSpec } from '../panel.ts'
import { boxOf, numberIn } from './boxes.ts'
import { type Call, refusal, type Verdict } from './call.ts'
import type { Look, Read } from './look.ts'
import { foundLine, idOf, isRow } from './row.ts'

/** `what` the panel's words are about: a line, or a box with a line behind it. */
export function openSteps(call: Call, look: Look, zone: string, what: 'line' | DeviceKind = 'line') {
  const { afterWriting, refused, unsure } = call.trouble

  /** Null when it is gone; refuses a ref that leads to somebody else's line. Old builds let any key act on any id. */
  async function own(ref: LineRef, owner: LineOwner): Promise<Read | null> {
    const found = await look.read(ref)
    if (found && !isOurLine(found.line, owner))
      throw refused('not_ours', `get_${what}: ${ref} is not our line any more`)
    return found
  }

  async function present(ref: LineRef, owner: LineOwner): Promise<Read> {
    const found = await own(ref, owner)
    if (!found) throw refused('not_found', `get_${what}: the line is not on the panel`)
    return found
  }

  /** Repeating it may answer failure although all is well: what counts is what is read back. */
  async function switched(ref: LineRef, on: boolean): Promise<Read> {
    const action = `${on ? 'enable' : 'disable'}_${what}`
    const verdict = await call(action, { fields: [['id', numberIn(ref)]], writes: true })
    const after = await readBack(action, ref)
    if (after.line.enabled !== on && !verdict.success) throw refusal(call, action, verdict)
    if (after.line.enabled !== on) throw unsure(action, 'the panel said yes and did not', 'not_as_asked')
    return after
  }

  async function switchOff(ref: LineRef, owner: LineOwner): Promise<void> {
    const { line } = await present(ref, owner)
    if (line.enabled) await switched(ref, false)
  }

  async function remove(ref: LineRef, owner?: LineOwner): Promise<void> {
    if (owner && !(await own(ref, owner))) return
    const action = `delete_${what}`
    const verdict = await call(action, { fields: [['id', numberIn(ref)]], writes: true })
    // A repeated delete answers failure; only reading tells it from a refusal.
    const left = await afterWriting(action, () => look.read(ref))
    if (!left) return
    throw verdict.success ? unsure(action, 'the line is still there') : refusal(call, action, verdict)
  }

  async function readBack(action: string, ref: LineRef): Promise<Read> {
    const found = await afterWriting(action, () => look.read(ref))
    if (!found) throw unsure(action, 'the line is not there when read back')
    return found
  }

  /** The row that many builds answer a write with; null where they do not. For Enigma boxes some show another object. */
  function answered(data: unknown): Read | null {
    if (what !== 'line') return what === 'mag' ? boxOf(what, data, zone) : null
    const line = isRow(data) ? foundLine(data, zone) : null
    return line && isRow(data) ? { row: data, line } : null
  }

  /**
   * The line that `create_line` made. The answer carries it on most builds; else it is read. `STATUS_FAILURE` says nothing about what
   * was stored, so it is looked for; every other word is a refusal.
   */
  async function made(spec: LineSpec, verdict: Verdict): Promise<Read> {
    const action = `create_${what}`
    if (!verdict.success && (verdict.word !== 'STATUS_FAILURE' || verdict.error !== ''))
      throw refusal(call, action, verdict)
    const shown = verdict.success ? answered(verdict.data) : null
    const isShown = spec.device ? shown?.line.mac === spec.device.mac : shown?.line.username === spec.username
    if (shown && isShown) return shown
    const ref = verdict.success && !spec.device && isRow(verdict.data) ? idOf(verdict.data) : null
    const name = spec.device?.mac ?? spec.username
    const found = await afterWriting(action, () =>
      ref === null ? look.find(name, spec.marker, spec.password) : look.read(ref),
    )
    if (found && isOurLine(found.line, spec)) return found
    throw verdict.success ? unsure(action, 'the line is not there when read back') : refusal(call, action, verdict)
  }

  return { own, present, switched, switchOff, remove, readBack, answered, made }
}
