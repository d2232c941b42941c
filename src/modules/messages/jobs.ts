/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'
import type { Letter } from './letter.ts'

/** Longer than a transport may take for one message. */
export const leaseSeconds = 90

/** A message that was born as claimed by this process, until `until`, and its letter when all that it takes was at hand. */
export type Born = { until: Temporal.Instant; letter: Letter | undefined }

/** What a message is about, known before it is claimed. */
export type Known = z.infer<typeof sendMessageJob.payload>['known']

/** `known`: what the message is about, so that its facts are read while it is claimed; `born` only within the process that made it. */
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
    born: z.custom<Born>().optional(),
  }),
  { swept: true, goesOn: true },
)
