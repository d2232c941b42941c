import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { findAddOn, saveAddOn } from '#modules/catalog/add-ons.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { heldOf, openAddOnChangeOf } from '#modules/subscriptions/add-ons.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { pauseSubscription, resumePaused } from '#modules/subscriptions/pause.ts'
import { connectionAddOn } from '../../../test/support/add-ons.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { payInvoice, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { previewCancel } from './cancel-subscription.ts'
import { changeAddOn, undoAddOn } from './change-add-ons.ts'
import { changePlan } from './change-plan.ts'
import { previewAddOn } from './preview-add-ons.ts'
import { previewPlanChange } from './preview-plan-change.ts'
import { findInvoice, itemsOf } from './queries.ts'

const start = { start: '2026-04-01T12:00:00Z' }

const look = (world: World, sub: string, addOnId: string, quantity: number) =>
  read(world.shop, (tx) => previewAddOn(tx, world.shop, sub, addOnId, quantity, world.shop.now()))

const confirm = async (world: World, sub: string, addOnId: string, quantity: number) =>
  changeAddOn(world.shop, sub, { addOnId, quantity }, (await look(world, sub, addOnId, quantity)).fingerprint)

const buys = async (world: World, sub: string, addOnId: string, quantity: number) => {
  const { invoiceId } = await confirm(world, sub, addOnId, quantity)
  await payInvoice(world, invoiceId ?? '')
  await world.settle()
}

const held = (world: World, sub: string) =>
  read(world.shop, async (tx) =>
    (await heldOf(tx, sub)).map(({ quantity, renewsQuantity }) => [quantity, renewsQuantity]),
  )

const openInvoices = async (world: World) =>
  (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')

const openItems = async (world: World) => {
  const [open] = await openInvoices(world)
  const items = await read(world.shop, (tx) => itemsOf(tx, open?.id ?? ''))
  return items.map(({ kind, quantity, totalMinor }) => [kind, quantity, totalMinor])
}

const onPanel = async (world: World) => (await world.lineOnPanel('ana'))?.max_connections

scenario(
  'S2-33: an extra connection is paid for the rest of the period before the panel has it',
  start,
  async (world) => {
    const extra = await connectionAddOn(world, 301n)
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-16T12:00:00Z')
    const shown = await look(world, ana.subscriptionId, extra, 2)
    // Half of a month of thirty days: two pieces, 6.02 a month, rounded down.
    expect(shown).toMatchObject({
      due: { minor: 301n },
      price: { minor: 301n },
      nextPrice: { minor: 1299n + 602n },
      line: { connections: { before: 2, after: 4 } },
      change: { takesEffect: 'now', more: 2 },
    })
    const asked = await changeAddOn(world.shop, ana.subscriptionId, { addOnId: extra, quantity: 2 }, shown.fingerprint)
    await world.settle()
    // Nothing is given before money.
    expect(await onPanel(world)).toBe(2)
    await payInvoice(world, asked.invoiceId ?? '')
    await world.settle()
    expect(await onPanel(world)).toBe(4)
    expect((await ana.messages()).map(({ template }) => template)).toContain('add_ons_changed')
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-05-01T12:00:00Z')
    // Paid twice, it is given once.
    await payInvoice(world, asked.invoiceId ?? '').catch(() => undefined)
    await world.settle()
    expect(await held(world, ana.subscriptionId)).toEqual([[2, 2]])
    // Each renewal has a line of its own for it.
    await world.until('2026-04-25T12:00:00Z')
    expect(await openItems(world)).toEqual([
      ['period', 1, 1299n],
      ['add_on', 2, 602n],
    ])
    await world.customer('ana').paysOpenInvoice()
    await world.until('2026-05-02T12:00:00Z')
    expect(await onPanel(world)).toBe(4)
  },
)

scenario('fewer waits for the next period, and nothing is given back', start, async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 3)
  await world.until('2026-04-25T12:00:00Z') // The renewal invoice is out.
  expect((await openInvoices(world)).map(({ totalMinor }) => totalMinor)).toEqual([2199n])
  expect(await look(world, ana.subscriptionId, extra, 1)).toMatchObject({
    due: { minor: 0n },
    nextPrice: { minor: 1599n },
    change: { takesEffect: 'at_end' },
  })
  expect(await confirm(world, ana.subscriptionId, extra, 1)).toEqual({ invoiceId: null })
  expect((await openInvoices(world)).map(({ totalMinor }) => totalMinor)).toEqual([1599n])
  await world.customer('ana').paysOpenInvoice()
  // Paid early: the present period has what it was sold with.
  expect(await onPanel(world)).toBe(5)
  expect(await held(world, ana.subscriptionId)).toEqual([[3, 1]])
  await expect(confirm(world, ana.subscriptionId, extra, 4)).rejects.toThrow('paid with 1 already')
  await world.until('2026-05-01T13:00:00Z')
  expect(await onPanel(world)).toBe(3)
  expect(await held(world, ana.subscriptionId)).toEqual([[1, 1]])
  // None at all: with the next period it is gone.
  await confirm(world, ana.subscriptionId, extra, 0)
  await world.until('2026-05-28T12:00:00Z')
  await world.customer('ana').paysOpenInvoice()
  await world.until('2026-06-01T13:00:00Z')
  expect(await onPanel(world)).toBe(2)
  expect(await held(world, ana.subscriptionId)).toEqual([])
})

