/** Policies in a world: who comes under which, what a new version does to those who are under it, facts read for rules. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { changeCustomer, findCustomerByEmail } from '#modules/people/customers.ts'
import { plusHours } from '#platform/time.ts'
import { present, read } from '../../../test/support/stories.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { assignPolicy, choosePolicy, endChoice } from './choices.ts'
import { factsOf } from './facts.ts'
import { policyVersions, readPolicy, stepsDone } from './queries.ts'
import { defaultSteps } from './rules/policy.ts'
import type { Rule } from './rules/rule.ts'
import { type PolicyWish, savePolicy } from './save-policy.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ start: '2026-01-31T12:00:00Z' })
}, 60_000)
afterAll(async () => {
  expect(world.failures).toEqual([])
  expect((await world.proof()).broken).toEqual([])
  await world.close()
})

const save = (wish: PolicyWish) =>
  transaction(world.shop, 'save-policy', (tx) => savePolicy(tx, world.shop, wish, world.shop.now()))
const standard = { id: 'pol_default', name: 'Standard' }
const suspendAfter = (days: number) =>
  defaultSteps.map((step) =>
    step.action === 'suspend' ? { key: 'suspend', action: step.action, offset_days: days } : step,
  )
const ruleFor = (tag: string): Rule => ({
  key: `for_${tag}`,
  name: `For ${tag}`,
  when: { fact: 'tags', op: 'has', value: tag },
  // biome-ignore lint/suspicious/noThenProperty: a rule as it is stored.
  then: [{ do: 'shift', step: 'suspend', days: 4, hours: 0 }],
})
const endOf = (at: Temporal.Instant | null | undefined) => present(at).toString().slice(0, 10)

test('a new version moves the expiry that was written already, and is one more version', async () => {
  const ana = await world.customer('ana').buys()
  const line = await ana.line()
  expect(endOf((await line.stored()).wantedUntil)).toBe('2026-03-04') // Suspension on March 3, and a day.
  await save({ ...standard, steps: suspendAfter(5) })
  await world.settle()
  expect(endOf((await line.stored()).wantedUntil)).toBe('2026-03-06')
  expect((await line.onPanel())?.until.slice(0, 10)).toBe('2026-03-06')
  expect(await ana.subscription()).toMatchObject({
    policyVersion: 2,
    cutOffAt: (await line.stored()).wantedUntil.subtract({ hours: 24 }),
  })
  expect((await read(world.shop, (tx) => policyVersions(tx, 'pol_default'))).map(({ version }) => version)).toEqual([
    2, 1,
  ])
})

test('a rule on facts moves only whom it fits, the panel’s expiry with him; facts are read for many at once', async () => {
  const [vip, plain] = [await world.customer('vip').buys(), await world.customer('plain').buys()]
  const customer = present(await read(world.shop, (tx) => findCustomerByEmail(tx, 'vip@example.net')))
  await transaction(world.shop, 'tag', (tx) =>
    changeCustomer(tx, world.shop, customer.id, { tags: ['vip'] }, world.shop.now()),
  )
  await save({ ...standard, steps: suspendAfter(3), rules: [ruleFor('vip')] })
  await world.settle()
  expect(endOf((await (await vip.line()).stored()).wantedUntil)).toBe('2026-03-08')
  expect(endOf((await (await plain.line()).stored()).wantedUntil)).toBe('2026-03-04')
  const facts = await read(world.shop, (tx) => factsOf(tx, [vip.subscriptionId, plain.subscriptionId]))
  expect(facts.get(vip.subscriptionId)).toMatchObject({
    tags: ['vip'],
    paidPeriods: 1,
    renewals: [],
    failedCharges: [],
  })
  expect(facts.get(plain.subscriptionId)).toMatchObject({
    tags: [],
    since: Temporal.Instant.from('2026-01-31T12:00:00Z'),
  })
})

test('a policy that cannot work is refused with its reasons', async () => {
  await expect(save({ ...standard, steps: suspendAfter(9) })).rejects.toMatchObject({
    code: 'invalid_input',
    message: 'Termination comes after the suspension.',
  })
  await expect(
    save({
      ...standard,
      steps: suspendAfter(3),
      // biome-ignore lint/suspicious/noThenProperty: a rule as it is stored.
      rules: [{ ...ruleFor('x'), then: [{ do: 'remove', step: 'terminate' }] }],
    }),
  ).rejects.toThrow('cannot remove')
})

test('staff’s choice for one wins over a rule, a rule over the plan, the plan over the product, the product over the business', async () => {
  const { shop } = world
  const cara = await world.customer('cara').buys()
  const plan = present((await read(shop, (tx) => listPlans(tx)))[0])
  const made = async (name: string) => (await save({ name, steps: suspendAfter(4) })).id
  const [forAll, forProduct, forPlan, forRule, byHand] = [
    await made('All'),
    await made('Product'),
    await made('Plan'),
    await made('Rule'),
    await made('Hand'),
  ]
  const now = async () => {
    await world.settle()
    const { policyId, policyChosenBy } = await cara.subscription()
    return [policyId, policyChosenBy]
  }
  const choose = (choice: Parameters<typeof choosePolicy>[2]) =>
    transaction(shop, 'choose-policy', (tx) => choosePolicy(tx, shop, choice, shop.now()))
  const end = (id: string) => transaction(shop, 'end-choice', (tx) => endChoice(tx, shop, id, shop.now()))
  const chosen = [await choose({ scope: 'business', policyId: forAll })]
  expect(await now()).toEqual([forAll, 'business'])
  chosen.push(await choose({ scope: 'product', subjectId: plan.productId, policyId: forProduct }))
  expect(await now()).toEqual([forProduct, 'product'])
  chosen.push(await choose({ scope: 'plan', subjectId: plan.id, policyId: forPlan }))
  expect(await now()).toEqual([forPlan, 'plan'])
  chosen.push(
    await choose({
      scope: 'rule',
      name: 'First months',
      condition: { fact: 'paid_periods', op: 'lte', value: 3 },
      policyId: forRule,
    }),
  )
  expect(await now()).toEqual([forRule, 'rule'])
  await assignPolicy(shop, cara.subscriptionId, byHand, 'asked nicely')
  expect(await now()).toEqual([byHand, 'staff'])
  await assignPolicy(shop, cara.subscriptionId, null, 'no longer')
  expect(await now()).toEqual([forRule, 'rule'])
  for (const id of chosen.reverse()) await end(id)
  expect(await now()).toEqual(['pol_default', 'business'])
  const dan = await world.customer('dan').buys()
  expect(await dan.subscription()).toMatchObject({ policyId: 'pol_default', policyChosenBy: 'business' })
  await expect(choose({ scope: 'plan', subjectId: 'plan_nobody', policyId: forPlan })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('holidays of a country become dates of the version, and its weekend', async () => {
  await save({
    ...standard,
    steps: suspendAfter(3),
    rules: [],
    calendar: { country: 'DE', region: 'BY', also: ['2026-12-24'] },
  })
  const { calendar } = await read(world.shop, (tx) => readPolicy(tx, 'pol_default'))
  expect(calendar).toMatchObject({ weekend: [6, 7], also: ['2026-12-24'] })
  expect(calendar?.holidays).toEqual(
    expect.arrayContaining(['2026-01-01', '2026-04-06', '2026-06-04', '2026-10-03', '2034-01-06']),
  )
  await save({ ...standard, steps: defaultSteps, calendar: null })
})

test('flag puts it into the renewal queue until it is renewed; an offer goes only to who agreed; charging says what it lacks', async () => {
  const eva = await world.customer('eva').buys()
  await save({
    ...standard,
    steps: [
      ...defaultSteps,
      { key: 'queue', action: 'flag', offset_days: -2 },
      { key: 'offer', action: 'offer', offset_days: -2 },
    ],
  })
  await world.until('2026-02-27T13:00:00Z')
  expect(await eva.subscription()).toMatchObject({ flaggedBecause: expect.stringContaining('flag') })
  expect((await eva.messages()).map(({ template }) => template)).not.toContain('renewal_offer')
  const { paidThrough } = await eva.subscription()
  expect(
    await read(world.shop, (tx) => stepsDone(tx, { id: eva.subscriptionId, paidThrough: present(paidThrough) })),
  ).toContain('charge_1d_before')
  await eva.renews()
  expect(await eva.subscription()).toMatchObject({
    flaggedAt: null,
    cutOffAt: plusHours(Temporal.Instant.from('2026-03-31T12:00:00Z'), 72),
  })
})
