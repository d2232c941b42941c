import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { draftInvoice, issueInvoice, renewalInvoice, voidDraft } from '#modules/billing/invoices.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { lockInvoice } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { carryOut, refundPayment, requestRefund } from '#modules/billing/refund-payment.ts'
import { takeBackInvoice } from '#modules/billing/withdraw-invoice.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { openShop } from '#modules/people/business.ts'
import { atCrashPoints } from '#platform/crash.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { registered } from '../../src/modules/billing/tax/tax.test-support.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

/** However often it was told: one payment, one period, one line, one login. The books are the proof's. */
async function onlyOnce(world: World, purchase: Purchase): Promise<void> {
  expect((await purchase.payments()).filter(({ status }) => status === 'succeeded')).toHaveLength(1)
  expect(await purchase.periods()).toHaveLength(1)
  expect(await purchase.order()).toMatchObject({ status: 'ready' })
  const line = await purchase.line()
  const password = await line.password()
  expect(await line.onPanel()).toMatchObject({ enabled: true, password })
  expect(await world.linesOnPanel()).toHaveLength(1)
  expect(world.truth().filter(({ action }) => action === 'create_line')).toHaveLength(2) // The live test's and this one.
  const logins = (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes(password))
  expect(logins).toHaveLength(1)
}

/** The notice of that type which the gateway sent last. */
const last = (world: World, type: string) =>
  present(world.delivered.filter(({ body }) => body.includes(`"${type}"`)).at(-1))

scenario('F06: one notice fifty times at once, at two processes', async (world) => {
  world.hears(false)
  const ana = await world.customer('ana').orders()
  await ana.pays()
  const notice = last(world, 'payment.paid')
  await world.withWorkers(2, async (apps) => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => world.notify(notice, present(apps[index % 2]))),
    )
    expect(new Set(answers)).toEqual(new Set(['stored']))
  })
  await onlyOnce(world, ana)
})

scenario('notices out of order: paid, then the decline and the pending before it', async (world) => {
  world.hears(false)
  const ana = await world.customer('ana').orders()
  for (const how of ['decline', 'later', 'pay'] as const) await ana.pays(how).catch(() => null)
  await world.withWorkers(2, async () => {
    for (const type of ['payment.paid', 'payment.pending', 'payment.declined', 'payment.paid']) {
      await world.notify(last(world, type))
      await new Promise((done) => setTimeout(done, 60))
    }
  })
  await onlyOnce(world, ana)
})

for (const moment of ['before the notice', 'after the notice', 'with the notice'] as const)
  scenario(`the browser returns ${moment}`, async (world) => {
    world.hears(false)
    const ana = await world.customer('ana').orders()
    const paymentId = await ana.pays()
    const notice = last(world, 'payment.paid')
    await world.withWorkers(2, async ([first, second]) => {
      const returns = async () =>
        refreshPayment(await openShop(present(second), world.businessId, 'customer:x'), paymentId)
      const told = () => world.notify(notice, first)
      if (moment === 'before the notice') {
        expect(await returns()).toBe('succeeded')
        await told()
      } else if (moment === 'after the notice') {
        await told()
        await returns()
      } else await Promise.all([told(), returns(), returns(), told()])
    })
    await onlyOnce(world, ana)
  })

scenario('the browser never returns and the notice never comes: the sweep asks', async (world) => {
  world.hears(false)
  const ana = await world.customer('ana').orders()
  await ana.pays()
  await world.pass({ minutes: 2 })
  await onlyOnce(world, ana)
})

scenario('one cart submitted from two browsers at once is one order', async (world) => {
  const request = {
    cartKey: 'cart/one',
    planId: world.planId,
    email: 'ana@example.net',
    username: 'ana',
    source: 'storefront' as const,
  }
  const orders = await world.withWorkers(2, (apps) =>
    Promise.all(
      Array.from({ length: 8 }, async (_, index) =>
        placeOrder(await openShop(present(apps[index % 2]), world.businessId, 'customer:x'), request),
      ),
    ),
  )
  expect(new Set(orders.map(({ id }) => id)).size).toBe(1)
  const { rows } = await world.db.pool.query(
    'select (select count(*)::int from subscriptions) as subscriptions, (select count(*)::int from invoices) as invoices, (select count(*)::int from lines) as lines, (select count(*)::int from customers) as customers',
  )
  expect(rows).toEqual([{ subscriptions: 1, invoices: 1, lines: 1, customers: 1 }])
})

