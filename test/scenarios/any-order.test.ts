/**
 * Whatever meets whatever, no money is lost and none is counted twice: what buyers, their banks and the provider's own people do, notices late,
 * twice and out of order, polls, further attempts, charges of kept methods, refunds, money marked by hand, orders given up, and a process that dies
 * at any of its points. Afterwards our books are held against the providers' own figures, payment by payment.
 * `ANY_ORDER=30` plays so many sequences instead of two.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { jobHandlers } from '#main.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { compareGateway } from '#modules/billing/comparison/compare-gateway.ts'
import { compareBooks } from '#modules/billing/comparison/comparisons.ts'
import { listMoneyDifferences } from '#modules/billing/comparison/differences.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { carryOut, requestRefund } from '#modules/billing/refund-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { takeBackInvoice } from '#modules/billing/withdraw-invoice.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { dyingAt } from '../support/dying.ts'
import { consent, type Purchase, present } from '../support/stories.ts'
import { hear, type Kept, keepNotices, openTills, type Till, type Told, tillKinds } from '../support/tills.ts'
import { createWorld, type World } from '../support/world.ts'

const sequences = Number(process.env.ANY_ORDER ?? 2)
const buyersPerTill = 2
const actsPerBuyer = 14

const kinds = [
  'happens',
  'hears',
  'works',
  'polls',
  'again',
  'refunds',
  'charges',
  'marks',
  'gives up',
  'waits',
] as const
type Kind = (typeof kinds)[number]
/** How often each comes, beside the others. */
const weights: Record<Kind, number> = {
  happens: 10,
  hears: 12,
  works: 10,
  polls: 5,
  again: 3,
  refunds: 4,
  charges: 2,
  marks: 2,
  'gives up': 1,
  waits: 2,
}

type Act = { kind: Kind; who: number; how: number; dies: number }

/** `dies`: at which of its points; 0: it lives. */
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.oneof(...kinds.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) }))),
  who: fc.nat(10_000),
  how: fc.nat(10_000),
  dies: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) }),
})

const pick = <T>(list: readonly T[], number: number): T | undefined => list[number % Math.max(1, list.length)]
const eur = (minor: number) => ({ minor: BigInt(minor), currency: 'EUR' })

/** Somebody's try to pay at one provider, and what goes on there about it. */
type Attempt = { till: Till; ref: string; fate: string; next: (() => Promise<boolean>) | null; over: boolean }

class Story {
  readonly attempts: Attempt[] = []
  /** Told by providers, and not heard here. */
  pool: Told[] = []
  readonly heard: Told[] = []
  readonly counts: Record<string, number> = {}
  readonly world: World
  readonly tills: readonly Till[]
  readonly news: () => Promise<Told[]>
  readonly bought: Purchase[] = []
  #marks = 0

