/** What happened in a seed, in order: its hash proves that a seed repeats itself, its tail tells how it came to a fault. */
import { createHash } from 'node:crypto'

export type SeedLog = ReturnType<typeof openLog>

const kept = 40

export function openLog(now: () => Temporal.Instant) {
  const digest = createHash('sha256')
  const tail: string[] = []
  const faults: Record<string, number> = {}
  const acts: Record<string, number> = {}
  let events = 0

  return {
    /** One thing that happened. Nothing that differs between two runs of a seed may be in it. */
    note(what: string): void {
      const line = `${now().toString()} ${what}`
      events += 1
      digest.update(`${line}\n`)
      tail.push(line)
      if (tail.length > kept) tail.shift()
      if (process.env.SIMULATE_LOG === '1') process.stderr.write(`${line}\n`)
    },
    /** A fault that really struck. */
    count(fault: string): void {
      faults[fault] = (faults[fault] ?? 0) + 1
    },
    /** Something that somebody did, or was refused. */
    did(what: string): void {
      acts[what] = (acts[what] ?? 0) + 1
    },
    acts: acts as Readonly<Record<string, number>>,
    faults: faults as Readonly<Record<string, number>>,
    tail: tail as readonly string[],
    events: () => events,
    hash: () => digest.copy().digest('hex'),
  }
}
