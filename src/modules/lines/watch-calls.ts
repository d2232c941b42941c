/** Calls of a panel for one line: each is timed, kept for the set-up log, and a point at which the process may die. */
import type { Panel } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { crashPoint } from '#platform/crash.ts'
import { type Batch, sql, type Tx, table, written } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { OpenPanel } from './panels.ts'

export type Call = { operation: string; outcome: string; code: string | null; detail: string; tookMs: number }

/** A call without an answer for so long hangs. */
const hangsAfterMs = 2_000
/** So many that hang at once are enough to find out about a panel: whoever comes then does not join them. */
const mostHanging = 3
const hanging = new WeakMap<Panel, number>()

/** Whether calls of this process hang on the panel just now; the breaker learns of it when they end. */
export const hangs = (panel: Panel): boolean => (hanging.get(panel) ?? 0) >= mostHanging

/** Counts among those that hang for as long as it does. Ended by what it gives. */
function mayHang(panel: Panel): () => void {
  const add = (by: number) => hanging.set(panel, (hanging.get(panel) ?? 0) + by)
  let counted = false
  const timer = setTimeout(() => {
    counted = true
    add(1)
  }, hangsAfterMs)
  return () => {
    clearTimeout(timer)
    if (counted) add(-1)
  }
}

/** The panel, with each call of it written to `calls`. */
export function watch(shop: Shop, opened: OpenPanel, calls: Call[]): Panel {
  return new Proxy(opened.panel, {
    get(target, operation: string) {
      const method = target[operation as keyof typeof target] as unknown
      if (typeof method !== 'function') return method
      return async (...values: unknown[]) => {
        const started = stopwatch()
        const keep = (outcome: string, code: string | null, detail: string) =>
          calls.push({ operation, outcome, code, detail, tookMs: Math.round(stopwatch() - started) })
        crashPoint(`panel-${operation}:before`)
        const ends = mayHang(target)
        try {
          const answer: unknown = await method.apply(target, values)
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

/** `id` null: for no line, a look at the panel itself. */
type CalledFor = { id: string | null; panelId: string }

export function saveCalls(tx: Tx, shop: Shop, line: CalledFor, calls: readonly Call[], now: Temporal.Instant): void {
  for (const call of calls) written(tx, callsMade, { ...call, id: newId('call', shop.app.clock), line, now })
}

const callsMade: Batch<Call & { id: string; line: CalledFor; now: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  many: (
    calls,
  ) => sql`insert into panel_calls (business_id, id, panel_id, line_id, operation, outcome, code, detail, took_ms, at)
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
    ])}`,
}
