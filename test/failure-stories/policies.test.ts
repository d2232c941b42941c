/** What went wrong elsewhere when rules changed under people, told as our own stories. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { findPlan, savePlan } from '#modules/catalog/plans.ts'
import { listEvents } from '#modules/events/queries.ts'
import { isRaised } from '#modules/people/attention.ts'
import { defaultSteps } from '#modules/subscriptions/rules/policy.ts'
import type { Step } from '#modules/subscriptions/rules/step.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { rows, sql } from '#platform/db.ts'
import { anotherPlan } from '../support/plans.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const save = (world: World, steps: readonly Step[]) =>
  transaction(world.shop, 'save-policy', (tx) =>
    savePolicy(tx, world.shop, { id: 'pol_default', name: 'Standard', steps }, world.shop.now()),
  )
const suspendAfter = (hours: number): Step[] =>
  defaultSteps.map((step) =>
    step.action === 'suspend' ? { key: 'suspend', action: 'suspend', offset_hours: hours } : step,
  )

scenario('F68: a new version of a policy leaves every period as it was sold', async (world) => {
  const ana = await world.customer('ana').buys()
  await ana.renews()
  const [before, { paidThrough, anchorDay, priceMinor }] = [await ana.periods(), await ana.subscription()]
  await save(world, suspendAfter(24))
  await world.settle()
  expect(await ana.periods()).toEqual(before)
  expect(await ana.subscription()).toMatchObject({ paidThrough, anchorDay, priceMinor, policyVersion: 2 })
})

scenario(
  'F68: a plan of two months that becomes one of one month bends no period that was sold, nor its renewal',
  async (world) => {
    const terms = { name: 'Two months', termUnit: 'month', termCount: 2 } as const
    const planId = await anotherPlan(world, { ...terms, amount: 2_000n })
    const ana = await world.customer('ana').buys({ plan: 'Two months' })
    const [before, { paidThrough }] = [await ana.periods(), await ana.subscription()]
    expect(String(paidThrough)).toBe('2026-03-31T11:00:00Z')
    await transaction(world.shop, 'another-version', async (tx) => {
      const prices = [{ currency: 'EUR', amountMinor: 700n, setupMinor: 0n }]
      await savePlan(tx, world.shop, { ...present(await findPlan(tx, planId)), termCount: 1, prices }, planId)
    })
    await world.until('2026-03-23')
    expect(await ana.periods()).toEqual(before)
    expect(await ana.subscription()).toMatchObject({ paidThrough, status: 'active' })
    expect(await world.customer('ana').invoices()).toHaveLength(1)
    // It goes on as it was agreed, until somebody agrees to something else.
    await world.until('2026-03-25')
    expect((await world.customer('ana').invoices())[0]).toMatchObject({ status: 'open', totalMinor: 2_000n })
    await world.customer('ana').paysOpenInvoice()
    expect((await ana.periods()).map(({ starts, ends }) => [String(starts), String(ends)])).toEqual([
      ['2026-01-31T12:00:00Z', '2026-03-31T11:00:00Z'],
      ['2026-03-31T11:00:00Z', '2026-05-31T11:00:00Z'],
    ])
  },
)

scenario(
  'F34, F93: steps under new names: the invoice that was delivered still counts, and one that was not still holds back',
  async (world) => {
    const warned = await world.customer('warned').buys()
    await world.until('2026-02-22T12:00:00Z') // His invoice went out a day ago.
    const renamed = suspendAfter(48).flatMap((step): Step[] =>
      step.action === 'remind' || step.action === 'charge'
        ? []
        : [step.key === 'invoice' ? { ...step, key: 'bill' } : step],
    )
    await save(world, renamed)
    await world.settle()
    const late = await world.customer('late').buys()
    await world.until('2026-03-02T12:30:00Z')
    expect((await warned.subscription()).status).toBe('suspended')

    const end = present((await late.subscription()).paidThrough)
    world.mailbox.fail('defer_recipient')
    await world.until(end.add({ hours: 24 * 4 }).toString())
    expect((await late.subscription()).status).toBe('grace')
    expect(await (await late.line()).onPanel()).toMatchObject({ enabled: true })
    world.mailbox.fail(null)
    await world.until(end.add({ hours: 24 * 10 }).toString())
    expect((await late.subscription()).status).toBe('grace') // No word ever reached him: a person decides.
    expect(await read(world.shop, (tx) => isRaised(tx, 'suspension_waits', late.subscriptionId))).toBe(true)
  },
)

scenario('F79, F81: a policy that is saved five times tells each thing once and ends once', async (world) => {
  const ana = await world.customer('ana').buys()
  await world.until('2026-02-28T13:00:00Z')
  for (let saved = 0; saved < 5; saved++) {
    await save(world, defaultSteps)
    await world.settle()
  }
  await world.until('2026-03-08T13:00:00Z')
  for (let saved = 0; saved < 2; saved++) await save(world, defaultSteps)
  await world.settle()
  const told = (await ana.messages()).map(({ template }) => template)
  for (const template of ['renewal_invoice', 'grace', 'suspended', 'terminated'])
    expect(told.filter((each) => each === template)).toHaveLength(1)
  expect(told.filter((each) => each === 'renewal_reminder')).toHaveLength(3)
  const ended = await read(world.shop, (tx) =>
    listEvents(tx, { subjectId: ana.subscriptionId, type: 'subscription.terminated' }, { limit: 5 }),
  )
  expect(ended).toHaveLength(1)
})

scenario(
  'F89: a shorter policy reaches the panel itself: the expiry there is the new cut-off and a day',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    const end = present((await ana.subscription()).paidThrough)
    expect((await line.onPanel())?.until).toBe(end.add({ hours: 72 + 24 }).toString())
    await save(world, suspendAfter(12))
    await world.settle()
    expect((await line.onPanel())?.until).toBe(end.add({ hours: 12 + 24 }).toString())
  },
)

scenario(
  'F44: a trial ends at its own instant in the customer’s zone, and nobody is asked for money',
  { zone: 'Asia/Kathmandu' },
  async (world) => {
    await world.tamper(`update plans set trial = true, renewable = false, term_unit = 'day', term_count = 2`)
    const ana = await world.customer('ana').buys()
    const { status, paidThrough, cutOffAt } = await ana.subscription()
    expect([status, cutOffAt]).toEqual(['trial', paidThrough])
    await world.until(present(paidThrough).add({ seconds: -1 }).toString())
    expect((await ana.subscription()).status).toBe('trial')
    await world.pass({ seconds: 1 })
    expect(await ana.subscription()).toMatchObject({ status: 'suspended', suspendedAt: paidThrough })
    expect((await ana.messages()).map(({ template }) => template)).not.toContain('renewal_invoice')
  },
)

scenario(
  'F36: ten days down with charges planned: of several tries that are due one is left, and each has its record',
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-02-20T12:00:00Z')
    world.clock.set('2026-03-02T13:00:00Z')
    await world.settle()
    const tries = await read(world.shop, (tx) =>
      rows(
        tx,
        sql<{ step: string; reason: string }>`select step, reason from steps_done
        where business_id = current_business() and subscription_id = ${ana.subscriptionId} and step like 'charge%' order by due_at`,
      ),
    )
    expect(tries.map(({ reason }) => reason === 'overtaken by a later try')).toEqual([true, true, true, false])
  },
)