scenario(
  'staff mark an invoice as received while its notice comes: both moneys are booked, the time is given once',
  async (world) => {
    world.hears(false)
    const ana = await world.customer('ana').orders()
    await ana.pays()
    const notice = last(world, 'payment.paid')
    await world.withWorkers(2, async ([first, second]) => {
      const staff = await openShop(present(second), world.businessId, 'staff:mem_1')
      const byHand = markReceived(staff, {
        invoiceId: ana.invoiceId,
        amount: { minor: 1299n, currency: 'EUR' },
        reference: 'statement 7',
      }).catch((error: Error) => error.message)
      await Promise.all([world.notify(notice, first), byHand])
    })
    expect(await ana.periods()).toHaveLength(1)
    expect(await world.linesOnPanel()).toHaveLength(1)
    const succeeded = (await ana.payments()).filter(({ status }) => status === 'succeeded')
    const { rows } = await world.db.pool.query(`select sum(balance)::int as kept from accounts where kind = 'customer'`)
    // Whoever came second finds it paid: staff are told so, the gateway's money becomes the customer's balance.
    expect(rows).toEqual([{ kept: 1299 * (succeeded.length - 1) }])
    const { rows: shown } = await world.db.pool.query(
      `select from attention where kind = 'surplus_money' and closed_at is null`,
    )
    expect(shown).toHaveLength(succeeded.length - 1)
  },
)

scenario('a refund asked for twice at once gives the money back once', async (world) => {
  const ana = await world.customer('ana').buys()
  const payment = present((await ana.payments())[0])
  const outcomes = await world.withWorkers(2, (apps) =>
    Promise.allSettled(
      apps.map(async (app) =>
        refundPayment(
          await openShop(app, world.businessId, 'staff:mem_1'),
          payment.id,
          { minor: 1299n, currency: 'EUR' },
          'asked',
        ),
      ),
    ),
  )
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(world.gateway.store.facts().filter(({ action }) => action === 'refund.succeeded')).toHaveLength(1)
  expect((await ana.payments())[0]).toMatchObject({ refundedMinor: 1299n })
  expect((await parsedMails(world.mailbox.mails)).filter(({ subject }) => /refund/i.test(subject ?? ''))).toHaveLength(
    1,
  )
})

scenario(
  'F15, F17: the next period’s invoice asked for by engine, portal and staff at once is one invoice',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const invoices = await Promise.all(
      Array.from({ length: 6 }, () =>
        transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, ana.subscriptionId, world.clock.now())),
      ),
    )
    expect(new Set(invoices.map((each) => each?.id)).size).toBe(1)
    await world.withWorkers(2, async () => world.clock.set('2026-02-21T12:00:00Z'))
    expect(await world.customer('ana').invoices()).toHaveLength(2)
  },
)

for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago'])
  scenario(
    `F15: in ${zone} a subscription is asked for each period once, at its start, its end and after it`,
    { zone },
    async (world) => {
      const ana = await world.customer('ana').buys()
      const asked = async () => {
        const { rows } = await world.db.pool.query<{ at: string }>(
          `select coalesce(i.period_start::text, 'the first') as at from invoice_items i join invoices v on v.id = i.invoice_id
          where i.subscription_id = $1 and i.kind = 'period' and v.status <> 'void' order by v.created_at`,
          [ana.subscriptionId],
        )
        return rows.map(({ at }) => at)
      }
      expect(await asked()).toEqual(['the first'])
      const end = present((await ana.subscription()).paidThrough)
      for (const days of [-8, -1, 0, 1, 20]) {
        await world.until(end.add({ hours: 24 * days }).toString())
        await transaction(world.shop, 'ask', (tx) =>
          renewalInvoice(tx, world.shop, ana.subscriptionId, world.clock.now()),
        )
      }
      expect((await ana.subscription()).status).toBe('terminated')
      expect(await asked()).toHaveLength(2)
      await world.customer('ana').paysOpenInvoice()
      expect(await asked()).toHaveLength(2)
      expect(await ana.periods()).toHaveLength(2)
    },
  )

