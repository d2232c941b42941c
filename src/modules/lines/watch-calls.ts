/** Calls of a panel for one line: each is timed, kept for the set-up log, and a point at which the process may die. */
import type { Panel } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { crashPoint } from '#platform/crash.ts'
import { type Batch, sql, type Tx, table, written } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { mayHang } from './hanging.ts'
import { countingTurns, hasPace } from './pace-panel.ts'
import type { OpenPanel } from './panels.ts'

export type Call = { operation: string; outcome: string; code: string | null; detail: string; tookMs: number }

/** The panel, with each call of it written to `calls`. */
export function watch(shop: Shop, opened: OpenPanel, calls: Call[]): Panel {
  return new Proxy(opened.panel, {
    get(target, operation: string) {
      const method = target[operation as keyof typeof target] as unknown
      if (typeof method !== 'function') return method
      return async (...values: unknown[]) => {
        const started = stopwatch()
        const turns = { waitedMs: 0 }
        const keep = (outcome: string, code: string | null, detail: string) =>
          calls.push({
            operation,
            outcome,
            code,
            detail,
            tookMs: Math.max(0, Math.round(stopwatch() - started - turns.waitedMs)),
          })
        crashPoint(`panel-${operation}:before`)
        // Where calls wait for turns, only what is under way can hang.
        const ends = hasPace(opened.row) ? () => {} : mayHang(target)
        try {
          const answer: unknown = await countingTurns(turns, () => method.apply(target, values))
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
