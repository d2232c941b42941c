/** Our books beside a gateway's own list: what can be mended by asking is mended, everything else waits for a person; a list is never believed blindly. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { compareGateway, compareGateways } from '#modules/billing/comparison/compare-gateway.ts'
import { compareBooks, type GatewayComparison, listComparisons } from '#modules/billing/comparison/comparisons.ts'
import {
  bookDifference,
  putDifferenceAside,
  takeDifferenceBack,
} from '#modules/billing/comparison/decide-difference.ts'
import { listMoneyDifferences, type MoneyDifference } from '#modules/billing/comparison/differences.ts'
import { findGateway, listGateways, openGateway, saveGateway } from '#modules/billing/gateways.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { listAttention } from '#modules/people/attention.ts'
import { stripe } from '../../src/imitations/gateways/stripe.ts'
import { dyingAt } from '../support/dying.ts'
import { scenario } from '../support/scenario.ts'
import { payInvoice, present, read } from '../support/stories.ts'
import { atProvider, strangeMoney } from '../support/strange-money.ts'
import type { World } from '../support/world.ts'

const key = 'sandbox_key_northwind'

const comparisons = (world: World, gatewayAccountId?: string): Promise<GatewayComparison[]> =>
  read(world.shop, (tx) => listComparisons(tx, { gatewayAccountId }, { limit: 50 }))

const last = async (world: World): Promise<GatewayComparison> => present((await comparisons(world))[0])

const differences = (world: World): Promise<MoneyDifference[]> =>
  read(world.shop, (tx) => listMoneyDifferences(tx, {}, { limit: 50 }))

const attention = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx)))
    .filter(({ subjectType }) => subjectType === 'gateway_comparison')
    .map(({ kind, title }) => [kind, title])

/** Somebody asks, and the queue does it. */
async function compare(world: World, trustsLess = false): Promise<GatewayComparison> {
  const { id } = await transaction(world.shop, 'compare', (tx) =>
    compareBooks(tx, world.shop, world.gatewayId, { trustsLess }),
  )
  await world.settle()
  return present((await comparisons(world)).find((each) => each.id === id))
}

scenario('what agrees is compared once a day and bothers nobody', async (world) => {
  const bought = await world.customer('ana').orders()
  const paymentId = await bought.pays()
  await world.settle()
  await refundPayment(world.shop, paymentId, { minor: 300n, currency: 'EUR' }, 'a bad evening')
  await refundPayment(world.shop, paymentId, { minor: 200n, currency: 'EUR' }, 'and the next', 'balance')
  await world.customer('ben').orders()
  await compareGateways(world.app)
  await compareGateways(world.app)
  expect(await comparisons(world)).toMatchObject([{ state: 'done', askedBy: null, listed: 1, foreign: 0, missing: 0 }])
  await world.pass({ hours: 21 })
  await compareGateways(world.app)
  expect(await comparisons(world)).toHaveLength(2)
  expect([await differences(world), await attention(world)]).toEqual([[], []])
})

scenario(
  'a payment whose notice was lost is booked by the usual doors; a refund that somebody else made there waits for a person',
  async (world) => {
    const [lost, refunded] = [await world.customer('ana').orders(), await world.customer('ben').orders()]
    const repaid = await refunded.pays()
    await world.settle()
    world.hears(false)
    const paymentId = await lost.pays()
    // Nobody asks for it any more.
    await world.tamper(`update payments set status = 'expired', next_check_at = null where id = '${paymentId}'`)
    const there = present((await refunded.payments()).find(({ id }) => id === repaid)).remoteRef
    await atProvider(
      world,
      `/v1/payments/${there}/refunds`,
      { reference: 'by hand', amount: 400, reason: 'kind' },
      'r1',
    )
    expect(await compare(world)).toMatchObject({ state: 'done', listed: 2, missing: 0 })
    expect((await lost.payments()).map(({ status }) => status)).toEqual(['succeeded'])
    expect(await lost.order()).toMatchObject({ status: 'ready' })
    expect((await refunded.payments())[0]).toMatchObject({ refundedMinor: 0n })
    expect(await differences(world)).toMatchObject([
      { kind: 'other_refunds', paymentId: repaid, oursMinor: 0n, theirsMinor: 400n, state: 'open' },
    ])
    expect(await attention(world)).toEqual([['money_differs', 'Our books and Sandbox differ']])
  },
)

