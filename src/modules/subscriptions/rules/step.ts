/** One step of a policy: what is done, and how far from the end of paid time. */
import { z } from 'zod'
import { type Instant, plusDays, plusHours, type Zone } from '#platform/time.ts'

export const actions = [
  'issue_invoice',
  'charge',
  'remind',
  'flag',
  'notify_staff',
  'offer',
  'grace',
  'restrict',
  'suspend',
  'terminate',
] as const
export type Action = (typeof actions)[number]

/** What asks for money, or speaks of it: nothing of it is done for who leaves at the end or only tried. */
export const asksForMoney: ReadonlySet<Action> = new Set(['issue_invoice', 'charge', 'flag', 'grace', 'restrict'])

const hours = z
  .number()
  .min(-24 * 90)
  .max(24 * 365)
const days = z.int().min(-90).max(365)
export const StepKey = z.string().regex(/^[a-z0-9_]{1,40}$/)

const when = {
  /** Hours from the end of paid time, exact: negative before, positive after. */
  offset_hours: hours.optional(),
  /** Days on the wall clock of the business's zone: the time of day stays when clocks change. */
  offset_days: days.optional(),
  /** On a weekend or holiday of the policy's calendar: to the next, or the previous, business day. */
  business_days: z.enum(['next', 'previous']).optional(),
}

const oneOffset = (step: { offset_hours?: number | undefined; offset_days?: number | undefined }): boolean =>
  (step.offset_hours === undefined) !== (step.offset_days === undefined)
const oneOffsetMessage = { error: 'Give either offset_hours or offset_days.' }

export const Step = z
  .strictObject({
    /** Unique within the policy: what is done is remembered under it. */
    key: StepKey,
    action: z.enum(actions),
    /** `restrict`: so many connections are left; 1 when left out. */
    connections: z.int().min(1).max(49).optional(),
    ...when,
  })
  .refine(oneOffset, oneOffsetMessage)
  .refine(({ action, connections }) => connections === undefined || action === 'restrict', {
    path: ['connections'],
    error: 'Only a step "restrict" says how many connections are left.',
  })
export type Step = z.infer<typeof Step>

/** How many connections a step `restrict` leaves. */
export const leftBy = ({ connections }: Pick<Step, 'connections'>): number => connections ?? 1

/** When a step happens instead. */
export const When = z.strictObject(when).refine(oneOffset, oneOffsetMessage)
export type When = z.infer<typeof When>

/** The offset in hours as the calendar has them without clock changes: for comparing and sorting, not for reckoning. */
export const nominalHours = (step: Pick<Step, 'offset_hours' | 'offset_days'>): number =>
  step.offset_days === undefined ? (step.offset_hours ?? 0) : step.offset_days * 24

/** Days on the wall clock of `zone`, then exact hours. */
export const after = (at: Instant, days: number, hours: number, zone: Zone): Instant =>
  plusHours(days === 0 ? at : plusDays(at, days, zone), hours)

/** `3 days`, `1 hour`; the sign is the caller's. */
export function lengthOf(step: Pick<Step, 'offset_hours' | 'offset_days'>): string {
  const hours = Math.abs(nominalHours(step))
  const [count, unit] = hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** `3 days after the end of paid time: suspend` */
export function describe(step: Omit<Step, 'key'>): string {
  const offset = nominalHours(step)
  const when =
    offset === 0
      ? 'at the end of paid time'
      : `${lengthOf(step)} ${offset < 0 ? 'before' : 'after'} the end of paid time`
  const moved = step.business_days === undefined ? '' : `, or the ${step.business_days} business day`
  const left = leftBy(step)
  const what =
    step.action === 'restrict'
      ? `restrict to ${left} connection${left === 1 ? '' : 's'}`
      : step.action.replaceAll('_', ' ')
  return `${when}${moved}: ${what}`
}
