/** Policies: the steps around the end of paid time, smart rules, business days, and who comes under which. Versions stay readable. */
import { choosePolicy, endChoice } from '#modules/subscriptions/choices.ts'
import { factsUnder } from '#modules/subscriptions/facts.ts'
import { choicesOf, listPolicies, policyVersions, readSubscription } from '#modules/subscriptions/queries.ts'
import { type Calendar, Calendar as CalendarSchema } from '#modules/subscriptions/rules/calendar.ts'
import { Condition, describeCondition } from '#modules/subscriptions/rules/condition.ts'
import { cutOff, faultsOf, type Policy, timeline } from '#modules/subscriptions/rules/policy.ts'
import { describeEffect, Rule } from '#modules/subscriptions/rules/rule.ts'
import { describe, Step } from '#modules/subscriptions/rules/step.ts'
import { calendarOf, savePolicy } from '#modules/subscriptions/save-policy.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, country, given, id, list, resource, time, words, z } from './schemas.ts'

const steps = z.array(Step).min(1).max(40)

/** A tree has no end that a schema could name; `Rule` and `Condition` of the room read it and say what is wrong. */
export const tree = z.record(z.string(), z.unknown()).openapi({
  description:
    'A question about a fact (`{ "fact": "on_time_streak", "op": "gte", "value": 6 }`), or `all`, `any`, `not` over others. Facts: `tenure_days`, `paid_periods`, `on_time_streak`, `on_time_percent` (of the `last` n), `failed_charges` (in `days`), `unseen_days`, `amount` (with `currency`), `country`, `plan`, `product`, `status`, `tags`.',
})
const rulesIn = z
  .array(
    z.strictObject({
      key: z.string(),
      name: z.string(),
      when: tree,
      // biome-ignore lint/suspicious/noThenProperty: the words of a rule; it is data that nobody awaits.
      then: z.array(z.looseObject({ do: z.enum(['shift', 'replace', 'add', 'remove']) })),
    }),
  )
  .max(20)
const calendarIn = z
  .strictObject({
    country: country.nullable(),
    region: CalendarSchema.shape.region.optional(),
    weekend: z.array(z.int().min(1).max(7)).max(6).optional(),
    also: z.array(z.iso.date()).max(200).optional(),
  })
  .nullable()
  .openapi({
    description: 'Holidays of the country are found and kept with the version. Null: every day is a business day.',
  })

const wish = { steps, rules: rulesIn.optional(), calendar: calendarIn.optional() }

const PolicyOut = resource('Policy', {
  id: z.string(),
  version: z.int(),
  name: z.string(),
  steps: z.array(z.strictObject({ ...Step.shape, text: z.string() })),
  rules: z.array(z.looseObject({ key: z.string(), name: z.string(), text: z.string() })),
  calendar: z.strictObject(CalendarSchema.shape).nullable(),
  current: z.boolean(),
  created_at: time,
  created_by: z.string().openapi({ description: 'Who saved this version: `staff:…`, `key:…`, `system`.' }),
})

const PlanOfSteps = resource('PolicyPreview', {
  subscription_id: z.string(),
  cut_off_at: time.nullable(),
  steps: z.array(
    z.strictObject({ key: z.string(), action: z.string(), at: time, because: z.string(), rules: z.array(z.string()) }),
  ),
})

const ChoiceOut = resource('PolicyChoice', {
  id: z.string(),
  scope: z.enum(['rule', 'plan', 'product', 'business']),
  subject_id: z.string().nullable().openapi({ description: 'Of the plan or product.' }),
  policy_id: z.string(),
  name: z.string(),
  condition: z.looseObject({}).nullable(),
  created_at: time,
  created_by: z.string(),
})

type Version = Awaited<ReturnType<typeof policyVersions>>[number]

const shown = (call: Call, policy: Version): z.input<typeof PolicyOut> => ({
  id: policy.id,
  version: policy.version,
  name: policy.name,
  steps: policy.steps.map((step) => ({ ...step, text: describe(step) })),
  rules: policy.rules.map((rule) => ({
    ...rule,
    text: `when ${describeCondition(rule.when)}: ${rule.then.map(describeEffect).join(', ')}`,
  })),
  calendar: policy.calendar,
  current: policy.current,
  created_at: at(policy.createdAt),
  created_by: policy.createdBy,
  livemode: call.shop.livemode,
})

