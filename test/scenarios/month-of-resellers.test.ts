/**
 * A month of a house with resellers in three levels: credits run out, purchases fail, the panel fails, people give, take back and end. The
 * books are counted here anew, from transfers, holds and the panel's own list. Small by default; `MONTH=50` has fifty resellers and 5,000 lines.
 */
import { afterEach, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { buyCredits, saveTopUp } from '#modules/reselling/buy-credits.ts'
import { giveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { deductions } from '#modules/reselling/rules.ts'
import { saveTerms } from '#modules/reselling/save-terms.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { inTransaction, type Query, rows, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { chanceOf } from '../../src/demo/chance.ts'
import { joins, paidByHand } from '../support/resellers.ts'
import { type Purchase, payInvoice, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

const resellers = Number(process.env.MONTH ?? 5)
const lines = resellers * (process.env.MONTH === undefined ? 7 : 100)
const days = 36
const saleDays = 30
/** What is due is looked for so often, as the sweep of a house does: lines that wait for a panel are then due together, not each at its own millisecond. */
const sweep = { seconds: 1 }

let world: World
afterEach(async () => {
  try {
    expect(world.failures).toEqual([])
  } finally {
    await world.close()
  }
})

const look = <Row>(query: Query<Row>): Promise<Row[]> =>
  inTransaction(world.db, { role: 'report' }, 'look', (tx) => rows(tx, query))

/** Wallets whose stored balance or holds are not the sum of what moved, and books that do not add up. */
const wrongBooks = () =>
  look(sql`
    select a.business_id, a.id from accounts a where a.kind = 'wallet' and (
      a.balance <> (select coalesce(sum(case when t.credit_account = a.id then t.amount else -t.amount end), 0) from transfers t
        where t.business_id = a.business_id and a.id in (t.debit_account, t.credit_account))
      or a.held <> (select coalesce(sum(h.amount), 0) from holds h where h.business_id = a.business_id and h.account_id = a.id and h.status = 'open')
      or a.balance < a.held)
    union all
    -- What was issued lies in wallets, is used, or came back: in total, for each business that issues.
    select i.business_id, 'total' from (
      select t.business_id, sum(case when t.debit_account like 'credits_issued%' then t.amount when t.credit_account like 'credits_issued%' then -t.amount else 0 end) as issued,
        sum(case when t.credit_account like 'credits_used%' then t.amount when t.debit_account like 'credits_used%' then -t.amount else 0 end) as used
      from transfers t where t.unit = 'credit' group by 1) i
    where i.issued - i.used <> (select coalesce(sum(a.balance), 0) from accounts a where a.business_id = i.business_id and a.kind = 'wallet')`)

/** Debits without the period that says so, and periods that say so without the debit of each wallet on their way. */
const wrongDebits = () =>
  look(sql`
    select c.period_id, s.holder, h.status from period_credits c
      cross join lateral jsonb_to_recordset(c.steps) as s (issuer text, holder text, cost bigint, hold text)
      left join holds h on h.business_id = s.issuer and h.id = s.hold
    where c.status = 'posted' and (h.status is distinct from 'posted' or h.amount <> s.cost
      or not exists (select from transfers t where t.business_id = s.issuer and t.debit_account = 'wallet/credit/' || s.holder and t.purpose = 'credits_used' and t.amount = s.cost
        and t.cause_id in (s.hold, c.period_id)))
    union all
    select t.cause_id, t.debit_account, t.purpose from transfers t where t.purpose = 'credits_used'
      and not exists (select from holds h join period_credits c on c.period_id = split_part(h.cause_id, '/', 1) and (c.status = 'posted' or c.awaits_use
          or (c.status in ('ahead', 'waiting', 'held') and c.steps @> jsonb_build_array(jsonb_build_object('hold', h.id, 'deducts', 'payment'))))
        where h.business_id = t.business_id and h.id = t.cause_id)
      -- Paid for, and never begun: it came back whole.
      and t.amount <> (select coalesce(sum(o.amount), 0) from transfers o where o.business_id = t.business_id and o.undoes = t.id)`)

/** Names of lines that are to run, and whose credits for their last period were used; after its end there are the days of grace. */
const debited = async () =>
  (
    await look(sql<{ username: string }>`select l.username from lines l
      join subscriptions s on s.business_id = l.business_id and s.id = l.subscription_id
      join lateral (select p.id, p.ends from periods p where p.business_id = l.business_id and p.subscription_id = l.subscription_id and p.starts <= ${world.clock.now()}
        order by p.starts desc limit 1) p on p.ends > ${world.clock.now()} or s.status = 'grace'
      join period_credits c on c.business_id = l.business_id and c.period_id = p.id and c.status = 'posted'
      where l.wanted = 'active'`)
  )
    .map(({ username }) => username)
    .sort()

const running = async () =>
  (await world.linesOnPanel())
    .filter(({ enabled }) => enabled === 1)
    .map(({ username }) => String(username))
    .sort()

async function expectInBalance(): Promise<void> {
  world.heal('panel')
  world.heal('gateway')
  await world.pass({ hours: 3 }, sweep)
  expect(await wrongBooks()).toEqual([])
  expect(await wrongDebits()).toEqual([])
  // No line without a debit, no debit without its line.
  expect(await running()).toEqual(await debited())
  expect((await world.proof()).broken).toEqual([])
}

type Seller = {
  shop: Shop
  parent: Shop
  name: string
  sold: { purchase: Purchase; on: number }[]
  packId: string | null
}

/** A tenth sells for the house, three tenths for these, the others for them. */
async function hire(): Promise<Seller[]> {
  const hired: Seller[] = []
  const first = Math.max(1, Math.round(resellers / 10))
  const second = Math.max(1, Math.round((resellers * 3) / 10))
  for (let index = 0; index < resellers; index++) {
    const above = index < first ? null : index < first + second ? hired[index % first] : hired[first + (index % second)]
    const parent = above?.shop ?? world.shop
    const name = `res${index}`
    const shop = await joins(world, { slug: name, under: parent, credits: 6_000n })
    await transaction(parent, 'terms', (tx) =>
      saveTerms(tx, parent, shop.businessId, {
        recovers: index % 2 === 0 ? 'unused' : 'nothing',
        creditsLastDays: null,
        deducts: present(deductions[index % deductions.length]),
      }),
    )
    hired.push({ shop, parent, name, sold: [], packId: null })
  }
  const facts = { name: 'Many', currency: 'EUR', priceMinor: 900n, active: true }
  // A fifth of what the branch of each of them sells: it is bought again and again.
  const ofBranch = BigInt(Math.ceil(lines / first))
  const pack = await transaction(world.shop, 'pack', (tx) =>
    savePack(tx, world.shop, { ...facts, creditsMilli: ofBranch * 200n }),
  )
  // Those below the house buy by themselves; every third card is refused.
  for (const [index, each] of hired.slice(0, first).entries()) {
    const bought = await buyCredits(each.shop, pack.id)
    await payInvoice(world.stage, bought.invoiceId, 'pay', 'sandbox', true)
    await world.settle()
    const [invoice] = await read(world.shop, (tx) =>
      rows(
        tx,
        sql<{
          customer: string
        }>`select customer_id as customer from invoices where business_id = current_business() and id = ${bought.invoiceId}`,
      ),
    )
    await world.script(
      present(invoice).customer,
      ...(index % 3 === 2 ? ['insufficient_funds'] : ['pay', 'insufficient_funds', 'pay']),
    )
    await saveTopUp(each.shop, { underMilli: ofBranch * 50n, packId: pack.id, perDay: 2 })
    each.packId = pack.id
  }
  return hired
}

/** Who did not get his credits by card pays them by transfer, some days later: until then he buys none. */
async function paysByTransfer(chance: { next: () => number }): Promise<void> {
  const declined = await look(
    sql<{
      invoice: string
    }>`select o.invoice_id as invoice from credit_orders o join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.automatic and o.status = 'open' and v.status = 'open' and o.business_id = ${world.shop.businessId}
        and exists (select from payments p where p.business_id = o.business_id and p.invoice_id = o.invoice_id and p.status = 'failed')
      order by o.created_at, o.id`,
  )
  for (const { invoice } of declined) if (chance.next() < 0.4) await paidByHand(world.shop, invoice)
}

const refusedIsFine = (error: unknown) => {
  if (!(error instanceof Refusal)) throw error
}

test(
  'a month of resellers in three levels: no line without a debit, no debit without a line, and every wallet adds up',
  async () => {
    world = await createWorld({ start: '2026-03-02T08:00:00Z' })
    const chance = chanceOf(7)
    const hired = await hire()
    let count = 0
    const sell = async (seller: Seller, day: number) => {
      const purchase = await world.customer(`buyer${count++}`, seller.shop).orders()
      await purchase.pays('pay', 'manual')
      await paidByHand(seller.shop, purchase.invoiceId)
      seller.sold.push({ purchase, on: day })
    }
    const renew = async ({ shop }: Seller, { subscriptionId }: Purchase) => {
      const invoice = await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, subscriptionId, shop.now()))
      if (invoice === null) return
      await payInvoice({ ...world.stage, shop }, invoice.id, 'pay', 'manual')
      await paidByHand(shop, invoice.id)
    }
    for (let day = 0; day < days; day++) {
      if (process.env.MONTH !== undefined) console.log(`day ${day}: ${count} lines were sold`)
      const trouble = chance.next()
      if (trouble < 0.15)
        await world.strike('panel', { fault: 'timeout_after', action: 'create_line', times: 3, executes: true })
      else if (trouble < 0.3) await world.strike('panel', { fault: 'http_502', times: 5 })
      else if (trouble < 0.4) await world.strike('panel', { fault: 'down' })
      if (chance.next() < 0.15) await world.strike('gateway', { fault: 'down' })
      if (day < saleDays) for (let n = 0; n < lines / saleDays; n++) await sell(chance.oneOf(hired), day)
      await paysByTransfer(chance)
      for (const each of hired) {
        const move = { resellerId: each.shop.businessId, reason: 'a month' }
        const amountMilli = BigInt(Math.ceil(chance.between(1, 1 + lines / 10))) * 1_000n
        // Not often enough: credits run out now and then.
        if (each.packId === null && chance.next() < 0.25) await giveCredits(each.parent, { ...move, amountMilli })
        if (chance.next() < 0.04) await takeBackCredits(each.parent, { ...move, amountMilli }).catch(refusedIsFine)
        const leaving = chance.next() < 0.04 ? each.sold.splice(0, 1)[0] : undefined
        if (leaving !== undefined)
          await terminateByHand(each.shop, leaving.purchase.subscriptionId, 'enough').catch(refusedIsFine)
        for (const { purchase, on } of each.sold)
          if (on + 29 === day && chance.next() < 0.8) await renew(each, purchase).catch(refusedIsFine)
      }
      // The server for tests does not tidy its tables by itself; any other one does.
      if (process.env.MONTH !== undefined) await world.db.pool.query('vacuum (analyze)')
      await world.pass({ hours: 12 }, sweep)
      if (chance.next() < 0.5) world.heal('panel')
      if (chance.next() < 0.5) world.heal('gateway')
      if (day % 9 === 8) await expectInBalance()
      else await world.pass({ hours: 12 }, sweep)
    }
    await expectInBalance()
    const [found] = await look(
      sql<{ waited: number; declined: number; given: number; posted: number; down: number; late: number }>`select
        (select count(*)::int from period_credits where waiting_since is not null) as waited,
        (select count(*)::int from payments p join credit_orders o on o.business_id = p.business_id and o.invoice_id = p.invoice_id where p.status = 'failed') as declined,
        (select count(*)::int from credit_orders where automatic and status = 'given') as given,
        (select count(*)::int from period_credits where status = 'posted') as posted,
        (select count(*)::int from incidents where kind = 'panel_down') as down,
        (select count(*)::int from orders where delay_told_at is not null) as late`,
    )
    // It was such a month.
    const seen = present(found)
    expect(seen.waited).toBeGreaterThan(0)
    expect(seen.declined).toBeGreaterThan(0)
    expect(seen.given).toBeGreaterThan(0)
    expect(seen.posted).toBeGreaterThan(lines)
    expect(seen.down).toBeGreaterThan(0)
    expect(seen.late).toBeGreaterThan(0)
    if (process.env.MONTH !== undefined) console.log(`${resellers} resellers, ${count} lines sold`, seen)
    // Enough for everybody: whoever still waited is served, the highest first.
    for (const { shop, parent } of hired)
      await giveCredits(parent, { resellerId: shop.businessId, amountMilli: BigInt(lines) * 1_000n, reason: 'enough' })
    await expectInBalance()
    expect(await look(sql`select period_id from period_credits where status in ('waiting', 'held')`)).toEqual([])
  },
  process.env.MONTH === undefined ? 240_000 : 3_600_000,
)
