/** What the policy editor shows beside the form: which policies there are, what one does to a real customer, what changed and by whom. */
import type { Shop } from '#app.ts'
import { customersById, plansById, staffById } from '#modules/analytics/names.ts'
import { listPlans, listProducts } from '#modules/catalog/plans.ts'
import { factsUnder } from '#modules/subscriptions/facts.ts'
import { holidayCountries } from '#modules/subscriptions/holidays.ts'
import {
  choicesOf,
  findSubscription,
  listPolicies,
  listSubscriptions,
  policyVersions,
} from '#modules/subscriptions/queries.ts'
import { defaultPolicyId } from '#modules/subscriptions/rules/choice.ts'
import { describeCondition } from '#modules/subscriptions/rules/condition.ts'
import { type Policy, standardPolicy, timeline } from '#modules/subscriptions/rules/policy.ts'
import { describeEffect, type Rule } from '#modules/subscriptions/rules/rule.ts'
import { describe, nominalHours } from '#modules/subscriptions/rules/step.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import { calendarOf } from '#modules/subscriptions/save-policy.ts'
import type { Tx } from '#platform/db.ts'
import { secondsBetween } from '#platform/time.ts'
import { draftOf, type Names, type Typed } from './policy-form.server.ts'

/** The policy asked for, else the standard one; before the first sale it stands as it will be made then. */
export const readPolicy = async (tx: Tx, asked: string | null): Promise<Policy> =>
  currentOf(await listPolicies(tx), asked)

const currentOf = (found: readonly Policy[], asked: string | null): Policy =>
  found.find(({ id }) => id === asked) ??
  found.find(({ id }) => id === defaultPolicyId) ?? { id: defaultPolicyId, version: 0, ...standardPolicy }

export const readNames = async (tx: Tx): Promise<Names> => [...(await listPlans(tx)), ...(await listProducts(tx))]

/** All that stands around the form. `typed`: what was typed, when something was. */
export async function readEditor(
  tx: Tx,
  shop: Shop,
  asked: { policy: string | null; version: number | null; subscription: string | null },
) {
  const policies = await listPolicies(tx)
  const current = currentOf(policies, asked.policy)
  const versions = await policyVersions(tx, current.id)
  const policy = versions.find(({ version }) => version === asked.version) ?? current
  const names = await readNames(tx)
  const staff = await staffById(tx)
  return {
    policy: { id: policy.id, version: policy.version, name: policy.name },
    current: current.version,
    draft: draftOf(policy, names),
    kept: Object.fromEntries(policy.rules.map((rule) => [rule.key, describeCondition(rule.when)])),
    names: names.map(({ name }) => name),
    currency: shop.currency,
    countries: holidayCountries(),
    sentences: describeAll(policy),
    preview: await previewOf(tx, policy, asked.subscription),
    subscriptions: await runningOnes(tx),
    versions: versions.map(({ version, createdAt, createdBy }) => ({
      version,
      at: createdAt.toString(),
      by: staff.get(createdBy.replace('staff:', '')) ?? createdBy,
    })),
    policies: policies.map(({ id, name }) => ({ id, name })),
    choices: (await choicesOf(tx)).map((choice) => ({
      id: choice.id,
      whom:
        choice.scope === 'rule' && choice.condition !== null
          ? `${choice.name}: ${describeCondition(choice.condition)}`
          : (names.find(({ id }) => id === choice.subjectId)?.name ?? ''),
      policyId: choice.policyId,
    })),
    subjects: names.map(({ id, name }) => ({ value: `${id.startsWith('plan_') ? 'plan' : 'product'}:${id}`, name })),
  }
}

/** Sentences in the order in which things happen, then the rules. */
export function describeAll({ steps, rules }: Pick<Policy, 'steps' | 'rules'>): string[] {
  const sentences = [...steps].sort((a, b) => nominalHours(a) - nominalHours(b)).map(describe)
  return [...sentences, ...rules.map(describeRule)].map(
    (sentence) => sentence.charAt(0).toUpperCase() + sentence.slice(1),
  )
}

const describeRule = ({ name, when, then }: Rule): string =>
  `${name}: when ${describeCondition(when)}, ${then.map(describeEffect).join(', ')}`

/** As it was typed, with its holidays found. */
export const policyTyped = (known: Policy, typed: Typed, shop: Shop, now: Temporal.Instant): Policy => ({
  ...known,
  name: typed.name,
  steps: typed.steps,
  rules: typed.rules,
  calendar: calendarOf(typed.calendar, shop, now),
})

export type PolicyPreview = {
  whom: string
  plan: string
  steps: { key: string; action: string; at: string; hours: number; by: string[] }[]
}

/** What would happen when to a subscription that runs: the one asked for, else the latest. Null: there is none. */
export async function previewOf(tx: Tx, policy: Policy, asked: string | null): Promise<PolicyPreview | null> {
  const chosen = asked === null ? null : await findSubscription(tx, asked)
  const subscription = chosen ?? (await listSubscriptions(tx, { status: 'active' }, { limit: 1 }))[0]
  if (subscription === undefined || subscription.paidThrough === null) return null
  const { paidThrough: end } = subscription
  const facts = await factsUnder(tx, policy, subscription)
  return {
    ...(await namesOf(tx, [subscription]))(subscription),
    steps: timeline(subscription, policy, facts).map(({ key, action, at, by }) => ({
      key,
      action,
      at: at.toString(),
      hours: secondsBetween(end, at) / 3600,
      by: by.map(({ name }) => name),
    })),
  }
}

const running: readonly string[] = ['trial', 'active', 'grace', 'suspended']

/** The latest ones, for the choice of whom to look at. */
async function runningOnes(tx: Tx): Promise<{ id: string; label: string }[]> {
  const found = (await listSubscriptions(tx, {}, { limit: 40 })).filter(({ status }) => running.includes(status))
  const nameOf = await namesOf(tx, found)
  return found.map((each) => {
    const { whom, plan } = nameOf(each)
    return { id: each.id, label: `${whom}, ${plan}` }
  })
}

async function namesOf(tx: Tx, subscriptions: readonly Subscription[]) {
  const customers = await customersById(
    tx,
    subscriptions.map(({ customerId }) => customerId),
  )
  const plans = await plansById(
    tx,
    subscriptions.map(({ planId }) => planId),
  )
  return ({ customerId, planId }: Subscription): { whom: string; plan: string } => {
    const customer = customers.get(customerId)
    return { whom: customer?.name || customer?.email || '', plan: plans.get(planId)?.name ?? '' }
  }
}

/** What differs, thing by thing: a step or rule that is on one side only has nothing on the other. */
export function differenceOf(
  before: Policy,
  after: Policy,
): { field: string; before: string | null; after: string | null }[] {
  const told = (policy: Policy): [string, string][] => [
    ['name', policy.name],
    ...policy.steps.map((step): [string, string] => [`step ${step.key}`, describe(step)]),
    ...policy.rules.map((rule): [string, string] => [`rule ${rule.key}`, describeRule(rule)]),
    ['calendar', daysOf(policy)],
  ]
  const [old, typed] = [new Map(told(before)), new Map(told(after))]
  return [...new Set([...old.keys(), ...typed.keys()])]
    .map((field) => ({ field, before: old.get(field) ?? null, after: typed.get(field) ?? null }))
    .filter((row) => row.before !== row.after)
}

const daysOf = ({ calendar }: Policy): string =>
  calendar === null
    ? 'every day'
    : [calendar.country, calendar.region, ...calendar.also].filter((each) => each !== null).join(', ')
