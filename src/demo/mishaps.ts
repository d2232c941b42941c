/** What goes wrong in the demo's past, so that the console has something to show: an outage, a hand edit, a refused line, odd money. */
import { transaction } from '#app.ts'
import { openPanel } from '#modules/lines/panels.ts'
import { listLines } from '#modules/lines/queries.ts'
import { reconcileNow } from '#modules/lines/want-line.ts'
import { readablePassword } from '#platform/crypto.ts'
import { assert } from '#platform/errors.ts'
import { buy, receiveByHand, type Stage, staffShop, start } from './make-past.ts'
import type { Person } from './people.ts'
import type { Story } from './stories.ts'

export function mishaps(stage: Stage, now: Temporal.Instant): void {
  const [north, south] = stage.outside.panels
  assert(north !== undefined && south !== undefined, 'the demo has two panels')
  const at = (hoursAgo: number) => now.subtract({ minutes: Math.round(hoursAgo * 60) })

  // Names that others made on the panel by hand: who asks for one of them gets the next.
  stage.plan(at(24 * 149), () => foreignLines(stage, ['sportfan', 'cinema']))
  stage.plan(at(24 * 90), async () => void (await buy(stage, guest('Timo Sport', 'sportfan'), 'family')))
  stage.plan(at(24 * 12), async () => void (await buy(stage, guest('Ria Kino', 'cinema'), 'solo')))

  // A panel is away for two hours on a Saturday evening; who buys meanwhile waits.
  stage.plan(at(24 * 33), async () => void south.faults.add({ fault: 'down' }))
  for (const minutes of [10, 35, 60, 80])
    stage.plan(at(24 * 33 - minutes / 60), async () => {
      await buy(stage, guest(`Outage Guest ${minutes}`, `evening${minutes}`), 'solo')
    })
  stage.plan(at(24 * 33 - 2.2), async () => south.faults.clear('down'))

  // Somebody switches a line off on the panel; staff look, and it is set right.
  stage.plan(at(24 * 20), () => handEdit(stage, { enabled: 0 }, true))
  // The same an hour ago, and nobody has looked yet.
  stage.plan(at(1), () => handEdit(stage, { max_connections: 9 }, false))

  // One mailbox refuses.
  stage.plan(at(24 * 6), async () => {
    stage.outside.mailbox.fail('reject_recipient', 1)
    await buy(stage, guest('Full Mailbox', 'fullbox'), 'solo')
  })
  // A bank customer pays too much, and a package is gone from the panels: both are open in "needs attention".
  stage.plan(at(30), () => overpay(stage))
  stage.plan(at(2.5), async () => {
    for (const panel of [north, south]) panel.faults.add({ fault: 'package_gone', action: 'create_line' })
    await buy(stage, guest('Noor Waiting', 'noor'), 'family')
  })
  stage.plan(at(2), async () => {
    for (const panel of [north, south]) panel.faults.clear('package_gone')
  })
}

/** A customer of a mishap: pays by card, promptly. Without a `username` he takes what he is given. */
export function guest(name: string, username: string): Story {
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.net`
  const person: Person = { name, email, username, country: 'DE' }
  const at = Temporal.Instant.fromEpochMilliseconds(0)
  return {
    person,
    at,
    plan: 'family',
    way: 'card',
    first: 'pays',
    habit: 'prompt',
    renewals: 9,
    converts: null,
    refunded: false,
    asksForName: username !== '',
  }
}

/** Lines that an administrator made on the panel himself: not ours, never touched. */
async function foreignLines({ app, catalog, clock }: Stage, names: readonly string[]): Promise<void> {
  for (const panelId of catalog.panelIds) {
    const { panel } = await openPanel(app, catalog.businessId, panelId)
    for (const username of names)
      await panel.createLine({
        username,
        password: readablePassword(),
        marker: 'made by hand',
        enabled: true,
        expiresAt: clock.now().add({ hours: 24 * 365 }),
        maxConnections: 1,
        package: { bouquets: [1], outputs: ['hls', 'ts'] },
      })
  }
}

async function handEdit(stage: Stage, fields: Record<string, number>, looked: boolean): Promise<void> {
  const shop = await staffShop(stage)
  const [line] = await transaction(shop, 'read-lines', (tx) =>
    listLines(tx, { wanted: 'active', sync: 'in_step' }, { limit: 1 }),
  )
  if (line === undefined) return
  const panel = stage.outside.panels[stage.catalog.panelIds.indexOf(line.panelId)]
  await panel?.app.fetch(
    new Request('http://panel/__edit', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: line.username, fields }),
    }),
  )
  if (!looked) return
  await transaction(shop, 'reconcile-now', (tx) => reconcileNow(tx, shop, line.id, shop.now()))
  await stage.engine.settle()
}

async function overpay(stage: Stage): Promise<void> {
  const story = { ...guest('Bruno Generous', 'bruno'), way: 'bank' as const, first: 'never_pays' as const }
  const order = await buy(stage, story, 'solo')
  await start(stage, order.customerId, order.invoiceId ?? '', stage.catalog.bankId)
  stage.plan(stage.clock.now().add({ hours: 20 }), () => receiveByHand(stage, order.invoiceId ?? '', 500n))
}