scenario('a period that rests begins later, and fewer connections with it', start, async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 2)
  await confirm(world, ana.subscriptionId, extra, 1)
  await world.until('2026-04-25T12:00:00Z')
  await world.customer('ana').paysOpenInvoice()
  await pauseSubscription(world.shop, ana.subscriptionId, { until: null, reason: 'away' })
  await world.until('2026-05-05T12:00:00Z') // Ten days.
  expect(await held(world, ana.subscriptionId)).toEqual([[2, 1]])
  await resumePaused(world.shop, ana.subscriptionId, 'back')
  await world.until('2026-05-11T11:00:00Z')
  expect(await onPanel(world)).toBe(4)
  await world.until('2026-05-11T13:00:00Z')
  expect(await onPanel(world)).toBe(3)
})

scenario('two periods are paid ahead with fewer: the first of them begins with fewer already', start, async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 2)
  await confirm(world, ana.subscriptionId, extra, 1)
  for (let period = 0; period < 2; period++) expect((await ana.renews()).totalMinor).toBe(1599n)
  await world.until('2026-05-01T13:00:00Z')
  expect(await held(world, ana.subscriptionId)).toEqual([[1, 1]])
  expect(await onPanel(world)).toBe(3)
})

scenario('what was confirmed is what happens; what nobody pays lapses, and can be taken back', start, async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const ana = await world.customer('ana').buys()
  const shown = await look(world, ana.subscriptionId, extra, 1)
  const addOn = await read(world.shop, (tx) => findAddOn(tx, extra))
  if (addOn === null) throw new Error('no add-on')
  await transaction(world.shop, 'dearer', (tx) =>
    saveAddOn(
      tx,
      world.shop,
      {
        ...addOn,
        plans: addOn.plans.map((each) => ({ ...each, prices: [{ currency: 'EUR', amountMinor: 400n, breaks: [] }] })),
      },
      extra,
    ),
  )
  await expect(
    changeAddOn(world.shop, ana.subscriptionId, { addOnId: extra, quantity: 1 }, shown.fingerprint),
  ).rejects.toMatchObject({ code: 'conflict', fields: [{ pointer: '/fingerprint' }] })
  const asked = await confirm(world, ana.subscriptionId, extra, 1)
  await undoAddOn(world.shop, ana.subscriptionId)
  expect(await read(world.shop, (tx) => findInvoice(tx, asked.invoiceId ?? ''))).toMatchObject({ status: 'void' })
  await expect(undoAddOn(world.shop, ana.subscriptionId)).rejects.toThrow('No add-on waits')
  const again = await confirm(world, ana.subscriptionId, extra, 1)
  await world.pass({ hours: 50 })
  expect(await read(world.shop, (tx) => findInvoice(tx, again.invoiceId ?? ''))).toMatchObject({ status: 'void' })
  expect(await read(world.shop, (tx) => openAddOnChangeOf(tx, ana.subscriptionId))).toBeNull()
  // The agreed price holds once there is one, and more of it costs the same.
  await buys(world, ana.subscriptionId, extra, 1)
  await transaction(world.shop, 'dearer', (tx) =>
    saveAddOn(
      tx,
      world.shop,
      {
        ...addOn,
        plans: addOn.plans.map((each) => ({ ...each, prices: [{ currency: 'EUR', amountMinor: 900n, breaks: [] }] })),
      },
      extra,
    ),
  )
  expect(await look(world, ana.subscriptionId, extra, 2)).toMatchObject({ price: { minor: 400n } })
  await expect(look(world, ana.subscriptionId, extra, 5)).rejects.toThrow('At most 4')
  await expect(look(world, ana.subscriptionId, extra, 1)).rejects.toThrow('what it has already')
  await transaction(world.shop, 'retire', (tx) => saveAddOn(tx, world.shop, { ...addOn, active: false }, extra))
  await expect(look(world, ana.subscriptionId, extra, 2)).rejects.toThrow('not sold with this plan')
  expect((await look(world, ana.subscriptionId, extra, 0)).change.takesEffect).toBe('at_end')
})

