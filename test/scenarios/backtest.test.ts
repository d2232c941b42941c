import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { backtest } from '#modules/dunning/backtest.ts'
import { defaultSteps } from '#modules/subscriptions/rules/policy.ts'
import type { Step } from '#modules/subscriptions/rules/step.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { scenario } from '../support/scenario.ts'
import type { World } from '../support/world.ts'

/** Ana pays early, Ben two days late, Dora five days late and from a suspension, Cem never again; Emil saves his card and is charged. */
async function threeMonths(world: World) {
  const buyers = []
  for (const name of ['ana', 'ben', 'cem', 'dora'] as const)
    buyers.push([name, await world.customer(name).buys()] as const)
  await world.customer('emil').buys({ saves: true })
  for (const [day, name] of [
    ['2026-02-25', 'ana'],
    ['2026-03-02', 'ben'],
    ['2026-03-05', 'dora'],
    ['2026-03-29', 'ana'],
    ['2026-04-02', 'ben'],
    ['2026-04-10', 'dora'],
  ] as const) {
    await world.until(`${day}T15:00:00Z`)
    await world.customer(name).paysOpenInvoice()
  }
  await world.until('2026-04-15T12:00:00Z')
  return Object.fromEntries(buyers)
}

const shifted = (key: string, change: Partial<Step>): Step[] =>
  defaultSteps.map((step) => (step.key === key ? ({ ...step, ...change } as Step) : step))

const counts = (totals: readonly { action: string; count: number }[]) =>
  Object.fromEntries(totals.map(({ action, count }) => [action, count]))

scenario('a backtest of the policy as it was tells what happened, and writes nothing', async (world) => {
  const { shop } = world
  await threeMonths(world)
  const before = (await world.db.pool.query('select count(*)::int as count from events')).rows
  const told = await backtest(shop, { days: 70 })
  expect(told.compared.differences).toEqual([])
  expect(told.summary.totals).toEqual(told.compared.summary.totals)
  expect(told.summary.mails).toBe(told.compared.summary.mails)
  expect(counts(told.summary.totals)).toMatchObject({ suspend: 3, terminate: 1, payment: 8 })
  expect(told.atRisk).toEqual({ count: 0, sums: [] })
  // Cem three days in March, Dora three in March and three in April.
  expect(told.unpaidHours).toEqual({ was: 9 * 24, would: 9 * 24 })
  expect(told).toMatchObject({ subscriptions: 5, leftOut: 0 })
  const ended = told.rows.find(({ action }) => action === 'terminate')
  expect(String(ended?.at)).toBe('2026-03-07T12:00:00Z')
  expect((await world.db.pool.query('select count(*)::int as count from events')).rows).toEqual(before)
})

scenario('with another policy it says whom it would have cut off, and what it would have cost', async (world) => {
  const { shop } = world
  const { ben, dora } = await threeMonths(world)
  const strict = { id: 'pol_default', steps: shifted('suspend', { offset_hours: 24 }) }
  const told = await backtest(shop, { days: 70, policy: strict })
  // Ben paid twice within grace and would have been off before.
  expect(counts(told.summary.totals)).toMatchObject({ suspend: 5, payment: 8 })
  expect(told.atRisk).toEqual({ count: 2, sums: [{ currency: 'EUR', minor: 2n * 1299n }] })
  expect(told.unpaidHours).toEqual({ was: 9 * 24, would: 5 * 24 })
  const cutOff = told.compared.differences.filter(
    ({ before, after }) => (after ?? before)?.subscriptionId === ben?.subscriptionId && after?.action === 'suspend',
  )
  expect(cutOff.map(({ before, after }) => [before, String(after?.at)])).toEqual([
    [null, '2026-03-01T12:00:00Z'],
    [null, '2026-04-01T11:00:00Z'],
  ])
  const lenient = { id: 'pol_default', steps: shifted('suspend', { offset_hours: 144 }) }
  const other = await backtest(shop, { days: 70, policy: lenient, subscriptionId: dora?.subscriptionId })
  // Five days late, twice: early enough now.
  expect(counts(other.summary.totals)).not.toHaveProperty('suspend')
  expect(other.unpaidHours).toEqual({ was: 6 * 24, would: 0 })
  expect(other.subscriptions).toBe(1)
})

scenario('what a policy was before it was changed does not matter: what was done is on record', async (world) => {
  const { shop } = world
  await threeMonths(world)
  const steps = shifted('suspend', { offset_hours: 24 })
  await transaction(shop, 'save-policy', (tx) =>
    savePolicy(tx, shop, { id: 'pol_default', name: 'Strict', steps }, shop.now()),
  )
  await world.settle()
  const told = await backtest(shop, { days: 70 })
  expect(counts(told.compared.summary.totals)).toMatchObject({ suspend: 3 })
  expect(counts(told.summary.totals)).toMatchObject({ suspend: 5 })
  await expect(backtest(shop, { days: 70, most: 3 })).rejects.toThrow('There are more than 3 renewals to look at')
  await expect(backtest(shop, { days: 70, policy: { id: 'pol_none', steps: defaultSteps } })).rejects.toThrow(
    'no such policy',
  )
  await expect(backtest(shop, { days: 70, subscriptionId: 'sub_none' })).rejects.toThrow('no such subscription')
})
