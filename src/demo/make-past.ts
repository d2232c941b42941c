/**
 * Acts the stories out: every sale, payment, renewal and mishap goes through the product's own use cases at the instant at which it
 * happens, and the engine runs in between. Nothing is inserted as a finished row.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { findInvoice, paymentsOf, renewalInvoiceOf } from '#modules/billing/queries.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import type { Order } from '#modules/checkout/queries.ts'
import { openShop } from '#modules/people/business.ts'
import { addNote } from '#modules/people/customers.ts'
import { changeSubscription, setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { terminate } from '#modules/subscriptions/rules/subscription.ts'
import type { StoppedClock } from '#platform/clock.ts'
import { assert } from '#platform/errors.ts'
import type { Catalog, PlanKey } from './catalog.ts'
import { type Chance, chanceOf } from './chance.ts'
import { type Engine, startEngine } from './engine.ts'
import { evenings, firstEvening } from './evenings.ts'
import type { DemoImitations } from './imitations.ts'
import { mishaps } from './mishaps.ts'
import { partners } from './partners.ts'
import { recommending } from './recommending.ts'
import { type Story, tellStories } from './stories.ts'

export type Act = { at: Temporal.Instant; run(): Promise<void> }

export type Stage = {
  app: App
  clock: StoppedClock
  engine: Engine
  catalog: Catalog
  outside: DemoImitations
  /** The owner, as who acts in the console. */
  staffId: string
  chance: Chance
  plan(at: Temporal.Instant, run: () => Promise<void>): void
}

export type Past = { customers: number; from: Temporal.Instant; until: Temporal.Instant }

/** Until `until`, the real now. `progress` hears from 0 to 1. Throws when any job of the past failed. */
export async function makePast(
  parts: Pick<Stage, 'app' | 'clock' | 'catalog' | 'outside' | 'staffId'>,
  options: Past & { progress(part: number): void },
): Promise<void> {
  const acts: Act[] = []
  const stage: Stage = {
    ...parts,
    engine: startEngine(parts.app, parts.clock),
    chance: chanceOf(11),
    plan: (at, run) => insert(acts, { at, run }),
  }
  const stories = tellStories(options.customers, options.until)
  for (const story of stories) stage.plan(story.at, async () => void (await buy(stage, story, story.plan)))
  mishaps(stage, options.until)
  partners(stage, options.until)
  recommending(stage, options.until)
  evenings(stage, options.until)

  const length = options.until.epochMilliseconds - options.from.epochMilliseconds
  let acted = 0
  for (let act = acts.shift(); act !== undefined; act = acts.shift()) {
    if (Temporal.Instant.compare(act.at, options.until) > 0) break
    await stage.engine.until(act.at)
    await act.run()
    // Plans that were made for empty tables get slower with each row; nobody else tells the database within these seconds.
    if (learnAfter.includes(++acted)) await stage.app.db.pool.query('analyze')
    options.progress((stage.clock.now().epochMilliseconds - options.from.epochMilliseconds) / length)
  }
  await stage.engine.until(options.until)
  await stage.engine.settle()
  await stage.app.db.pool.query('analyze')
  const [failure] = stage.engine.failures
  if (failure !== undefined) throw failure
}

const learnAfter = [8, 25, 80, 250, 700]

/** Keeps the acts in the order of their time; acts of one instant in the order in which they were planned. */
function insert(acts: Act[], act: Act): void {
  const place = acts.findIndex((each) => Temporal.Instant.compare(each.at, act.at) > 0)
  acts.splice(place === -1 ? acts.length : place, 0, act)
}

const shopFor = ({ app, catalog }: Stage, actor: string): Promise<Shop> => openShop(app, catalog.businessId, actor)
export const staffShop = (stage: Stage): Promise<Shop> => shopFor(stage, `staff:${stage.staffId}`)

/** Instants before the demo's now, in days. */
export const daysBefore = (now: Temporal.Instant) => (days: number) =>
  now.subtract({ minutes: Math.round(days * 1_440) })

