/** Other panels that charge for each line and each extension, in their own words: what was due is spent, whatever is lost on the way. */
import { expect } from 'vitest'
import { nxtHouse, oneStreamHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import type { World } from '../support/world.ts'

const price = 2

async function spent(world: World): Promise<number[]> {
  const answer = await world.panel.app.fetch(new Request(`${world.panelOrigin}/__credits`))
  return ((await answer.json()) as { charges: { credits: number }[] }).charges.map(({ credits }) => credits)
}

for (const [house, create, extend] of [
  [nxtHouse, 'create-line', 'edit:extend'],
  [oneStreamHouse, 'create', 'edit:renew'],
] as const) {
  const start = { start: '2026-04-01T12:00:00Z', house }

  scenario(
    `${house.imitation.title}: a sale, a renewal, a suspension and a return cost three terms`,
    start,
    async (world) => {
      const ana = await world.customer('ana').buys()
      expect(await spent(world)).toEqual([price])
      await ana.renews()
      expect(await spent(world)).toEqual([price, price])
      await world.until('2026-06-05T12:00:00Z')
      expect(await ana.subscription()).toMatchObject({ status: 'suspended' })
      expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
      await world.customer('ana').paysOpenInvoice()
      expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1, username: 'ana' })
      expect(await spent(world)).toEqual([price, price, price])
      expect(await (await ana.line()).stored()).toMatchObject({ differs: [], trouble: null })
    },
  )

  for (const fault of ['timeout_after', 'timeout_before', 'http_502'])
    scenario(`${house.imitation.title}: ${fault} on a sale and a renewal`, start, async (world) => {
      const executes = fault !== 'timeout_before'
      await world.strike('panel', { fault, action: create, times: 1, executes })
      const ana = await world.customer('ana').buys()
      await world.pass({ minutes: 10 })
      expect(await spent(world)).toEqual([price])
      await world.strike('panel', { fault, action: extend, times: 1, executes })
      await ana.renews()
      await world.pass({ minutes: 10 })
      expect(await spent(world)).toEqual([price, price])
      expect(await (await ana.line()).stored()).toMatchObject({ spending: null, trouble: null, needsReview: false })
      expect(await world.linesOnPanel()).toHaveLength(1)
    })
}
