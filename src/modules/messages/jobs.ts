/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

export const sendMessageJob = defineJob('send-message', z.object({ businessId: z.string(), messageId: z.string() }), {
  swept: true,
})
