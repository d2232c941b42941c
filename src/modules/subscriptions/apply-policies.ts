/**
 * After a policy or a choice of policies changed: puts everybody under the policy that is his now and makes the engine look, which
 * writes the new dates and the lines' expiry. In batches, each a commit of its own that nudges the next; safe to repeat, since only what
 * differs is written.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { factsOf } from './facts.ts'
import { applyPoliciesJob } from './jobs.ts'
import { choicesOf, listPolicies, lockSubscriptions } from './queries.ts'
import { asksFacts, type Choice, type Chosen, choose } from './rules/choice.ts'
import type { Facts } from './rules/condition.ts'
import type { Subscription } from './rules/subscription.ts'

const batch = 1_000

export async function applyPolicies(shop: Shop, which: { after?: string | undefined; only?: string | undefined } = {}) {
  const now = shop.now()
  await transaction(shop, 'apply-policies', async (tx) => {
    const found = await lockSubscriptions(tx, which, batch)
    const choices = await choicesOf(tx)
    const facts = asksFacts(choices) ? await factsOf(tx, idsOf(found)) : new Map<string, Facts>()
    const versions = new Map((await listPolicies(tx)).map(({ id, version }) => [id, version]))
    const changed = found.flatMap((subscription) => {
      const chosen = chosenFor(subscription, choices, facts.get(subscription.id) ?? null)
      const version = versions.get(chosen.policyId) ?? null
      const same = chosen.policyId === subscription.policyId && version === subscription.policyVersion
      return same && chosen.policyChosenBy === subscription.policyChosenBy ? [] : [{ subscription, chosen, version }]
    })
    await save(tx, changed, now)
    for (const { subscription, chosen } of changed)
      if (subscription.policyId !== chosen.policyId) await tell(tx, shop, subscription, chosen, now)
    const last = found.at(-1)
    if (found.length === batch && last !== undefined)
      await enqueue(tx, applyPoliciesJob, { businessId: shop.businessId, after: last.id })
  })
}

const idsOf = (subscriptions: readonly Subscription[]): string[] => subscriptions.map(({ id }) => id)

/** What staff chose for one subscription stays. */
export const chosenFor = (subscription: Subscription, choices: readonly Choice[], facts: Facts | null): Chosen =>
  subscription.policyChosenBy === 'staff'
    ? { policyId: subscription.policyId, policyChosenBy: 'staff' }
    : choose(choices, subscription, { planId: subscription.planId, productId: facts?.productId ?? null }, facts)

/** Who never paid or has ended is not looked at by the engine: it only learns its policy. */
const save = async (
  tx: Tx,
  changed: readonly { subscription: Subscription; chosen: Chosen; version: number | null }[],
  now: Temporal.Instant,
): Promise<void> => {
  if (changed.length === 0) return
  await run(
    tx,
    sql`update subscriptions s set policy_id = c.policy_id, policy_chosen_by = c.chosen_by, policy_version = c.version,
        next_step_at = case when s.status in ('trial', 'active', 'grace', 'suspended') then ${now}::timestamptz else s.next_step_at end
      from unnest(${changed.map(({ subscription }) => subscription.id)}::text[], ${changed.map(({ chosen }) => chosen.policyId)}::text[],
        ${changed.map(({ chosen }) => chosen.policyChosenBy)}::text[], ${changed.map(({ version }) => version)}::int[]) as c (id, policy_id, chosen_by, version)
      where s.business_id = current_business() and s.id = c.id`,
  )
}

const tell = (tx: Tx, shop: Shop, subscription: Subscription, chosen: Chosen, now: Temporal.Instant): Promise<void> =>
  record(tx, shop, now, {
    type: 'subscription.noted',
    subjectType: 'subscription',
    subjectId: subscription.id,
    customerId: subscription.customerId,
    data: {
      from: subscription.status,
      to: subscription.status,
      reason: `policy ${chosen.policyId}, chosen by ${chosen.policyChosenBy}`,
    },
  })
