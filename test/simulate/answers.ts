/**
 * Statements that leave in one go are answered in one go. Where works share a transaction, what each asks next depends on whose answers
 * came together; a server under load sends them in pieces, and two lives of one seed would differ by how a machine felt.
 */
import type { Writable } from 'node:stream'
import type pg from 'pg'

/** Of frames with a byte of type and a length, counts those of these types, however the bytes were cut. */
function counter(types: string) {
  const wanted = new Set([...types].map((each) => each.charCodeAt(0)))
  const head = Buffer.alloc(5)
  let read = 0
  let left = 0
  return (bytes: Buffer): number => {
    let count = 0
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const passed = Math.min(left, bytes.length - at)
        left -= passed
        at += passed
        continue
      }
      head[read++] = bytes[at++] as number
      if (read < 5) continue
      if (wanted.has(head[0] as number)) count += 1
      left = head.readInt32BE(1) - 4
      read = 0
    }
    return count
  }
}

/** From when it is connected and nothing was asked yet. */
export function answersTogether(client: pg.PoolClient): void {
  const { stream } = (
    client as unknown as { connection: { stream: Writable & { push(chunk: Buffer | null): boolean } } }
  ).connection
  const asked = counter('QS') // A statement of its own, or the end of one that was prepared.
  const answered = counter('Z')
  let open = 0
  let waiting: Buffer[] = []

  const write = stream.write as (chunk: Buffer, ...more: unknown[]) => boolean
  stream.write = ((chunk: Buffer, ...more: unknown[]) => {
    open += asked(chunk)
    return write.call(stream, chunk, ...more)
  }) as typeof stream.write

  const push = stream.push
  stream.push = (chunk) => {
    if (chunk !== null) {
      open -= answered(chunk)
      waiting.push(chunk)
      if (open > 0) return true
    }
    const all = Buffer.concat(waiting)
    waiting = []
    const goesOn = all.length === 0 || push.call(stream, all)
    return chunk === null ? push.call(stream, null) : goesOn
  }
}
