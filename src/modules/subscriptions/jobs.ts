/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

/** A pause whose last day has come. */
export const resumeWhenDueJob = defineJob(
  'resume-when-due',
  z.object({ businessId: z.string(), subscriptionId: z.string() }),
  { swept: true },
)

/** The wallet that this business holds with its parent has too little for somebody who waits. Tied to `reselling`. */
export const creditsShortJob = defineJob('credits-short', z.object({ businessId: z.string() }))

/** `after`: the last subscription of the batch before; `only`: just this one. */
export const applyPoliciesJob = defineJob(
  'apply-policies',
  z.object({ businessId: z.string(), after: z.string().optional(), only: z.string().optional() }),
)

const campaignBatch = z.object({ businessId: z.string(), campaignId: z.string(), after: z.string().optional() })

/** `after`: the last subscription of the batch before. */
export const announcePricesJob = defineJob('announce-prices', campaignBatch)

/** `after`: the last change of a price of the batch before. */
export const withdrawPricesJob = defineJob('withdraw-prices', campaignBatch)
