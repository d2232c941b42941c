/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

/** Once a night: what an affiliate has earned since, what went back, what is free and paid out. */
export const lookAtAffiliateJob = defineJob(
  'look-at-affiliate',
  z.object({ businessId: z.string(), affiliateId: z.string() }),
  { swept: true },
)