scenario('bought with the plan: one invoice, one line, each renewal', start, async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const wish = { cartKey: 'c1', planId: world.planId, email: 'ana@example.net', source: 'storefront' } as const
  const order = (addOns: { addOnId: string; quantity: number }[]) => placeOrder(world.shop, { ...wish, addOns })
  await expect(order([{ addOnId: extra, quantity: 5 }])).rejects.toMatchObject({
    fields: [{ pointer: '/add_ons/0/quantity' }],
  })
  await expect(order([{ addOnId: 'addon_nothing', quantity: 1 }])).rejects.toMatchObject({
    fields: [{ pointer: '/add_ons/0/add_on_id' }],
  })
  const placed = await order([{ addOnId: extra, quantity: 2 }])
  expect((await read(world.shop, (tx) => findInvoice(tx, placed.invoiceId ?? '')))?.totalMinor).toBe(1899n)
  await payInvoice(world, placed.invoiceId ?? '')
  await world.settle()
  const [bought] = await read(world.shop, (tx) => heldOf(tx, placed.subscriptionId ?? ''))
  expect(bought).toMatchObject({ quantity: 2, renewsQuantity: 2, priceMinor: 300n })
  const line = await read(world.shop, (tx) => lineOfSubscription(tx, placed.subscriptionId ?? ''))
  expect(line).toMatchObject({ connections: 4, extraConnections: 2, found: { connections: 4 } })
})

scenario('S0-21: another plan keeps the add-ons that it is sold with, and says which end', start, async (world) => {
  const premium = await anotherPlan(world, { amount: 1999n })
  const extra = await connectionAddOn(world, 300n, { [premium]: 400n })
  const other = await connectionAddOn(world, 200n)
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 2)
  await buys(world, ana.subscriptionId, other, 1)
  expect(await onPanel(world)).toBe(5)
  await world.until('2026-04-16T12:00:00Z')
  const shown = await read(world.shop, (tx) =>
    previewPlanChange(tx, world.shop, ana.subscriptionId, premium, world.shop.now()),
  )
  // Half of 19.99 and 2 × 4.00, less half of what was paid: 12.99, 6.00 and 2.00, each rounded down.
  expect(shown).toMatchObject({
    charge: { minor: 1399n },
    credit: { minor: 649n + 300n + 100n },
    nextPrice: { minor: 2799n },
    addOns: { kept: [{ addOnId: extra, quantity: 2, priceMinor: 400n }], ended: [{ addOnId: other }] },
    line: { connections: { before: 5, after: 6 } },
  })
  const asked = await changePlan(world.shop, ana.subscriptionId, premium, shown.fingerprint)
  await expect(look(world, ana.subscriptionId, extra, 3)).rejects.toThrow('change of plan is open')
  await payInvoice(world, asked.invoiceId ?? '')
  await world.settle()
  expect(await onPanel(world)).toBe(6)
  expect(await ana.subscription()).toMatchObject({ priceMinor: 1999n, addOnsMinor: 800n })
  await world.until('2026-04-25T12:00:00Z')
  expect(await openItems(world)).toEqual([
    ['period', 1, 1999n],
    ['add_on', 2, 800n],
  ])
})

