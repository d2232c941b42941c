import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { explainSubscription } from '#modules/analytics/explain-subscription.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { compensationsOf, givenFor, listShares, previewCompensation } from '#modules/dunning/compensation.ts'
import { moveIncident } from '#modules/dunning/give-compensation.ts'
import {
  changeIncident,
  compensateIncident,
  declareIncident,
  type IncidentFacts,
  waiveIncident,
  withdrawIncident,
} from '#modules/dunning/incidents.ts'
import { listRuns } from '#modules/dunning/parked.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { readIncident, standardRule, stateOf } from '#modules/lines/incidents.ts'
import { listAttention } from '#modules/people/attention.ts'
import { resumeByHand, suspendByHand } from '#modules/subscriptions/by-hand.ts'
import { pauseSubscription } from '#modules/subscriptions/pause.ts'
import type { Refusal } from '#platform/errors.ts'
import { connectionAddOn } from '../support/add-ons.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, parsedMails, payInvoice, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const at = (text: string) => Temporal.Instant.from(text)

/** Declares one on the world's only panel; it lasts until somebody says otherwise. */
async function declare(
  world: World,
  facts: Partial<IncidentFacts> & { panelId?: null; productId?: string } = {},
): Promise<string> {
  const made = await declareIncident(world.shop, {
    panelId: world.panelId,
    productId: null,
    name: 'Storage of panel A',
    sentence: 'Some channels did not play.',
    starts: world.clock.now(),
    ends: null,
    rule: standardRule,
    ...facts,
  })
  return made.id
}

const over = (world: World, id: string) => changeIncident(world.shop, id, { ends: world.clock.now() })

const preview = (world: World, id: string) =>
  read(world.shop, async (tx) => previewCompensation(tx, world.shop, await readIncident(tx, id), world.clock.now()))

/** Gives what the preview says. */
async function give(world: World, id: string, tells = true) {
  const { fingerprint } = await preview(world, id)
  await compensateIncident(world.shop, id, { fingerprint, tells })
  await world.settle()
}

const kinds = async (world: World) => (await read(world.shop, listAttention)).map(({ kind }) => kind)

scenario(
  'while an incident lasts nobody is suspended or ended, and staff and rehearsal are told why',
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys()
    const ben = await world.customer('ben').buys()
    await world.until('2026-03-04T12:00:00Z')
    expect((await ana.subscription()).status).toBe('suspended')
    await world.customer('ben').paysOpenInvoice()
    const id = await declare(world)
    expect(await kinds(world)).toContain('incident_open')

    // Ana would have ended on the seventh day after her paid time.
    await world.until('2026-03-20')
    expect((await ana.subscription()).status).toBe('suspended')
    await world.until('2026-04-10')
    expect((await ben.subscription()).status).toBe('grace')
    expect(await (await ben.line()).onPanel()).toMatchObject({ enabled: true })
    const { guards } = await read(shop, (tx) => explainSubscription(tx, shop, ben.subscriptionId, shop.now()))
    expect(guards).toMatchObject([{ cause: 'incident', reason: 'the incident “Storage of panel A” lasts' }])
    // As long as nobody knows its end, nothing behind it can be foretold.
    const told = await rehearse(shop, { days: 30 })
    expect(told.rows.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
      ['terminate', 'waits', 'the incident “Storage of panel A” lasts'],
      ['suspend', 'waits', 'the incident “Storage of panel A” lasts'],
    ])
    // With an end it can, and what the engine does is what was told.
    await changeIncident(shop, id, { ends: at('2026-04-12T12:00:00Z') })
    const then = await rehearse(shop, { days: 3 })
    expect(
      then.rows.flatMap(({ outcome, action, at }) => (outcome === 'done' ? [[action, String(at)]] : [])).toSorted(),
    ).toEqual([
      ['suspend', '2026-04-12T12:00:00Z'],
      ['terminate', '2026-04-12T12:00:00Z'],
    ])
    await world.until('2026-04-12T12:00:00Z')
    expect((await ben.subscription()).status).toBe('suspended')
    expect((await ana.subscription()).status).toBe('terminated')
    expect(await kinds(world)).toEqual(['incident_over'])
    await waiveIncident(shop, id, 'told by telephone')
    expect(await kinds(world)).toEqual([])
  },
)

