/** A worker in a process of its own, for tests that kill it: `hang` never ends, `quick` tells that it ran. */
import { z } from 'zod'
import { systemClock } from '../clock.ts'
import { openDatabase } from '../db/connection.ts'
import { defineJob } from '../jobs.ts'
import { silentLog } from '../log.ts'
import { startWorker } from '../worker.ts'
import { handle } from './handlers.ts'

const url = process.argv[2] ?? ''
const db = openDatabase({ url, log: silentLog, max: 2 })
const payload = z.object({ id: z.string() })
const tell = (word: string): void => {
  process.stdout.write(`${word}
`)
}

await startWorker({
  db,
  directUrl: url,
  log: silentLog,
  clock: systemClock,
  concurrency: 1,
  sweep: { everyMs: 60_000, limit: 10, kinds: new Map() },
  handlers: new Map([
    handle(defineJob('hang', payload), () => {
      tell('hanging')
      return new Promise<void>(() => {})
    }),
    handle(defineJob('quick', payload), async () => tell('quick')),
  ]),
})
tell('started')