/** Places the order and begins to pay it; `referral`: whose link he came by. Answers the order, for mishaps that go on from there. */
export async function buy(stage: Stage, story: Story, plan: PlanKey, referral?: string): Promise<Order> {
  const { person } = story
  const shop = await shopFor(stage, 'system')
  const order = await placeOrder(shop, {
    cartKey: `demo/${person.email}/${plan}`,
    planId: stage.catalog.plans[plan],
    email: person.email,
    name: person.name,
    country: person.country,
    username: story.asksForName ? person.username : undefined,
    source: 'storefront',
    referral,
  })
  await stage.engine.settle()
  if (plan === 'trial') {
    const { converts } = story
    if (converts !== null) stage.plan(later(stage, 20, 40), async () => void (await buy(stage, story, converts)))
    return order
  }
  stage.plan(later(stage, 0.02, 0.2), () => payFirst(stage, story, order))
  return order
}

async function payFirst(stage: Stage, story: Story, order: Order): Promise<void> {
  const invoiceId = order.invoiceId ?? ''
  if (story.first === 'never_pays') return
  if (story.way === 'bank') {
    await start(stage, order.customerId, invoiceId, stage.catalog.bankId)
    stage.plan(later(stage, 16, 30), async () => {
      await receiveByHand(stage, invoiceId)
      await paid(stage, story, order)
    })
    return
  }
  const remote = await start(stage, order.customerId, invoiceId, stage.catalog.sandboxId)
  if (story.first === 'never_answers') return press(stage, remote, 'never')
  if (story.first === 'declined_then_pays') await press(stage, remote, 'decline')
  if (story.first === 'pays_later') {
    await press(stage, remote, 'later')
    stage.plan(later(stage, 5, 20), async () => {
      await post(stage, '/__settle', { id: remote })
      await paid(stage, story, order)
    })
    return
  }
  const again = story.first === 'declined_then_pays'
  await press(stage, again ? await start(stage, order.customerId, invoiceId, stage.catalog.sandboxId) : remote, 'pay')
  await paid(stage, story, order)
}

/** The first money has come: notes, refunds, and the next renewal in its time. */
async function paid(stage: Stage, story: Story, order: Order): Promise<void> {
  await stage.engine.settle()
  firstEvening(stage, order.subscriptionId)
  if (story.refunded) stage.plan(later(stage, 12, 40), () => giveBack(stage, order))
  if (stage.chance.next() < 0.04) await note(stage, order.customerId)
  await planRenewal(stage, story, order, story.renewals)
}

async function note(stage: Stage, customerId: string): Promise<void> {
  const shop = await staffShop(stage)
  const texts = [
    'Asked on the phone how to set up the app; sent the guide.',
    'Prefers e-mail, please do not call.',
    'Recommended by a neighbor.',
    'Moved house, now with a faster connection.',
  ]
  await transaction(shop, 'add-note', (tx) => addNote(tx, shop, customerId, stage.chance.oneOf(texts), shop.now()))
}

async function giveBack(stage: Stage, order: Order): Promise<void> {
  const shop = await staffShop(stage)
  const payments = await transaction(shop, 'read-payments', (tx) => paymentsOf(tx, order.invoiceId ?? ''))
  const payment = payments.find(({ status }) => status === 'succeeded')
  if (payment === undefined || order.subscriptionId === null) return
  await refundPayment(
    shop,
    payment.id,
    { minor: payment.receivedMinor, currency: payment.currency },
    'changed his mind',
  )
  const id = order.subscriptionId
  await transaction(shop, 'end-refunded', (tx) =>
    changeSubscription(tx, shop, id, shop.now(), () => terminate(shop.now(), 'refunded'), { reason: 'refunded' }),
  )
  await stage.engine.settle()
}

/** Hours after the end of paid time at which each habit pays; negative before. */
const hoursAfterEnd = { prompt: [-150, -6], in_grace: [2, 60], late: [80, 150] } as const

