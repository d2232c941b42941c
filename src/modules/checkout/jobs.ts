/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

export const expireOrderJob = defineJob('expire-order', z.object({ businessId: z.string(), orderId: z.string() }), {
  swept: true,
})