scenario('what waited for an incident goes on when it is withdrawn, and not too many at once', async (world) => {
  const { shop } = world
  const buyers: Purchase[] = []
  for (let each = 0; each < 14; each++) buyers.push(await world.customer(`viewer${each}`).buys())
  await world.until('2026-03-03T00:00:00Z')
  const id = await declare(world)
  await world.until('2026-03-03T20:00:00Z')
  const statuses = async () => {
    const all = await Promise.all(buyers.map((each) => each.subscription()))
    return all.filter(({ status }) => status === 'suspended').length
  }
  expect(await statuses()).toBe(0)
  world.clock.advance({ minutes: 10 })
  await withdrawIncident(shop, id, 'it was our own network')
  await world.settle()
  expect(await statuses()).toBe(10)
  expect(await read(shop, (tx) => listRuns(tx, { open: true }))).toMatchObject([{ kind: 'suspend', waiting: 4 }])
  expect(stateOf(await read(shop, (tx) => readIncident(tx, id)), shop.now())).toBe('withdrawn')
  await expect(withdrawIncident(shop, id, 'again')).rejects.toThrow('This incident was withdrawn.')
  // The same panel may have another one at the same time now.
  await declare(world, { starts: at('2026-03-03T00:00:00Z') })
})

scenario('what the time is worth counts add-ons, too', async (world) => {
  const extra = await connectionAddOn(world, 300n)
  const order = { cartKey: 'c1', planId: world.planId, email: 'ana@example.net', source: 'storefront' } as const
  const { invoiceId } = await placeOrder(world.shop, { ...order, addOns: [{ addOnId: extra, quantity: 3 }] })
  await payInvoice(world, present(invoiceId))
  await world.until('2026-02-03T08:00:00Z')
  const id = await declare(world)
  await world.pass({ hours: 5, minutes: 20 })
  await over(world, id)
  // 12.99 and three times 3.00 for the 28 days from the third of February, six hours of them.
  expect((await preview(world, id)).worth).toEqual([{ currency: 'EUR', minor: 20n }])
})

scenario('an outage is given back once, to whom it took time that was paid for, and told once', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys()
  const second = await world.customer('ana').buys({ username: 'ana.two' })
  const ben = await world.customer('ben').buys()
  const cem = await world.customer('cem').buys()
  await world.until('2026-02-03T08:00:00Z')
  await pauseSubscription(shop, ben.subscriptionId, { until: null, reason: 'away' })
  await world.settle()
  const id = await declare(world)
  await world.pass({ hours: 5, minutes: 20 })
  await over(world, id)
  const mails = world.mailbox.mails.length
  expect(await preview(world, id)).toMatchObject({
    subscriptions: 3,
    customers: 2,
    seconds: 18 * 3_600,
    // 12.99 for the 28 days from the third of February, six hours each.
    worth: [{ currency: 'EUR', minor: 36n }],
    left: [{ outcome: 'not_served', count: 1 }],
  })
  await give(world, id)
  for (const each of [ana, second, cem])
    expect(String((await each.subscription()).paidThrough)).toBe('2026-02-28T18:00:00Z')
  expect(String((await ben.subscription()).paidThrough)).toBe('2026-02-28T12:00:00Z')
  expect((await ana.periods()).map(({ kind, starts }) => [kind, String(starts)])).toEqual([
    ['paid', '2026-01-31T12:00:00Z'],
    ['compensation', '2026-02-28T12:00:00Z'],
  ])
  // The panel's own expiry moves along: three days of grace and a day.
  expect(await (await ana.line()).onPanel()).toMatchObject({ until: '2026-03-04T18:00:00Z' })
  expect((await ana.subscription()).anchorDay).toBe(31)
  const sent = await parsedMails(world.mailbox.mails.slice(mails))
  expect(sent.map(({ subject }) => subject)).toEqual(['We give you 6 hours of TV', 'We give you 6 hours of TV'])
  expect(sent.map(({ text }) => /each of your 2 plans/.test(text ?? '')).sort()).toEqual([false, true])
  expect(sent[0]?.text).toContain('Some channels did not play.')
  expect(await kinds(world)).toEqual(['incident_finished'])
  expect(await read(shop, (tx) => givenFor(tx, id))).toMatchObject({ subscriptions: 3, customers: 2, seconds: 64_800 })

  // However often it runs, nobody gets it twice.
  await world.tamper(
    `update incidents set finished_at = null, done_through = null, next_look_at = decided_at where id = '${id}'`,
  )
  await moveIncident(shop, id)
  await world.settle()
  expect(await read(shop, (tx) => compensationsOf(tx, { incidentId: id }, 10))).toHaveLength(3)
  expect(String((await ana.subscription()).paidThrough)).toBe('2026-02-28T18:00:00Z')
  expect(world.mailbox.mails.length).toBe(mails + 2)
  // Renewals are counted from the new end, by the same day of the month; the clock of Berlin changes in March.
  await world.until('2026-02-28T12:00:00Z')
  await cem.renews()
  expect(String((await cem.subscription()).paidThrough)).toBe('2026-03-31T17:00:00Z')
})

