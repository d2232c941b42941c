/** What gateways keep and what they send to the bank: told by them, booked once, laid beside payments and statements; what does not agree waits for a person. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { marginByPlan, marginOf } from '#modules/analytics/margin.ts'
import { listEntries } from '#modules/billing/bank/entries.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { findGateway, saveGateway } from '#modules/billing/gateways.ts'
import { matchByHand, settlePayout, unmatchByHand } from '#modules/billing/payouts/match-payouts.ts'
import { bookMoves, feesOfPayment, keepMoves, listMoves } from '#modules/billing/payouts/moves.ts'
import { heldByGateways, listPayouts, seePayout } from '#modules/billing/payouts/payouts.ts'
import {
  askToReadBalance,
  listReadings,
  listTelling,
  readBalance,
  readBalances,
} from '#modules/billing/payouts/read-balance.ts'
import { recordPayout, undoPayout } from '#modules/billing/payouts/record-payout.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { listAttention } from '#modules/people/attention.ts'
import type { ListedMove } from '../../src/adapters/gateways/gateway.ts'
import { camtText, type TestPart } from '../../src/adapters/statements/statements.test-support.ts'
import { gocardless } from '../../src/imitations/gateways/gocardless.ts'
import { mollie } from '../../src/imitations/gateways/mollie.ts'
import { paypal } from '../../src/imitations/gateways/paypal.ts'
import { stripe } from '../../src/imitations/gateways/stripe.ts'
import { dyingAt } from '../support/dying.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import { atProvider, strangeMoney } from '../support/strange-money.ts'
import type { World } from '../support/world.ts'

const eur = (minor: bigint) => ({ minor, currency: 'EUR' })

/** Somebody asks, and the queue does it. */
async function readNow(world: World, gatewayId = world.gatewayId): Promise<void> {
  await transaction(world.shop, 'ask', (tx) => askToReadBalance(tx, world.shop, gatewayId))
  await world.settle()
}

const payouts = (world: World) => read(world.shop, (tx) => listPayouts(tx, {}, { limit: 50 }))
const onlyPayout = async (world: World) => present((await payouts(world))[0])
const seen = async (world: World) => {
  const payout = await onlyPayout(world)
  return read(world.shop, (tx) => seePayout(tx, payout))
}
const feesOf = (world: World, paymentId: string) => read(world.shop, (tx) => feesOfPayment(tx, paymentId))
const held = (world: World) => read(world.shop, heldByGateways)
const asked = async (world: World, query: string): Promise<string> =>
  (await world.db.pool.query<{ found: string }>(query)).rows[0]?.found ?? ''
const balance = async (world: World, account: string): Promise<bigint> =>
  BigInt(
    await asked(
      world,
      `select coalesce(sum(case when debit_account = '${account}' then amount else -amount end), 0)::text as found from transfers where '${account}' in (debit_account, credit_account)`,
    ),
  )
const feesBooked = (world: World) => balance(world, `fees/EUR/${world.gatewayId}`)
const attention = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx))).map(({ kind, title }) => [kind, title])
const payOut = (world: World, once: string, status = 'arrived') =>
  atProvider(world, '/__payout', { account: 'sandbox_key_northwind', status }, once)
const sound = async (world: World) => expect((await world.proof()).broken).toEqual([])

