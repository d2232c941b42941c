/**
 * Every kind of panel that charges our account per call, under two workers that buy at once, answers lost after the panel had done it, and calls lost before
 * it began: each line is made once and extended once, and three books agree to the credit: the panel's own log, our log of charged calls, and the
 * balance that we mirror.
 */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { panelKinds } from '#main.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { accountDifferences } from '#modules/lines/compare-account.ts'
import { findPanel } from '#modules/lines/panels.ts'
import { rows, sql } from '#platform/db.ts'
import {
  nxtHouse,
  oneStreamHouse,
  type PanelHouse,
  xuiResellerBoxHouse,
  xuiResellerHouse,
} from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const price = 2
const first = 500
const viewers = 6

/** How each kind calls its two charged calls, on the wire and in its log of credits. */
const charging: readonly { house: PanelHouse; asked: readonly [string, string]; charged: readonly [string, string] }[] =
  [
    { house: xuiResellerHouse, asked: ['create_line', 'edit_line'], charged: ['create_line', 'edit_line'] },
    { house: xuiResellerBoxHouse, asked: ['create_mag', 'edit_mag'], charged: ['create_mag', 'edit_mag'] },
    { house: nxtHouse, asked: ['create-line', 'edit:extend'], charged: ['create-line', 'extend'] },
    { house: oneStreamHouse, asked: ['create', 'edit:renew'], charged: ['create', 'renew'] },
  ]

test('no kind that charges is left out', () => {
  const kinds = [...panelKinds.values()].filter(({ capabilities }) => capabilities.chargesEachExtension)
  expect(new Set(charging.map(({ house }) => house.imitation.kind))).toEqual(new Set(kinds.map(({ kind }) => kind)))
})

type Charge = { line: number; action: string; credits: number }

/** The panel's own books. */
async function booksOfPanel(world: World): Promise<{ credits: number; charges: Charge[] }> {
  const answer = await world.panel.app.fetch(new Request(`${world.panelOrigin}/__credits`))
  return (await answer.json()) as { credits: number; charges: Charge[] }
}

/** Ours: charged calls of each line by what became of them. */
const ourBooks = (world: World) =>
  read(world.shop, (tx) =>
    rows(
      tx,
      sql<{ line: string; state: string; calls: number; credits: number }>`
        select line_id as line, state, count(*)::int as calls, sum(price)::float as credits from panel_charges
        where business_id = current_business() and panel_id = ${world.panelId} and state <> 'void' group by 1, 2`,
    ),
  )

/** Each line was charged for `actions`, once each, and nobody's books say otherwise. */
async function expectBooksAgree(world: World, actions: readonly string[]): Promise<void> {
  const { credits, charges } = await booksOfPanel(world)
  const byLine = Map.groupBy(charges, ({ line }) => line)
  expect(byLine.size).toBe(viewers)
  for (const each of byLine.values()) expect(each.map(({ action }) => action)).toEqual(actions)
  expect(credits).toBe(first - viewers * actions.length * price)
  const ours = await ourBooks(world)
  expect(ours).toHaveLength(viewers)
  for (const each of ours)
    expect(each).toMatchObject({ state: 'done', calls: actions.length, credits: actions.length * price })
  const panel = present(await read(world.shop, (tx) => findPanel(tx, world.panelId)))
  expect(Number(panel.credits)).toBe(credits)
  expect(await read(world.shop, (tx) => accountDifferences(tx, world.panelId, { limit: 10 }))).toEqual([])
}

/** Of the calls of one kind that come next, some are done and their answers lost, some never reach the panel, some end in a gateway's error. */
async function loses(world: World, action: string): Promise<void> {
  await world.strike('panel', { fault: 'timeout_after', action, times: 2 })
  await world.strike('panel', { fault: 'timeout_before', action, times: 2 })
  await world.strike('panel', { fault: 'http_502', action, times: 1, executes: true })
}

for (const { house, asked, charged } of charging) {
  // Debits that meet are lost, as on older builds: whoever lets two calls meet spends too little, and the books differ.
  const losesDebits = { ...house, options: { charge_ms: '15', credits: String(first) } }

  scenario(
    `${house.imitation.title}, ${house.lineKind ?? 'line'}: two workers, lost answers, and the books agree`,
    { start: '2026-04-01T12:00:00Z', house: losesDebits, seconds: 240 },
    async (world) => {
      const buyers = Array.from({ length: viewers }, (_, n) => world.customer(`viewer${n}`))
      const macOf = (n: number) => (house.lineKind === 'mag' ? { mac: `00:1A:79:00:00:0${n + 1}` } : {})
      await loses(world, asked[0])
      const orders = await world.withWorkers(2, async () => {
        const placed = await Promise.all(buyers.map((each, n) => each.orders(macOf(n))))
        await Promise.all(placed.map((each) => each.pays()))
        return placed
      })
      await world.pass({ hours: 2 })
      await expectBooksAgree(world, charged.slice(0, 1))

      await loses(world, asked[1])
      await world.withWorkers(2, async () => {
        for (const { subscriptionId } of orders)
          await transaction(world.shop, 'ask-renewal', (tx) =>
            renewalInvoice(tx, world.shop, subscriptionId, world.shop.now()),
          )
        await Promise.all(buyers.map((each) => each.sendsMoney()))
      })
      await world.pass({ hours: 2 })
      await expectBooksAgree(world, charged)

      const lines = await world.linesOnPanel()
      expect(lines).toHaveLength(viewers)
      for (const order of orders)
        expect(await (await order.line()).stored()).toMatchObject({
          spending: null,
          trouble: null,
          needsReview: false,
          differs: [],
        })
    },
  )
}
