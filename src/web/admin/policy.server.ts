/** Policies as the editor shows and sends them. */
import { findPlan } from '#modules/catalog/plans.ts'
import { factsUnder } from '#modules/subscriptions/facts.ts'
import { listPolicies, listSubscriptions } from '#modules/subscriptions/queries.ts'
import { defaultPolicyId } from '#modules/subscriptions/rules/choice.ts'
import { faultsOf, type Policy, standardPolicy, timeline } from '#modules/subscriptions/rules/policy.ts'
import { describe, nominalHours, Step } from '#modules/subscriptions/rules/step.ts'
import type { Tx } from '#platform/db.ts'

/** The policy asked for, else the standard one; before the first sale it stands as it will be made then. */
export async function readPolicies(
  tx: Tx,
  asked: string | null,
): Promise<{ policy: Policy; others: { id: string; name: string }[] }> {
  const found = await listPolicies(tx)
  const standard: Policy = { id: defaultPolicyId, version: 0, ...standardPolicy }
  const policy = found.find(({ id }) => id === asked) ?? found.find(({ id }) => id === defaultPolicyId) ?? standard
  return {
    policy,
    others: found.filter(({ id }) => id !== policy.id).map(({ id, name }) => ({ id, name })),
  }
}

/** Sentences in the order in which things happen: `7 days before the end of paid time: issue invoice`. */
export const describeAll = (steps: readonly Step[]): string[] =>
  [...steps]
    .sort((a, b) => nominalHours(a) - nominalHours(b))
    .map((step) => {
      const sentence = describe(step)
      return sentence.charAt(0).toUpperCase() + sentence.slice(1)
    })

export type PolicyPreview = { plan: string; steps: { key: string; action: Step['action']; at: string }[] }

/** What would happen when to the latest subscription that runs. Null: there is none yet. */
export async function previewOf(tx: Tx, policy: Policy): Promise<PolicyPreview | null> {
  const [subscription] = await listSubscriptions(tx, { status: 'active' }, { limit: 1 })
  if (subscription === undefined) return null
  const plan = await findPlan(tx, subscription.planId)
  const planned = timeline(subscription, policy, await factsUnder(tx, policy, subscription))
  return { plan: plan?.name ?? '', steps: planned.map(({ key, action, at }) => ({ key, action, at: at.toString() })) }
}

/** How many rows the form can hold: those known and the empty ones. */
const mostRows = 40

export function readPolicyForm(form: FormData): { steps: Step[]; errors: Record<string, string>; faults: string[] } {
  const errors: Record<string, string> = {}
  const steps: Step[] = []
  for (let row = 0; row < mostRows; row++) {
    const sent = (name: string): string => String(form.get(`step.${row}.${name}`) ?? '').trim()
    if (sent('action') === '') continue
    const count = offsetOf(sent('count'), sent('unit'), sent('when')) ?? Number.NaN
    const offset = sent('unit') === 'days' ? { offset_days: count } : { offset_hours: count }
    const key = sent('key') || newKey(sent('action'), sent('count'), sent('unit'), sent('when'), steps)
    const step = Step.safeParse({ key, action: sent('action'), ...offset })
    if (step.success) steps.push(step.data)
    else errors[`step.${row}.count`] = 'Please enter a length up to 90 days before or 365 days after the end.'
  }
  return { steps, errors, faults: Object.keys(errors).length > 0 ? [] : faultsOf(steps) }
}

function offsetOf(count: string, unit: string, when: string): number | null {
  if (!/^\d{1,5}$/.test(count) || !['days', 'hours'].includes(unit) || !['before', 'after'].includes(when)) return null
  return when === 'before' && Number(count) > 0 ? -Number(count) : Number(count)
}

/** What is done is remembered under its key, so a known step keeps its own and a new one gets one that nobody had. */
function newKey(action: string, count: string, unit: string, when: string, taken: readonly Step[]): string {
  const base = `${action}_${count}${unit.charAt(0)}_${when}`
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '')
    .slice(0, 36)
  for (let number = 1; ; number++) {
    const key = number === 1 ? base : `${base}_${number}`
    if (!taken.some((step) => step.key === key)) return key
  }
}
