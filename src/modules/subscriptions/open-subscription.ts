/** Makes a subscription with its line, both waiting for money: nothing exists on a panel yet. */
import type { Shop } from '#app.ts'
import { json, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Money } from '#platform/money.ts'
import { type Plan, type Product, termOf } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { prepareLine } from '../lines/want-line.ts'
import { forgetAfter } from '../people/business.ts'
import { policyExists } from './queries.ts'
import { defaultSteps, type Step } from './rules/policy.ts'

export const defaultPolicyId = 'pol_default'

export type NewSubscription = {
  customerId: string
  plan: Plan
  product: Product
  /** What the customer agreed to pay at each renewal; holds until an announced change (F63). */
  price: Money
  username?: string | undefined
  password?: string | undefined
  mac?: string | undefined
}

export async function openSubscription(
  tx: Tx,
  shop: Shop,
  facts: NewSubscription,
  now: Temporal.Instant,
): Promise<{ subscriptionId: string; lineId: string }> {
  const id = newId('sub', shop.app.clock)
  const { unit, count } = termOf(facts.plan)
  await ensureDefaultPolicy(tx, shop, now)
  await run(
    tx,
    sql`insert into subscriptions (business_id, id, customer_id, plan_id, status, zone, currency, price_minor, credit_cost_milli, term_unit, term_count, policy_id, auto_renew, created_at)
      values (${shop.businessId}, ${id}, ${facts.customerId}, ${facts.plan.id}, 'pending', ${shop.zone}, ${facts.price.currency}, ${facts.price.minor}, ${facts.plan.creditCostMilli},
        ${unit}, ${count}, ${defaultPolicyId}, ${facts.plan.renewable && !facts.plan.trial}, ${now})`,
  )
  const lineId = await prepareLine(
    tx,
    shop,
    {
      customerId: facts.customerId,
      subscriptionId: id,
      product: facts.product,
      username: facts.username,
      password: facts.password,
      mac: facts.mac,
    },
    now,
  )
  return { subscriptionId: id, lineId }
}

/** The first sale brings the standard policy; two first sales at once bring it once. */
export async function ensureDefaultPolicy(tx: Tx, shop: Shop, now: Temporal.Instant): Promise<void> {
  if (await policyExists(tx, defaultPolicyId)) return
  await run(
    tx,
    sql`insert into policies (business_id, id, version, name, steps, current, created_at, created_by)
      values (${shop.businessId}, ${defaultPolicyId}, 1, 'Standard', ${json(defaultSteps)}, true, ${now}, 'system') on conflict do nothing`,
  )
}

/** A new version of a policy; earlier versions stay readable. The engine looks at everybody under it again. */
export async function savePolicy(
  tx: Tx,
  shop: Shop,
  policy: { id: string; name: string; steps: readonly Step[] },
  now: Temporal.Instant,
): Promise<void> {
  await run(
    tx,
    sql`update policies set current = false where business_id = current_business() and id = ${policy.id} and current`,
  )
  await run(
    tx,
    sql`insert into policies (business_id, id, version, name, steps, current, created_at, created_by)
      values (${shop.businessId}, ${policy.id}, (select coalesce(max(version), 0) + 1 from policies where business_id = current_business() and id = ${policy.id}),
        ${policy.name}, ${json(policy.steps)}, true, ${now}, ${shop.actor})`,
  )
  await run(
    tx,
    sql`update subscriptions set next_step_at = ${now} where business_id = current_business() and policy_id = ${policy.id} and status not in ('pending', 'terminated')`,
  )
  forgetAfter(tx, shop)
  await record(tx, shop, now, { type: 'policy.changed', subjectType: 'policy', subjectId: policy.id })
}
