/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

/** A period that begins, one that waits and could be served, or one whose line is up while its credits are only held. */
export const resumeCreditsJob = defineJob(
  'resume-credits',
  z.object({ businessId: z.string(), periodId: z.string() }),
  {
    swept: true,
  },
)

/** The lines of a business rest or come back, as whoever is above it decided; a batch, followed by the next. */
export const restLinesJob = defineJob('rest-lines', z.object({ businessId: z.string() }))

/** A business and, where they are told, its customers hear what was decided above; a batch of customers, followed by the next. */
export const tellBranchJob = defineJob(
  'tell-branch',
  z.object({
    businessId: z.string(),
    told: z.enum(['suspended', 'lifted', 'moved', 'closing', 'staying', 'closed']),
    /** Of the suspension, the move or the end: the occasion. */
    since: z.string(),
    lines: z.enum(['kept', 'paused']).optional(),
    tells: z.boolean().optional(),
    after: z.string().optional(),
  }),
)

/** A purchase of credits whose invoice was paid or closed. */
export const settleCreditOrderJob = defineJob(
  'settle-credit-order',
  z.object({ businessId: z.string(), orderId: z.string() }),
  { swept: true },
)

/** A wallet that fell under the bound at which it buys credits by itself. */
export const topUpJob = defineJob('top-up', z.object({ businessId: z.string(), resellerId: z.string() }), {
  swept: true,
})
