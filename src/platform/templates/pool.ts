/** A few threads that answer one question at a time each, and are replaced when they do not come back with an answer. */
import { Worker } from 'node:worker_threads'
import { tooLarge } from './liquid.ts'
import { type Fault, limits } from './types.ts'
import type { Answer, Question, Told } from './worker.ts'

export type Pool = { ask(question: Question): Promise<Answer>; close(): Promise<void> }

type Job = { question: Question; resolve: (answer: Answer) => void; reject: (error: Error) => void }
type Thread = {
  worker: Worker
  job: Job | null
  timer: NodeJS.Timeout | null
  ready: boolean
  /** What the thread had used when it last answered; it uses nothing until its next job. */
  used: NodeJS.CpuUsage
}

const tooSlow: Fault = { code: 'too_slow', message: 'The message takes too long to put together. Remove loops.' }

/** How often a thread that waits for the machine is given its time anew. */
const mostLooks = 20

export function createPool(size: number): Pool {
  const threads = new Set<Thread>()
  const waiting: Job[] = []
  let closed = false

  function start(): void {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    })
    const thread: Thread = { worker, job: null, timer: null, ready: false, used: { user: 0, system: 0 } }
    threads.add(thread)
    worker.on('message', ({ answer, used }: Told) => {
      thread.used = used
      if (answer.kind === 'ready') becomeReady(thread)
      else finish(thread, answer)
    })
    worker.on('error', (error: Error & { code?: string }) => fail(thread, error))
    worker.on('exit', () => fail(thread, new Error('the template worker ended')))
  }

  function becomeReady(thread: Thread): void {
    thread.ready = true
    work()
  }

  /** Hands waiting questions to free threads; makes one more thread while all are busy. */
  function work(): void {
    for (const thread of threads) {
      if (!thread.ready || thread.job) continue
      const job = waiting.shift()
      if (job) give(thread, job)
      else thread.worker.unref()
    }
    const starting = [...threads].filter((thread) => !thread.ready).length
    if (!closed && waiting.length > starting && threads.size < size) start()
  }

  function give(thread: Thread, job: Job): void {
    thread.job = job
    thread.worker.ref()
    watch(thread, job, mostLooks)
    thread.worker.postMessage(job.question)
  }

  function watch(thread: Thread, job: Job, looks: number): void {
    thread.timer = setTimeout(() => void expire(thread, job, looks), limits.milliseconds)
  }

  /** What counts is what the thread used: on a busy machine it may only have waited. A thread that ended is `fail`'s. */
  async function expire(thread: Thread, job: Job, looks: number): Promise<void> {
    const used = await thread.worker.cpuUsage(thread.used).catch(() => null)
    if (thread.job !== job || used === null) return
    if ((used.user + used.system) / 1_000 < limits.milliseconds && looks > 1) return watch(thread, job, looks - 1)
    job.resolve({ kind: 'fault', fault: tooSlow })
    drop(thread)
  }

  function finish(thread: Thread, answer: Answer): void {
    if (thread.timer) clearTimeout(thread.timer)
    thread.job?.resolve(answer)
    thread.job = null
    work()
  }

  function fail(thread: Thread, error: Error & { code?: string }): void {
    if (!threads.has(thread)) return
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') thread.job?.resolve({ kind: 'fault', fault: tooLarge })
    else thread.job?.reject(error)
    // A thread that cannot even start would be started forever: whoever waits is told instead.
    if (!thread.ready) for (const job of waiting.splice(0)) job.reject(error)
    drop(thread)
  }

  function drop(thread: Thread): void {
    if (thread.timer) clearTimeout(thread.timer)
    thread.job = null
    threads.delete(thread)
    void thread.worker.terminate()
    work()
  }

  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the template engine is closed'))
        waiting.push({ question, resolve, reject })
        work()
      }),

    async close() {
      closed = true
      const error = new Error('the template engine was closed')
      for (const job of waiting.splice(0)) job.reject(error)
      const all = [...threads]
      threads.clear()
      for (const { job, timer } of all) {
        if (timer) clearTimeout(timer)
        job?.reject(error)
      }
      await Promise.all(all.map((thread) => thread.worker.terminate()))
    },
  }
}
