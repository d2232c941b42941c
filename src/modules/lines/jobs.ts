/** Job names and payloads of this room; `main.ts` ties each to its use case. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'
import type { Ahead } from './look-ahead.ts'
import type { Line } from './rules.ts'

const ofLine = z.object({ businessId: z.string(), lineId: z.string() })

/** Longer than any panel may take to answer, so that a lease never ends under a running call. */
export const leaseSeconds = 150

/**
 * `known`: the line as it was wished a moment ago, only within the process that wished it; `held`: until when it is claimed already;
 * `looking`: the panel is asked already what it has.
 */
const reconcilePayload = ofLine.extend({
  known: z.custom<Line>().optional(),
  held: z.custom<Temporal.Instant | null>().optional(),
  looking: z.custom<Promise<Ahead | null>>().optional(),
})

export type ReconcilePayload = z.infer<typeof reconcilePayload>

export const reconcileLineJob = defineJob('reconcile-line', reconcilePayload, { swept: true, goesOn: true })
/** The panel would not for a while, or agreed after that: the order moves, the buyer is told. Tied to `checkout`. */
export const lineSettledJob = defineJob('line-settled', ofLine)

/** Looks after a panel as a whole: compares what it lists with what we keep. */
export const checkPanelJob = defineJob('check-panel', z.object({ businessId: z.string(), panelId: z.string() }), {
  swept: true,
})
/** A line that is on its way to another panel. */
export const carryLineJob = defineJob('carry-line', z.object({ businessId: z.string(), moveId: z.string() }), {
  swept: true,
})
/** What a line left behind on a panel. */
export const clearLeftoverJob = defineJob(
  'clear-leftover',
  z.object({ businessId: z.string(), leftoverId: z.string() }),
  { swept: true },
)
/** A panel that is being emptied: its next wave. */
export const evacuatePanelJob = defineJob(
  'evacuate-panel',
  z.object({ businessId: z.string(), evacuationId: z.string() }),
  { swept: true },
)