async function versionsOf(call: Call, policyId: string): Promise<Version[]> {
  const found = await call.read((tx) => policyVersions(tx, policyId))
  if (found.length === 0) throw new Refusal('not_found', 'There is no such policy.')
  return found
}

async function read(call: Call, policyId: string): Promise<z.input<typeof PolicyOut>> {
  const current = (await versionsOf(call, policyId)).find((each) => each.current)
  if (current === undefined) throw new Refusal('not_found', 'There is no such policy.')
  return shown(call, current)
}

/** As the room reads it, or what is wrong with it. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, pointer: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new Refusal(
    'invalid_input',
    'Please check the rules.',
    result.error.issues.map(({ path, message }) => ({
      pointer: [pointer, ...path.map(String)].join('/'),
      code: 'invalid',
      detail: message,
    })),
  )
}

const rulesOf = (sent: z.output<typeof rulesIn> | undefined): { rules?: Rule[] } =>
  sent === undefined ? {} : { rules: parsed(z.array(Rule), sent, '/rules') }

type CalendarWish = z.output<typeof calendarIn>
const calendarWish = (sent: CalendarWish | undefined) =>
  sent === undefined ? {} : { calendar: sent === null ? null : { ...given(sent), country: sent.country } }

/** `pol_default`, or one made later. */
const params = z.strictObject({ id: z.string().regex(/^pol_[a-z0-9_]{1,40}$/) })

const readChoice = async (call: Call, choiceId: string | null): Promise<z.input<typeof ChoiceOut>> => {
  const found = (await call.read(choicesOf)).find((each) => each.id === choiceId)
  if (found === undefined) throw new Refusal('not_found', 'There is no such choice of a policy.')
  return choiceOf(call, found)
}

const choiceOf = (call: Call, choice: Awaited<ReturnType<typeof choicesOf>>[number]): z.input<typeof ChoiceOut> => ({
  id: choice.id,
  scope: choice.scope,
  subject_id: choice.subjectId || null,
  policy_id: choice.policyId,
  name: choice.name,
  condition: choice.condition,
  created_at: at(choice.createdAt),
  created_by: choice.createdBy,
  livemode: call.shop.livemode,
})

/** What the policy would do to a real subscription, saved or not. */
const preview = (
  call: Call,
  policy: Pick<Policy, 'id' | 'name' | 'steps' | 'rules'> & { calendar: Calendar | null },
  subscriptionId: string,
): Promise<z.input<typeof PlanOfSteps>> =>
  call.read(async (tx) => {
    const subscription = await readSubscription(tx, subscriptionId)
    const asked: Policy = { ...policy, version: 0 }
    const facts = await factsUnder(tx, asked, subscription)
    return {
      subscription_id: subscription.id,
      cut_off_at: atOr(cutOff(subscription, asked, facts)),
      steps: timeline(subscription, asked, facts).map((step) => ({
        key: step.key,
        action: step.action,
        at: at(step.at),
        because: step.because,
        rules: step.by.map(({ key }) => key),
      })),
      livemode: call.shop.livemode,
    }
  })