scenario('F13, F14, F18: two processes pass a whole renewal together', async (world) => {
  const ana = await world.customer('ana').buys()
  const line = await ana.line()
  const password = await line.password()
  for (const at of [
    '2026-02-21T12:00:00Z',
    '2026-02-25T12:00:00Z',
    '2026-02-27T12:00:00Z',
    '2026-02-28T12:00:00Z',
    '2026-03-03T12:00:00Z',
  ])
    await world.withWorkers(2, async () => world.clock.set(at))
  expect((await ana.subscription()).status).toBe('suspended')
  expect(await line.onPanel()).toMatchObject({ enabled: false })
  await world.customer('ana').paysOpenInvoice()
  expect(await ana.periods()).toHaveLength(2)
  expect(await line.onPanel()).toMatchObject({ enabled: true, password })
  const templates = (await ana.messages()).map(({ template }) => template)
  expect(templates.filter((each) => each === 'renewal_reminder')).toHaveLength(3)
  expect(
    templates.filter((each) => each === 'suspended' || each === 'grace' || each === 'renewal_invoice'),
  ).toHaveLength(3)
})

/** Ids of that many drafts of one customer. */
async function draftsOf(world: World, count: number): Promise<string[]> {
  const { shop } = world
  const { customerId } = await (await world.customer('ana').orders()).order()
  const facts = { customerId, currency: 'EUR', purpose: 'manual' as const }
  const items = [{ kind: 'custom' as const, description: 'x', amount: { minor: 100n, currency: 'EUR' } }]
  return read(shop, async (tx) => {
    const ids: string[] = []
    for (let index = 0; index < count; index++)
      ids.push((await draftInvoice(tx, shop, { ...facts, items }, shop.now())).id)
    return ids
  })
}

const issued = ({ shop }: World, id: string, before = async (_tx: Tx): Promise<void> => {}) =>
  transaction(shop, 'issue', async (tx) => {
    await issueInvoice(tx, shop, await lockInvoice(tx, id), shop.now())
    await before(tx)
  })

/** Taken back under a credit note over all of it. */
const takenBack = ({ shop }: World, id: string, before = async (_tx: Tx): Promise<void> => {}) =>
  transaction(shop, 'take-back', async (tx) => {
    await takeBackInvoice(tx, shop, id, 'a mistake', shop.now())
    await before(tx)
  })

/** What went wrong within a commit that never came: every fourth dies with its number in hand, every fourth loses the database. */
const dies = (index: number) => async (tx: Tx) => {
  if (index % 4 === 1) throw new Error('died')
  if (index % 4 === 3) await run(tx, sql`select pg_terminate_backend(pg_backend_pid())`)
}

const numbersOf = async (world: World): Promise<number[]> =>
  (
    await world.db.pool.query<{ number: number }>(
      'select number from invoices where number is not null order by number',
    )
  ).rows.map(({ number }) => number)

const diedAndLost = (ends: readonly PromiseSettledResult<unknown>[]): [died: number, lost: number] => {
  const failed = ends.filter((end) => end.status === 'rejected')
  const died = failed.filter(({ reason }) => reason.message === 'died').length
  return [died, failed.length - died]
}

const notesOf = async (world: World) =>
  (
    await world.db.pool.query<{ number: number; invoice: string; refund: string | null }>(
      'select number, invoice_id as invoice, refund_id as refund from credit_notes order by number',
    )
  ).rows

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

scenario('F74: issued and taken back at the same moment, an invoice is the one or the other', async (world) => {
  const { shop } = world
  const drafts = await draftsOf(world, 30)
  const voids = (id: string) => transaction(shop, 'void', (tx) => voidDraft(tx, shop, id, 'a mistake', shop.now()))
  const done = await Promise.all(
    drafts.map(async (id, index) => {
      const acts = [() => issued(world, id), () => voids(id), () => issued(world, id), () => voids(id)]
      if (index % 2 === 0) acts.reverse()
      return Promise.all(acts.map((act) => act()))
    }),
  )
  const { rows } = await world.db.pool.query<{ id: string; status: string; number: number | null }>(
    'select id, status, number from invoices where id = any($1)',
    [drafts],
  )
  const open = rows.filter(({ status }) => status === 'open')
  expect(rows.every(({ status, number }) => (status === 'open' ? number !== null : number === null))).toBe(true)
  expect(done.flat().filter((each) => each === true)).toHaveLength(drafts.length - open.length)
  expect(await numbersOf(world)).toEqual(upTo(open.length))
})