scenario('the rule rounds, asks for a least, and knows its caps', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys()
  await world.until('2026-02-03T08:00:00Z')
  const rule = { roundTo: 'day', leastMinutes: 60, mostHours: 48, mostHoursMonth: 60 } as const
  const lasting = async (hours: number) => {
    const id = await declare(world, { rule })
    await world.pass({ minutes: hours * 60 })
    await over(world, id)
    return id
  }
  const short = await lasting(0.9)
  expect(await preview(world, short)).toMatchObject({ subscriptions: 0, left: [{ outcome: 'too_short', count: 1 }] })
  await give(world, short)
  expect(stateOf(await read(shop, (tx) => readIncident(tx, short)), shop.now())).toBe('compensated')

  const long = await lasting(50) // Two days and a bit are three days, and two at most.
  await give(world, long)
  expect(String((await ana.subscription()).paidThrough)).toBe('2026-03-02T12:00:00Z')
  const more = await lasting(20) // Of a day only what is left of the month.
  await give(world, more)
  expect(String((await ana.subscription()).paidThrough)).toBe('2026-03-03T00:00:00Z')
  const full = await lasting(20)
  expect(await preview(world, full)).toMatchObject({ seconds: 0, left: [{ outcome: 'capped', count: 1 }] })
  await waiveIncident(shop, full, 'the month is full')

  // A new month, and its rule may be changed until it is decided.
  await world.until('2026-03-01T08:00:00Z')
  const last = await lasting(2)
  await changeIncident(shop, last, { rule: { ...rule, roundTo: 'minute' } })
  await give(world, last)
  expect(String((await ana.subscription()).paidThrough)).toBe('2026-03-03T02:00:00Z')
})

scenario('two incidents never give the same hour, and none gives what was suspended', async (world) => {
  const { shop, productId } = world
  const ana = await world.customer('ana').buys()
  const ben = await world.customer('ben').buys()
  await world.until('2026-02-03T08:00:00Z')
  await suspendByHand(shop, ben.subscriptionId, 'shared his login')
  const onPanel = await declare(world)
  await world.pass({ hours: 4 })
  await over(world, onPanel)
  await resumeByHand(shop, ben.subscriptionId, 'he said sorry')
  await give(world, onPanel)
  expect(await read(shop, (tx) => compensationsOf(tx, { subscriptionId: ben.subscriptionId }, 5))).toEqual([])
  // The product had trouble from two hours earlier: of that only what is not made good yet counts.
  const ofProduct = await declare(world, { panelId: null, productId, starts: at('2026-02-03T06:00:00Z') })
  await world.settle()
  await over(world, ofProduct)
  const shares = await read(shop, async (tx) => listShares(tx, shop, await readIncident(tx, ofProduct), shop.now(), 10))
  const of = (id: string) => shares.find(({ subscriptionId }) => subscriptionId === id)
  expect(of(ana.subscriptionId)).toMatchObject({ outSeconds: 2 * 3_600, seconds: 2 * 3_600 })
  expect(of(ben.subscriptionId)).toMatchObject({ outSeconds: 2 * 3_600, seconds: 2 * 3_600 })
  await give(world, ofProduct, false)
  expect(String((await ana.subscription()).paidThrough)).toBe('2026-02-28T18:00:00Z')
  // Told for the panel only: the other was to be given quietly.
  expect((await ana.messages()).filter(({ template }) => template === 'compensated')).toHaveLength(1)
})

scenario('who has his invoice already gets neither it nor his reminders again, and is still warned', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys()
  await world.until('2026-02-25T14:00:00Z') // Invoice and first reminder are out.
  const id = await declare(world)
  await world.pass({ hours: 3 })
  await over(world, id)
  await give(world, id)
  const templates = async () => (await ana.messages()).map(({ template }) => template)
  expect((await templates()).filter((each) => each === 'renewal_invoice')).toHaveLength(1)
  const [invoice] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
  expect(String(invoice?.dueAt)).toBe('2026-02-28T15:00:00Z')
  await world.until('2026-03-03T14:00:00Z')
  expect((await templates()).filter((each) => each === 'renewal_invoice')).toHaveLength(1)
  expect((await templates()).filter((each) => each === 'renewal_reminder')).toHaveLength(3)
  expect((await ana.subscription()).status).toBe('grace')
  // To the hour: grace is counted from the new end, and the word about the invoice holds for it.
  await world.until('2026-03-03T15:00:00Z')
  expect((await ana.subscription()).status).toBe('suspended')
  expect(await read(shop, (tx) => givenFor(tx, id))).toMatchObject({ subscriptions: 1 })
  await world.customer('ana').paysOpenInvoice()
  expect((await ana.subscription()).status).toBe('active')
})