async function planRenewal(stage: Stage, story: Story, order: Order, promptLeft: number): Promise<void> {
  const shop = await shopFor(stage, `customer:${order.customerId}`)
  const id = order.subscriptionId ?? ''
  const { paidThrough, status } = await transaction(shop, 'read-subscription', (tx) => readSubscription(tx, id))
  if (paidThrough === null || status === 'terminated') return
  const habit = promptLeft > 0 ? 'prompt' : story.habit
  if (habit === 'stops') return
  if (habit === 'leaves') {
    stage.plan(paidThrough.subtract({ hours: 100 }), async () => {
      await transaction(shop, 'leave', (tx) => setAutoRenew(tx, shop, id, false, shop.now(), 'moving away'))
      await stage.engine.settle()
    })
    return
  }
  const [from, to] = hoursAfterEnd[habit]
  const at = paidThrough.add({ minutes: Math.round(stage.chance.between(from, to) * 60) })
  stage.plan(at, () => renew(stage, story, order, promptLeft))
}

async function renew(stage: Stage, story: Story, order: Order, promptLeft: number): Promise<void> {
  const shop = await shopFor(stage, `customer:${order.customerId}`)
  const id = order.subscriptionId ?? ''
  const invoice = await transaction(shop, 'read-renewal', async (tx) => {
    const { paidThrough, status } = await readSubscription(tx, id)
    return paidThrough === null || status === 'terminated' ? null : renewalInvoiceOf(tx, id, paidThrough)
  })
  if (invoice === null || invoice.status === 'paid') return
  if (story.way === 'bank') {
    await start(stage, order.customerId, invoice.id, stage.catalog.bankId)
    await receiveByHand(stage, invoice.id)
  } else {
    await press(stage, await start(stage, order.customerId, invoice.id, stage.catalog.sandboxId), 'pay')
  }
  await stage.engine.settle()
  await planRenewal(stage, story, order, promptLeft - 1)
}

/** Begins a payment; answers the provider's own id of it (empty where there is none). */
export async function start(stage: Stage, customerId: string, invoiceId: string, gatewayId: string): Promise<string> {
  const shop = await shopFor(stage, `customer:${customerId}`)
  const started = await startPayment(shop, {
    invoiceId,
    gatewayAccountId: gatewayId,
    returnUrl: `${shop.baseUrl}/account`,
    cancelUrl: `${shop.baseUrl}/account`,
    description: 'Northwind TV',
  })
  return started.redirectUrl?.split('/').at(-1) ?? ''
}

/** What the buyer does on the provider's page. The notice arrives at once. */
export async function press(stage: Stage, id: string, how: 'pay' | 'decline' | 'later' | 'never'): Promise<void> {
  await post(stage, '/__pay', { id, how })
  await stage.engine.settle()
}

export async function receiveByHand(stage: Stage, invoiceId: string, surplus = 0n): Promise<void> {
  const shop = await staffShop(stage)
  const invoice = await transaction(shop, 'read-invoice', (tx) => findInvoice(tx, invoiceId))
  if (invoice === null || (invoice.status !== 'draft' && invoice.status !== 'open')) return
  await markReceived(shop, {
    invoiceId,
    amount: { minor: invoice.totalMinor - invoice.paidMinor + surplus, currency: invoice.currency },
    reference: `Statement ${shop.now().toString().slice(0, 10)}`,
  })
  await stage.engine.settle()
}

export async function post({ outside }: Stage, path: string, body: unknown): Promise<void> {
  const answer = await outside.sandbox.app.fetch(
    new Request(`http://sandbox${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  assert(answer.ok, `the sandbox takes ${path}`)
}

/** So many hours from now, by chance. */
export const later = (
  { clock, chance }: Pick<Stage, 'clock' | 'chance'>,
  least: number,
  most: number,
): Temporal.Instant => clock.now().add({ seconds: Math.round(chance.between(least, most) * 3_600) })
