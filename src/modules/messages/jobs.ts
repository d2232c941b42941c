/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

/** What a message is about, known before it is claimed. */
export type Known = z.infer<typeof sendMessageJob.payload>['known']

/** `known`: what the message is about, so that its facts are read while it is claimed. */
export const sendMessageJob = defineJob(
  'send-message',
  z.object({
    businessId: z.string(),
    messageId: z.string(),
    known: z
      .object({
        template: z.string(),
        kind: z.enum(['service', 'marketing', 'staff']),
        customerId: z.string().nullable(),
        about: z.record(z.string(), z.string()),
      })
      .optional(),
  }),
  { swept: true },
)