scenario(
  'time given in grace is paid time again, and a reminder before an end far ahead is not left out',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const ben = await world.customer('ben').buys()
    await world.until('2026-02-28T06:00:00Z')
    const id = await declare(world, { starts: at('2026-02-25T06:00:00Z') })
    await world.until('2026-03-01T06:00:00Z')
    expect((await ana.subscription()).status).toBe('grace')
    await world.customer('ben').paysOpenInvoice()
    await over(world, id)
    await give(world, id)
    // Three days at most, although it lasted four; ana had paid for three and a quarter of them.
    expect(String((await ana.subscription()).paidThrough)).toBe('2026-03-03T12:00:00Z')
    expect((await ana.subscription()).status).toBe('active')
    expect(String((await ben.subscription()).paidThrough)).toBe('2026-04-03T11:00:00Z')
    const before = (await ben.messages()).length
    await world.until('2026-04-02T18:00:00Z')
    expect(
      (await ben.messages())
        .slice(before)
        .map(({ template }) => template)
        .sort(),
    ).toEqual(['renewal_invoice', 'renewal_reminder', 'renewal_reminder'])
  },
)

scenario('what is wrong with an incident is said, and nothing is changed', async (world) => {
  const { shop } = world
  await world.customer('ana').buys()
  const now = world.clock.now()
  const faults = async (work: Promise<unknown>) =>
    work.then(
      () => [],
      (error: Refusal) => [error.code, ...error.fields.map(({ pointer }) => pointer)],
    )
  expect(await faults(declare(world, { starts: now.subtract({ hours: 31 * 24 }) }))).toEqual([
    'invalid_input',
    '/starts_at',
  ])
  expect(await faults(declare(world, { starts: now.add({ hours: 91 * 24 }) }))).toEqual(['invalid_input', '/starts_at'])
  expect(await faults(declare(world, { ends: now }))).toEqual(['invalid_input', '/ends_at'])
  expect(await faults(declare(world, { ends: now.add({ hours: 91 * 24 }) }))).toEqual(['invalid_input', '/ends_at'])
  const facts = { name: 'x', sentence: 'y', starts: now, ends: null, rule: standardRule }
  const target = (panelId: string | null, productId: string | null) =>
    faults(declareIncident(shop, { ...facts, panelId, productId }))
  expect(await target(null, null)).toEqual(['invalid_input', '/panel_id'])
  expect(await target('pan_x', null)).toEqual(['invalid_input', '/panel_id'])
  expect(await target(null, 'prod_x')).toEqual(['invalid_input', '/product_id'])
  const id = await declare(world, { starts: now.subtract({ hours: 3 }) })
  expect(await faults(declare(world))).toEqual(['conflict'])
  expect(await faults(declare(world, { starts: now.subtract({ hours: 9 }), ends: now }))).toEqual(['conflict'])
  await declare(world, { starts: now.subtract({ hours: 9 }), ends: now.subtract({ hours: 3 }) })
  expect(await faults(changeIncident(shop, id, { starts: now.subtract({ hours: 4 }) }))).toEqual(['conflict'])
  expect(await faults(waiveIncident(shop, id, 'x'))).toEqual(['conflict'])
  const { fingerprint } = await preview(world, id)
  expect(await faults(compensateIncident(shop, id, { fingerprint, tells: true }))).toEqual(['conflict'])
  await over(world, id)
  expect(await faults(compensateIncident(shop, id, { fingerprint: 'x', tells: true }))).toEqual([
    'conflict',
    '/fingerprint',
  ])
  const shown = (await preview(world, id)).fingerprint
  await world.customer('ben').buys()
  await changeIncident(shop, id, { rule: { ...standardRule, mostHours: 1 } })
  expect(await faults(compensateIncident(shop, id, { fingerprint: shown, tells: true }))).toEqual([
    'conflict',
    '/fingerprint',
  ])
  expect(await read(shop, (tx) => compensationsOf(tx, { incidentId: id }, 10))).toEqual([])
  await transaction(shop, 'look', async (tx) => expect((await readIncident(tx, id)).decision).toBeNull())
  await give(world, id)
  expect(await faults(changeIncident(shop, id, { name: 'other' }))).toEqual(['conflict'])
})
