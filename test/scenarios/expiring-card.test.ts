/** A kept card that expires before it is charged again: its customer is told once, in time, and only while it matters. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { explainSubscription } from '#modules/analytics/explain-subscription.ts'
import { makeDefault, removeMethod } from '#modules/billing/payment-methods.ts'
import { tooShortAmong, tooShortFor, watchCard } from '#modules/billing/watch-card.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { listPolicies } from '#modules/subscriptions/queries.ts'
import { scenario } from '../support/scenario.ts'
import { cardUntil, type Purchase, parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const shortCard = async (world: World, name: string, year: number, month: number): Promise<string> => {
  const { id } = present((await world.customer(name).methods())[0])
  await cardUntil(world.shop, id, year, month)
  return id
}

const told = async (bought: Purchase) =>
  (await bought.messages()).filter(({ template }) => template === 'card_expiring')

scenario(
  'who is charged before his card expires is told when the next charge is beyond it: once, as the rehearsal said',
  { start: '2026-01-31T12:00:00Z', zone: 'Europe/Berlin' },
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys({ saves: true })
    const methodId = await shortCard(world, 'ana', 2026, 3)
    const ahead = await rehearse(shop, { days: 80 })
    const [foreseen, ...more] = ahead.rows.filter(({ action }) => action === 'card_expiring')
    expect(more).toEqual([])
    expect(foreseen).toMatchObject({ subscriptionId: ana.subscriptionId, mails: ['card_expiring'], outcome: 'done' })
    expect(ahead.summary.totals.find(({ action }) => action === 'card_expiring')).toMatchObject({ count: 1, mails: 1 })

    // The renewal of 28 February and that of 31 March are charged while the card is good; that of 30 April would not be.
    await world.until('2026-03-30T00:00:00Z')
    expect(await told(ana)).toEqual([])
    await world.until('2026-04-02T00:00:00Z')
    const [message] = await told(ana)
    expect(message?.at.toString()).toBe(foreseen?.at.toString())
    expect((await ana.subscription()).paidThrough?.toString().slice(0, 10)).toBe('2026-04-30')
    const mail = present(
      (await parsedMails(world.mailbox.mails)).find(({ subject }) => subject?.includes('expires on 31 March 2026')),
    )
    expect(mail.text).toContain('comes after that, on 30 April 2026')
    expect(mail.text).toContain('/renew/')

    await watchCard(shop, methodId)
    await world.until('2026-04-20T00:00:00Z')
    expect(await told(ana)).toHaveLength(1)
  },
)

scenario('staff see whose card is too short, and the explanation names it', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys({ saves: true })
  const ben = await world.customer('ben').buys({ saves: true })
  const methodId = await shortCard(world, 'ana', 2026, 1)
  const [both, methods] = [
    [await ana.subscription(), await ben.subscription()],
    [...(await world.customer('ana').methods()), ...(await world.customer('ben').methods())],
  ]
  const seen = await read(shop, async (tx) => ({
    ana: (await explainSubscription(tx, shop, ana.subscriptionId, shop.now())).card,
    ben: (await explainSubscription(tx, shop, ben.subscriptionId, shop.now())).card,
    rows: [...(await tooShortFor(tx, both, await listPolicies(tx)))],
    page: await tooShortAmong(tx, shop, methods),
  }))
  expect(seen.ana).toMatchObject({ methodId, name: 'Sandbox •••• 4242' })
  expect(seen.ben).toBeNull()
  expect(seen.rows).toEqual([ana.subscriptionId])
  expect(seen.page).toBe(methodId)
})

scenario('nobody hears of a card that is not charged any more', async (world) => {
  const { shop } = world
  const stays = await world.customer('stays').buys({ saves: true })
  const [changed, removed, leaves] = [
    await world.customer('changed').buys({ saves: true }),
    await world.customer('removed').buys({ saves: true }),
    await world.customer('leaves').buys({ saves: true }),
  ]
  for (const name of ['stays', 'changed', 'removed', 'leaves']) await shortCard(world, name, 2026, 2)
  await world.customer('changed').buys({ saves: true, username: 'changed2' })
  // The newest is the default.
  expect((await world.customer('changed').methods()).map(({ isDefault }) => isDefault)).toEqual([true, false])
  await removeMethod(shop, { methodId: present((await world.customer('removed').methods())[0]).id })
  await transaction(shop, 'leaves', (tx) => setAutoRenew(tx, shop, leaves.subscriptionId, false, shop.now()))
  await world.until('2026-03-02T00:00:00Z')
  expect(await told(stays)).toHaveLength(1)
  for (const each of [changed, removed, leaves]) expect(await told(each)).toEqual([])
})

scenario('a card that is chosen again is looked at again, though it was passed over before', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys({ saves: true })
  const first = await shortCard(world, 'ana', 2026, 1)
  await world.customer('ana').buys({ saves: true, username: 'ana2' })
  const newer = present((await world.customer('ana').methods()).find(({ id }) => id !== first))
  await makeDefault(shop, { methodId: newer.id })
  await world.pass({ hours: 72 })
  expect(await told(ana)).toEqual([])
  await makeDefault(shop, { methodId: first })
  await world.settle()
  expect(await told(ana)).toHaveLength(1)
})
