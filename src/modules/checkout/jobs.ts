/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

/** An order whose line is up, and that does not say so yet. */
export const settleOrderJob = defineJob('settle-order', z.object({ businessId: z.string(), orderId: z.string() }), {
  swept: true,
})

export const expireOrderJob = defineJob('expire-order', z.object({ businessId: z.string(), orderId: z.string() }), {
  swept: true,
})
