/** Trials are for those who try: each limit strikes, each can be switched off, and staff can allow one more. */
import { describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { conversionPercent, trialReport } from '#modules/analytics/trials.ts'
import { listAttention } from '#modules/people/attention.ts'
import { mailboxOf } from '#modules/people/mailbox.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { cancelOrder } from './cancel-order.ts'
import { type OrderRequest, placeOrder } from './place-order.ts'
import { networkOf } from './rules.ts'
import { saveTrialSettings, type TrialSettings, trialSetting } from './trial-settings.ts'
import { allowTrial, listAllowances } from './trials.ts'

test.each([
  ['Ana.Kovac+tv@Gmail.com', 'anakovac@gmail.com'],
  ['a.n.a@googlemail.com', 'ana@gmail.com'],
  ['Ana.Kovac+1@example.net', 'ana.kovac@example.net'],
  [' "odd@name"@example.net', '"odd@name"@example.net'],
])('%s is the mailbox %s', (email, mailbox) => {
  expect(mailboxOf(email)).toBe(mailbox)
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2A01:4F8:0C17:B8f::2', '2a01:4f8:c17:b8f'],
  ['2a01:4f8:c17:b8f:1:2:3:4', '2a01:4f8:c17:b8f'],
  ['2a01::1', '2a01:0:0:0'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address, () => true)).toBe(network)
})

test('an address that everybody behind a proxy has tells nobody apart', () => {
  expect(networkOf('10.0.0.1', () => false)).toBeNull()
})

const settings = (world: World, more: Partial<TrialSettings>) =>
  transaction(world.shop, 'settings', (tx) =>
    saveTrialSettings(tx, world.shop, { ...trialSetting.schema.parse({}), ...more }),
  )

const freeTrial = (world: World) =>
  anotherPlan(world, { name: 'Try it', amount: 0n, trial: true, renewable: false, termUnit: 'day', termCount: 1 })

let carts = 0
/** Asks for the trial; the code of the refusal, or the order's status. */
async function tries(world: World, planId: string, email: string, more: Partial<OrderRequest> = {}): Promise<string> {
  try {
    const order = await placeOrder(world.shop, {
      cartKey: `trial/${++carts}`,
      planId,
      email,
      source: 'storefront',
      ...more,
    })
    await world.settle()
    return order.status
  } catch (error) {
    return (error as { why?: string; code?: string }).why ?? (error as { code: string }).code
  }
}

describe('B-17: one trial', () => {
  scenario('for each person, however he spells his address', async (world) => {
    const plan = await freeTrial(world)
    expect(await tries(world, plan, 'ana.kovac@gmail.com')).toBe('awaiting_payment')
    for (const again of ['ana.kovac@gmail.com', 'ANA.KOVAC@gmail.com', 'anakovac+2@googlemail.com'])
      expect(await tries(world, plan, again)).toBe('email')
    expect(await tries(world, plan, 'ben@gmail.com')).toBe('awaiting_payment')
    // What was refused left nothing behind but the note.
    await expect(world.customer('anakovac').id()).rejects.toThrow()
    await settings(world, { once_per_customer: false })
    expect(await tries(world, plan, 'ana.kovac@gmail.com')).toBe('awaiting_payment')
    // A plan that is no trial is sold to whomever.
    await world.customer('ben').buys()
  })

  scenario('for each box', async (world) => {
    const plan = await anotherPlan(world, { name: 'Paid trial', amount: 100n, trial: true, renewable: false })
    const mac = '00:1a:79:12:34:56'
    expect(await tries(world, plan, 'ana@example.net', { mac })).toBe('awaiting_payment')
    expect(await tries(world, plan, 'ben@example.net', { mac: '001A79123456' })).toBe('device')
    await settings(world, { once_per_device: false })
    expect(await tries(world, plan, 'ben@example.net', { mac })).toBe('awaiting_payment')
  })

  scenario('for so many from one network within some days, and then again', async (world) => {
    const plan = await freeTrial(world)
    await settings(world, { per_network: 2, network_days: 7 })
    const address = '2a01:4f8:c17:b8f::'
    expect(await tries(world, plan, 'a@example.net', { address: `${address}1` })).toBe('awaiting_payment')
    expect(await tries(world, plan, 'b@example.net', { address: `${address}2` })).toBe('awaiting_payment')
    expect(await tries(world, plan, 'c@example.net', { address: `${address}3` })).toBe('network')
    expect(await tries(world, plan, 'c@example.net', { address: '10.1.2.3' })).toBe('awaiting_payment')
    await world.pass({ hours: 24 * 8 })
    expect(await tries(world, plan, 'd@example.net', { address: `${address}4` })).toBe('awaiting_payment')
    await settings(world, { per_network: 0 })
    for (const each of ['e', 'f', 'g'])
      expect(await tries(world, plan, `${each}@example.net`, { address })).toBe('awaiting_payment')
  })

  scenario('a paid one that was never paid does not count', async (world) => {
    const plan = await anotherPlan(world, { name: 'Paid trial', amount: 100n, trial: true, renewable: false })
    const order = await placeOrder(world.shop, {
      cartKey: 'paid',
      planId: plan,
      email: 'ana@example.net',
      source: 'storefront',
    })
    expect(await tries(world, plan, 'ana@example.net')).toBe('email')
    await cancelOrder(world.shop, order.id)
    expect(await tries(world, plan, 'ana@example.net')).toBe('awaiting_payment')
  })

  scenario('for each payment method, where the gateway says which it is', async (world) => {
    const plan = await anotherPlan(world, { name: 'Paid trial', amount: 100n, trial: true, renewable: false })
    await world.customer('ana').buys({ plan: 'Paid trial', saves: true })
    // Ben has a card of the same number on file from his own plan, so his trial is refused; the setting can allow it.
    await world.customer('ben').buys({ saves: true })
    const [anas, bens] = [await world.customer('ana').methods(), await world.customer('ben').methods()]
    await world.tamper(
      `update payment_methods set fingerprint = '${anas[0]?.fingerprint ?? 'fp_same'}' where id in ('${anas[0]?.id}', '${bens[0]?.id}')`,
    )
    expect(await tries(world, plan, 'ben@example.net')).toBe('payment')
    await settings(world, { once_per_payment_method: false })
    expect(await tries(world, plan, 'ben@example.net')).toBe('awaiting_payment')
  })
})