scenario('a cheaper plan takes its add-ons along at the next period', start, async (world) => {
  const basic = await anotherPlan(world, { amount: 799n, connections: 1, bouquets: [1] })
  const extra = await connectionAddOn(world, 300n, { [basic]: 250n })
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 2)
  await world.until('2026-04-25T12:00:00Z')
  const shown = await read(world.shop, (tx) =>
    previewPlanChange(tx, world.shop, ana.subscriptionId, basic, world.shop.now()),
  )
  expect(shown).toMatchObject({ nextPrice: { minor: 1299n }, change: { takesEffect: 'at_end' } })
  await changePlan(world.shop, ana.subscriptionId, basic, shown.fingerprint)
  expect(await openItems(world)).toEqual([
    ['period', 1, 799n],
    ['add_on', 2, 500n],
  ])
  await world.customer('ana').paysOpenInvoice()
  expect(await onPanel(world)).toBe(4)
  await world.until('2026-05-01T13:00:00Z')
  expect(await onPanel(world)).toBe(3)
  expect(await ana.subscription()).toMatchObject({ planId: basic, priceMinor: 799n, addOnsMinor: 500n })
})

scenario('an early end gives back what is left of add-ons, too', start, async (world) => {
  const extra = await connectionAddOn(world, 300n)
  await transaction(world.shop, 'rules', (tx) =>
    saveSetting(tx, world.shop, lifeSetting, lifeSetting.schema.parse({ refund: { kind: 'prorated' } })),
  )
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 1) // The whole period: 3.00.
  await world.until('2026-04-16T12:00:00Z')
  const preview = await read(world.shop, (tx) => previewCancel(tx, world.shop, ana.subscriptionId, world.shop.now()))
  expect(preview.refund.minor).toBe(649n + 150n)
})

scenario('without paid time more waits for the next payment; suspended and back, it is there', start, async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 1)
  await world.until('2026-05-05T12:00:00Z')
  expect((await ana.subscription()).status).toBe('suspended')
  expect(await look(world, ana.subscriptionId, extra, 2)).toMatchObject({
    due: { minor: 0n },
    change: { takesEffect: 'at_end' },
  })
  await confirm(world, ana.subscriptionId, extra, 2)
  expect((await openInvoices(world)).map(({ totalMinor }) => totalMinor)).toEqual([1899n])
  expect(await held(world, ana.subscriptionId)).toEqual([[1, 2]])
  await world.customer('ana').paysOpenInvoice()
  await world.settle()
  expect(await held(world, ana.subscriptionId)).toEqual([[2, 2]])
  expect(await onPanel(world)).toBe(4)
})

scenario('what costs nothing is given at once', start, async (world) => {
  const extra = await connectionAddOn(world, 0n)
  const ana = await world.customer('ana').buys()
  expect(await confirm(world, ana.subscriptionId, extra, 1)).toEqual({ invoiceId: null })
  await world.settle()
  expect(await onPanel(world)).toBe(3)
})

