/**
 * The process of the house, as often as it is needed: it dies at a crash point, all its memory is thrown away, and another one comes
 * up on the same database.
 */
import type { App } from '#app.ts'
import { createApp, jobHandlers } from '#main.ts'
import type { StoppedClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { atCrashPoints } from '#platform/crash.ts'
import type { LocalRunner } from '#platform/db/connection.ts'
import { inProcessHttpOut } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import type { TemplateEngine } from '#platform/templates/engine.ts'
import type { Chance } from '../../src/demo/chance.ts'
import type { House } from './house.ts'
import type { SeedLog } from './log.ts'
import type { Outside } from './outside.ts'

/** Thrown where the process died; whoever catches it is dead as well. */
export class Died extends Error {}

/** A nudge that a process keeps in its memory, which it loses with its life. */
export type Near = { name: string; payload: unknown }

/** What `platform/worker/local.ts` is to a house that runs, one thing after the other. */
function openShortWay(): LocalRunner & { take(): Near | undefined } {
  const [first, waiting] = [[] as Near[], [] as Near[]]
  return {
    offer: (name, payload, goesOn = false) => void (goesOn ? first : waiting).push({ name, payload }),
    soon: () => first.length === 0,
    take: () => first.shift() ?? waiting.shift(),
  }
}

export type Machine = ReturnType<typeof openMachine>

/** Texts are printed as their values: rendering is tested where it is, and takes a thread that answers when it likes. */
const plainTexts: TemplateEngine = {
  check: async () => [],
  render: async (_texts, variables) => ({ subject: 'a message', html: '', text: JSON.stringify(variables) }),
  close: async () => {},
}

export function openMachine(options: {
  house: House
  clock: StoppedClock
  chance: Chance
  masterKey: Buffer
  outside: () => Outside
  log: SeedLog
  /** Its processes carry out what they have just committed, as those do that run a worker. */
  shortWay: boolean
}) {
  const { house, clock, chance, masterKey, log } = options
  /** How many points are left until it dies; null: it lives. */
  let pointsLeft: number | null = null
  /** The point at which it dies when it comes by. */
  let deadly: string | null = null
  let passed = 0
  /** Every point that it ever came by. */
  const points = new Set<string>()
  let dead = false
  /** Somebody looks at the database who is not this process. */
  let looked = false
  let running = start()

  atCrashPoints((point) => {
    if (looked) return
    passed += 1
    // A dead process commits and sends nothing more, whatever its code would still do.
    if (dead) throw new Died(point)
    points.add(point)
    if (point !== deadly && (pointsLeft === null || --pointsLeft > 0)) return
    dead = true
    log.count('crash')
    log.note(`the process dies at ${point}`)
    throw new Died(point)
  })

  function start() {
    const lent = house.lend()
    const near = options.shortWay ? openShortWay() : null
    lent.db.local = near
    const { apps, mail } = options.outside()
    const app: App = createApp({
      config: readConfig({ LOG_LEVEL: 'silent' }),
      log: silentLog,
      clock,
      db: lent.db,
      masterKey,
      publicUrl: 'https://shop.example',
      http: inProcessHttpOut(apps, { log: silentLog }),
      templates: plainTexts,
      mailer: { transport: mail.transport, from: 'tv@shop.example' },
      allowPrivate: () => true,
    })
    return { app, lent, near, handlers: new Map(jobHandlers(app).map((each) => [each.job.name, each])) }
  }

  return {
    app: () => running.app,
    isDead: () => dead,
    /** The next nudge that this process keeps in its memory. */
    near: (): Near | undefined => running.near?.take(),
    /** How often it came by a crash point, as it does at every commit. */
    pointsPassed: () => passed,
    dieAfter(count: number): void {
      pointsLeft = count
    },
    /** Rare points are as deadly as frequent ones. */
    dieAt(pick: (points: readonly string[]) => string): void {
      if (points.size > 0) deadly = pick([...points])
    },
    /** What was to kill it does not come. */
    spare(): void {
      pointsLeft = null
      deadly = null
    },
    run: (job: string, payload: unknown) => running.handlers.get(job)?.run(payload),
    /** Runs what is none of the process's business: no point in it is one to die at. */
    async unseen<T>(work: () => Promise<T>): Promise<T> {
      looked = true
      try {
        return await work()
      } finally {
        looked = false
      }
    },
    /** A new process takes over from a dead one. */
    async revive(): Promise<void> {
      if (!dead) return
      // Now and then as the kernel would: nothing is rolled back or said good-bye to.
      await house.take(running.lent, chance.next() < 0.1)
      // What the dead one still had in hand comes to its next point and ends there, instead of haunting the new one at a moment of its own.
      for (let turn = 0; turn < 5; turn++) await new Promise((next) => setImmediate(next))
      dead = false
      this.spare()
      running = start()
    },
    close: () => running.lent.end(),
  }
}