scenario(
  'B-17: a method that turns up with a second trial is shown to staff, since its money is here',
  async (world) => {
    await anotherPlan(world, { name: 'Paid trial', amount: 100n, trial: true, renewable: false })
    await settings(world, { once_per_payment_method: false })
    await world.customer('ana').buys({ plan: 'Paid trial', saves: true })
    await world.customer('cem').buys({ saves: true })
    const raised = () =>
      read(world.shop, async (tx) => (await listAttention(tx)).filter(({ kind }) => kind === 'trial_repeated').length)
    expect(await raised()).toBe(0)
    // Ana's trial was paid with the card that Cem has, too.
    const [cems] = await world.customer('cem').methods()
    await world.tamper(
      `update payment_methods set fingerprint = '${cems?.fingerprint}' where customer_id = '${await world.customer('ana').id()}'`,
    )
    await world.customer('cem').buys({ plan: 'Paid trial', saves: true, username: 'cemtoo' })
    expect(await raised()).toBe(1)
  },
)

scenario('B-17, F87: the quota of a day begins anew at midnight of the business', async (world) => {
  const plan = await freeTrial(world)
  await settings(world, { per_day: 2 })
  await world.until('2026-02-03T22:00:00Z')
  for (const each of ['a', 'b']) expect(await tries(world, plan, `${each}@example.net`)).toBe('awaiting_payment')
  expect(await tries(world, plan, 'c@example.net')).toBe('day')
  await world.until('2026-02-03T22:59:00Z')
  expect(await tries(world, plan, 'c@example.net')).toBe('day')
  await world.until('2026-02-03T23:00:00Z') // Midnight in Berlin.
  expect(await tries(world, plan, 'c@example.net')).toBe('awaiting_payment')
})

scenario('B-17: two at the same moment do not both get the last place', async (world) => {
  const plan = await freeTrial(world)
  await settings(world, { per_day: 1 })
  const got = await Promise.all(['a', 'b', 'c'].map((each) => tries(world, plan, `${each}@example.net`)))
  expect(got.sort()).toEqual(['awaiting_payment', 'day', 'day'])
})

scenario('B-17: staff allow one more, once, and say why', async (world) => {
  const plan = await freeTrial(world)
  const staff = await world.as('staff:sam')
  await tries(world, plan, 'ana@example.net')
  await allowTrial(staff, 'Ana+again@example.net', 'the first one fell into an outage')
  await expect(allowTrial(staff, 'ana@example.net', 'twice')).rejects.toMatchObject({ code: 'conflict' })
  expect(await tries(world, plan, 'ana@example.net')).toBe('awaiting_payment')
  expect(await tries(world, plan, 'ana@example.net')).toBe('email')
  const [allowance] = await read(world.shop, (tx) => listAllowances(tx, { limit: 5 }))
  expect(allowance).toMatchObject({ by: 'staff:sam', reason: 'the first one fell into an outage' })
  expect(allowance?.orderId).not.toBeNull()
})

scenario('B-17: what became of trials is counted by what was paid', async (world) => {
  const plan = await freeTrial(world)
  const since = world.clock.now()
  await tries(world, plan, 'ana@example.net')
  await tries(world, plan, 'ben@example.net')
  await tries(world, plan, 'ben@example.net')
  const report = () => read(world.shop, (tx) => trialReport(tx, since))
  expect(await report()).toEqual({
    plans: [{ planId: plan, plan: 'Try it', began: 2, running: 2, converted: 0, lapsed: 0 }],
    refused: [{ limit: 'email', count: 1 }],
  })
  await world.customer('ana').buys({ username: 'anatv' })
  await world.pass({ hours: 48 })
  const { plans } = await report()
  expect(plans).toEqual([{ planId: plan, plan: 'Try it', began: 2, running: 0, converted: 1, lapsed: 1 }])
  expect(conversionPercent(plans)).toBe(50)
  expect(conversionPercent([])).toBeNull()
})
