/** Calls of a panel for one line: each is timed, kept for the set-up log, and a point at which the process may die. */
import type { Panel } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { crashPoint } from '#platform/crash.ts'
import { type Batch, sql, type Tx, table, written } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { secretsOf } from '../people/settings.ts'
import { type CallUnderway, during } from './call-underway.ts'
import { mayHang } from './hanging.ts'
import { hasPace } from './pace-panel.ts'
import type { OpenPanel } from './panels.ts'
import { type TracedCall, toldOf } from './trace-calls.ts'

/** `requests`: what went over the wire, redacted; null where nobody will want to see it. */
export type Call = {
  operation: string
  outcome: string
  code: string | null
  detail: string
  tookMs: number
  requests: TracedCall[] | null
}

/** The panel, with each call of it written to `calls`. `bodies`: of which calls what went over the wire is kept. */
export function watch(
  shop: Shop,
  opened: OpenPanel,
  calls: Call[],
  { bodies }: { bodies: 'all' | 'failed' } = { bodies: 'failed' },
): Panel {
  return new Proxy(opened.panel, {
    get(target, operation: string) {
      const method = target[operation as keyof typeof target] as unknown
      if (typeof method !== 'function') return method
      return async (...values: unknown[]) => {
        const started = stopwatch()
        const call: CallUnderway = { waitedMs: 0, exchanged: [] }
        const keep = (outcome: string, code: string | null, detail: string) =>
          calls.push({
            operation,
            outcome,
            code,
            detail,
            tookMs: Math.max(0, Math.round(stopwatch() - started - call.waitedMs)),
            requests: bodies === 'all' || outcome !== 'ok' ? toldWithout(secretsIn(opened, values), call) : null,
          })
        crashPoint(`panel-${operation}:before`)
        // Where calls wait for turns, only what is under way can hang.
        const ends = hasPace(opened.row) ? () => {} : mayHang(target)
        try {
          const answer: unknown = await during(call, () => method.apply(target, values))
          crashPoint(`panel-${operation}:after`)
          keep('ok', null, answer === null ? 'not there' : '')
          return answer
        } catch (error) {
          if (error instanceof ProviderError) keep(error.kind, error.code, error.message)
          shop.app.log.warn('panel call failed', { panel: opened.row.id, operation, error })
          throw error
        } finally {
          ends()
        }
      }
    },
  })
}

const toldWithout = (secrets: readonly string[], { exchanged }: CallUnderway): TracedCall[] =>
  exchanged.map((each) => toldOf(each, secrets))

/** What lets us in, and every login and address of a box that the call was told: its words are refs, user names, references and logins. */
function secretsIn({ kind, settings }: OpenPanel, values: readonly unknown[]): string[] {
  const ours = secretsOf(kind.settings).map((name) => String(settings[name] ?? ''))
  const theirs = [...passwordsIn(values), ...(typeof values[2] === 'string' ? [values[2]] : [])]
  return [...ours, ...theirs].flatMap(inBothWritings)
}

/** Portals send addresses of boxes in base64, some panels without colons. */
const inBothWritings = (secret: string): string[] =>
  secret === '' ? [] : [secret, Buffer.from(secret).toString('base64'), secret.replaceAll(':', '')]

/** Whatever is called a password or an address of a box, however deep: former ones and those of boxes beside it, too. */
function passwordsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(passwordsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) =>
    (name === 'password' || name === 'mac') && typeof each === 'string' ? [each] : passwordsIn(each),
  )
}

/** `id` null: for no line, a look at the panel itself. */
type CalledFor = { id: string | null; panelId: string }

export function saveCalls(tx: Tx, shop: Shop, line: CalledFor, calls: readonly Call[], now: Temporal.Instant): void {
  for (const call of calls) written(tx, callsMade, { ...call, id: newId('call', shop.app.clock), line, now })
}

const callsMade: Batch<Call & { id: string; line: CalledFor; now: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  many: (
    calls,
  ) => sql`insert into panel_calls (business_id, id, panel_id, line_id, operation, outcome, code, detail, took_ms, at, requests)
    select current_business(), c.* from ${table('c', calls, [
      ['id', 'text', ({ id }) => id],
      ['panel_id', 'text', ({ line }) => line.panelId],
      ['line_id', 'text', ({ line }) => line.id],
      ['operation', 'text', ({ operation }) => operation],
      ['outcome', 'text', ({ outcome }) => outcome],
      ['code', 'text', ({ code }) => code],
      ['detail', 'text', ({ detail }) => detail],
      ['took_ms', 'int', ({ tookMs }) => tookMs],
      ['at', 'timestamptz', ({ now }) => now],
      ['requests', 'jsonb', ({ requests }) => requests],
    ])}`,
}
