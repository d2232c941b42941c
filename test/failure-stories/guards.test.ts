/** What would happen to many at once, and a house that was away, restored or copied: nothing runs away, and a person decides. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { decideRun } from '#modules/dunning/decide-run.ts'
import { listRuns, stepsOfRun } from '#modules/dunning/parked.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { listAttention } from '#modules/people/attention.ts'
import { forgetBusiness, openShop } from '#modules/people/business.ts'
import { confirmCatchUp } from '#modules/people/standstill.ts'
import { money } from '#platform/money.ts'
import { lookAround, type Place } from '../../src/life-signs.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const statusesOf = async (world: World) => {
  const { rows: found } = await world.db.pool.query<{ status: string; count: number }>(
    'select status, count(*)::int as count from subscriptions group by 1',
  )
  return Object.fromEntries(found.map(({ status, count }) => [status, count]))
}

scenario('B-17: a run beyond the blast radius parks, and goes on only as a person says', async (world) => {
  const { shop } = world
  const names = Array.from({ length: 14 }, (_, index) => `viewer${index}`)
  const purchases = []
  for (const name of names) purchases.push(await world.customer(name).buys())
  await world.until('2026-03-03T10:00:00Z')
  const told = await rehearse(shop, { days: 2 })
  expect(told.summary.totals.find(({ action }) => action === 'suspend')?.count).toBe(10)
  expect(told.rows.filter(({ reason }) => reason === 'too many at once: the run waits for a person')).toHaveLength(4)

  await world.until('2026-03-03T18:00:00Z')
  expect(await statusesOf(world)).toEqual({ suspended: 10, grace: 4 })
  const [run] = await read(shop, (tx) => listRuns(tx, { open: true }))
  expect(run).toMatchObject({ kind: 'suspend', most: 10, waiting: 4, sums: [{ currency: 'EUR', minor: 4n * 1299n }] })
  const id = run?.id ?? ''
  expect((await read(shop, listAttention)).map(({ kind, subjectId }) => [kind, subjectId])).toContainEqual([
    'run_parked',
    id,
  ])
  const waiting = await read(shop, (tx) => stepsOfRun(tx, id, 10))
  // Whoever pays meanwhile is not on the list any more.
  const payer = purchases.find(({ subscriptionId }) => subscriptionId === waiting[0]?.subscriptionId)
  await payer?.renews()
  expect((await read(shop, (tx) => stepsOfRun(tx, id, 10))).map((each) => each.subscriptionId)).toEqual(
    waiting.slice(1).map((each) => each.subscriptionId),
  )
  const [only, ...others] = waiting.slice(1).map((each) => each.subscriptionId)
  expect(await decideRun(shop, id, { what: 'go', only: [only ?? ''], reason: 'long overdue' })).toBe(1)
  await world.settle()
  expect(await statusesOf(world)).toEqual({ suspended: 11, grace: 2, active: 1 })
  expect(await decideRun(shop, id, { what: 'drop', reason: 'the bank was down' })).toBe(2)
  expect(await decideRun(shop, id, { what: 'drop', reason: 'the bank was down' })).toBe(0)
  await world.pass({ days: 6 })
  for (const each of others)
    expect((await purchases.find(({ subscriptionId }) => subscriptionId === each)?.subscription())?.status).toBe(
      'grace',
    )
  expect(await read(shop, (tx) => listRuns(tx, { open: true }))).toEqual([])
  expect((await read(shop, listAttention)).map(({ kind }) => kind)).not.toContain('run_parked')
  await world.pass({ days: 2 })
  for (const each of others)
    expect((await purchases.find(({ subscriptionId }) => subscriptionId === each)?.subscription())?.status).toBe(
      'suspended',
    )
})

/** A house in a folder of its own, and the same house somewhere else. */
async function places(world: World): Promise<{ here: Place; copy: Place; remove(): Promise<void> }> {
  const folders = [await mkdtemp(join(tmpdir(), 'house-')), await mkdtemp(join(tmpdir(), 'copy-'))]
  const [here, copy] = folders.map((folder) => ({ folder, databaseUrl: null })) as [Place, Place]
  return {
    here,
    copy,
    async remove() {
      // A live business holds no sandbox gateway: the story is over, and it is a test again.
      await world.tamper(
        `update businesses set mode = 'test', stands_since = null, stands_because = null where id = current_business()`,
      )
      forgetBusiness(world.app, world.businessId)
      await Promise.all(folders.map((each) => rm(each, { recursive: true })))
    },
  }
}

/** The world's business goes live: only such a one is halted. */
async function live(world: World): Promise<void> {
  await world.tamper(`update businesses set mode = 'live' where id = current_business()`)
  forgetBusiness(world.app, world.businessId)
}

const mailsSince = (world: World, count: number) => world.mailbox.mails.slice(count).length

