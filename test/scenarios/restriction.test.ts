/** A first restriction before the suspension: fewer connections, told before, lifted by money, passed over where a panel cannot. */
import { expect } from 'vitest'
import { xui } from '#adapters/panels/xui.ts'
import { transaction } from '#app.ts'
import { explainSubscription } from '#modules/analytics/explain-subscription.ts'
import { executeSteps } from '#modules/dunning/execute-steps.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z' }

const steps = [
  { key: 'invoice', action: 'issue_invoice', offset_days: -7 },
  { key: 'fewer', action: 'restrict', connections: 1, offset_days: 1 },
  { key: 'suspend', action: 'suspend', offset_days: 3 },
  { key: 'terminate', action: 'terminate', offset_days: 7 },
] as const

const policy = (world: World) =>
  transaction(world.shop, 'policy', (tx) =>
    savePolicy(
      tx,
      world.shop,
      { id: 'pol_default', name: 'Gentle', steps, rules: [], calendar: null },
      world.shop.now(),
    ),
  )

const done = (world: World, sub: string) =>
  world.db.pool
    .query<{ outcome: string; reason: string }>(
      `select outcome, reason from steps_done where subscription_id = $1 and step = 'fewer' order by at`,
      [sub],
    )
    .then(({ rows }) => rows)

scenario(
  'B-22: a late payer loses screens first, as it was told, and paying brings them back',
  start,
  async (world) => {
    const ana = await world.customer('ana').buys()
    await policy(world)
    await world.settle()
    await world.until('2026-04-26T12:00:00Z')
    const told = await rehearse(world.shop, { days: 10 })
    const at = told.rows.find(({ step }) => step === 'fewer')
    expect(at).toMatchObject({ action: 'restrict', outcome: 'done', mails: ['restricted'] })
    expect(at?.at.toString()).toBe('2026-05-02T12:00:00Z')
    await world.until('2026-05-02T11:59:00Z')
    expect(await world.lineOnPanel('ana')).toMatchObject({ max_connections: 2, enabled: 1 })
    await world.until('2026-05-02T12:01:00Z')
    expect(await ana.subscription()).toMatchObject({ status: 'grace', restrictedTo: 1 })
    expect(await world.lineOnPanel('ana')).toMatchObject({ max_connections: 1, enabled: 1 })
    expect((await ana.messages()).map(({ template }) => template)).toContain('restricted')
    const explained = await read(world.shop, (tx) =>
      explainSubscription(tx, world.shop, ana.subscriptionId, world.shop.now()),
    )
    expect(explained.acted[0]).toMatchObject({ event: 'subscription.restricted', rule: { step: 'fewer' } })
    await world.customer('ana').paysOpenInvoice()
    await world.settle()
    expect(await ana.subscription()).toMatchObject({ status: 'active', restrictedTo: null })
    expect(await world.lineOnPanel('ana')).toMatchObject({ max_connections: 2, enabled: 1 })
  },
)

scenario('who does not pay is suspended after it, and comes back with all of his screens', start, async (world) => {
  const ben = await world.customer('ben').buys()
  await policy(world)
  await world.until('2026-05-04T13:00:00Z')
  expect(await ben.subscription()).toMatchObject({ status: 'suspended', restrictedTo: null })
  await world.customer('ben').paysOpenInvoice()
  await world.settle()
  expect(await world.lineOnPanel('ben')).toMatchObject({ max_connections: 2, enabled: 1 })
})

scenario('after a downtime beyond both, only the suspension is done', start, async (world) => {
  const cem = await world.customer('cem').buys()
  await policy(world)
  await world.until('2026-05-01T13:00:00Z')
  world.clock.set('2026-05-04T13:00:00Z')
  await world.settle()
  expect(await cem.subscription()).toMatchObject({ status: 'suspended' })
  expect(await done(world, cem.subscriptionId)).toEqual([{ outcome: 'skipped', reason: 'overtaken by the suspension' }])
})

scenario('a panel that cannot is passed over with a reason, and said so beforehand', start, async (world) => {
  const dora = await world.customer('dora').buys()
  await policy(world)
  await world.settle()
  await world.until('2026-05-01T13:00:00Z')
  const { canRestrict: _, ...capabilities } = xui.capabilities
  const panels = new Map([['xui', { ...xui, capabilities } as never]])
  const shop = { ...world.shop, app: { ...world.shop.app, panels } }
  const why = 'its panel cannot take connections away for a while'
  const told = await rehearse(shop, { days: 5 })
  expect(told.rows.find(({ step }) => step === 'fewer')).toMatchObject({ outcome: 'skipped', reason: why })
  const explained = await read(shop, (tx) => explainSubscription(tx, shop, dora.subscriptionId, shop.now()))
  expect(explained.next.find(({ key }) => key === 'fewer')).toMatchObject({ passedOver: why })
  world.clock.set('2026-05-02T12:00:01Z')
  await executeSteps(shop, dora.subscriptionId)
  expect(await done(world, dora.subscriptionId)).toEqual([{ outcome: 'skipped', reason: why }])
  expect(await dora.subscription()).toMatchObject({ status: 'grace', restrictedTo: null })
})
