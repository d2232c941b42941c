/** Acts on many of the renewal queue: each once, nobody half, and nobody who has renewed meanwhile. */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { knownTags, listQueue } from '#modules/analytics/renewal-queue.ts'
import { addNote, changeCustomer } from '#modules/people/customers.ts'
import { pauseSubscription } from '#modules/subscriptions/pause.ts'
import { aSubscription } from '#modules/subscriptions/rules/subscription.test-support.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { parsedMails, read } from '../../../test/support/stories.ts'
import { freeDaysForMany, holdMany, writeToMany } from './bulk.ts'
import { whyLeftOut } from './rules/bulk.ts'

const at = (text: string) => Temporal.Instant.from(text)
const outreach = {
  subject: 'Shall we help you?',
  body: 'We saw that you have not renewed.\n\nIs all well?',
  marketing: false,
}

test('who is left out, and why', () => {
  const now = at('2026-02-01T00:00:00Z')
  const running = aSubscription({ status: 'active', paidThrough: at('2026-02-10T00:00:00Z') })
  const hold = { act: 'hold', until: at('2026-02-20T00:00:00Z') } as const
  expect(whyLeftOut(hold, running, now)).toBeNull()
  expect(whyLeftOut(hold, { ...running, holdUntil: at('2026-03-01T00:00:00Z') }, now)).toContain('longer')
  expect(whyLeftOut(hold, { ...running, status: 'suspended' }, now)).toContain('suspended')
  expect(whyLeftOut({ act: 'free_days' }, { ...running, status: 'paused' }, now)).toContain('paused')
  expect(whyLeftOut({ act: 'message' }, { ...running, status: 'terminated' }, now)).toContain('ended')
})

scenario(
  'S1-34: one message to each customer, not to who renewed before it left, not twice to two lines',
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys()
    const second = await world.customer('ana').buys({ username: 'ana2' })
    const ben = await world.customer('ben').buys()
    await world.until('2026-02-24')
    const ids = [ana.subscriptionId, second.subscriptionId, ben.subscriptionId]
    const before = world.mailbox.mails.length
    const { done, leftOut } = await writeToMany(shop, ids, outreach)
    expect(done).toHaveLength(2)
    expect(leftOut.map(({ id }) => id)).toEqual([second.subscriptionId])
    // Ben renews while his message still waits.
    await ben.renews()
    await world.settle()
    const mails = (await parsedMails(world.mailbox.mails.slice(before))).filter(
      ({ subject }) => subject === outreach.subject,
    )
    expect(mails.map(({ to }) => JSON.stringify(to)).join()).toContain('ana@example.net')
    expect(mails.length).toBeLessThanOrEqual(2)
    expect(mails[0]?.text).toContain('Is all well?')
    expect((await ben.messages()).filter(({ template }) => template === 'personal_message')).toEqual([
      expect.objectContaining({ status: expect.stringMatching(/sent|expired/) }),
    ])
  },
)

scenario('S1-34: who renewed before the message leaves gets none', async (world) => {
  const ben = await world.customer('ben').buys()
  await world.until('2026-02-24')
  await writeToMany(world.shop, [ben.subscriptionId], outreach)
  // The period that it was written for is another one by the time it leaves.
  await freeDaysForMany(world.shop, [ben.subscriptionId], 3, 'an outage')
  await world.settle()
  expect((await ben.messages()).find(({ template }) => template === 'personal_message')).toMatchObject({
    status: 'expired',
  })
})

scenario('S1-34: an offer goes only to those who agreed to offers', async (world) => {
  const ana = await world.customer('ana').buys()
  const ben = await world.customer('ben').buys({ marketingConsent: 'Yes, please.' })
  const { done } = await writeToMany(world.shop, [ana.subscriptionId, ben.subscriptionId], {
    ...outreach,
    marketing: true,
  })
  expect(done).toEqual([ben.subscriptionId])
})

scenario('S1-48: a hold and free days for many, in one commit, without those who cannot have them', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys()
  const ben = await world.customer('ben').buys()
  await pauseSubscription(shop, ben.subscriptionId, { until: null, reason: 'x' })
  const ids = [ana.subscriptionId, ben.subscriptionId]
  const until = at('2026-03-10T12:00:00Z')
  expect(await holdMany(shop, ids, until, 'a holiday')).toEqual({
    done: [ana.subscriptionId],
    leftOut: [{ id: ben.subscriptionId, why: 'It is paused.' }],
  })
  expect(String((await ana.subscription()).holdUntil)).toBe('2026-03-10T12:00:00Z')
  expect((await holdMany(shop, ids, until, 'again')).done).toEqual([])
  const before = (await ana.subscription()).paidThrough
  expect((await freeDaysForMany(shop, ids, 5, 'an outage')).done).toEqual([ana.subscriptionId])
  expect((await ana.subscription()).paidThrough?.since(before as Temporal.Instant).total('hours')).toBe(120)
  await expect(freeDaysForMany(shop, ids, 0, 'x')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(holdMany(shop, [], until, 'x')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(holdMany(shop, [...ids, 'sub_x'], until, 'x')).rejects.toMatchObject({ code: 'not_found' })
  const other = await world.another('elsewhere')
  await expect(holdMany(other.shop, ids, until, 'x')).rejects.toMatchObject({ code: 'not_found' })
})

scenario(
  'S1-49: notes have tags, of a customer or of one of his subscriptions, and narrow the queue',
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys()
    const second = await world.customer('ana').buys({ username: 'ana2' })
    const ben = await world.customer('ben').buys()
    await world.until('2026-02-24')
    const anaId = await world.customer('ana').id()
    const benId = await world.customer('ben').id()
    await transaction(shop, 'note', async (tx) => {
      await addNote(tx, shop, anaId, 'Called.', shop.now(), {
        tags: [' Called ', 'called'],
        subscriptionId: second.subscriptionId,
      })
      await changeCustomer(tx, shop, benId, { tags: ['vip'] }, shop.now())
    })
    const tagged = (tag: string | null) =>
      read(shop, async (tx) =>
        (await listQueue(tx, 'expiring', { limit: 10 }, shop.now(), 7, tag)).map(({ id }) => id).sort(),
      )
    expect(await tagged('called')).toEqual([second.subscriptionId])
    expect(await tagged('vip')).toEqual([ben.subscriptionId])
    expect(await tagged('nobody')).toEqual([])
    expect(await tagged(null)).toEqual([ana.subscriptionId, second.subscriptionId, ben.subscriptionId].sort())
    expect(await read(shop, knownTags)).toEqual(['called', 'vip'])
    const wrong = (about: object) => transaction(shop, 'note', (tx) => addNote(tx, shop, benId, 'x', shop.now(), about))
    await expect(wrong({ subscriptionId: ana.subscriptionId })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(wrong({ tags: ['x'.repeat(41)] })).rejects.toMatchObject({ code: 'invalid_input' })
  },
)