scenario(
  'F19: a copy of the house charges, mails and provisions nothing until somebody says that it is the one',
  async (world) => {
    const { here, copy, remove } = await places(world)
    const ana = await world.customer('ana').buys({ saves: true })
    const taken = () => world.gateway.store.facts().filter(({ action }) => action === 'payment.paid').length
    await live(world)
    expect(await lookAround(world.app, here)).toBeNull()
    expect(await lookAround(world.app, here)).toBeNull()
    await world.until('2026-02-20')
    expect(await lookAround(world.app, { ...here })).toMatchObject({ cause: 'silence' })
    await confirmCatchUp(await openShop(world.app, world.businessId, 'staff:mem_1'))

    const found = await lookAround(world.app, copy)
    expect(found?.cause).toBe('moved')
    const [mails, facts, money] = [world.mailbox.mails.length, world.truth().length, taken()]
    await world.until('2026-03-20')
    expect(taken()).toBe(money)
    expect(mailsSince(world, mails)).toBe(0)
    expect(world.truth().length).toBe(facts)
    expect((await ana.subscription()).status).toBe('active')
    expect((await ana.messages()).map(({ template }) => template)).not.toContain('renewal_invoice')
    // It stays so over restarts, since it was halted, not only noticed.
    await lookAround(world.app, copy)
    await world.pass({ hours: 2 })
    expect(mailsSince(world, mails)).toBe(0)

    const shop = await openShop(world.app, world.businessId, 'staff:mem_1')
    expect(shop.standstill?.because).toBe('moved')
    const plan = await rehearse(shop, { days: 0 })
    expect(plan.summary.totals).toContainEqual({
      action: 'issue_invoice',
      count: 1,
      mails: 1,
      sums: [{ currency: 'EUR', minor: 1299n }],
    })
    expect(await confirmCatchUp(shop)).toBe(true)
    expect(await confirmCatchUp(shop)).toBe(false)
    await world.settle()
    expect((await ana.messages()).map(({ template }) => template)).toContain('renewal_invoice')
    await remove()
  },
)

scenario(
  'ten days down, then start: caught up in order, no stale reminder, nobody suspended unwarned',
  async (world) => {
    const { here, remove } = await places(world)
    const ana = await world.customer('ana').buys()
    const ben = await world.customer('ben').buys()
    await live(world)
    await world.until('2026-02-20T12:00:00Z')
    await lookAround(world.app, here)
    const line = await ben.line()
    world.clock.set('2026-03-10T12:00:00Z') // Down from before the invoices until after the planned ends.
    expect(await lookAround(world.app, here)).toMatchObject({ cause: 'silence' })
    const mails = world.mailbox.mails.length
    await world.settle()
    await world.pass({ hours: 5 })
    expect(mailsSince(world, mails)).toBe(0)
    expect(await statusesOf(world)).toEqual({ active: 2 })
    expect((await read(world.shop, listAttention)).map(({ kind }) => kind)).toContain('standstill')

    // Money that comes in is booked, and his line goes on.
    const shop = await openShop(world.app, world.businessId, 'staff:mem_1')
    const owed = await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, ben.subscriptionId, shop.now()))
    await markReceived(shop, { invoiceId: owed?.id ?? '', amount: money(1299, 'EUR'), reference: 'BANK 7' })
    await world.settle()
    expect((await ben.subscription()).paidThrough?.toString().slice(0, 10)).toBe('2026-03-31')
    expect(await line.onPanel()).toMatchObject({ enabled: true })
    expect(mailsSince(world, mails)).toBeGreaterThan(0) // His receipt answers him.

    const plan = await rehearse(shop, { days: 0 })
    expect(plan.rows.filter(({ outcome }) => outcome === 'done').map(({ step }) => step)).toEqual(['invoice', 'grace'])
    expect(plan.rows.filter(({ outcome }) => outcome === 'waits').map(({ step }) => step)).toEqual(['suspend'])
    await confirmCatchUp(shop)
    await world.settle()
    const templates = (await ana.messages()).map(({ template }) => template)
    expect(templates).toContain('renewal_invoice')
    expect(templates).not.toContain('suspended')
    expect(templates).not.toContain('renewal_reminder')
    await world.pass({ hours: 23 })
    expect((await ana.subscription()).status).toBe('grace')
    await world.pass({ hours: 2 })
    expect((await ana.subscription()).status).toBe('suspended')
    await remove()
  },
)

scenario('the clock jumps back, or ahead: nothing happens by it', async (world) => {
  const { here, remove } = await places(world)
  const ana = await world.customer('ana').buys()
  await live(world)
  await lookAround(world.app, here)
  await world.until('2026-02-10')
  await lookAround(world.app, here)
  await confirmCatchUp(await openShop(world.app, world.businessId, 'staff:mem_1'))
  world.clock.set('2026-02-01T00:00:00Z')
  expect(await lookAround(world.app, here)).toMatchObject({ cause: 'clock' })
  await confirmCatchUp(await openShop(world.app, world.businessId, 'staff:mem_1'))
  world.clock.set('2027-02-01T00:00:00Z')
  expect(await lookAround(world.app, here)).toMatchObject({ cause: 'silence' })
  const mails = world.mailbox.mails.length
  await world.settle()
  expect(mailsSince(world, mails)).toBe(0)
  expect((await ana.subscription()).status).toBe('active')
  await remove()
})

scenario('a restored backup is noticed by what the data folder remembers', async (world) => {
  const { here, remove } = await places(world)
  await world.customer('ana').buys()
  await live(world)
  await lookAround(world.app, here)
  await world.pass({ hours: 20 })
  await lookAround(world.app, here)
  // The database is as it was twenty hours ago; the folder is not.
  await world.db.pool.query(`update life_signs set seen_at = seen_at - interval '20 hours'`)
  expect(await lookAround(world.app, here)).toMatchObject({ cause: 'restored' })
  const shop = await openShop(world.app, world.businessId, 'system')
  expect(shop.standstill?.because).toBe('restored')
  await remove()
})

scenario('an idle shop, a test shop and a short pause are not asked about', async (world) => {
  const { here, remove } = await places(world)
  await world.customer('ana').buys()
  await lookAround(world.app, here)
  world.clock.set('2026-03-10T12:00:00Z')
  await lookAround(world.app, here) // A test business has a clock of its own.
  expect((await openShop(world.app, world.businessId, 'system')).standstill).toBeNull()
  await live(world)
  await transaction(world.shop, 'quiet', async () => {})
  await world.settle()
  world.clock.set('2026-03-10T20:00:00Z')
  expect(await lookAround(world.app, here)).toBeNull()
  await remove()
})