scenario(
  'the number decides on the price of each, at the checkout, in between, and at each renewal',
  start,
  async (world) => {
    const extra = await connectionAddOn(world, 300n, {}, [
      { from: 2, amountMinor: 250n },
      { from: 4, amountMinor: 100n },
    ])
    const placed = await placeOrder(world.shop, {
      ...{ cartKey: 'cart', planId: world.planId, email: 'ana@example.net', source: 'api' },
      addOns: [{ addOnId: extra, quantity: 2 }],
    })
    const sub = placed.subscriptionId ?? ''
    const [bought] = (await read(world.shop, (tx) => itemsOf(tx, placed.invoiceId ?? ''))).slice(1)
    expect(bought).toMatchObject({ kind: 'add_on', quantity: 2, totalMinor: 500n })
    await payInvoice(world, placed.invoiceId ?? '')
    await world.settle()
    // A new table is for who buys from now on.
    const addOn = await read(world.shop, (tx) => findAddOn(tx, extra))
    if (addOn === null) throw new Error('no add-on')
    const dearer = addOn.plans.map((each) => ({
      ...each,
      prices: [{ currency: 'EUR', amountMinor: 900n, breaks: [] }],
    }))
    await transaction(world.shop, 'dearer', (tx) => saveAddOn(tx, world.shop, { ...addOn, plans: dearer }, extra))
    await world.until('2026-04-16T12:00:00Z')
    // Half of a period: three at 2.50 instead of two at 2.50.
    const shown = await look(world, sub, extra, 3)
    expect(shown).toMatchObject({ price: { minor: 250n }, due: { minor: 125n }, nextPrice: { minor: 1299n + 750n } })
    const asked = await changeAddOn(world.shop, sub, { addOnId: extra, quantity: 3 }, shown.fingerprint)
    const [row] = await read(world.shop, (tx) => itemsOf(tx, asked.invoiceId ?? ''))
    expect(row?.description).toContain('3 × 2.50 EUR instead of 2 × 2.50 EUR')
    await payInvoice(world, asked.invoiceId ?? '')
    await world.settle()
    // Four cost less than three: nothing is asked for, nothing goes back, and the renewal is cheaper.
    expect(await look(world, sub, extra, 4)).toMatchObject({ due: { minor: 0n }, nextPrice: { minor: 1299n + 400n } })
    expect(await confirm(world, sub, extra, 4)).toEqual({ invoiceId: null })
    await world.settle()
    expect(await held(world, sub)).toEqual([[4, 4]])
    await world.until('2026-04-25T12:00:00Z')
    const open = async () => {
      const [renewal] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
      return (await read(world.shop, (tx) => itemsOf(tx, renewal?.id ?? ''))).map((each) => [
        each.quantity,
        each.totalMinor,
      ])
    }
    expect(await open()).toEqual([
      [1, 1299n],
      [4, 400n],
    ])
    // Fewer from the next period on, at the price of fewer.
    await confirm(world, sub, extra, 1)
    expect(await open()).toEqual([
      [1, 1299n],
      [1, 300n],
    ])
  },
)

scenario('a dearer plan counts its add-ons by its own table', start, async (world) => {
  const better = await anotherPlan(world, { amount: 1999n })
  const extra = await connectionAddOn(world, 300n, { [better]: 400n }, [{ from: 2, amountMinor: 200n }])
  const ana = await world.customer('ana').buys()
  await buys(world, ana.subscriptionId, extra, 2)
  const preview = await read(world.shop, (tx) =>
    previewPlanChange(tx, world.shop, ana.subscriptionId, better, world.shop.now()),
  )
  expect(preview).toMatchObject({ nextPrice: { minor: 1999n + 400n } })
  const { invoiceId } = await changePlan(world.shop, ana.subscriptionId, better, preview.fingerprint)
  await payInvoice(world, invoiceId ?? '')
  await world.settle()
  const [kept] = await read(world.shop, (tx) => heldOf(tx, ana.subscriptionId))
  expect(kept).toMatchObject({ quantity: 2, priceMinor: 400n, breaks: [{ from: 2, amountMinor: 200n }] })
})
