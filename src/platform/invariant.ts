/** What must always be true, as a query that finds where it is not. Rooms list theirs in `invariants.ts`. */
import type { RawBuilder } from 'kysely'
import type { Instant } from './time.ts'

export type Invariant = {
  /** `M5-balance`: the letter and number of the rule it belongs to, then what it looks at. Metrics and alarms carry it. */
  readonly id: string
  /** What holds, as a sentence for operators. */
  readonly text: string
  readonly room: string
  /** Rows that break it, with what tells where: no row means that it holds. Runs as the report role, over all businesses. */
  query(now: Instant): RawBuilder<unknown>
}

type Listed = Omit<Invariant, 'room'>

/** Invariants of one room. */
export const invariantsOf = (room: string, list: readonly Listed[]): readonly Invariant[] =>
  list.map((each) => ({ ...each, room }))
