import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { savePlan } from '#modules/catalog/plans.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { openChangeOf } from '#modules/subscriptions/plan-changes.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { payInvoice, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { changePlan, undoPlanChange } from './change-plan.ts'
import { previewPlanChange } from './preview-plan-change.ts'
import { findInvoice, itemsOf, renewalInvoiceOf } from './queries.ts'

const look = (world: World, sub: string, plan: string) =>
  read(world.shop, (tx) => previewPlanChange(tx, world.shop, sub, plan, world.shop.now()))

const confirm = async (world: World, sub: string, plan: string) =>
  changePlan(world.shop, sub, plan, (await look(world, sub, plan)).fingerprint)

scenario(
  'S0-21: an upgrade is paid for before it takes effect, and the login stays',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const premium = await anotherPlan(world, { amount: 1999n })
    const ana = await world.customer('ana').buys()
    const before = await (await ana.line()).onPanel()
    await world.until('2026-04-16T12:00:00Z')
    const shown = await look(world, ana.subscriptionId, premium)
    // Half of a month of thirty days: 9.99 for the new plan, 6.49 left of the old one, both rounded down.
    expect(shown).toMatchObject({
      charge: { minor: 999n },
      credit: { minor: 649n },
      due: { minor: 350n },
      nextPrice: { minor: 1999n },
      line: { connections: { before: 2, after: 4 } },
      change: { takesEffect: 'now' },
    })
    expect(shown.change.endsAt.toString()).toBe('2026-05-01T12:00:00Z')
    const asked = await changePlan(world.shop, ana.subscriptionId, premium, shown.fingerprint)
    expect(asked.status).toBe('awaiting_payment')
    await world.settle()
    // Nothing is given before money.
    expect((await ana.subscription()).planId).not.toBe(premium)
    expect((await (await ana.line()).stored()).connections).toBe(2)
    await payInvoice(world, asked.invoiceId ?? '')
    await world.settle()
    expect(await ana.subscription()).toMatchObject({ planId: premium, priceMinor: 1999n, status: 'active' })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-05-01T12:00:00Z')
    const line = await ana.line()
    expect((await line.stored()).connections).toBe(4)
    expect(await world.lineOnPanel('ana')).toMatchObject({ max_connections: 4, enabled: 1 })
    expect(await line.onPanel()).toMatchObject({ username: before?.username, password: before?.password })
    expect((await ana.messages()).map(({ template }) => template)).toContain('plan_changed')
    // The renewal asks for the new price.
    await world.until('2026-04-25T12:00:00Z')
    const open = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
    expect(open.map(({ totalMinor }) => totalMinor)).toEqual([1999n])
  },
)

scenario(
  'F42: the whole period is the denominator, also after an upgrade',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const premium = await anotherPlan(world, { amount: 1999n })
    const ultra = await anotherPlan(world, { amount: 2999n, name: 'Ultra monthly' })
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-11T12:00:00Z')
    const first = await confirm(world, ana.subscriptionId, premium)
    await payInvoice(world, first.invoiceId ?? '')
    await world.settle()
    await world.until('2026-04-21T12:00:00Z')
    const shown = await look(world, ana.subscriptionId, ultra)
    // A third is left: 4.33 of the first money, half of the 4.67 that were paid for two thirds.
    expect(shown.credit.minor).toBe(433n + 233n)
    expect(shown.charge.minor).toBe(999n)
  },
)

scenario(
  'a cheaper plan waits for the next period, and can be taken back until that is paid',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const basic = await anotherPlan(world, { amount: 799n, connections: 1, bouquets: [1] })
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-25T12:00:00Z') // The renewal invoice is out.
    const [dear] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
    const asked = await confirm(world, ana.subscriptionId, basic)
    expect(asked).toMatchObject({ status: 'scheduled', invoiceId: null })
    expect(await read(world.shop, (tx) => findInvoice(tx, dear?.id ?? ''))).toMatchObject({ status: 'void' })
    const open = async () => (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
    expect((await open()).map(({ totalMinor }) => totalMinor)).toEqual([799n])
    await undoPlanChange(world.shop, ana.subscriptionId)
    expect((await open()).map(({ totalMinor }) => totalMinor)).toEqual([1299n])
    await expect(undoPlanChange(world.shop, ana.subscriptionId)).rejects.toThrow('no change of plan')
    await confirm(world, ana.subscriptionId, basic)
    await world.customer('ana').paysOpenInvoice()
    // Paid early: the present period is still what it was sold as.
    expect((await ana.subscription()).priceMinor).toBe(1299n)
    expect((await (await ana.line()).stored()).connections).toBe(2)
    await expect(undoPlanChange(world.shop, ana.subscriptionId)).rejects.toThrow('paid as the new plan already')
    await world.until('2026-05-01T13:00:00Z')
    expect(await ana.subscription()).toMatchObject({ planId: basic, priceMinor: 799n })
    expect(await world.lineOnPanel('ana')).toMatchObject({ max_connections: 1, enabled: 1 })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-06-01T12:00:00Z')
  },
)