scenario(
  'F26: money that was taken there without us waits until it is booked to what it was for, or put aside, each once',
  async (world) => {
    const [first, second] = [await strangeMoney(world, 'shop-17'), await strangeMoney(world, 'shop-18', 5_000)]
    await compare(world)
    const found = await differences(world)
    expect(found).toMatchObject(
      [
        { kind: 'unknown', fact: first, ourRef: 'shop-17', theirsMinor: 1299n, oursMinor: 0n, state: 'open' },
        { kind: 'unknown', fact: second, theirsMinor: 5_000n, state: 'open' },
      ].sort((a, b) => (a.fact === found[0]?.fact ? -1 : b.fact === found[0]?.fact ? 1 : 0)),
    )
    expect(await attention(world)).toEqual([['money_differs', 'Our books and Sandbox differ in 2 places']])
    const [ofFirst, ofSecond] = [first, second].map((fact) => present(found.find((each) => each.fact === fact)).id)
    const bought = await world.customer('ana').orders()
    await bookDifference(world.shop, present(ofFirst), { customerId: present(await bought.order()).customerId })
    await world.settle()
    expect(await bought.order()).toMatchObject({ status: 'ready' })
    await expect(bookDifference(world.shop, present(ofFirst), { invoiceId: bought.invoiceId })).rejects.toMatchObject({
      code: 'conflict',
    })
    await putDifferenceAside(world.shop, present(ofSecond), 'the old shop')
    expect(await attention(world)).toEqual([])
    await takeDifferenceBack(world.shop, present(ofSecond))
    expect(await attention(world)).toEqual([['money_differs', 'Our books and Sandbox differ']])
    await putDifferenceAside(world.shop, present(ofSecond), 'the old shop')
    // What was booked agrees now, what was put aside stays so.
    await compare(world)
    expect((await differences(world)).map(({ state, because }) => [state, because]).sort()).toEqual([
      ['aside', null],
      ['closed', 'booked'],
    ])
    // It can be refunded as any other payment.
    const payment = present((await bought.payments()).at(-1))
    expect(payment).toMatchObject({ remoteRef: first, receivedMinor: 1299n })
    await refundPayment(world.shop, payment.id, { minor: 1299n, currency: 'EUR' }, 'not his after all')
    expect(await compare(world)).toMatchObject({ state: 'done' })
    expect(await attention(world)).toEqual([])
  },
)

scenario(
  'an account that others use, too: what is not ours there is counted, and what is ours is compared',
  async (world) => {
    await strangeMoney(world, 'other-shop')
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
    const bought = await world.customer('ana').orders()
    await bought.pays()
    await world.settle()
    expect(await compare(world)).toMatchObject({ listed: 2, foreign: 1, state: 'done' })
    expect(await differences(world)).toEqual([])
  },
)

scenario(
  'amounts that are others, and money that only we have, wait at their payment until they agree',
  async (world) => {
    const [one, two] = [await world.customer('ana').orders(), await world.customer('ben').orders()]
    const [first, second] = [await one.pays(), await two.pays()]
    await world.settle()
    await world.pass({ hours: 4 })
    await world.tamper(`update payments set received_minor = 1300 where id = '${first}'`)
    const change = (from: string, to: string) =>
      world.tamper(`update payments set remote_ref = '${to}' where id = '${second}' and remote_ref = '${from}'`)
    const there = present((await two.payments())[0]?.remoteRef)
    await change(there, 'sbx_gone')
    await world.tamper(`update payments set refunded_minor = 0 where id = '${second}'`)
    await compare(world)
    expect(
      (await differences(world)).map(({ kind, paymentId, oursMinor, theirsMinor }) => [
        kind,
        paymentId,
        oursMinor,
        theirsMinor,
      ]),
    ).toEqual([['other_amount', first, 1300n, 1299n]])
    // The list names the money, so it is there; only the payment cannot be asked about under the name that we have.
    await world.tamper(`update payments set received_minor = 1299 where id = '${first}'`)
    await change('sbx_gone', there)
    await compare(world)
    expect((await differences(world)).map(({ state, because }) => [state, because])).toEqual([['closed', 'gone']])
    expect(await attention(world)).toEqual([])
  },
)

scenario(
  'an empty list concludes nothing: each payment is looked up, and far too many missing ones are not believed',
  async (world) => {
    const paid: string[] = []
    for (let n = 0; n < 12; n++) paid.push(await (await world.customer(`buyer${n}`).orders()).pays())
    await world.settle()
    await world.pass({ hours: 4 })
    // The key is now that of an account that has never taken anything.
    const empty = { api_key: 'sandbox_key_empty', notice_url: 'http://nowhere.example', notice_secret: 'x' }
    const under = async (api_key: string) => {
      const account = present(await read(world.shop, (tx) => findGateway(tx, world.gatewayId)))
      const { name, kind, active, position } = account
      const settings = { api_base: world.gatewayOrigin, api_key, notice_secret: `sandbox_notice_secret_northwind` }
      await transaction(world.shop, 'save', (tx) =>
        saveGateway(tx, world.shop, { name, kind, active, position, settings }, account.id),
      )
    }
    await atProvider(world, '/__accounts', empty, 'a')
    await under(empty.api_key)
    expect(await compare(world)).toMatchObject({ state: 'doubtful', listed: 0, expected: 12, missing: 12 })
    expect(await differences(world)).toEqual([])
    expect(await attention(world)).toEqual([
      ['gateway_not_compared', 'Sandbox listed far fewer payments than it should have'],
    ])
    // A person has looked there.
    expect(await compare(world, true)).toMatchObject({ state: 'done', missing: 12 })
    expect((await differences(world)).map(({ kind, theirsMinor }) => [kind, theirsMinor])).toEqual(
      paid.map(() => ['missing_there', 0n]),
    )
    expect(await attention(world)).toEqual([['money_differs', 'Our books and Sandbox differ in 12 places']])
    await under(key)
    expect(await compare(world)).toMatchObject({ state: 'done', missing: 0, listed: 12 })
    expect(await attention(world)).toEqual([])
  },
)