scenario('the fee of each payment is booked once, however often it is told; refunds cost nothing', async (world) => {
  const paymentId = await (await world.customer('ana').orders()).pays()
  await world.settle()
  await refundPayment(world.shop, paymentId, eur(300n), 'a bad evening')
  expect(await feesOf(world, paymentId)).toEqual([])
  await readBalances(world.app)
  // 1.5 of a hundred of 12.99, and 25.
  expect(await feesOf(world, paymentId)).toEqual([{ currency: 'EUR', minor: 44n }])
  expect(await feesBooked(world)).toBe(44n)
  const moves = () => read(world.shop, (tx) => listMoves(tx, {}, { limit: 50 }))
  expect((await moves()).map(({ kind, amountMinor, state }) => [kind, amountMinor, state]).sort()).toEqual([
    ['payment', 1299n, 'booked'],
    ['refund', -300n, 'booked'],
  ])
  await readBalances(world.app)
  await readNow(world)
  await world.pass({ hours: 21 })
  await readBalances(world.app)
  expect([await feesBooked(world), (await moves()).length]).toEqual([44n, 2])
  expect((await held(world)).find(({ gatewayAccountId }) => gatewayAccountId === world.gatewayId)?.minor).toBe(955n)
  const margin = await read(world.shop, (tx) => marginByPlan(tx, ['2026-01', '2026-02'], world.shop.zone))
  const plan = present(margin.find(({ month }) => month === '2026-01'))
  expect(plan).toMatchObject({ of: 'plan', planId: world.planId, fees: 44n, refunded: 300n, cost: 0n })
  expect(marginOf(plan)).toBe(plan.earned - 344n)
  await sound(world)
})

scenario('money that our books do not know waits, and its fee is booked once its payment is', async (world) => {
  await strangeMoney(world, 'pay_of_nobody', 2_000)
  await readNow(world)
  expect(await feesBooked(world)).toBe(0n)
  const bought = await world.customer('ana').orders()
  world.hears(false)
  const paymentId = await bought.pays()
  await readNow(world)
  expect([await feesBooked(world), await feesOf(world, paymentId)]).toEqual([0n, []])
  await refreshPayment(world.shop, paymentId)
  await readNow(world)
  expect([await feesBooked(world), await feesOf(world, paymentId)]).toEqual([44n, [{ currency: 'EUR', minor: 44n }]])
  await sound(world)
})

scenario('a payout holds payments, fees and refunds: booked when it has arrived, once', async (world) => {
  const first = await (await world.customer('ana').orders()).pays()
  await (await world.customer('ben').orders()).pays()
  await world.settle()
  await refundPayment(world.shop, first, eur(300n), 'a bad evening')
  const { id } = await payOut(world, 'p1', 'coming')
  await readNow(world)
  expect(await onlyPayout(world)).toMatchObject({ state: 'coming', amountMinor: 2210n, remoteRef: id })
  expect(await balance(world, 'bank/EUR')).toBe(0n)
  await atProvider(world, '/__payout', { payout: id, to: 'arrived' }, 'p1-arrived')
  await readNow(world)
  await readNow(world)
  expect(await onlyPayout(world)).toMatchObject({ state: 'arrived' })
  expect([await balance(world, 'bank/EUR'), await feesBooked(world)]).toEqual([2210n, 88n])
  expect(await seen(world)).toMatchObject({
    parts: { paymentsMinor: 2598n, refundsMinor: -300n, feesMinor: 88n, disputesMinor: 0n, unknownMinor: 0n },
    differences: [],
  })
  // All of it was sent: nothing is left there.
  expect((await held(world)).find(({ gatewayAccountId }) => gatewayAccountId === world.gatewayId)?.minor).toBe(0n)
  expect(await attention(world)).toEqual([])
  await sound(world)
  // The bank sends it back.
  await atProvider(world, '/__payout', { payout: id, to: 'failed' }, 'p1-failed')
  await readNow(world)
  expect(await onlyPayout(world)).toMatchObject({ state: 'failed' })
  expect(await balance(world, 'bank/EUR')).toBe(0n)
  expect((await attention(world)).map(([kind]) => kind)).toEqual(['payout_failed'])
  await sound(world)
  // And the next one brings it.
  await payOut(world, 'p2')
  await readNow(world)
  expect((await payouts(world)).map(({ state }) => state)).toEqual(['arrived', 'failed'])
  expect(await seen(world)).toMatchObject({ parts: { paymentsMinor: 2598n }, differences: [] })
  await sound(world)
})

