/** A reseller is closed with a date: nothing new, nothing past the date, and closed by itself with his last line; taken back until then. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { cancelAtEnd, undoCancel } from '#modules/billing/cancel-subscription.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { openShop } from '#modules/people/business.ts'
import { readReseller } from '#modules/reselling/queries.ts'
import { ownStanding } from '#modules/reselling/tell-branch.ts'
import { goOnClosing, stopWindingDown, windDown } from '#modules/reselling/wind-down.ts'
import { rows, run, sql } from '#platform/db.ts'
import { joins, paidByHand, sells } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-03-01T12:00:00Z' }
const fresh = (world: World, shop: Shop) => openShop(world.app, shop.businessId, 'system')
const subjects = async (world: World, to: string) =>
  (await parsedMails(world.mailbox.mails.filter((mail) => mail.to[0]?.startsWith(to)))).map(({ subject }) => subject)
const at = (text: string) => Temporal.Instant.from(text)
const round = async (world: World) => {
  await goOnClosing(world.app)
  await world.settle()
}

scenario(
  'a reseller who closes on a day sells nothing new, renews up to it and not past it, and is closed with his last line',
  start,
  async (world) => {
    const south = await joins(world, { slug: 'south', credits: 20_000n })
    const ana = await sells(world, south, 'anabella') // Through April 1.
    await windDown(world.shop, south.businessId, { closesAt: at('2026-04-15T00:00:00Z'), tells: true })
    await round(world)
    expect((await subjects(world, 'south@')).join()).toContain('Your business is going to close')
    expect(await subjects(world, 'anabella@')).toContain('south TV closes on 15 April 2026')
    expect(await read(await fresh(world, south), ownStanding)).toMatchObject({
      closesAt: at('2026-04-15T00:00:00Z'),
      closesTells: true,
    })
    await expect(world.customer('benjamin', await fresh(world, south)).orders()).rejects.toMatchObject({
      code: 'not_sellable',
    })
    // Before the day it is renewed once more: the new period begins before it, and runs past it.
    await world.until('2026-03-30T12:00:00Z')
    await round(world)
    expect(await ana.subscription()).toMatchObject({ cancelAtEnd: false })
    const still = await fresh(world, south)
    const renewal = await transaction(still, 'renew', (tx) =>
      renewalInvoice(tx, still, ana.subscriptionId, still.now()),
    )
    await paidByHand(still, present(renewal).id)
    await world.settle()
    await round(world)
    expect(await ana.subscription()).toMatchObject({ status: 'active', cancelAtEnd: true, autoRenew: false })
    const his = await fresh(world, south)
    // Neither he nor the customer renews it past the day, by whatever door.
    await expect(undoCancel(his, ana.subscriptionId)).rejects.toMatchObject({ code: 'conflict' })
    expect(await transaction(his, 'renew', (tx) => renewalInvoice(tx, his, ana.subscriptionId, his.now()))).toBeNull()
    await world.until('2026-04-20T12:00:00Z')
    await round(world)
    expect(await read(world.shop, (tx) => readReseller(tx, south.businessId))).toMatchObject({
      closedAt: null,
      linesRunning: 1,
    })
    await world.until('2026-05-20T12:00:00Z')
    await round(world)
    expect(await ana.subscription()).toMatchObject({ status: 'terminated', terminatedBecause: 'canceled' })
    expect((await read(world.shop, (tx) => readReseller(tx, south.businessId))).closedAt).not.toBeNull()
    expect((await subjects(world, 'south@')).filter((each) => each?.includes('Your business is closed'))).toHaveLength(
      1,
    )
    await expect(stopWindingDown(world.shop, south.businessId)).rejects.toMatchObject({ code: 'conflict' })
  },
)

scenario(
  'taken back, renewals go on as before, but of those who left by themselves; a process that dies between two steps loses nothing',
  start,
  async (world) => {
    const south = await joins(world, { slug: 'south', credits: 20_000n })
    const ana = await sells(world, south, 'anabella')
    const ben = await sells(world, south, 'benjamin')
    await cancelAtEnd(south, ben.subscriptionId, 'canceled by the customer')
    await windDown(world.shop, south.businessId, { closesAt: at('2026-03-10T00:00:00Z'), tells: false })
    // Its round died after it had written down whom it was about to end.
    await transaction(south, 'died', (tx) =>
      run(
        tx,
        sql`insert into closing_ends (business_id, subscription_id) values (${south.businessId}, ${ana.subscriptionId})`,
      ),
    )
    await round(world)
    expect(await ana.subscription()).toMatchObject({ cancelAtEnd: true })
    expect((await subjects(world, 'anabella@')).join()).not.toContain('closes on')
    await stopWindingDown(world.shop, south.businessId)
    await round(world)
    expect(await ana.subscription()).toMatchObject({ cancelAtEnd: false, autoRenew: true })
    expect(await ben.subscription()).toMatchObject({ cancelAtEnd: true })
    expect((await subjects(world, 'south@')).join()).toContain('Your business stays open')
    const left = await read(south, (tx) => rows(tx, sql`select from closing_ends`))
    expect(left).toEqual([])
    expect((await fresh(world, south)).open).toBe(true)
    await sells(world, await fresh(world, south), 'carolina')
  },
)

scenario(
  'only his own supplier closes a reseller, with a day to come, once, and with nobody open below',
  start,
  async (world) => {
    const south = await joins(world, { slug: 'south', credits: 20_000n })
    const deep = await joins(world, { slug: 'deep', under: south })
    const closesAt = at('2026-04-15T00:00:00Z')
    const asks = (shop: Shop, id: string, when = closesAt) => windDown(shop, id, { closesAt: when, tells: false })
    await expect(asks(world.shop, south.businessId)).rejects.toMatchObject({ code: 'conflict' })
    await expect(asks(world.shop, deep.businessId)).rejects.toMatchObject({ code: 'not_found' })
    await expect(asks(south, south.businessId)).rejects.toMatchObject({ code: 'not_found' })
    await expect(asks(south, deep.businessId, at('2026-02-01T00:00:00Z'))).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await expect(asks(south, deep.businessId, at('2029-02-01T00:00:00Z'))).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await expect(stopWindingDown(south, deep.businessId)).rejects.toMatchObject({ code: 'conflict' })
    await asks(south, deep.businessId)
    await expect(asks(south, deep.businessId)).rejects.toMatchObject({ code: 'conflict' })
    // Nobody keeps himself open.
    await expect(
      transaction(deep, 'stays', (tx) =>
        run(
          tx,
          sql`update businesses set closes_at = null, closes_by = null, closing_since = null where id = current_business()`,
        ),
      ),
    ).rejects.toThrow('decided above')
    // Without a line left it is closed when the day has come, not before.
    await round(world)
    expect((await read(south, (tx) => readReseller(tx, deep.businessId))).closedAt).toBeNull()
    await world.until('2026-04-15T01:00:00Z')
    await round(world)
    expect((await read(south, (tx) => readReseller(tx, deep.businessId))).closedAt).not.toBeNull()
  },
)
