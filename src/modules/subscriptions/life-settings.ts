/** What a business decides about the life of its subscriptions: how a change of plan is counted, how long a line may rest, what is given back. */
import { z } from 'zod'
import { defineSetting } from '../people/settings.ts'

/** What of the money for time that is left goes back on an early end. */
export const RefundPolicy = z.object({
  kind: z.enum(['none', 'prorated', 'full_within']).default('none'),
  /** `full_within`: all of it so many days after it was bought, nothing later. */
  days: z.int().min(1).max(365).default(14),
  /** Kept from what would be given back, in minor units. */
  fee_minor: z.int().min(0).max(100_000_000).default(0),
})
export type RefundPolicy = z.infer<typeof RefundPolicy>

/** What is asked of who pays late; `rules/late-fee.ts` of billing says how it is reckoned. */
export const LateFees = z.object({
  fee: z.enum(['off', 'percent', 'amount']).default('off'),
  after_days: z.int().min(1).max(90).default(7),
  percent: z
    .string()
    .regex(/^\d{1,2}(\.\d{1,2})?$/)
    .default('5'),
  amount_minor: z.int().min(0).max(100_000_000).default(0),
  every_days: z.int().min(0).max(90).default(0),
  most_percent: z.int().min(1).max(100).default(25),
  /** Since when fees are asked for: what was due before costs nothing. Set by itself. */
  since: z.string().nullable().default(null),
})

const LifeSettings = z.object({
  /** An upgrade keeps the end of paid time and asks for the difference, or begins a period of its own. */
  upgrade: z.enum(['keep', 'restart']).default('keep'),
  proration: z.enum(['second', 'day']).default('second'),
  /** 0: customers cannot pause. Staff can, within the same limits. */
  pauses_per_year: z.int().min(0).max(12).default(2),
  pause_days_per_year: z.int().min(1).max(365).default(60),
  refund: RefundPolicy.prefault({}),
  /** Who brings subscriptions of one customer together: he himself as well, or staff alone. */
  households: z.enum(['customers', 'staff']).default('customers'),
  /** Renewals of a customer that are invoiced and due on the same day go on one invoice. SQL reads it by this name (`queries.ts`). */
  invoices: z.enum(['per_subscription', 'per_day']).default('per_subscription'),
  /** A customer's balance pays an invoice that it covers, or waits until somebody says so. */
  balance: z.enum(['by_itself', 'when_asked']).default('by_itself'),
  late_fees: LateFees.prefault({}),
  /** Plans with a policy of their own, by id. */
  refund_by_plan: z.record(z.string(), RefundPolicy).default({}),
})
export type LifeSettings = z.infer<typeof LifeSettings>
/** What is left out is as it is by default. */
export type LifeSettingsInput = z.input<typeof LifeSettings>

export const lifeSetting = defineSetting('subscriptions', LifeSettings as z.ZodType<LifeSettings>)
