/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

export const executeStepsJob = defineJob(
  'execute-steps',
  z.object({ businessId: z.string(), subscriptionId: z.string() }),
  { swept: true },
)
