/** What staff decided is taken back by an act of its own, or refused with the reason why it means nothing any more. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { listEvents } from '#modules/events/queries.ts'
import { giveFreeDays, resumeByHand, suspendByHand, terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { holdSuspension } from '#modules/subscriptions/change-subscription.ts'
import { assignPolicy } from '#modules/subscriptions/choices.ts'
import { moveEnd } from '#modules/subscriptions/move-end.ts'
import { overridesOf } from '#modules/subscriptions/overrides.ts'
import { standardPolicy } from '#modules/subscriptions/rules/policy.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { type Purchase, present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { makePriceException, priceExceptionOf } from './price-exception.ts'
import { undoOverride } from './undo-override.ts'

const at = (text: string) => Temporal.Instant.from(text)

async function undo(world: World, { subscriptionId }: Purchase, reason = 'a slip'): Promise<void> {
  const [latest] = await read(world.shop, (tx) => overridesOf(tx, subscriptionId))
  await undoOverride(await world.as('staff:max'), subscriptionId, present(latest).id, reason)
  await world.settle()
}
const ends = async (bought: Purchase) => String((await bought.subscription()).paidThrough)

scenario('free days and a moved end are taken back while the end before is still to come', async (world) => {
  const ana = await world.customer('ana').buys()
  const before = await ends(ana)
  await giveFreeDays(await world.as('staff:sam'), ana.subscriptionId, 10, 'an outage')
  const [act] = await read(world.shop, (tx) => overridesOf(tx, ana.subscriptionId))
  expect(act).toMatchObject({ kind: 'free_days', by: 'staff:sam', reason: 'an outage', undoneAt: null })
  await undo(world, ana)
  expect(await ends(ana)).toBe(before)
  expect((await ana.subscription()).anchorDay).toBe(31)
  // The act stays on record, with who took it back and why; and it is not taken back twice.
  const [undone] = await read(world.shop, (tx) => overridesOf(tx, ana.subscriptionId))
  expect(undone).toMatchObject({ undoneBy: 'staff:max', undoReason: 'a slip' })
  await expect(undo(world, ana)).rejects.toThrow('taken back before')
  expect(
    (await read(world.shop, (tx) => listEvents(tx, { subjectId: ana.subscriptionId }, { limit: 5 }))).map(
      ({ data }) => data.reason,
    ),
  ).toContain('free days taken back: a slip')

  await moveEnd(world.shop, ana.subscriptionId, at('2026-02-15T12:00:00Z'), 'a slip')
  await undo(world, ana)
  expect(await ends(ana)).toBe(before)
  await moveEnd(world.shop, ana.subscriptionId, at('2026-03-15T12:00:00Z'), 'a gift')
  await undo(world, ana)
  expect(await ends(ana)).toBe(before)
  expect((await ana.renews()).totalMinor).toBe(1299n)
})

scenario('an end that was moved to an earlier day is taken back after that day, too: it runs again', async (world) => {
  for (const [who, day, state] of [
    ['ana', '2026-02-12T12:00:00Z', 'grace'],
    ['ben', '2026-02-20T12:00:00Z', 'suspended'],
  ] as const) {
    const bought = await world.customer(who).buys()
    const before = await ends(bought)
    await moveEnd(
      world.shop,
      bought.subscriptionId,
      at('2026-02-11T12:00:00Z').add({ hours: who === 'ana' ? 0 : 72 }),
      'a slip',
    )
    await world.until(day)
    expect((await bought.subscription()).status).toBe(state)
    await undo(world, bought)
    expect(await bought.subscription()).toMatchObject({ status: 'active', suspendedAt: null })
    expect(await ends(bought)).toBe(before)
    expect((await world.lineOnPanel(who))?.enabled).toBe(1)
  }
})

scenario('time that was used, or moved on since, is not taken away', async (world) => {
  const ana = await world.customer('ana').buys()
  await giveFreeDays(world.shop, ana.subscriptionId, 10, 'an outage')
  await ana.renews()
  await expect(undo(world, ana)).rejects.toThrow('The paid time was changed since')
  const ben = await world.customer('ben').buys()
  await giveFreeDays(world.shop, ben.subscriptionId, 10, 'an outage')
  await world.until('2026-03-05')
  await expect(undo(world, ben)).rejects.toThrow('time was used')
})

scenario('a hold, a suspension and a resumption are taken back', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys()
  const until = at('2026-03-20T12:00:00Z')
  await transaction(shop, 'hold', (tx) =>
    holdSuspension(tx, shop, ana.subscriptionId, until, shop.now(), 'he is abroad'),
  )
  await undo(world, ana)
  expect((await ana.subscription()).holdUntil).toBeNull()

  await suspendByHand(shop, ana.subscriptionId, 'a complaint')
  await world.settle()
  expect(await (await ana.line()).onPanel()).toMatchObject({ enabled: false })
  await undo(world, ana)
  expect(await ana.subscription()).toMatchObject({ status: 'active', suspendedAt: null })
  expect(await (await ana.line()).onPanel()).toMatchObject({ enabled: true })

  await suspendByHand(shop, ana.subscriptionId, 'a complaint')
  await resumeByHand(shop, ana.subscriptionId, 'it was settled')
  await undo(world, ana)
  expect(await ana.subscription()).toMatchObject({ status: 'suspended' })
  await world.until('2026-03-03')
  // The suspension that was lifted and came back is not the one that was made by hand first.
  const [, first] = await read(shop, (tx) => overridesOf(tx, ana.subscriptionId))
  await expect(undoOverride(shop, ana.subscriptionId, present(first).id, 'x')).rejects.toThrow('cannot be taken back')
})

scenario('a policy of its own and a promised price are taken back', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys()
  const gentle = await transaction(shop, 'save', (tx) =>
    savePolicy(tx, shop, { name: 'Gentle', steps: standardPolicy.steps }, shop.now()),
  )
  await assignPolicy(shop, ana.subscriptionId, gentle.id, 'a good customer')
  await undo(world, ana)
  expect(await ana.subscription()).toMatchObject({ policyId: 'pol_default', policyChosenBy: 'business' })
  await makePriceException(shop, ana.subscriptionId, 'here for years')
  await undo(world, ana)
  expect(await read(shop, (tx) => priceExceptionOf(tx, ana.subscriptionId))).toBeNull()
  await expect(undo(world, ana)).rejects.toThrow('taken back before')
})

scenario('what has ended, or is somebody else’s, is left alone', async (world) => {
  const ana = await world.customer('ana').buys()
  const ben = await world.customer('ben').buys()
  await giveFreeDays(world.shop, ana.subscriptionId, 3, 'a gift')
  const [act] = await read(world.shop, (tx) => overridesOf(tx, ana.subscriptionId))
  await expect(undoOverride(world.shop, ben.subscriptionId, present(act).id, 'x')).rejects.toMatchObject({
    code: 'not_found',
  })
  await terminateByHand(world.shop, ana.subscriptionId, 'fraud')
  await expect(undo(world, ana)).rejects.toThrow('has ended since')
})
