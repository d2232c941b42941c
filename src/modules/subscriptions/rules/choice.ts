/** Which policy a subscription comes under: a rule on facts, else its plan's, else its product's, else the business's. */
import { type Condition, type Facts, matches } from './condition.ts'
import type { PolicyChooser, Subscription } from './subscription.ts'

export const defaultPolicyId = 'pol_default'

export type Choice = {
  id: string
  scope: Exclude<PolicyChooser, 'staff'>
  /** Of a plan or product. */
  subjectId: string
  policyId: string
  name: string
  condition: Condition | null
  position: number
}

export type Chosen = { policyId: string; policyChosenBy: PolicyChooser }

/** Whether facts decide, or only what was bought: reading them costs more than the rest. */
export const asksFacts = (choices: readonly Choice[]): boolean =>
  choices.some(({ scope }) => scope === 'rule' || scope === 'product')

/** Rules are asked in their order. Facts are null before the first sale: no rule holds then. */
export function choose(
  choices: readonly Choice[],
  subscription: Subscription | null,
  sold: { planId: string; productId: string | null },
  facts: Facts | null,
): Chosen {
  const rules = choices.filter(({ scope }) => scope === 'rule').sort((a, b) => a.position - b.position)
  const found =
    rules.find(
      ({ condition }) =>
        condition !== null && subscription !== null && facts !== null && matches(condition, subscription, facts),
    ) ??
    choices.find(({ scope, subjectId }) => scope === 'plan' && subjectId === sold.planId) ??
    choices.find(({ scope, subjectId }) => scope === 'product' && subjectId === sold.productId) ??
    choices.find(({ scope }) => scope === 'business')
  return found === undefined
    ? { policyId: defaultPolicyId, policyChosenBy: 'business' }
    : { policyId: found.policyId, policyChosenBy: found.scope }
}
