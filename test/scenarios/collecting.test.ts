/** A reseller without a gateway opens his shop: his operator collects, both books say the same, and he is paid out with a statement. */
import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { compareGateways } from '#modules/billing/comparison/compare-gateway.ts'
import { compareBooks } from '#modules/billing/comparison/comparisons.ts'
import { listMoneyDifferences } from '#modules/billing/comparison/differences.ts'
import { findGateway, gatewaysFor, listGateways, saveGateway, shownGatewaySettings } from '#modules/billing/gateways.ts'
import { listMoves } from '#modules/billing/payouts/moves.ts'
import { listPayouts } from '#modules/billing/payouts/payouts.ts'
import { readBalances } from '#modules/billing/payouts/read-balance.ts'
import { recordPayout } from '#modules/billing/payouts/record-payout.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { forgetBusiness } from '#modules/people/business.ts'
import { moveBranch } from '#modules/reselling/branch.ts'
import { collectFor } from '#modules/reselling/collecting/collect.ts'
import { collectAll } from '#modules/reselling/collecting/collect-all.ts'
import { lendGateway, listLoans, takeBackGateway } from '#modules/reselling/collecting/loans.ts'
import { printStatement, viewOfResellerStatement } from '#modules/reselling/collecting/paper.ts'
import { payReseller } from '#modules/reselling/collecting/pay-reseller.ts'
import { standardLoan } from '#modules/reselling/collecting/rules.ts'
import {
  closeMonths,
  closeStatement,
  linesOfStatement,
  listStatements,
  readStatement,
  standings,
  statementsToUs,
} from '#modules/reselling/collecting/statements.ts'
import { run, sql } from '#platform/db.ts'
import { stripe } from '../../src/imitations/gateways/stripe.ts'
import { booked, lends } from '../support/collecting.ts'
import { dyingAt } from '../support/dying.ts'
import { invited, joins } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const eur = (minor: bigint) => ({ minor, currency: 'EUR' })
const terms = { keptBps: 200, keptFixed: { EUR: 30 } } // Of 12.99: 0.25 and 0.30.
const kept = 55n

/** What the two say of each other: the lender's debt, and what lies on the lent gateway for the reseller. */
async function agreed(world: World, reseller: Shop, accountId: string): Promise<bigint> {
  const [owed, lying] = [
    -(await booked(world.shop, `reseller/EUR/${reseller.businessId}`)),
    await booked(reseller, `clearing/EUR/${accountId}`),
  ]
  expect(lying).toBe(owed)
  return owed
}
const standing = async (world: World, reseller: Shop) =>
  (
    await read(world.shop, (tx) =>
      standings(tx, { lenderId: world.businessId, resellerId: reseller.businessId }, world.shop.now()),
    )
  )[0]
const remoteRef = async (purchase: { payments(): Promise<{ remoteRef: string | null }[]> }) =>
  present((await purchase.payments()).at(-1)?.remoteRef)

scenario(
  'the money of his customers is his, by the gateway of his operator: notices, refunds and disputes find their way, and both books agree',
  async (world) => {
    const reseller = await joins(world, { slug: 'south', credits: 9_000n })
    const { accountId } = await lends(world, reseller, terms)
    const [ana, ben, cem] = [
      await world.customer('ana', reseller).orders(),
      await world.customer('ben', reseller).orders(),
      await world.customer('cem', reseller).orders(),
    ]
    const [paidByAna, paidByBen] = [await ana.pays('pay', 'sandbox'), await ben.pays('pay', 'sandbox')]
    await cem.pays('pay', 'sandbox')
    await world.settle()
    for (const each of [ana, ben, cem]) expect((await each.order()).status).toBe('ready')
    // All that the gateway said came to the operator's address; told again, it changes nothing.
    expect(new Set(world.delivered.map((each) => each.accountId))).toEqual(new Set([world.gatewayId]))
    for (const notice of [...world.delivered]) await world.notify(notice)
    await world.settle()
    await collectAll(world.app)
    await collectAll(world.app)
    expect(await agreed(world, reseller, accountId)).toBe(3n * (1299n - kept))
    expect(await booked(world.shop, `clearing/EUR/${world.gatewayId}`)).toBe(3n * 1299n)
    expect(-(await booked(world.shop, 'collecting/EUR'))).toBe(3n * kept)
    expect(await standing(world, reseller)).toMatchObject({ heldMinor: 3n * (1299n - kept) })

    await refundPayment(reseller, paidByAna, eur(500n), 'a bad evening')
    await world.takesBack(await remoteRef(ben))
    await world.settle()
    await collectAll(world.app)
    const disputed = present((await ben.payments())[0])
    expect(disputed).toMatchObject({ id: paidByBen, disputedMinor: 1299n })
    const fee = -(await booked(world.shop, `reseller/EUR/${reseller.businessId}`)) - 3n * (1299n - kept) + 500n + 1299n
    expect(fee).toBeLessThanOrEqual(0n)
    await agreed(world, reseller, accountId)
    // The operator's own comparison calls nothing strange, and the fees are his.
    await compareGateways(world.app)
    await readBalances(world.app)
    await world.settle()
    expect(await read(world.shop, (tx) => listMoneyDifferences(tx, {}, { limit: 9 }))).toEqual([])
    expect((await read(world.shop, (tx) => listMoves(tx, {}, { limit: 20 }))).map(({ state }) => state)).not.toContain(
      'waiting',
    )
    expect(await booked(world.shop, `fees/EUR/${world.gatewayId}`)).toBeGreaterThan(0n)
  },
)

