/** Writes a new version of a policy; earlier versions stay readable, and everybody under it is looked at again, in batches. */
import type { Shop } from '#app.ts'
import { json, maybe, one, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from '../people/business.ts'
import { holidaysOf, weekendOf } from './holidays.ts'
import { applyPoliciesJob } from './jobs.ts'
import type { Calendar } from './rules/calendar.ts'
import { faultsOf, type Policy } from './rules/policy.ts'
import type { Rule } from './rules/rule.ts'
import type { Step } from './rules/step.ts'

/** What an operator says of business days; the holidays' dates are found here. */
export type CalendarWish = { country: string | null; region?: string | null; weekend?: number[]; also?: string[] }

export type PolicyWish = {
  /** Left out: a new policy. */
  id?: string
  name: string
  steps: readonly Step[]
  /** Left out: as they are. */
  rules?: readonly Rule[]
  calendar?: CalendarWish | null
}

/** How many years a version knows the holidays of; saving it again renews them. */
const yearsAhead = 10

/** Gives the policy as it stands afterwards. Refuses with `invalid_input` what `faultsOf` finds. */
export async function savePolicy(tx: Tx, shop: Shop, wish: PolicyWish, now: Temporal.Instant): Promise<Policy> {
  const id = wish.id ?? newId('pol', shop.app.clock)
  const known = await maybe(
    tx,
    sql<{
      rules: Rule[]
      calendar: Calendar | null
    }>`select rules, calendar from policies where business_id = current_business() and id = ${id} and current for update`,
  )
  const rules = wish.rules ?? known?.rules ?? []
  const calendar = wish.calendar === undefined ? (known?.calendar ?? null) : calendarOf(wish.calendar, shop, now)
  const { name, steps } = wish
  const faults = faultsOf(steps, rules)
  if (faults.length > 0)
    throw new Refusal(
      'invalid_input',
      faults.join(' '),
      faults.map((detail) => ({ pointer: '/steps', code: 'policy', detail })),
    )
  await run(
    tx,
    sql`update policies set current = false where business_id = current_business() and id = ${id} and current`,
  )
  const { version } = await one(
    tx,
    sql<{
      version: number
    }>`insert into policies (business_id, id, version, name, steps, rules, calendar, current, created_at, created_by)
      values (${shop.businessId}, ${id}, (select coalesce(max(version), 0) + 1 from policies where business_id = current_business() and id = ${id}),
        ${name}, ${json(steps)}, ${json(rules)}, ${calendar === null ? null : json(calendar)}, true, ${now}, ${shop.actor}) returning version`,
  )
  forgetAfter(tx, shop)
  await record(tx, shop, now, { type: 'policy.changed', subjectType: 'policy', subjectId: id, data: { version } })
  if (known !== null)
    await enqueue(tx, applyPoliciesJob, { businessId: shop.businessId }, `apply-policies/${shop.businessId}`)
  return { id, version, name, steps, rules, calendar }
}

/** The calendar as a version keeps it: a new version keeps last year, too, for periods that began there. */
export function calendarOf(
  wish: CalendarWish | null,
  shop: Pick<Shop, 'zone'>,
  now: Temporal.Instant,
): Calendar | null {
  if (wish === null) return null
  const { country, region = null, also = [] } = wish
  const { year } = now.toZonedDateTimeISO(shop.zone)
  return {
    country,
    region,
    weekend: wish.weekend ?? (country === null ? [6, 7] : weekendOf(country)),
    holidays: country === null ? [] : holidaysOf(country, region, year - 1, year + yearsAhead),
    also: [...new Set(also)].sort(),
  }
}
