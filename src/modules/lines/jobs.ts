/** Job names and payloads of this room; `main.ts` ties each to its use case. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

const ofLine = z.object({ businessId: z.string(), lineId: z.string() })

export const reconcileLineJob = defineJob('reconcile-line', ofLine, { swept: true })
/** A line is up for the first time: its order is ready. Tied to `checkout`, whose sweep finds it too. */
export const lineUpJob = defineJob('line-up', ofLine, { swept: true })
/** The panel would not for a while, or agreed after that: the order moves, the buyer is told. Tied to `checkout`. */
export const lineSettledJob = defineJob('line-settled', ofLine)
