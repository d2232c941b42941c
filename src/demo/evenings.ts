/** The demo's viewers: on the last evenings some of them watch, and a few do just now. */

import { transaction } from '#app.ts'
import type { Imitation } from '#imitations/kit.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { lookMinutes, lookWhoWatches } from '#modules/lines/usage.ts'
import { openShop } from '#modules/people/business.ts'
import { chanceOf } from './chance.ts'
import type { Stage } from './make-past.ts'

/** Most try their login at once, a few never do. */
const firstMinutes: readonly [minutes: number | null, weight: number][] = [
  [3, 5],
  [6, 4],
  [25, 1],
  [600, 1],
  [null, 1],
]

const days = 10
const looksAnEvening = 4

export function evenings(stage: Stage, now: Temporal.Instant): void {
  const chance = chanceOf(29)
  for (let day = days; day >= 0; day--) {
    // The last evening is the present: who began lately is still at it.
    const begins = now.subtract({ hours: 24 * day, minutes: lookMinutes * looksAnEvening + 2 })
    for (let look = 0; look < looksAnEvening; look++)
      stage.plan(begins.add({ minutes: lookMinutes * look }), async () => {
        for (const panel of stage.outside.panels) await begin(panel, () => chance.next() < (day === 0 ? 0.04 : 0.12))
        await lookWhoWatches(stage.app)
      })
    if (day > 0)
      stage.plan(begins.add({ minutes: lookMinutes * looksAnEvening }), async () => {
        for (const panel of stage.outside.panels) end(panel)
      })
  }
}

const first = chanceOf(31)

/** Whoever has just paid for his first line tries it; what he began is seen at the next look. */
export function firstEvening(stage: Stage, subscriptionId: string | null): void {
  const minutes = first.weighted(firstMinutes)
  if (minutes === null || subscriptionId === null) return
  stage.plan(stage.clock.now().add({ seconds: minutes * 60 + 20 }), async () => {
    const shop = await openShop(stage.app, stage.catalog.businessId, 'system')
    const line = await transaction(shop, 'read-line', (tx) => lineOfSubscription(tx, subscriptionId))
    for (const panel of stage.outside.panels) if (line !== null) await watch(panel, line.username)
  })
}

/** Only the panel that has the line lets him. */
const watch = (panel: Imitation, username: string) =>
  panel.app.request('/__watch', { method: 'POST', body: JSON.stringify({ username }) })

async function begin(panel: Imitation, likes: () => boolean): Promise<void> {
  const lines = [...panel.store.shelf<{ id: number; username: string; enabled: number }>('lines').values()]
  const watching = new Set(
    [...panel.store.shelf<{ user_id: number }>('connections').values()].map((each) => each.user_id),
  )
  for (const { username } of lines.filter(({ id, enabled }) => enabled === 1 && !watching.has(id) && likes()))
    await watch(panel, username)
}

function end(panel: Imitation): void {
  const connections = panel.store.shelf<{ activity_id: number }>('connections')
  for (const { activity_id } of [...connections.values()]) connections.delete(activity_id)
}
