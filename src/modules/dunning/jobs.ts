/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

/** A declared incident whose end has come, or of which a batch is to be compensated. */
export const moveIncidentJob = defineJob(
  'move-incident',
  z.object({ businessId: z.string(), incidentId: z.string() }),
  { swept: true },
)

/** A test business on its journey in time. */
export const travelJob = defineJob('travel', z.object({ businessId: z.string() }), { swept: true })

/**
 * As `execute-steps`, for many: made by the sweep. Not `swept`: what is slow in it is our own database, so a set that takes long keeps its
 * place in the queue. Beside the queue it would count as done, and the sweep would hand out its rows a second time while they wait.
 */
export const executeStepSetJob = defineJob(
  'execute-step-set',
  z.object({ businessId: z.string(), ids: z.array(z.string()) }),
)

export const executeStepsJob = defineJob(
  'execute-steps',
  z.object({ businessId: z.string(), subscriptionId: z.string() }),
  { swept: true },
)
