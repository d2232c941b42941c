/** Looks over the panel's fence: when each line was really on, as its viewer would say, and when nobody could have helped it. */
import type { Outside } from './outside.ts'

type Row = {
  id: number
  username: string
  password: string
  enabled: number
  admin_enabled: number
  exp_date: number | null
}
type Span = { from: number; to: number }

const hour = 3_600_000

export function openWatch(outside: Outside, now: () => Temporal.Instant) {
  const rows = () => outside.panel.store.shelf<Row>('lines')
  const spans = new Map<string, Span[]>()
  /** On since, and until when the panel would let it be on. */
  const on = new Map<number, { username: string; from: number; until: number }>()
  const trouble: { what: string; from: number; to: number | null }[] = []
  let seen = 0

  function close(id: number, at: number): void {
    const known = on.get(id)
    if (known === undefined) return
    on.delete(id)
    const list = spans.get(known.username) ?? []
    list.push({ from: known.from, to: Math.min(at, known.until) })
    spans.set(known.username, list)
  }

  return {
    /** Takes down what changed on the panel since the last look. */
    look(): void {
      const facts = outside.panel.store.facts(seen)
      for (const { ids } of facts) {
        const id = Number(ids.id)
        const at = now().epochMilliseconds
        const row = rows().get(id)
        close(id, at)
        if (row !== undefined && row.enabled === 1 && row.admin_enabled === 1)
          on.set(id, { username: row.username, from: at, until: (row.exp_date ?? Number.POSITIVE_INFINITY) * 1_000 })
      }
      seen += facts.length
    },
    lines: (): Row[] => [...rows().values()],
    /** By user name, until now, lines that are on included. */
    spans(): ReadonlyMap<string, readonly Span[]> {
      const at = now().epochMilliseconds
      const all = new Map([...spans].map(([username, list]) => [username, [...list]]))
      for (const { username, from, until } of on.values()) {
        const list = all.get(username) ?? []
        list.push({ from, to: Math.min(at, until) })
        all.set(username, list)
      }
      return all
    },
    /** Somebody else's machine, or all of us, cannot be reached from here on. */
    troubleBegins: (what: string) => void trouble.push({ what, from: now().epochMilliseconds, to: null }),
    /** Of that kind; left out: of every kind. */
    troubleEnds(what?: string): void {
      for (const each of trouble) if (what === undefined || each.what === what) each.to ??= now().epochMilliseconds
    },
    /** How long a line may be off within a span for reasons that nobody could help: trouble, and the hours in which work is tried again. */
    excuse: ({ from, to }: Span): number =>
      trouble.reduce(
        (sum, each) => sum + overlap({ from, to }, { from: each.from, to: (each.to ?? to) + hour }),
        6 * hour,
      ),
  }
}

export const overlap = (a: Span, b: Span): number => Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
