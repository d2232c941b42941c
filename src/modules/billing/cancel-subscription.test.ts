import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { pauseSubscription } from '#modules/subscriptions/pause.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { cancelAtEnd, cancelNow, previewCancel, undoCancel } from './cancel-subscription.ts'
import { refundPayment } from './refund-payment.ts'

const policy = (world: World, refund: Record<string, unknown>) =>
  transaction(world.shop, 'setting', (tx) =>
    saveSetting(tx, world.shop, lifeSetting, lifeSetting.schema.parse({ refund })),
  )
const look = (world: World, id: string) => read(world.shop, (tx) => previewCancel(tx, world.shop, id, world.shop.now()))

const april = { start: '2026-04-01T12:00:00Z' }

scenario(
  'S1-59: the amount is shown first, goes back to where it came from, and the rest of the time is given up',
  april,
  async (world) => {
    await policy(world, { kind: 'prorated', fee_minor: 100 })
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-16T12:00:00Z')
    const shown = await look(world, ana.subscriptionId)
    expect(shown).toMatchObject({ refund: { minor: 549n }, givesUp: true, parts: [{ amount: { minor: 549n } }] })
    await cancelNow(world.shop, ana.subscriptionId, shown.fingerprint, 'moving house')
    await world.settle()
    expect((await ana.payments())[0]).toMatchObject({ refundedMinor: 549n })
    expect(await ana.subscription()).toMatchObject({ status: 'terminated', terminatedBecause: 'canceled' })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-04-16T12:00:00Z')
    expect(await (await ana.line()).onPanel()).toBeNull()
    await expect(cancelNow(world.shop, ana.subscriptionId, shown.fingerprint, 'again')).rejects.toThrow('does not run')
    // Who comes back buys a period from the day he pays, and the line has its old name.
    await world.pass({ hours: 48 })
    await ana.renews()
    expect(await ana.subscription()).toMatchObject({ status: 'active' })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-05-18T12:00:00Z')
    expect(await (await ana.line()).onPanel()).toMatchObject({ username: 'ana', enabled: true })
  },
)

scenario('no more goes back than came in and is still here, over all that was paid ahead', april, async (world) => {
  await policy(world, { kind: 'full_within', days: 14 })
  const ana = await world.customer('ana').buys()
  await ana.renews()
  const [first] = await ana.payments()
  await refundPayment(world.shop, first?.id ?? '', { minor: 1000n, currency: 'EUR' }, 'a gift')
  await world.until('2026-04-10T12:00:00Z')
  const shown = await look(world, ana.subscriptionId)
  expect(shown.refund.minor).toBe(299n + 1299n)
  await cancelNow(world.shop, ana.subscriptionId, shown.fingerprint, 'no more')
  await world.settle()
  expect((await ana.periods()).map(({ ends }) => ends.toString())).toEqual([
    '2026-04-10T12:00:00Z',
    '2026-04-10T12:00:00Z',
  ])
  expect((await ana.payments())[0]).toMatchObject({ receivedMinor: 1299n, refundedMinor: 1299n })
})

scenario(
  'F66: with nothing to give back the end is an end, and the rest is there for who comes back',
  april,
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-10T12:00:00Z')
    const shown = await look(world, ana.subscriptionId)
    expect(shown).toMatchObject({ refund: { minor: 0n }, parts: [], givesUp: false })
    await cancelNow(world.shop, ana.subscriptionId, shown.fingerprint, 'no more')
    await world.settle()
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-05-01T12:00:00Z')
  },
)

scenario('what rests has served nothing since: all that was kept goes back', april, async (world) => {
  await policy(world, { kind: 'prorated' })
  const ana = await world.customer('ana').buys()
  await world.until('2026-04-16T12:00:00Z')
  await pauseSubscription(world.shop, ana.subscriptionId, { until: null, reason: '' })
  await world.until('2026-05-10T12:00:00Z')
  const shown = await look(world, ana.subscriptionId)
  expect(shown.refund.minor).toBe(649n)
  await cancelNow(world.shop, ana.subscriptionId, shown.fingerprint, 'no more')
  await world.settle()
  expect(await ana.subscription()).toMatchObject({ status: 'terminated', pausedAt: null })
})

scenario('what was shown is what goes back, or nothing', april, async (world) => {
  await policy(world, { kind: 'prorated' })
  const ana = await world.customer('ana').buys()
  const shown = await look(world, ana.subscriptionId)
  await policy(world, { kind: 'prorated', fee_minor: 500 })
  await expect(cancelNow(world.shop, ana.subscriptionId, shown.fingerprint, 'x')).rejects.toMatchObject({
    code: 'conflict',
    fields: [{ pointer: '/fingerprint' }],
  })
  const other = await world.another('zebra')
  await expect(cancelNow(other.shop, ana.subscriptionId, shown.fingerprint, 'x')).rejects.toThrow(
    'no such subscription',
  )
  expect((await ana.subscription()).status).toBe('active')
})

scenario(
  'canceled at the end: nobody asks for money, nothing is cut before, and it can be taken back',
  april,
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-26T12:00:00Z')
    const open = async () => (await world.customer('ana').invoices()).filter(({ status }) => status === 'open').length
    expect(await open()).toBe(1)
    await cancelAtEnd(world.shop, ana.subscriptionId, 'too dear')
    await cancelAtEnd(world.shop, ana.subscriptionId, 'too dear')
    expect(await open()).toBe(0)
    await undoCancel(world.shop, ana.subscriptionId)
    expect(await open()).toBe(1)
    await expect(undoCancel(world.shop, ana.subscriptionId)).rejects.toThrow('no planned end')
    await cancelAtEnd(world.shop, ana.subscriptionId, 'too dear')
    const told = (await ana.messages()).filter(({ template }) => template === 'renewal_reminder').length
    await world.until('2026-05-01T11:00:00Z')
    expect(await (await ana.line()).onPanel()).toMatchObject({ enabled: true })
    await world.until('2026-05-20T12:00:00Z')
    expect(await ana.subscription()).toMatchObject({ status: 'terminated', terminatedBecause: 'canceled' })
    expect((await ana.messages()).filter(({ template }) => template === 'renewal_reminder')).toHaveLength(told)
  },
)