scenario(
  'statements of two months: a refund after the payout carries over, and comes off what is collected next',
  async (world) => {
    const reseller = await joins(world, { slug: 'south', credits: 9_000n })
    const { accountId } = await lends(world, reseller, { ...terms, refunds: 'any' })
    const paid = await (await world.customer('ana', reseller).orders()).pays('pay', 'sandbox')
    await world.settle()
    const between = { resellerId: reseller.businessId, currency: 'EUR' }
    const wish = { ...between, amountMinor: null, reference: 'SEPA 1', paidOn: Temporal.PlainDate.from('2026-02-16') }
    await expect(payReseller(world.shop, wish)).rejects.toMatchObject({ code: 'conflict' })
    await world.until('2026-02-16')
    await expect(payReseller(world.shop, { ...wish, amountMinor: 1299n })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await payReseller(world.shop, wish)
    await expect(payReseller(world.shop, wish)).rejects.toMatchObject({ code: 'conflict' })
    expect(await agreed(world, reseller, accountId)).toBe(0n)
    expect([await booked(world.shop, 'bank/EUR'), await booked(reseller, 'bank/EUR')]).toEqual([-1244n, 1244n])
    expect(await read(reseller, (tx) => listPayouts(tx, {}, { limit: 9 }))).toMatchObject([
      { gatewayAccountId: accountId, amountMinor: 1244n, reference: 'SEPA 1', arrivedOn: '2026-02-16' },
    ])
    // Given back after he has it: his operator agreed to advance that.
    await refundPayment(reseller, paid, eur(1299n), 'he moves abroad')
    await world.until('2026-03-01')
    await collectAll(world.app)
    await collectAll(world.app)
    expect(await agreed(world, reseller, accountId)).toBe(-1299n)
    const statements = () => read(world.shop, (tx) => listStatements(tx, {}, { limit: 9 }))
    expect(
      (await statements()).map(({ number, openingMinor, closingMinor }) => [number, openingMinor, closingMinor]),
    ).toEqual([
      [2, 1244n, -1299n],
      [1, 0n, 1244n],
    ])
    const second = await world.customer('ben', reseller).orders()
    await second.pays('pay', 'sandbox')
    await world.settle()
    const id = await closeStatement(world.shop, between)
    await expect(closeStatement(world.shop, between)).rejects.toMatchObject({ code: 'conflict' })
    const third = await read(reseller, (tx) => readStatement(tx, id))
    expect(third).toMatchObject({
      number: 3,
      openingMinor: -1299n,
      paymentsMinor: 1299n,
      keptMinor: kept,
      closingMinor: -55n,
      payableMinor: 0n,
    })
    expect(await read(reseller, (tx) => linesOfStatement(tx, third))).toMatchObject([
      { kind: 'payment', amountMinor: 1299n, keptMinor: kept },
    ])
    expect((await read(reseller, (tx) => statementsToUs(tx, { limit: 9 }))).map(({ number }) => number)).toEqual([
      3, 2, 1,
    ])
    const lines = await read(reseller, (tx) => linesOfStatement(tx, third))
    const paper = viewOfResellerStatement(third, lines)
    expect(paper).toMatchObject({
      title: 'Statement CS-000003',
      seller: { name: 'Northwind TV' },
      buyer: { name: 'south TV' },
    })
    expect(paper.rows.map(({ text, charged, credited, balance }) => [text, charged, credited, balance])).toEqual([
      ['Payment', '12.99 EUR', '', '0.00 EUR'],
      ['Kept of it', '', '0.55 EUR', '-0.55 EUR'],
    ])
    expect(
      Buffer.from(await printStatement(third, lines))
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    const mails = await parsedMails(world.mailbox.mails.filter(({ to }) => to.includes('south@reseller.example')))
    expect(
      mails.map(({ subject }) => subject).filter((subject) => /Statement|paid out/.test(subject ?? '')),
    ).toHaveLength(3)
  },
)

scenario(
  'a reseller without any other way to pay opens with a lent gateway, and sees nothing of how it is opened',
  async (world) => {
    const reseller = await invited(world, { slug: 'south', credits: 2_000n })
    await transaction(reseller, 'no-hand', (tx) =>
      run(tx, sql`update gateway_accounts set active = false where business_id = current_business()`),
    )
    const { accountId } = await lends(world, reseller)
    const offered = await read(reseller, (tx) => gatewaysFor(tx, reseller, 'EUR'))
    expect(offered.map(({ id }) => id)).toEqual([accountId])
    const seen = present(await read(reseller, (tx) => findGateway(tx, accountId)))
    expect([seen.settings, shownGatewaySettings(world.app, seen)]).toEqual([{}, { shown: {}, secretsSet: [] }])
    const facts = { name: 'Card', kind: 'sandbox', active: true, position: 0 }
    const change = (settings: Record<string, unknown>) =>
      transaction(reseller, 'change', (tx) => saveGateway(tx, reseller, { ...facts, settings }, accountId))
    await expect(change({ api_key: 'mine' })).rejects.toMatchObject({ code: 'conflict' })
    // What only its owner does.
    const payout = {
      gatewayAccountId: accountId,
      amount: eur(100n),
      fee: null,
      reference: 'x',
      arrivedOn: Temporal.PlainDate.from('2026-02-01'),
    }
    await expect(recordPayout(reseller, payout)).rejects.toMatchObject({ code: 'conflict' })
    await expect(
      transaction(reseller, 'compare', (tx) => compareBooks(tx, reseller, accountId, {})),
    ).rejects.toMatchObject({ code: 'conflict' })
    // He lends it to nobody, raises nothing himself, and writes no loan of his own.
    const low = await joins(world, { slug: 'low', under: reseller, planIds: [] })
    const lend = (by: Shop, to: Shop, gatewayAccountId: string) =>
      lendGateway(by, { resellerId: to.businessId, gatewayAccountId, terms: standardLoan })
    await expect(lend(reseller, low, accountId)).rejects.toMatchObject({ code: 'conflict' })
    await expect(lend(world.shop, low, world.gatewayId)).rejects.toMatchObject({ code: 'not_found' })
    await expect(lend(reseller, low, world.gatewayId)).rejects.toMatchObject({ code: 'not_found' })
    const changed = await transaction(reseller, 'raise', (tx) =>
      run(tx, sql`update gateway_loans set kept_bps = 0, refunds = 'any'`),
    )
    expect(changed).toBe(0)
    const forged = transaction(low, 'forge', (tx) =>
      run(
        tx,
        sql`insert into gateway_accounts (business_id, id, kind, name, settings, created_at, lender_id, loan_id)
        select ${low.businessId}, 'gwa_forged', 'sandbox', 'x', '{}', now(), ${world.businessId}, 'gwl_of_another'`,
      ),
    )
    await expect(forged).rejects.toThrow(/lent by whom it belongs to/)
  },
)

scenario(
  'a refund is bounded by what is owed, and a gateway that is taken back ends what is under way',
  async (world) => {
    const reseller = await joins(world, { slug: 'south', credits: 9_000n })
    const { loanId, accountId } = await lends(world, reseller, { holdDays: 0 })
    const paid = await (await world.customer('ana', reseller).orders()).pays('pay', 'sandbox')
    await world.settle()
    const wish = {
      resellerId: reseller.businessId,
      currency: 'EUR',
      amountMinor: 1000n,
      reference: 'A',
      paidOn: Temporal.PlainDate.from('2026-02-01'),
    }
    await world.pass({ minutes: 1 })
    await payReseller(world.shop, wish)
    await expect(refundPayment(reseller, paid, eur(300n), 'too late')).rejects.toMatchObject({ code: 'invalid_input' })
    const late = await world.customer('ben', reseller).orders()
    await late.pays('later', 'sandbox')
    await takeBackGateway(world.shop, loanId)
    await world.settle()
    const never = await world.customer('cem', reseller).orders()
    await expect(
      startPayment(reseller, {
        invoiceId: never.invoiceId,
        gatewayAccountId: accountId,
        returnUrl: 'http://x.example/a',
        cancelUrl: 'http://x.example/b',
        description: 'x',
      }),
    ).rejects.toMatchObject({ code: 'invalid_input' })
    await refundPayment(reseller, paid, eur(299n), 'as much as there is')
    await world.settle()
    await collectFor(world.shop, reseller.businessId)
    expect(await agreed(world, reseller, accountId)).toBe(0n)
    expect((await read(reseller, listGateways)).find(({ id }) => id === accountId)?.lent?.live).toBe(false)
  },
)

scenario(
  'notices of Stripe come to the operator’s address and are handed on, with two workers and as often as they are told',
  async (world) => {
    const secret = 'whsec_imitated'
    const gateway = await world.addGateway(stripe, (api_base) => ({
      api_base,
      api_key: 'sk_test_collect',
      notice_secret: secret,
    }))
    const reseller = await joins(world, { slug: 'south', credits: 9_000n })
    const { accountId } = await lends({ ...world, gatewayId: gateway.id }, reseller, terms)
    let events = 0
    const tells = async (type: string, object: Record<string, unknown>, times = 1) => {
      events += 1
      const seconds = Math.floor(world.clock.now().epochMilliseconds / 1000)
      const body = JSON.stringify({
        id: `evt_${events}`,
        object: 'event',
        type,
        created: seconds,
        livemode: false,
        data: { object },
      })
      const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
      for (let time = 0; time < times; time += 1)
        expect(await gateway.hears(body, { 'stripe-signature': `t=${seconds},v1=${signature}` })).toBe('stored')
    }
    const bought = await Promise.all(['ana', 'ben'].map((name) => world.customer(name, reseller).orders()))
    await world.withWorkers(2, async () => {
      for (const { invoiceId, payments } of bought) {
        const { paymentId } = await startPayment(reseller, {
          invoiceId,
          gatewayAccountId: accountId,
          returnUrl: 'http://shop.example/r',
          cancelUrl: 'http://shop.example/c',
          description: 'Family monthly',
        })
        const session = present((await payments())[0]?.remoteRef)
        const { payment_intent: intent } = (await gateway.does('/__pay', { session, how: 'card' })) as Record<
          string,
          string
        >
        await tells('checkout.session.completed', { id: session, client_reference_id: paymentId }, 3)
        await tells('payment_intent.succeeded', { id: intent, metadata: { linekeeper_payment: paymentId } })
      }
    })
    for (const each of bought) expect((await each.order()).status).toBe('ready')
    const intent = present((await present(bought[0]).payments())[0])
    await Promise.all([collectAll(world.app), collectAll(world.app)])
    expect(await agreed(world, reseller, accountId)).toBe(2n * (1299n - kept))
    expect(intent.status).toBe('succeeded')
    await readBalances(world.app)
    await compareGateways(world.app)
    expect(await read(world.shop, (tx) => listMoneyDifferences(tx, {}, { limit: 9 }))).toEqual([])
  },
)

scenario(
  'killed at any commit of collecting and paying out, both books come out the same, once',
  { seconds: 180 },
  async (world) => {
    const reseller = await joins(world, { slug: 'south', credits: 20_000n })
    const { accountId } = await lends(world, reseller, { ...terms, holdDays: 0 })
    const between = { resellerId: reseller.businessId, currency: 'EUR' }
    const deadAt: string[] = []
    for (let deadly = 1n; ; deadly++) {
      await world.customer(`buyer${deadly}`, reseller).buys({ gateway: 'sandbox' })
      await world.pass({ minutes: 1 })
      const wish = {
        ...between,
        amountMinor: null,
        reference: `SEPA ${deadly}`,
        paidOn: Temporal.PlainDate.from('2026-02-01'),
      }
      const { points, dead } = await dyingAt(Number(deadly), async () => {
        await payReseller(world.shop, wish)
        await closeStatement(world.shop, between)
      })
      if (dead) deadAt.push(points.at(-1) ?? '')
      // Told again: what is noted already is refused, and nothing else was paid out.
      await payReseller(world.shop, wish).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'conflict' })
      })
      await collectAll(world.app)
      expect(await agreed(world, reseller, accountId), deadAt.at(-1) ?? '').toBe(0n)
      expect(await booked(reseller, 'bank/EUR')).toBe(deadly * (1299n - kept))
      expect((await world.proof()).broken).toEqual([])
      if (!dead) break
    }
    // What a process remembers of a business is read anew after some seconds of real time: that is no commit of these.
    const own = deadAt.map((point) => point.split(':')[0]).filter((name) => name !== 'open-shop')
    expect(new Set(own)).toEqual(new Set(['collect', 'settle-collected', 'pay-reseller', 'close-statement']))
  },
)

