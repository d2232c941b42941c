/** Makes a subscription with its line, both waiting for money: nothing exists on a panel yet. */
import type { Shop } from '#app.ts'
import { json, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Money } from '#platform/money.ts'
import type { Instant } from '#platform/time.ts'
import { type Plan, type Product, termOf } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { prepareLine } from '../lines/want-line.ts'
import { writeHeld } from './add-ons.ts'
import { keptChoices, policyExists } from './queries.ts'
import { extraConnections, type HeldAddOn } from './rules/add-on.ts'
import { choose, defaultPolicyId } from './rules/choice.ts'
import { standardPolicy } from './rules/policy.ts'

export type NewSubscription = {
  customerId: string
  plan: Plan
  product: Product
  /** What the customer agreed to pay at each renewal; holds until an announced change (F63). */
  price: Money
  username?: string | undefined
  password?: string | undefined
  mac?: string | undefined
  namesOnPanel?: readonly string[] | undefined
  /** Of the buyer, where it is known: panels may be for countries. */
  country?: string | null | undefined
  /** Bought with it: paid with the first period, and asked for at each renewal. */
  addOns?: readonly HeldAddOn[] | undefined
  couponUseId?: string | undefined
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
  const sold = { planId: facts.plan.id, productId: facts.product.id }
  const { policyId, policyChosenBy } = choose(await keptChoices(tx, shop), null, sold, null)
  await run(
    tx,
    sql`insert into subscriptions (business_id, id, customer_id, plan_id, status, zone, currency, price_minor, credit_cost_milli, term_unit, term_count, policy_id, policy_chosen_by, auto_renew, coupon_use_id, created_at)
      values (${shop.businessId}, ${id}, ${facts.customerId}, ${facts.plan.id}, 'pending', ${shop.zone}, ${facts.price.currency}, ${facts.price.minor}, ${facts.plan.creditCostMilli},
        ${unit}, ${count}, ${policyId}, ${policyChosenBy}, ${facts.plan.renewable && !facts.plan.trial}, ${facts.couponUseId ?? null}, ${now})`,
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
      namesOnPanel: facts.namesOnPanel,
      country: facts.country,
      extraConnections: extraConnections(facts.addOns ?? []),
    },
    now,
  )
  if (facts.addOns !== undefined && facts.addOns.length > 0) await writeHeld(tx, shop, id, facts.addOns)
  return { subscriptionId: id, lineId }
}

/** What is taken over from a panel: paid until the end that it has there, and asleep until a person says so. Its line is made by the caller. */
export async function openAdopted(
  tx: Tx,
  shop: Shop,
  facts: Pick<NewSubscription, 'customerId' | 'plan' | 'price'> & { paidThrough: Instant; anchorDay: number },
  now: Instant,
): Promise<string> {
  const id = newId('sub', shop.app.clock)
  const { plan, price, paidThrough } = facts
  const { unit, count } = termOf(plan)
  await ensureDefaultPolicy(tx, shop, now)
  const sold = { planId: plan.id, productId: plan.productId }
  const { policyId, policyChosenBy } = choose(await keptChoices(tx, shop), null, sold, null)
  await run(
    tx,
    sql`insert into subscriptions (business_id, id, customer_id, plan_id, status, zone, anchor_day, paid_through, currency, price_minor, credit_cost_milli, term_unit, term_count,
        policy_id, policy_chosen_by, asleep_since, created_at)
      values (${shop.businessId}, ${id}, ${facts.customerId}, ${plan.id}, 'active', ${shop.zone}, ${facts.anchorDay}, ${paidThrough}, ${price.currency}, ${price.minor}, ${plan.creditCostMilli},
        ${unit}, ${count}, ${policyId}, ${policyChosenBy}, ${now}, ${now})`,
  )
  await run(
    tx,
    sql`insert into periods (business_id, id, subscription_id, starts, ends, kind, created_at)
      values (${shop.businessId}, ${newId('per', shop.app.clock)}, ${id}, ${now}, ${paidThrough}, 'free', ${now})`,
  )
  await record(tx, shop, now, {
    type: 'subscription.adopted',
    subjectType: 'subscription',
    subjectId: id,
    customerId: facts.customerId,
    data: { to: 'active', paid_through: paidThrough.toString() },
  })
  return id
}

/** The first sale brings the standard policy; two first sales at once bring it once. */
export async function ensureDefaultPolicy(tx: Tx, shop: Shop, now: Temporal.Instant): Promise<void> {
  if (await policyExists(tx, defaultPolicyId)) return
  await run(
    tx,
    sql`insert into policies (business_id, id, version, name, steps, current, created_at, created_by)
      values (${shop.businessId}, ${defaultPolicyId}, 1, ${standardPolicy.name}, ${json(standardPolicy.steps)}, true, ${now}, 'system') on conflict do nothing`,
  )
}
