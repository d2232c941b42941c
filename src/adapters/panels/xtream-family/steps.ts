/** Steps that every way of writing a line takes: is it ours, switch it, remove it, read it back. */
import { isOurLine, type LineOwner, type LineRef, type LineSpec } from '../panel.ts'
import { type Call, refusal, type Verdict } from './call.ts'
import type { Look, Read } from './look.ts'
import { foundLine, idOf, isRow } from './row.ts'

export function openSteps(call: Call, look: Look, zone: string) {
  const { afterWriting, refused, unsure } = call.trouble

  /** Null when it is gone; refuses a ref that leads to somebody else's line. Old builds let any key act on any id. */
  async function own(ref: LineRef, owner: LineOwner): Promise<Read | null> {
    const found = await look.read(ref)
    if (found && !isOurLine(found.line, owner)) throw refused('not_ours', `get_line: ${ref} is not our line any more`)
    return found
  }

  async function present(ref: LineRef, owner: LineOwner): Promise<Read> {
    const found = await own(ref, owner)
    if (!found) throw refused('not_found', 'get_line: the line is not on the panel')
    return found
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

  async function remove(ref: LineRef, owner?: LineOwner): Promise<void> {
    if (owner && !(await own(ref, owner))) return
    const verdict = await call('delete_line', { fields: [['id', ref]], writes: true })
    // A repeated delete answers failure; only reading tells it from a refusal.
    const left = await afterWriting('delete_line', () => look.read(ref))
    if (!left) return
    throw verdict.success ? unsure('delete_line', 'the line is still there') : refusal(call, 'delete_line', verdict)
  }

  async function readBack(action: string, ref: LineRef): Promise<Read> {
    const found = await afterWriting(action, () => look.read(ref))
    if (!found) throw unsure(action, 'the line is not there when read back')
    return found
  }

  /** The row that many builds answer a write with; null where they do not. */
  function answered(data: unknown): Read | null {
    const line = isRow(data) ? foundLine(data, zone) : null
    return line && isRow(data) ? { row: data, line } : null
  }

  /**
   * The line that `create_line` made. The answer carries it on most builds; else it is read. `STATUS_FAILURE` says nothing about what
   * was stored, so it is looked for; every other word is a refusal.
   */
  async function made(spec: LineSpec, verdict: Verdict): Promise<Read> {
    if (!verdict.success && (verdict.word !== 'STATUS_FAILURE' || verdict.error !== ''))
      throw refusal(call, 'create_line', verdict)
    const shown = verdict.success ? answered(verdict.data) : null
    if (shown?.line.username === spec.username) return shown
    const ref = verdict.success && isRow(verdict.data) ? idOf(verdict.data) : null
    const found = await afterWriting('create_line', () =>
      ref === null ? look.find(spec.username, spec.marker, spec.password) : look.read(ref),
    )
    if (found && isOurLine(found.line, spec)) return found
    throw verdict.success
      ? unsure('create_line', 'the line is not there when read back')
      : refusal(call, 'create_line', verdict)
  }

  return { own, present, switched, remove, readBack, answered, made }
}