export const policies = [
  route({
    method: 'get',
    path: '/policies',
    scope: 'policies:read',
    summary: 'Lists the current version of every policy. The first sale makes the standard one.',
    answer: list(PolicyOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(listPolicies)).map((policy) => shown(call, policy)),
      ),
  }),
  route({
    method: 'get',
    path: '/policies/{id}',
    scope: 'policies:read',
    summary: 'Reads a policy.',
    params,
    answer: PolicyOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/policies/{id}/versions',
    scope: 'policies:read',
    summary: 'Lists every version of a policy, newest first, with who saved it and when.',
    params,
    answer: list(PolicyOut),
    handle: async (call) =>
      whole(
        call,
        (await versionsOf(call, call.params.id)).map((policy) => shown(call, policy)),
      ),
  }),
  route({
    method: 'post',
    path: '/policies',
    scope: 'policies:write',
    summary: 'Makes a policy. Nobody comes under it until it is chosen.',
    status: 201,
    body: z.strictObject({ name: words(80), ...wish }),
    answer: PolicyOut,
    handle: async (call) => {
      const { name, rules, calendar } = call.body
      const facts = { name, steps: call.body.steps, ...rulesOf(rules), ...calendarWish(calendar) }
      const { id: made } = await call.write('save-policy', (tx) => savePolicy(tx, call.shop, facts, call.now))
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'put',
    path: '/policies/{id}',
    scope: 'policies:write',
    summary: 'Saves a new version; everybody under it is looked at again. Rules and calendar that are left out stay.',
    params,
    body: z.strictObject({ name: words(80), ...wish }),
    answer: PolicyOut,
    handle: async (call) => {
      await read(call, call.params.id)
      const { name, rules, calendar } = call.body
      const facts = { id: call.params.id, name, steps: call.body.steps, ...rulesOf(rules), ...calendarWish(calendar) }
      await call.write('save-policy', (tx) => savePolicy(tx, call.shop, facts, call.now))
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'post',
    path: '/policies/{id}/preview',
    scope: 'policies:write',
    summary: 'Shows what a policy that is not saved would do to a subscription. Nothing is written.',
    params,
    body: z.strictObject({ subscription_id: id('sub'), ...wish }),
    answer: PlanOfSteps,
    again: true,
    handle: async (call) => {
      const known = (await versionsOf(call, call.params.id)).find((each) => each.current)
      if (known === undefined) throw new Refusal('not_found', 'There is no such policy.')
      const { rules = known.rules } = rulesOf(call.body.rules)
      const { calendar } = calendarWish(call.body.calendar)
      const faults = faultsOf(call.body.steps, rules)
      if (faults.length > 0) throw new Refusal('invalid_input', faults.join(' '))
      const asked = {
        ...known,
        steps: call.body.steps,
        rules,
        calendar: calendar === undefined ? known.calendar : calendarOf(calendar, call.shop, call.now),
      }
      return preview(call, asked, call.body.subscription_id)
    },
  }),
  route({
    method: 'get',
    path: '/policy_choices',
    scope: 'policies:read',
    summary: 'Lists who comes under which policy: rules first, then plans, products, the business.',
    answer: list(ChoiceOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(choicesOf)).map((each) => choiceOf(call, each)),
      ),
  }),
  route({
    method: 'post',
    path: '/policy_choices',
    scope: 'policies:write',
    summary: 'Puts a plan, a product, the business, or whom a condition fits under a policy.',
    status: 201,
    body: z.strictObject({
      scope: z.enum(['rule', 'plan', 'product', 'business']),
      policy_id: params.shape.id,
      subject_id: z.string().max(60).optional(),
      name: words(80).optional(),
      condition: tree.optional(),
    }),
    answer: ChoiceOut,
    handle: async (call) => {
      const { scope, policy_id, subject_id, name, condition } = call.body
      if ((scope === 'rule') !== (condition !== undefined))
        throw new Refusal('invalid_input', 'A rule has a condition, and nothing else has one.')
      const choice = {
        scope,
        policyId: policy_id,
        subjectId: subject_id ?? '',
        name: name ?? '',
        condition: condition === undefined ? null : parsed(Condition, condition, '/condition'),
      }
      const made = await call.write('choose-policy', async (tx) => ({
        id: await choosePolicy(tx, call.shop, choice, call.now),
      }))
      return readChoice(call, made.id)
    },
    retell: readChoice,
  }),
  route({
    method: 'post',
    path: '/policy_choices/{id}/end',
    scope: 'policies:write',
    summary: 'Takes a choice back; whoever came under it falls to the next one.',
    params: byId('poc'),
    answer: list(ChoiceOut),
    again: true,
    handle: async (call) => {
      await call.write('end-policy-choice', (tx) => endChoice(tx, call.shop, call.params.id, call.now))
      return whole(
        call,
        (await call.read(choicesOf)).map((each) => choiceOf(call, each)),
      )
    },
  }),
]
