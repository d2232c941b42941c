/** Job names and payloads of this room; `main.ts` ties each to its use case. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

/** An adoption that is under way: lines are read, adopted, or given back. */
export const moveAdoptionJob = defineJob(
  'move-adoption',
  z.object({ businessId: z.string(), adoptionId: z.string() }),
  {
    swept: true,
  },
)
