/** What a business does about the lines of somebody who takes his money back. */
import { z } from 'zod'
import { defineSetting } from '../../people/settings.ts'

const DisputeSettings = z.object({
  /** When money is taken: nothing, the line is cut off until it is decided, or it ends at once and its unused time is taken back. */
  when_opened: z.enum(['keep', 'suspend', 'end']).default('suspend'),
  /** When it is lost: it ends and its unused time is taken back, or stays as it is. */
  when_lost: z.enum(['end', 'keep']).default('end'),
})
export type DisputeSettings = z.infer<typeof DisputeSettings>

export const disputeSetting = defineSetting('disputes', DisputeSettings as z.ZodType<DisputeSettings>)