scenario('F75: a hundred invoices issued at once have a hundred numbers without a gap', async (world) => {
  const drafts = await draftsOf(world, 100)
  await Promise.all(drafts.map((id) => issued(world, id)))
  // Once more, all of them: a second finalisation gives no second number.
  await Promise.all(drafts.map((id) => issued(world, id)))
  expect(await numbersOf(world)).toEqual(upTo(100))
})

scenario('F75: nor do the crashes of half of them leave a gap, or give a number twice', async (world) => {
  const drafts = await draftsOf(world, 100)
  const ends = await Promise.allSettled(drafts.map((id, index) => issued(world, id, dies(index))))
  expect(diedAndLost(ends)).toEqual([25, 25])
  expect(await numbersOf(world)).toEqual(upTo(50))
  await Promise.all(drafts.map((id) => issued(world, id)))
  expect(await numbersOf(world)).toEqual(upTo(100))
})

scenario(
  'F75: the same holds for a hundred credit notes at once, with crashes, while invoices are issued',
  async (world) => {
    const drafts = await draftsOf(world, 150)
    const [open, others] = [drafts.slice(0, 100), drafts.slice(100)]
    for (const id of open) await issued(world, id)
    const ends = await Promise.allSettled([
      ...open.map((id, index) => takenBack(world, id, dies(index))),
      ...others.map((id, index) => issued(world, id, dies(index))),
    ])
    expect(diedAndLost(ends)).toEqual([25 + 13, 25 + 12])
    expect((await notesOf(world)).map(({ number }) => number)).toEqual(upTo(50))
    expect(await numbersOf(world)).toEqual(upTo(125))
    // Again all of them, each twice at once: who has his note gets no other.
    await Promise.all([...open, ...open].map((id) => takenBack(world, id)))
    const notes = await notesOf(world)
    expect(notes.map(({ number }) => number)).toEqual(upTo(100))
    expect(new Set(notes.map(({ invoice }) => invoice))).toEqual(new Set(open))
    expect(await numbersOf(world)).toEqual(upTo(125))
  },
)

scenario(
  'F75: credit notes of refunds that die before and after their commit are numbered once, without a gap',
  async (world) => {
    await registered(world)
    const { shop } = world
    const bought: Purchase[] = []
    for (let index = 0; index < 25; index++) bought.push(await world.customer(`buyer${index}`).buys({ country: 'FR' }))
    const payments = await Promise.all(bought.map(async (each) => present((await each.payments())[0]).id))
    // Each in four parts, so that those of one payment meet, too.
    const part = { minor: 300n, currency: 'EUR' }
    const ids: string[] = []
    for (const id of [...payments, ...payments, ...payments, ...payments])
      ids.push(
        await transaction(shop, 'request-refund', (tx) => requestRefund(tx, shop, id, part, 'asked', shop.now())),
      )
    const passed = { before: 0, after: 0 }
    atCrashPoints((point) => {
      if (point === 'save-refund:before-commit' && passed.before++ % 4 === 1) throw new Error('died')
      if (point === 'save-refund:after-commit' && passed.after++ % 4 === 1) throw new Error('died')
    })
    const ends = await Promise.allSettled(ids.map((id) => carryOut(shop, id))).finally(() => atCrashPoints(() => {}))
    const [died, lost] = diedAndLost(ends)
    expect([died > 30, died < 60, lost]).toEqual([true, true, 0])
    const soFar = (await notesOf(world)).length
    expect([soFar > 50, soFar < 90]).toEqual([true, true])
    expect((await notesOf(world)).map(({ number }) => number)).toEqual(upTo(soFar))
    // The sweep finds those that died.
    await world.pass({ hours: 2 })
    const notes = await notesOf(world)
    expect(notes.map(({ number }) => number)).toEqual(upTo(100))
    expect(new Set(notes.map(({ refund }) => refund))).toEqual(new Set(ids))
    expect(world.gateway.store.facts().filter(({ action }) => action === 'refund.succeeded')).toHaveLength(100)
  },
)
