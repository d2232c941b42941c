/** Job names and payloads of this room; `main.ts` ties each to its use case. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'
import type { Line } from './rules.ts'

const ofLine = z.object({ businessId: z.string(), lineId: z.string() })

/** `known`: the line as it was wished a moment ago, only within the process that wished it. */
export const reconcileLineJob = defineJob('reconcile-line', ofLine.extend({ known: z.custom<Line>().optional() }), {
  swept: true,
})
/** The panel would not for a while, or agreed after that: the order moves, the buyer is told. Tied to `checkout`. */
export const lineSettledJob = defineJob('line-settled', ofLine)