scenario('killed while a month is closed, it has one statement', async (world) => {
  const resellers = [
    await joins(world, { slug: 'south', credits: 9_000n }),
    await joins(world, { slug: 'north', credits: 9_000n }),
  ]
  for (const reseller of resellers) {
    await lends(world, reseller, terms)
    await world.customer('ana', reseller).buys({ gateway: 'sandbox' })
  }
  await world.until('2026-03-02')
  for (const { businessId } of resellers) await collectFor(world.shop, businessId)
  const deadAt: string[] = []
  for (const [n, { businessId }] of resellers.entries()) {
    const { points, dead } = await dyingAt(n + 1, () => closeMonths(world.shop, businessId))
    if (dead) deadAt.push(points.at(-1) ?? '')
    await closeMonths(world.shop, businessId)
    const closed = await read(world.shop, (tx) => listStatements(tx, { resellerId: businessId }, { limit: 9 }))
    expect(closed.map(({ closingMinor }) => closingMinor)).toEqual([1299n - kept])
  }
  expect(deadAt).toEqual(['close-month:before-commit', 'close-month:after-commit'])
})

scenario('what goes back of a payment that is free holds nothing back again', async (world) => {
  const reseller = await joins(world, { slug: 'south', credits: 9_000n })
  await lends(world, reseller, terms)
  const paid = await (await world.customer('ana', reseller).orders()).pays('pay', 'sandbox')
  await world.settle()
  await world.until('2026-02-16')
  await refundPayment(reseller, paid, eur(200n), 'a bad evening')
  await (await world.customer('ben', reseller).orders()).pays('pay', 'sandbox')
  await world.pass({ minutes: 1 })
  await collectFor(world.shop, reseller.businessId)
  expect(await standing(world, reseller)).toMatchObject({
    balanceMinor: 2n * (1299n - kept) - 200n,
    heldMinor: 1299n - kept,
    heldUntil: Temporal.Instant.from('2026-03-02T12:00:00Z'),
  })
})

scenario(
  'nothing is lent in a test twin, and one who hangs elsewhere loses the gateway, not his money',
  async (world) => {
    const south = await joins(world, { slug: 'south', planIds: [] })
    const north = await joins(world, { slug: 'north', planIds: [] })
    const { loanId, accountId } = await lends(world, south)
    const offered = () => read(south, (tx) => gatewaysFor(tx, south, 'EUR'))
    expect((await offered()).map(({ id }) => id)).toContain(accountId)
    await moveBranch(world.shop, south.businessId, north.businessId)
    forgetBusiness(world.app, south.businessId)
    expect((await offered()).map(({ id }) => id)).not.toContain(accountId)
    expect((await read(world.shop, (tx) => listLoans(tx, south.businessId))).map(({ id }) => id)).toEqual([loanId])
    await collectAll(world.app)
    const lending = { resellerId: south.businessId, gatewayAccountId: world.gatewayId, terms: standardLoan }
    await expect(lendGateway(world.shop, lending)).rejects.toMatchObject({ code: 'not_found' })
    const twin = { ...world.shop, twinOf: 'biz_of_somebody' }
    await expect(lendGateway(twin, { ...lending, resellerId: north.businessId })).rejects.toMatchObject({
      code: 'conflict',
    })
  },
)
