/** Who comes under which policy: what operators choose per business, plan, product, by a rule on facts, or for one subscription. */
import { type Shop, transaction } from '#app.ts'
import { json, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from '../people/business.ts'
import { changeSubscription } from './change-subscription.ts'
import { applyPoliciesJob } from './jobs.ts'
import { noteOverride } from './overrides.ts'
import { lockSubscription, policyExists } from './queries.ts'
import type { Choice } from './rules/choice.ts'
import type { Subscription } from './rules/subscription.ts'

export type NewChoice = Pick<Choice, 'scope' | 'policyId'> & Partial<Pick<Choice, 'subjectId' | 'name' | 'condition'>>

/** Chooses from now on; what was chosen for the same plan, product or business before ends. Everybody is looked at again. */
export async function choosePolicy(tx: Tx, shop: Shop, choice: NewChoice, now: Temporal.Instant): Promise<string> {
  if (!(await policyExists(tx, choice.policyId))) throw new Refusal('not_found', 'There is no such policy.')
  const { scope, policyId, subjectId = '', name = '', condition = null } = choice
  await mustExist(tx, scope, subjectId)
  if (scope !== 'rule')
    await run(
      tx,
      sql`update policy_choices set ended_at = ${now}, ended_by = ${shop.actor}
        where business_id = current_business() and scope = ${scope} and subject_id = ${subjectId} and ended_at is null`,
    )
  const id = newId('poc', shop.app.clock)
  await run(
    tx,
    sql`insert into policy_choices (business_id, id, scope, subject_id, policy_id, name, condition, position, created_at, created_by)
      values (${shop.businessId}, ${id}, ${scope}, ${subjectId}, ${policyId}, ${name}, ${condition === null ? null : json(condition)},
        (select coalesce(max(position), 0) + 1 from policy_choices where business_id = current_business()), ${now}, ${shop.actor})`,
  )
  await told(tx, shop, { policy: policyId, scope, subject: subjectId }, now)
  return id
}

/** Takes a choice back: whoever came under it falls to the next one. A second call changes nothing. */
export async function endChoice(tx: Tx, shop: Shop, id: string, now: Temporal.Instant): Promise<void> {
  const ended = await maybe(
    tx,
    sql<{ policyId: string; scope: string; subjectId: string }>`update policy_choices
      set ended_at = coalesce(ended_at, ${now}), ended_by = coalesce(ended_by, ${shop.actor})
      where business_id = current_business() and id = ${id} returning policy_id as "policyId", scope, subject_id as "subjectId"`,
  )
  if (ended === null) throw new Refusal('not_found', 'There is no such choice of a policy.')
  await told(tx, shop, { policy: ended.policyId, scope: ended.scope, subject: ended.subjectId, ended: true }, now)
}

async function mustExist(tx: Tx, scope: Choice['scope'], subjectId: string): Promise<void> {
  if (scope !== 'plan' && scope !== 'product') return
  const found = await rows(
    tx,
    scope === 'plan'
      ? sql`select from plans where business_id = current_business() and id = ${subjectId}`
      : sql`select from products where business_id = current_business() and id = ${subjectId}`,
  )
  if (found.length === 0) throw new Refusal('not_found', `There is no such ${scope}.`)
}

async function told(tx: Tx, shop: Shop, data: Record<string, unknown>, now: Temporal.Instant): Promise<void> {
  forgetAfter(tx, shop)
  await record(tx, shop, now, { type: 'policy.chosen', subjectType: 'policy', subjectId: String(data.policy), data })
  await enqueue(tx, applyPoliciesJob, { businessId: shop.businessId }, `apply-policies/${shop.businessId}`)
}

/** Staff put one subscription under a policy of its own, which then stays; null gives it back to plan, product and rules. */
export function assignPolicy(shop: Shop, id: string, policyId: string | null, reason: string): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'assign-policy', async (tx) => {
    if (policyId !== null && !(await policyExists(tx, policyId)))
      throw new Refusal('not_found', 'There is no such policy.')
    const before = await lockSubscription(tx, id)
    const after = await changeSubscription(
      tx,
      shop,
      id,
      now,
      (s) => {
        if (s.status === 'pending' || s.status === 'terminated')
          throw new Refusal('conflict', 'Only a subscription that has begun and not ended can get another policy.')
        if (policyId === null)
          return s.policyChosenBy === 'staff' ? { event: 'noted', next: { policyChosenBy: 'business' } } : null
        if (s.policyChosenBy === 'staff' && s.policyId === policyId) return null
        return { event: 'noted', next: { policyId, policyVersion: null, policyChosenBy: 'staff' } }
      },
      {
        reason: policyId === null ? `its plan's policy again: ${reason}` : `policy ${policyId}: ${reason}`,
        locked: before,
      },
    )
    if (after !== before) await noteOverride(tx, shop, 'policy', [before, after], reason, now)
    if (policyId === null) await enqueue(tx, applyPoliciesJob, { businessId: shop.businessId, only: id })
    return after
  })
}