scenario('what was confirmed is what happens, or nothing', async (world) => {
  const premium = await anotherPlan(world, { amount: 1999n })
  const ana = await world.customer('ana').buys()
  const shown = await look(world, ana.subscriptionId, premium)
  await world.pass({ minutes: 20 })
  await anotherPlan(world, { amount: 1n, name: 'of no matter' })
  await transaction(world.shop, 'dearer', async (tx) => {
    const { plan, product } = shown
    await savePlan(
      tx,
      world.shop,
      { ...plan, productId: product.id, prices: [{ currency: 'EUR', amountMinor: 2499n, setupMinor: 0n }] },
      plan.id,
    )
  })
  await expect(changePlan(world.shop, ana.subscriptionId, premium, shown.fingerprint)).rejects.toMatchObject({
    code: 'conflict',
    fields: [{ pointer: '/fingerprint' }],
  })
  expect(await read(world.shop, (tx) => openChangeOf(tx, ana.subscriptionId))).toBeNull()
  const again = await look(world, ana.subscriptionId, premium)
  await world.pass({ minutes: 31 })
  await expect(changePlan(world.shop, ana.subscriptionId, premium, again.fingerprint)).rejects.toThrow('look again')
  await expect(changePlan(world.shop, ana.subscriptionId, premium, 'nonsense')).rejects.toThrow('look again')
})

scenario('an offer that nobody pays lapses under a credit note', async (world) => {
  const premium = await anotherPlan(world, { amount: 1999n })
  const ana = await world.customer('ana').buys()
  const asked = await confirm(world, ana.subscriptionId, premium)
  await world.pass({ hours: 50 })
  expect(await read(world.shop, (tx) => openChangeOf(tx, ana.subscriptionId))).toBeNull()
  expect(await read(world.shop, (tx) => findInvoice(tx, asked.invoiceId ?? ''))).toMatchObject({ status: 'void' })
  const { rows: notes } = await world.db.pool.query('select series, number from credit_notes')
  expect(notes).toEqual([{ series: 'CN-2026', number: 1 }])
  expect((await ana.subscription()).priceMinor).toBe(1299n)
})

scenario(
  'an upgrade may begin a period of its own, less what is left of the old one',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const premium = await anotherPlan(world, { amount: 1999n })
    await transaction(world.shop, 'setting', (tx) =>
      saveSetting(tx, world.shop, lifeSetting, lifeSetting.schema.parse({ upgrade: 'restart' })),
    )
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-16T12:00:00Z')
    const asked = await confirm(world, ana.subscriptionId, premium)
    const items = await read(world.shop, (tx) => itemsOf(tx, asked.invoiceId ?? ''))
    expect(items.map(({ totalMinor }) => totalMinor)).toEqual([-649n, 1999n])
    await payInvoice(world, asked.invoiceId ?? '')
    await world.settle()
    expect(await ana.subscription()).toMatchObject({ planId: premium, anchorDay: 16 })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-05-16T12:00:00Z')
    expect((await ana.periods()).map(({ ends }) => ends.toString())).toEqual([
      '2026-04-16T12:00:00Z',
      '2026-05-16T12:00:00Z',
    ])
  },
)

scenario(
  'an upgrade while a renewal is asked for: the next period is asked for at the new price',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const premium = await anotherPlan(world, { amount: 1999n })
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-26T12:00:00Z')
    const asked = await confirm(world, ana.subscriptionId, premium)
    await payInvoice(world, asked.invoiceId ?? '')
    await world.settle()
    const end = (await ana.subscription()).paidThrough
    const next = await read(world.shop, (tx) => renewalInvoiceOf(tx, ana.subscriptionId, end ?? world.clock.now()))
    expect(next).toMatchObject({ status: 'open', totalMinor: 1999n })
  },
)

scenario(
  'after a suspension the renewal is paid as the plan that was chosen',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const basic = await anotherPlan(world, { amount: 799n, connections: 1 })
    const ana = await world.customer('ana').buys()
    await world.until('2026-05-05T12:00:00Z')
    expect((await ana.subscription()).status).toBe('suspended')
    await confirm(world, ana.subscriptionId, basic)
    await world.customer('ana').paysOpenInvoice()
    expect(await ana.subscription()).toMatchObject({ planId: basic, status: 'active', priceMinor: 799n })
    expect(await world.lineOnPanel('ana')).toMatchObject({ max_connections: 1, enabled: 1 })
  },
)