scenario(
  'a gateway that does not answer says nothing; it is asked again, and told of when it stays so',
  async (world) => {
    await (await world.customer('ana').orders()).pays()
    await world.settle()
    await world.strike('gateway', { fault: 'http_500', action: 'GET /v1/payments' })
    expect(await compare(world)).toMatchObject({ state: 'running', breaks: 1 })
    for (let time = 2; time <= 5; time++) {
      await world.pass({ hours: 1 })
      await compareGateways(world.app)
    }
    expect(await last(world)).toMatchObject({ state: 'failed', breaks: 5, listed: 0, missing: null })
    expect(await attention(world)).toEqual([['gateway_not_compared', 'Sandbox could not be compared with our books']])
    expect(await differences(world)).toEqual([])
    world.heal('gateway')
    expect(await compare(world)).toMatchObject({ state: 'done', listed: 1 })
    expect(await attention(world)).toEqual([])
  },
)

scenario('killed anywhere, it goes on with the page where it was', async (world) => {
  await (await world.customer('ana').orders()).pays()
  await world.settle()
  for (let n = 0; n < 101; n++) await strangeMoney(world, `old-${n}`, 100 + n)
  /** Dies at the point of this number; 0: lives. */
  async function walk(deadly: number): Promise<string[]> {
    const { id } = await transaction(world.shop, 'compare', (tx) => compareBooks(tx, world.shop, world.gatewayId, {}))
    const { points, dead } = await dyingAt(deadly, () => compareGateway(world.shop, id))
    expect(dead).toBe(deadly > 0)
    // Its lease runs out, and the next round takes it up.
    world.clock.advance({ hours: 1 })
    await compareGateways(world.app)
    await world.settle()
    const done = present((await comparisons(world)).find((each) => each.id === id))
    expect(done, `died at ${points[deadly - 1]}`).toMatchObject({ state: 'done', pages: 2, listed: 102 })
    expect((await differences(world)).length, `died at ${points[deadly - 1]}`).toBeGreaterThan(0)
    return points
  }
  const all = await walk(0)
  const own = all.filter((point) => /listMoney|listed-page|looked/.test(point))
  expect(own.length).toBeGreaterThan(10)
  for (const [at] of all.entries()) if (/listed-page|looked-(up|again)/.test(all[at] ?? '')) await walk(at + 1)
})

scenario('Stripe: its list of charges is laid beside the books', async (world) => {
  const gateway = await world.addGateway(stripe, (api_base) => ({
    api_base,
    api_key: 'sk_test_compare',
    notice_secret: 'whsec_x',
  }))
  const bought = await world.customer('ana').orders()
  await payInvoice(world.stage, bought.invoiceId, 'never', 'stripe').catch(() => {})
  const payment = present((await bought.payments())[0])
  await gateway.does('/__pay', { session: payment.remoteRef, how: 'card' })
  await compareGateways(world.app)
  await world.settle()
  expect((await bought.payments())[0]).toMatchObject({ status: 'succeeded' })
  expect(await comparisons(world, gateway.id)).toMatchObject([{ state: 'done', listed: 1 }])
  // Staff give money back in Stripe's dashboard, and its notice is lost.
  const snapshot = await openGateway(
    world.shop,
    present(await read(world.shop, (tx) => findGateway(tx, gateway.id))),
  ).gateway.fetchPayment(payment.remoteRef ?? '')
  const answer = await world.app.http.request({
    provider: 'stripe',
    method: 'POST',
    url: 'http://stripe.test/v1/refunds',
    headers: { authorization: 'Bearer sk_test_compare', 'idempotency-key': 'dashboard' },
    form: [
      ['payment_intent', snapshot.captureId ?? ''],
      ['amount', '400'],
    ],
    writes: true,
  })
  expect(answer.status).toBe(200)
  await transaction(world.shop, 'compare', (tx) => compareBooks(tx, world.shop, gateway.id, {}))
  await world.settle()
  expect((await bought.payments())[0]).toMatchObject({ refundedMinor: 400n })
  expect([await differences(world), await attention(world)]).toEqual([[], []])
})

scenario('a gateway that shows no list is not compared, and one that is not there is not found', async (world) => {
  const bank = present((await read(world.shop, listGateways)).find(({ kind }) => kind === 'manual'))
  await expect(
    transaction(world.shop, 'compare', (tx) => compareBooks(tx, world.shop, bank.id, {})),
  ).rejects.toMatchObject({ code: 'conflict' })
  const unknown = (shop: Shop) => transaction(shop, 'compare', (tx) => compareBooks(tx, shop, 'gwa_none', {}))
  await expect(unknown(world.shop)).rejects.toMatchObject({ code: 'not_found' })
})