scenario(
  'what staff entered before the gateway told it is the same payout, without the fee that they typed',
  async (world) => {
    await (await world.customer('ana').orders()).pays()
    await world.settle()
    const today = world.clock.now().toZonedDateTimeISO('UTC').toPlainDate()
    const entered = {
      gatewayAccountId: world.gatewayId,
      amount: eur(1255n),
      reference: 'from the bank',
      arrivedOn: today,
    }
    await recordPayout(world.shop, { ...entered, fee: eur(44n) })
    expect(await feesBooked(world)).toBe(44n)
    await payOut(world, 'p1')
    await readNow(world)
    expect(await payouts(world)).toMatchObject([{ reference: 'from the bank', feeMinor: 0n, amountMinor: 1255n }])
    expect([await feesBooked(world), await balance(world, 'bank/EUR')]).toEqual([44n, 1255n])
    expect(await seen(world)).toMatchObject({ differences: [] })
    await expect(recordPayout(world.shop, { ...entered, reference: 'another', fee: eur(1n) })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await undoPayout(world.shop, (await onlyPayout(world)).id)
    await readNow(world)
    // What a person took back stays so.
    expect([(await payouts(world)).length, await balance(world, 'bank/EUR')]).toEqual([1, 0n])
    await sound(world)
  },
)

scenario('money in a payout that our books do not know is a difference, until somebody has looked', async (world) => {
  await (await world.customer('ana').orders()).pays()
  await strangeMoney(world, 'pay_of_nobody', 2_000)
  await world.settle()
  await payOut(world, 'p1')
  await readNow(world)
  expect((await seen(world)).differences).toEqual([{ kind: 'unknown', minor: 1945n }])
  expect(await attention(world)).toEqual([['payout_differs', 'A payout of 32.00 EUR does not agree']])
  await settlePayout(world.shop, (await onlyPayout(world)).id, 'the old shop')
  expect([await attention(world), (await seen(world)).differences]).toEqual([[], []])
  await readNow(world)
  expect(await attention(world)).toEqual([])
  await sound(world)
})

const openBank = (world: World) =>
  transaction(world.shop, 'save-gateway', (tx) =>
    saveGateway(tx, world.shop, {
      name: 'Our bank',
      kind: 'bank_transfer',
      settings: { account_holder: 'Example TV Ltd', iban: 'DE89370400440532013000' },
      active: true,
      position: 5,
    }),
  )

async function bring(world: World, bank: string, fileName: string, ...parts: TestPart[]): Promise<void> {
  const day = world.clock.now().toZonedDateTimeISO('UTC').toPlainDate().toString()
  const entries = parts.map((part) => ({ day, acctRef: `${fileName}-${part.text}`, parts: [part] }))
  const content = camtText({ id: fileName, entries })
  await importStatement(world.shop, { gatewayAccountId: bank, fileName, content })
  await world.settle()
}

/** A payment by another gateway, as its buyer made it there. */
async function pays(world: World, who: string, gatewayId: string, there: (remoteRef: string) => Promise<unknown>) {
  const bought = await world.customer(who).orders()
  const { paymentId } = await startPayment(world.shop, {
    invoiceId: bought.invoiceId,
    gatewayAccountId: gatewayId,
    description: 'TV',
    returnUrl: 'https://shop.example/back',
    cancelUrl: 'https://shop.example/no',
  })
  await there(present((await bought.payments())[0]?.remoteRef))
  await refreshPayment(world.shop, paymentId)
  await world.settle()
  return paymentId
}

scenario(
  'a payout is found on the bank’s statement; another sum there waits, and is booked when accepted',
  async (world) => {
    const bankId = await openBank(world)
    await (await world.customer('ana').orders()).pays()
    await world.settle()
    const { id: first } = await payOut(world, 'p1')
    await readNow(world)
    const waiting = () => read(world.shop, (tx) => listEntries(tx, { status: 'waiting' }, { limit: 50 }))
    await bring(
      world,
      bankId,
      'a.xml',
      { amount: '12.55', name: 'SANDBOX PAYMENTS', text: `payout ${first}` },
      { amount: '12.55', name: 'Somebody else', text: 'gift' },
    )
    expect((await waiting()).map(({ name }) => name)).toEqual(['Somebody else'])
    expect(await seen(world)).toMatchObject({ entry: { amountMinor: 1255n }, differences: [] })
    // The next arrives with less than was sent.
    await (await world.customer('ben').orders()).pays()
    await world.settle()
    const { id: second } = await payOut(world, 'p2')
    await readNow(world)
    await bring(world, bankId, 'b.xml', { amount: '12.05', name: 'SANDBOX PAYMENTS', text: `payout ${second}` })
    expect((await seen(world)).differences).toEqual([{ kind: 'bank', minor: -50n }])
    expect((await attention(world)).map(([kind]) => kind)).toContain('payout_differs')
    const fees = await feesBooked(world)
    const { id } = await onlyPayout(world)
    await settlePayout(world.shop, id, 'the bank in between kept it')
    expect([await feesBooked(world), await balance(world, 'bank/EUR')]).toEqual([fees + 50n, 2460n])
    await expect(unmatchByHand(world.shop, id)).rejects.toMatchObject({ code: 'conflict' })
    await sound(world)
    await undoPayout(world.shop, id)
    expect([await feesBooked(world), await balance(world, 'bank/EUR')]).toEqual([fees, 1255n])
    expect((await waiting()).length).toBe(2)
    await sound(world)
  },
)

scenario('a person says which entry a payout is, and takes it back', async (world) => {
  const bankId = await openBank(world)
  await (await world.customer('ana').orders()).pays()
  await world.settle()
  await payOut(world, 'p1')
  await readNow(world)
  await bring(world, bankId, 'a.xml', { amount: '12.55', name: 'ACQUIRER LTD', text: 'settlement' })
  const [entry] = await read(world.shop, (tx) => listEntries(tx, { status: 'waiting' }, { limit: 50 }))
  const { id } = await onlyPayout(world)
  await matchByHand(world.shop, id, present(entry).id)
  await matchByHand(world.shop, id, present(entry).id)
  expect(await seen(world)).toMatchObject({ entry: { amountMinor: 1255n }, differences: [] })
  await expect(matchByHand(world.shop, id, 'ben_none')).rejects.toMatchObject({ code: 'conflict' })
  await sound(world)
  await unmatchByHand(world.shop, id)
  expect(await seen(world)).toMatchObject({ entry: null })
  await sound(world)
})

scenario('killed anywhere, a reading goes on, and everything is booked once', async (world) => {
  const deadAt: string[] = []
  for (let deadly = 1; ; deadly++) {
    await (await world.customer(`ana${deadly}`).orders()).pays()
    await world.settle()
    await payOut(world, `p${deadly}`)
    await transaction(world.shop, 'ask', (tx) => askToReadBalance(tx, world.shop, world.gatewayId))
    const { points, dead } = await dyingAt(deadly, () => readBalance(world.shop, world.gatewayId))
    if (dead) deadAt.push(points.at(-1) ?? '')
    world.clock.advance({ hours: 1 })
    await readBalances(world.app)
    await world.settle()
    const n = BigInt(deadly)
    expect([await feesBooked(world), await balance(world, 'bank/EUR')], deadAt.at(-1) ?? '').toEqual([
      44n * n,
      1255n * n,
    ])
    if (!dead) break
  }
  expect(deadAt.length).toBeGreaterThan(15)
  await sound(world)
})

scenario('a gateway that does not answer is asked again, and told of after some tries', async (world) => {
  await (await world.customer('ana').orders()).pays()
  await world.settle()
  await world.strike('gateway', { fault: 'http_500', action: 'GET /v1/moves' })
  await readBalances(world.app)
  for (let time = 2; time <= 5; time++) {
    await world.pass({ hours: 1 })
    await readBalances(world.app)
  }
  expect(await read(world.shop, listReadings)).toMatchObject([{ stage: 'over', breaks: 5 }])
  expect((await attention(world)).map(([kind]) => kind)).toEqual(['gateway_not_read'])
  world.heal('gateway')
  await readNow(world)
  expect([await feesBooked(world), await attention(world)]).toEqual([44n, []])
})

scenario('what a gateway made another currency goes through the exchange account', async (world) => {
  const paymentId = await (await world.customer('ana').orders()).pays()
  await world.settle()
  const account = present(await read(world.shop, (tx) => findGateway(tx, world.gatewayId)))
  const usd = (minor: bigint) => ({ minor, currency: 'USD' })
  const about = {
    kind: 'payment',
    captureId: null,
    ourRef: paymentId,
    disputeRef: null,
    at: world.clock.now(),
  } as const
  const moves: ListedMove[] = [
    { ...about, ref: 'in', amount: usd(1_400n), fee: usd(60n), original: eur(1_299n) },
    { ...about, ref: 'out', kind: 'refund', amount: usd(-323n), fee: usd(-5n), original: eur(-300n) },
  ]
  for (let repeat = 0; repeat < 2; repeat++)
    await transaction(world.shop, 'keep', async (tx) => {
      await keepMoves(tx, world.shop, account.id, moves, null)
      await bookMoves(tx, world.shop, account, world.shop.now())
    })
  expect(await feesOf(world, paymentId)).toEqual([{ currency: 'USD', minor: 55n }])
  const here = (unit: string) => balance(world, `clearing/${unit}/${world.gatewayId}`)
  expect([await here('EUR'), await here('USD')]).toEqual([300n, 1_022n])
  expect([await balance(world, 'exchange/EUR'), await balance(world, 'exchange/USD')]).toEqual([999n, -1_077n])
  await sound(world)
})

scenario('a payout that is on no statement, though those of its account go on, is missing', async (world) => {
  const bankId = await openBank(world)
  await (await world.customer('ana').orders()).pays()
  await world.settle()
  const { id: first } = await payOut(world, 'p1')
  await readNow(world)
  await bring(world, bankId, 'a.xml', { amount: '12.55', name: 'SANDBOX', text: `payout ${first}` })
  await world.pass({ hours: 24 })
  await (await world.customer('ben').orders()).pays()
  await world.settle()
  await payOut(world, 'p2')
  await readNow(world)
  expect((await seen(world)).differences).toEqual([])
  await world.pass({ hours: 24 * 9 })
  await bring(world, bankId, 'b.xml', { amount: '3.00', name: 'Ana', text: 'a gift' })
  expect((await seen(world)).differences).toEqual([{ kind: 'missing', minor: -1255n }])
  expect((await attention(world)).map(([kind]) => kind)).toContain('payout_differs')
})

scenario('where others use the account, only what is ours is booked', async (world) => {
  await strangeMoney(world, 'other-shop', 5_000)
  const account = present(await read(world.shop, (tx) => findGateway(tx, world.gatewayId)))
  const { name, kind, active, position } = account
  await transaction(world.shop, 'save', (tx) =>
    saveGateway(
      tx,
      world.shop,
      { name, kind, active, position, shared: true, settings: { api_base: world.gatewayOrigin } },
      account.id,
    ),
  )
  await (await world.customer('ana').orders()).pays()
  await world.settle()
  await readNow(world)
  expect(await feesBooked(world)).toBe(44n)
})

scenario(
  'Stripe: fees from its balance, a dispute whose notice was lost, an instant payout with its price',
  async (world) => {
    const gateway = await world.addGateway(stripe, (api_base) => ({
      api_base,
      api_key: 'sk_test_fees',
      notice_secret: 'whsec_x',
    }))
    const by = (who: string) =>
      pays(world, who, gateway.id, (session) => gateway.does('/__pay', { session, how: 'card' }))
    const payment = await by('ana')
    await readNow(world, gateway.id)
    expect(await feesOf(world, payment)).toEqual([{ currency: 'EUR', minor: 44n }])
    await gateway.does('/__payout', { fee: 13 })
    await readNow(world, gateway.id)
    expect(await onlyPayout(world)).toMatchObject({ state: 'arrived', amountMinor: 1242n, feeMinor: 0n })
    expect(await seen(world)).toMatchObject({ parts: { paymentsMinor: 1299n, feesMinor: 57n }, differences: [] })
    expect(await balance(world, `fees/EUR/${gateway.id}`)).toBe(57n)
    const disputed = await by('ben')
    const intent = await asked(world, `select fact_id as found from money_facts where payment_id = '${disputed}'`)
    await gateway.does('/__dispute', { payment_intent: intent })
    await readNow(world, gateway.id)
    await readNow(world, gateway.id)
    expect(await feesOf(world, disputed)).toEqual([{ currency: 'EUR', minor: 2044n }])
    expect(await balance(world, `disputed/EUR/${gateway.id}`)).toBe(1299n)
    await sound(world)
  },
)

scenario('PayPal: fees from its search, and withdrawals of which it does not say what they hold', async (world) => {
  const gateway = await world.addGateway(paypal, (api_base) => ({
    api_base,
    client_id: paypal.defaults.client_id,
    client_secret: paypal.defaults.client_secret,
  }))
  const payment = await pays(world, 'ana', gateway.id, (order) => gateway.does('/__pay', { order }))
  await gateway.does('/__withdraw', { value: '10.00' })
  await world.pass({ minutes: 5 })
  await readNow(world, gateway.id)
  // 3.4 of a hundred of 12.99, and 35.
  expect(await feesOf(world, payment)).toEqual([{ currency: 'EUR', minor: 79n }])
  expect(await payouts(world)).toMatchObject([{ state: 'arrived', amountMinor: 1000n, partsReadAt: null }])
  expect(await seen(world)).toMatchObject({ parts: null, differences: [] })
  await sound(world)
})

scenario('GoCardless tells what it kept with the payout that a payment went out with', async (world) => {
  const gateway = await world.addGateway(gocardless, (api_base) => ({
    ...{ api_base, access_token: 'sandbox_gocardless', webhook_secret: 'gocardless_secret', first_payment: 'debit' },
  }))
  const bought = await world.customer('gil').orders()
  const { paymentId, redirectUrl } = await startPayment(world.shop, {
    invoiceId: bought.invoiceId,
    gatewayAccountId: gateway.id,
    returnUrl: 'http://shop.example/r',
    cancelUrl: 'http://shop.example/c',
    description: 'Family monthly',
  })
  expect(redirectUrl).toContain('/flow/')
  const request = (await bought.payments())[0]?.remoteRef
  await gateway.does('/__pay', { request })
  await world.pass({ hours: 120 })
  expect(await bought.payments()).toMatchObject([{ status: 'succeeded' }])
  await refundPayment(world.shop, paymentId, eur(300n), 'a bad evening')
  await gateway.does('/__payout', {})
  await readNow(world, gateway.id)
  // A hundredth of 12.99 and twenty cents, rounded.
  expect(await feesOf(world, paymentId)).toEqual([{ currency: 'EUR', minor: 33n }])
  const [payout] = await payouts(world)
  expect(payout).toMatchObject({ state: 'arrived', amountMinor: 966n, feeMinor: 0n, currency: 'EUR' })
  expect(payout?.remoteRef).toMatch(/^PO/)
  const look = await read(world.shop, (tx) => seePayout(tx, present(payout)))
  expect(look).toMatchObject({
    parts: { paymentsMinor: 1_299n, refundsMinor: -300n, feesMinor: 33n, unknownMinor: 0n },
  })
  // Nothing is booked twice, however often it is read.
  await readNow(world, gateway.id)
  expect(await feesOf(world, paymentId)).toEqual([{ currency: 'EUR', minor: 33n }])
  expect(await payouts(world)).toHaveLength(1)
  await gateway.does('/__bounce', { payout: payout?.remoteRef })
  await readNow(world, gateway.id)
  expect((await payouts(world))[0]).toMatchObject({ state: 'failed' })
  expect((await attention(world)).map(([kind]) => kind)).toContain('payout_failed')
})

scenario(
  'Mollie tells its balance and its settlements to a token of the organization, and to nobody else',
  async (world) => {
    const settings = (token: string) => (api_base: string) => ({
      ...{ api_base, api_key: 'test_mollie', organization_token: token },
    })
    const gateway = await world.addGateway(mollie, settings('access_books'))
    const bought = await world.customer('mia').orders()
    const { paymentId } = await startPayment(world.shop, {
      invoiceId: bought.invoiceId,
      gatewayAccountId: gateway.id,
      returnUrl: 'http://shop.example/r',
      cancelUrl: 'http://shop.example/c',
      description: 'Family monthly',
    })
    await gateway.does('/__pay', { payment: (await bought.payments())[0]?.remoteRef, how: 'card' })
    await world.pass({ minutes: 2 })
    await refundPayment(world.shop, paymentId, eur(300n), 'a bad evening')
    // What its invoice of the month puts right, and what was sent before is explained by the settlement that took it.
    await gateway.does('/__correct', { type: 'invoice-compensation', amount: { currency: 'EUR', value: '-0.05' } })
    await gateway.does('/__payout', {})
    await gateway.does('/__correct', { type: 'invoice-compensation', amount: { currency: 'EUR', value: '0.01' } })
    await readNow(world, gateway.id)
    // 18 in a thousand of 12.99, and 29 cents.
    expect(await feesOf(world, paymentId)).toEqual([{ currency: 'EUR', minor: 52n }])
    expect(await balance(world, `fees/EUR/${gateway.id}`)).toBe(56n)
    const [payout] = await payouts(world)
    expect(payout).toMatchObject({ state: 'arrived', amountMinor: 942n, feeMinor: 0n, currency: 'EUR' })
    const look = await read(world.shop, (tx) => seePayout(tx, present(payout)))
    expect(look).toMatchObject({
      parts: { paymentsMinor: 1_299n, refundsMinor: -300n, feesMinor: 57n, unknownMinor: 0n },
      differences: [],
    })
    await readNow(world, gateway.id)
    expect([(await payouts(world)).length, await balance(world, `fees/EUR/${gateway.id}`)]).toEqual([1, 56n])
    // A bank takes the money back: what that costs is booked, too, with the payment.
    await gateway.does('/__chargeback', { payment: (await bought.payments())[0]?.remoteRef })
    await readNow(world, gateway.id)
    expect(await feesOf(world, paymentId)).toEqual([{ currency: 'EUR', minor: 752n }])
    await sound(world)
  },
)

scenario('without that token nobody asks Mollie, and its payouts are entered by hand as before', async (world) => {
  const gateway = await world.addGateway(mollie, (api_base) => ({ api_base, api_key: 'test_mollie' }))
  expect((await read(world.shop, (tx) => listTelling(tx, world.shop))).map(({ kind }) => kind)).toEqual(['sandbox'])
  await expect(readNow(world, gateway.id)).rejects.toMatchObject({ code: 'conflict' })
  const facts = { name: 'Mollie', kind: 'mollie', active: true, position: 9 }
  const wrong = { api_base: 'http://mollie.test', api_key: 'test_mollie', organization_token: 'test_no_such' }
  await expect(
    transaction(world.shop, 'save', (tx) => saveGateway(tx, world.shop, { ...facts, settings: wrong }, gateway.id)),
  ).rejects.toMatchObject({ code: 'invalid_input' })
})