  constructor(world: World, tills: readonly Till[], news: () => Promise<Told[]>) {
    this.world = world
    this.tills = tills
    this.news = news
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  /** Done, refused for a reason, or left unfinished by a death. */
  async tries(what: string, dies: number, work: () => Promise<unknown>): Promise<void> {
    let refused = false
    const { dead } = await dyingAt(dies, () =>
      work().catch((error: unknown) => {
        if (!(error instanceof Refusal) && !(error instanceof ProviderError)) throw error
        refused = true
      }),
    )
    this.count(dead ? `${what}, dying` : refused ? `${what}, refused` : what)
  }

  async opens(purchase: Purchase, till: Till, how: number, dies: number): Promise<void> {
    await this.tries('opens', dies, async () => {
      const { paymentId } = await startPayment(this.world.shop, {
        invoiceId: purchase.invoiceId,
        gatewayAccountId: till.accountId,
        returnUrl: 'http://shop.example/r',
        cancelUrl: 'http://shop.example/c',
        description: 'TV',
        saveConsent: till.saves && how % 2 === 0 ? consent : null,
      })
      const ref = (await purchase.payments()).find(({ id }) => id === paymentId)?.remoteRef
      if (ref == null || this.attempts.some((each) => each.ref === ref)) return
      this.attempts.push({ till, ref, fate: present(pick(till.fates, how)), next: null, over: false })
    })
  }

  /** Something happens there: of this attempt as much as the next step. */
  async happens(number: number): Promise<void> {
    const attempt = pick(
      this.attempts.filter(({ over }) => !over),
      number,
    )
    if (attempt === undefined) return
    attempt.next ??= attempt.till.begins(attempt.ref, attempt.fate)
    try {
      attempt.over = !(await attempt.next())
      this.count('happens')
    } catch {
      // A page that was closed meanwhile takes no money, and what went back does not go back again.
      attempt.over = true
      this.count('happens, refused')
    }
  }

  /** One of those that wait, or one that was heard before. */
  async hears({ who, how, dies }: Act): Promise<void> {
    if (this.pool.length < 3) this.pool.push(...(await this.news()))
    const again = how % 4 === 0 ? pick(this.heard, who) : undefined
    const told = again ?? this.pool.splice(who % Math.max(1, this.pool.length), 1)[0]
    if (told === undefined) return
    this.heard.push(told)
    await this.tries('hears', dies, async () => expect(await hear(this.world, told)).toBe('stored'))
    // The provider had no answer: it tells again.
    if (dies > 0) this.pool.push(told)
  }

  /** A job is done, or its worker dies over it and it stays. */
  async works({ who, dies }: Act): Promise<void> {
    const { pool } = this.world.db
    const handlers = new Map(jobHandlers(this.world.app).map((each) => [each.job.name, each]))
    const { rows } = await pool.query<{ id: string; name: string; payload: unknown }>(
      `select j.id::text, t.identifier as name, j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id order by j.id`,
    )
    const job = pick(rows, who)
    if (job === undefined) return
    let done = false
    await this.tries('works', dies, async () => {
      await handlers.get(job.name)?.run(job.payload)
      done = true
    })
    if (done) await pool.query('delete from graphile_worker._private_jobs where id = $1', [job.id])
  }

  async payments(where: string): Promise<{ id: string; invoiceId: string }[]> {
    const { rows } = await this.world.db.pool.query<{ id: string; invoiceId: string }>(
      `select id, invoice_id as "invoiceId" from payments where ${where} order by id`,
    )
    return rows
  }

  async refunds({ who, how, dies }: Act): Promise<void> {
    const { shop } = this.world
    const payment = pick(await this.payments(`status = 'succeeded'`), who)
    if (payment === undefined) return
    const amount = eur(how % 3 === 0 ? 1_299 : 1 + (how % 700))
    await this.tries('refunds', dies, async () => {
      const id = await transaction(shop, 'request-refund', (tx) =>
        requestRefund(tx, shop, payment.id, amount, 'asked for', shop.now(), how % 5 === 0 ? 'balance' : 'source'),
      )
      await carryOut(shop, id)
    })
  }

  async charges({ who, dies }: Act): Promise<void> {
    const { shop } = this.world
    const purchase = present(pick(this.bought, who))
    await this.tries('charges', dies, async () => {
      const invoice = await transaction(shop, 'ask', (tx) =>
        renewalInvoice(tx, shop, purchase.subscriptionId, shop.now()),
      )
      if (invoice !== null) await chargeInvoice(shop, { invoiceId: invoice.id })
    })
  }

  async marks({ who, how, dies }: Act): Promise<void> {
    const { invoiceId } = present(pick(this.bought, who))
    this.#marks += 1
    const facts = { invoiceId, amount: eur(1 + (how % 1_800)), reference: `slip ${this.#marks}` }
    await this.tries('marks', dies, () => markReceived(this.world.shop, facts))
  }

  async givesUp({ who, how, dies }: Act): Promise<void> {
    const { shop } = this.world
    const { orderId, invoiceId } = present(pick(this.bought, who))
    await this.tries('gives up', dies, () =>
      how % 2 === 0
        ? cancelOrder(shop, orderId)
        : transaction(shop, 'take-back', (tx) => takeBackInvoice(tx, shop, invoiceId, 'a mistake', shop.now())),
    )
  }

  async does(act: Act): Promise<void> {
    const { who, how, dies } = act
    if (act.kind === 'happens') return this.happens(who)
    if (act.kind === 'hears') return this.hears(act)
    if (act.kind === 'works') return this.works(act)
    if (act.kind === 'refunds') return this.refunds(act)
    if (act.kind === 'charges') return this.charges(act)
    if (act.kind === 'marks') return this.marks(act)
    if (act.kind === 'gives up') return this.givesUp(act)
    if (act.kind === 'waits') return this.world.pass({ minutes: 1 + (how % 50) })
    if (act.kind === 'again')
      return this.opens(present(pick(this.bought, who)), present(pick(this.tills, how)), how, dies)
    const payment = pick(await this.payments('true'), who)
    if (payment !== undefined) await this.tries('polls', dies, () => refreshPayment(this.world.shop, payment.id))
  }

  /** All that goes on comes to its end, everything is told at last, and days go by. */
  async ends(): Promise<void> {
    for (const attempt of this.attempts)
      while (!attempt.over) await this.happens(this.attempts.filter(({ over }) => !over).indexOf(attempt))
    await this.world.pass({ minutes: 5 })
    for (let round = 0; round < 2; round++) {
      for (const told of [...this.pool.splice(0), ...(await this.news())])
        expect(await hear(this.world, told)).toBe('stored')
      await this.world.pass({ days: 2 })
    }
  }
}

type Row = {
  id: string
  ref: string
  account: string
  status: string
  received: string
  back: string
  taken: string
  allocated: string
}

/** Payment by payment: what the provider says now, and what we say. */
async function asTheProvidersSay({ world, tills }: Story): Promise<string[]> {
  const { rows } = await world.db.pool.query<Row>(
    `select p.id, p.remote_ref as ref, p.gateway_account_id as account, p.status, p.received_minor as received, p.disputed_minor as taken,
       (select coalesce(sum(r.amount_minor), 0) from refunds r where r.payment_id = p.id and r.status = 'succeeded' and r.destination = 'source') as back,
       (select coalesce(sum(a.amount_minor), 0) from allocations a where a.payment_id = p.id) as allocated
     from payments p where p.remote_ref is not null order by p.id`,
  )
  const wrong: string[] = []
  for (const row of rows) {
    const till = tills.find(({ accountId }) => accountId === row.account)
    if (till === undefined) continue
    // A page that nobody used is forgotten there.
    const there = await till.gateway.fetchPayment(row.ref).catch((error: unknown) => {
      if (error instanceof ProviderError && error.code === 'not_found') return null
      throw error
    })
    const back = (there?.refunds ?? [])
      .filter(({ status }) => status === 'succeeded')
      .reduce((sum, { amount }) => sum + amount.minor, 0n)
    // What is voided on the day it was paid was never taken there. Where no refund can be asked for, staff give back by hand.
    const received = there?.received.minor ?? 0n
    const left = received === 0n ? 0n : received - (till.refunds ? back : BigInt(row.back))
    const booked = BigInt(row.received) - BigInt(row.back)
    if (left !== booked && !(await isFound(world, row.id)))
      wrong.push(`${till.kind} ${row.id} (${row.status}): ${booked} are left, there ${left} of ${received}`)
    if (BigInt(row.allocated) > BigInt(row.received)) wrong.push(`${row.id}: more is allocated than came`)
  }
  return wrong
}

/**
 * Given back there by hand what was given back here to the balance: gone twice, and no more of the payment is left to book it against. The
 * comparison with the gateway's list shows it to staff.
 */
async function isFound({ db, shop }: World, paymentId: string): Promise<boolean> {
  const { rows } = await db.pool.query<{ account: string }>(
    'select gateway_account_id as account from payments where id = $1',
    [paymentId],
  )
  const { id } = await transaction(shop, 'compare', (tx) =>
    compareBooks(tx, shop, present(rows[0]).account, { trustsLess: true }),
  )
  await compareGateway(shop, id)
  const found = await transaction(shop, 'read', (tx) => listMoneyDifferences(tx, { state: 'open' }, { limit: 100 }))
  return found.some((each) => each.paymentId === paymentId)
}

/** Each dispute as the provider has it, and what is in the books of each gateway. */
async function disputesAndClearing({ world, tills }: Story): Promise<string[]> {
  const { pool } = world.db
  const { rows: disputes } = await pool.query<{ ref: string; account: string; withdrawn: string }>(
    'select remote_ref as ref, gateway_account_id as account, withdrawn_minor as withdrawn from disputes',
  )
  const wrong: string[] = []
  for (const { ref, account, withdrawn } of disputes) {
    const till = present(tills.find(({ accountId }) => accountId === account))
    const there = await till.gateway.fetchDispute?.(ref)
    if (there?.withdrawn.minor !== BigInt(withdrawn))
      wrong.push(`${till.kind} ${ref}: ${withdrawn} are taken, there ${there?.withdrawn.minor}`)
  }
  const { rows: sums } = await pool.query<{ kind: string; held: string; due: string }>(
    `select g.kind, (select coalesce(sum(case when t.debit_account = 'clearing/EUR/' || g.id then t.amount else -t.amount end), 0)
         from transfers t where 'clearing/EUR/' || g.id in (t.debit_account, t.credit_account)) as held,
       (select coalesce(sum(p.received_minor), 0) from payments p where p.gateway_account_id = g.id and p.status = 'succeeded')
       - (select coalesce(sum(r.amount_minor), 0) from refunds r join payments p on p.id = r.payment_id where p.gateway_account_id = g.id and r.status = 'succeeded' and r.destination = 'source')
       - (select coalesce(sum(d.withdrawn_minor + d.fee_minor), 0) from disputes d where d.gateway_account_id = g.id) as due
     from gateway_accounts g`,
  )
  for (const { kind, held, due } of sums)
    if (BigInt(held) !== BigInt(due)) wrong.push(`${kind} holds ${held}, not ${due}`)
  return wrong
}

async function played(world: World, listener: Kept, seed: number): Promise<Story> {
  const { tills, news } = await openTills(world, listener)
  expect(tills.map(({ kind }) => kind)).toEqual(tillKinds)
  const story = new Story(world, tills, news)
  for (const [index, till] of tills.entries())
    for (let buyer = 0; buyer < buyersPerTill; buyer++) {
      const purchase = await world.customer(`buyer${index}x${buyer}`).orders()
      story.bought.push(purchase)
      await story.opens(purchase, till, seed * 31 + index * 7 + buyer, 0)
    }
  const count = tills.length * buyersPerTill * actsPerBuyer
  const [acts] = fc.sample(fc.array(act, { minLength: count, maxLength: count }), { seed, numRuns: 1 })
  for (const each of present(acts)) await story.does(each)
  await story.ends()
  return story
}

for (let seed = 1; seed <= sequences; seed++)
  test(`any order of all that can happen to money conserves it (sequence ${seed})`, async () => {
    const listener = await keepNotices()
    const world = await createWorld({ publicUrl: listener.url })
    try {
      const story = await played(world, listener, seed)
      if (process.env.ANY_ORDER !== undefined) console.log(seed, story.counts)
      // Asking may itself move something there: an order that was agreed to is taken by who asks. That is told, too.
      await asTheProvidersSay(story)
      await story.ends()
      expect([...(await asTheProvidersSay(story)), ...(await disputesAndClearing(story))]).toEqual([])
      expect((await world.proof()).broken).toEqual([])
      expect(world.failures).toEqual([])
      for (const kind of ['hears', 'works', 'polls', 'refunds'])
        expect(story.counts[kind] ?? 0, kind).toBeGreaterThan(0)
      const died = Object.entries(story.counts).filter(([what]) => what.endsWith(', dying'))
      expect(died.reduce((sum, [, times]) => sum + times, 0)).toBeGreaterThan(5)
      const { rows } = await world.db.pool.query<{ gateways: number; taken: string }>(
        `select count(distinct gateway_account_id)::int as gateways, sum(received_minor) as taken from payments where received_minor > 0`,
      )
      expect(present(rows[0]).gateways).toBeGreaterThan(4)
      // And it would be seen if a cent were missing.
      await world.tamper(
        `update payments set received_minor = received_minor + 1 where status = 'succeeded' and received_minor > 0`,
      )
      expect((await disputesAndClearing(story)).length).toBeGreaterThan(0)
    } finally {
      await world.close()
      await listener.close()
    }
  }, 240_000)
