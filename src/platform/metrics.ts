/**
 * What `/metrics` tells, in Prometheus' text format. Labels come from closed lists (task names, routes, provider kinds), never
 * from a business or a customer.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from './db/connection.ts'

const registry = new Registry()
const registers = [registry]
const buckets = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const jobs = new Counter({
  name: 'linekeeper_jobs_total',
  help: 'Jobs run, by outcome',
  labelNames: ['task', 'outcome'],
  registers,
})
const jobSeconds = new Histogram({
  name: 'linekeeper_job_seconds',
  help: 'How long a job ran',
  labelNames: ['task'],
  buckets,
  registers,
})
const jobWaitSeconds = new Histogram({
  name: 'linekeeper_job_wait_seconds',
  help: 'From when a job was due to its start',
  buckets,
  registers,
})
const queueDepth = new Gauge({ name: 'linekeeper_jobs_waiting', help: 'Jobs that wait or run', registers })
const parked = new Gauge({ name: 'linekeeper_jobs_parked', help: 'Jobs that are not tried any more', registers })
const dueSeconds = new Gauge({
  name: 'linekeeper_due_oldest_seconds',
  help: 'How long the oldest due work has been seen due',
  labelNames: ['kind'],
  registers,
})
const requests = new Counter({
  name: 'linekeeper_http_requests_total',
  help: 'HTTP requests',
  labelNames: ['method', 'route', 'status'],
  registers,
})
const requestSeconds = new Histogram({
  name: 'linekeeper_http_request_seconds',
  help: 'HTTP request duration',
  labelNames: ['route'],
  buckets,
  registers,
})
const calls = new Counter({
  name: 'linekeeper_outgoing_calls_total',
  help: 'Calls to panels, gateways and transports',
  labelNames: ['provider', 'outcome'],
  registers,
})
const violations = new Gauge({
  name: 'linekeeper_invariant_violations',
  help: 'Rows that break an invariant: must be 0',
  labelNames: ['id'],
  registers,
})

/** A job ended. `waitedSeconds` counts from when it was due to its start; null where that says nothing (a drain). */
export function countJob(
  task: string,
  outcome: 'done' | 'failed',
  seconds: number,
  waitedSeconds: number | null,
): void {
  jobs.inc({ task, outcome })
  jobSeconds.observe({ task }, seconds)
  if (waitedSeconds !== null) jobWaitSeconds.observe(Math.max(0, waitedSeconds))
}

/** `route` is the pattern (`/api/v1/orders/:id`), never the path. */
export function countRequest(method: string, route: string, status: number, seconds: number): void {
  requests.inc({ method, route, status: String(status) })
  requestSeconds.observe({ route }, seconds)
}

/** `outcome` is `done` or the kind of a ProviderError. */
export function countCall(
  provider: string,
  outcome: 'done' | 'rejected' | 'auth_failed' | 'unavailable' | 'ambiguous',
): void {
  calls.inc({ provider, outcome })
}

export function setViolations(id: string, rows: number): void {
  violations.set({ id }, rows)
}

export function setOldestDue(kind: string, seconds: number): void {
  dueSeconds.set({ kind }, seconds)
}

/** The page for Prometheus. With a database, the queue is counted first; when it does not answer, the page comes without. */
export async function metricsText(db?: Database): Promise<string> {
  if (db !== undefined) await countQueue(db)
  return registry.metrics()
}

export const metricsContentType = registry.contentType

async function countQueue(db: Database): Promise<void> {
  try {
    const { rows } = await db.pool.query<{ waiting: bigint; parked: bigint }>(
      `select count(*) filter (where is_available or locked_at is not null) as waiting,
        count(*) filter (where locked_at is null and attempts >= max_attempts) as parked
      from graphile_worker._private_jobs`,
    )
    queueDepth.set(Number(rows[0]?.waiting ?? 0))
    parked.set(Number(rows[0]?.parked ?? 0))
  } catch (error) {
    // An old figure would look like a calm queue.
    queueDepth.remove()
    parked.remove()
    db.log.warn('queue not counted', { error })
  }
}
