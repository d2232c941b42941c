import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { findInvoice, renewalInvoiceOf } from '#modules/billing/queries.ts'
import { changeTvLogin } from '#modules/lines/want-line.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { parsedMails, present, read } from '../../../test/support/stories.ts'
import { giveFreeDays, terminateByHand } from './by-hand.ts'
import { lifeSetting } from './life-settings.ts'
import { pauseSubscription, resumePaused } from './pause.ts'

const forever = { until: null, reason: 'holiday' }

scenario(
  'B-15: a line rests, nobody is reminded, and every paid day is there afterwards',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    const password = await line.password()
    await world.until('2026-04-21T12:00:00Z')
    await pauseSubscription(world.shop, ana.subscriptionId, forever)
    await world.settle()
    expect(await line.onPanel()).toMatchObject({ enabled: false })
    await expect(pauseSubscription(world.shop, ana.subscriptionId, forever)).rejects.toThrow('Only a running')
    const told = (await ana.messages()).length
    await world.until('2026-05-11T12:00:00Z') // Its old end, and grace after it, are over by now.
    expect((await ana.messages()).length).toBe(told)
    expect((await ana.subscription()).status).toBe('paused')
    await resumePaused(world.shop, ana.subscriptionId)
    await world.settle()
    expect(await ana.subscription()).toMatchObject({ status: 'active', anchorDay: 21 })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-05-21T12:00:00Z')
    expect(await line.onPanel()).toMatchObject({ enabled: true, password })
    await world.until('2026-05-20T12:00:00Z')
    expect((await ana.messages()).map(({ template }) => template)).toContain('renewal_reminder')
    await expect(resumePaused(world.shop, ana.subscriptionId)).rejects.toThrow('Only a paused')
  },
)

scenario(
  'S6: a login that changes while the line rests is told at once, and works when it goes on',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    await pauseSubscription(world.shop, ana.subscriptionId, forever)
    await world.settle()
    await transaction(world.shop, 'new-login', (tx) =>
      changeTvLogin(tx, world.shop, line.id, 'holidayPass9', world.shop.now()),
    )
    await world.settle()
    expect(await line.onPanel()).toMatchObject({ enabled: false, password: 'holidayPass9' })
    const told = (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes('holidayPass9'))
    expect(told.map(({ subject }) => subject)).toEqual([expect.stringMatching(/login/i)])
    await resumePaused(world.shop, ana.subscriptionId)
    await world.settle()
    expect(await line.onPanel()).toMatchObject({ enabled: true, password: 'holidayPass9' })
  },
)

scenario(
  'F53: two rests on a long time paid ahead, and a payment while it rests',
  { start: '2026-01-31T12:00:00Z' },
  async (world) => {
    const ana = await world.customer('ana').buys()
    await ana.renews()
    await ana.renews()
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-04-30T11:00:00Z')
    await world.until('2026-02-10T12:00:00Z')
    await pauseSubscription(world.shop, ana.subscriptionId, forever)
    await world.until('2026-02-20T12:00:00Z')
    await ana.renews() // Whoever pays meanwhile buys time after it.
    expect((await ana.subscription()).status).toBe('paused')
    await resumePaused(world.shop, ana.subscriptionId)
    await world.settle()
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-06-10T11:00:00Z')
    await world.until('2026-03-20T12:00:00Z') // In a period that was moved.
    await pauseSubscription(world.shop, ana.subscriptionId, forever)
    await world.until('2026-03-25T12:00:00Z')
    await resumePaused(world.shop, ana.subscriptionId)
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-06-15T11:00:00Z')
    const periods = await ana.periods()
    periods.slice(1).forEach(({ starts }, index) => {
      expect(starts.toString()).toBe(periods[index]?.ends.toString())
    })
    await world.until('2026-06-14T12:00:00Z')
    await world.customer('ana').paysOpenInvoice()
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-07-15T11:00:00Z')
  },
)

scenario(
  'a pause ends by itself on its day, or when the year allows no more',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    await transaction(world.shop, 'setting', (tx) =>
      saveSetting(
        tx,
        world.shop,
        lifeSetting,
        lifeSetting.schema.parse({ pause_days_per_year: 10, pauses_per_year: 2 }),
      ),
    )
    const ana = await world.customer('ana').buys()
    const until = world.clock.now().add({ hours: 72 })
    await pauseSubscription(world.shop, ana.subscriptionId, { until, reason: '' })
    await world.pass({ hours: 71 })
    expect((await ana.subscription()).status).toBe('paused')
    await world.pass({ hours: 2 })
    expect((await ana.subscription()).status).toBe('active')
    await pauseSubscription(world.shop, ana.subscriptionId, forever)
    await world.pass({ hours: 6 * 24 })
    expect((await ana.subscription()).status).toBe('paused')
    await world.pass({ hours: 25 })
    expect((await ana.subscription()).status).toBe('active')
    await expect(pauseSubscription(world.shop, ana.subscriptionId, forever)).rejects.toThrow(
      'as often as a year allows',
    )
  },
)

scenario(
  'an open renewal invoice moves with the end: free days, then a rest, and paying it buys the time after both',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-04-26T12:00:00Z')
    const [open] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
    await giveFreeDays(world.shop, ana.subscriptionId, 3, 'panel was down')
    const asked = () =>
      transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, ana.subscriptionId, world.shop.now()))
    // It stands for the new period before anybody asks again.
    const end = instantOf((await ana.subscription()).paidThrough)
    expect((await read(world.shop, (tx) => renewalInvoiceOf(tx, ana.subscriptionId, end)))?.id).toBe(open?.id)
    expect(await asked()).toMatchObject({ id: open?.id, dueAt: end })
    await pauseSubscription(world.shop, ana.subscriptionId, forever)
    await world.pass({ hours: 48 })
    await resumePaused(world.shop, ana.subscriptionId)
    await world.settle()
    expect((await asked())?.id).toBe(open?.id)
    expect((await world.customer('ana').invoices()).length).toBe(2)
    await world.customer('ana').paysOpenInvoice()
    expect(await read(world.shop, (tx) => findInvoice(tx, open?.id ?? ''))).toMatchObject({ status: 'paid' })
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-06-06T12:00:00Z')
  },
)

scenario('what rests can be ended, and another business cannot touch it', async (world) => {
  const ana = await world.customer('ana').buys()
  const other = await world.another('zebra')
  await expect(pauseSubscription(other.shop, ana.subscriptionId, forever)).rejects.toThrow('no such subscription')
  await pauseSubscription(world.shop, ana.subscriptionId, forever)
  await expect(resumePaused(other.shop, ana.subscriptionId)).rejects.toThrow('no such subscription')
  await world.pass({ hours: 5 })
  await terminateByHand(world.shop, ana.subscriptionId, 'asked for')
  await world.settle()
  expect(await ana.subscription()).toMatchObject({ status: 'terminated', pausedAt: null })
  expect(await (await ana.line()).onPanel()).toBeNull()
})

const instantOf = (at: Temporal.Instant | null): Temporal.Instant => present(at)
