import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { btcpay as imitation } from '#imitations/gateways/btcpay.ts'
import { type Served, serveImitation } from '#imitations/kit.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { checkBodySignature } from './body-signature.ts'
import { btcpay } from './btcpay.ts'
import { anyCheckout, failure, gatewayContract, listenForNotices, type NoticeListener } from './contract.ts'
import { decimalOf, floorTo, portion } from './decimals.ts'
import type { Gateway } from './gateway.ts'
import { imitated, programOf } from './imitated.test-support.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const noticeSecret = 'btcpay_contract'
const { store_id = '', key: apiKey = '' } = imitation.defaults
const invoices = '/api/v1/stores/*/invoices'
const actions = {
  create: `POST ${invoices}`,
  read: `GET ${invoices}/*`,
  refund: `POST ${invoices}/*/refund`,
  charge: 'nothing',
  setup: 'nothing',
}

const serve = (clock: StoppedClock, listener: NoticeListener, options: Record<string, string> = {}) =>
  serveImitation(imitation, {
    port: 0,
    folder: null,
    now: clock.now,
    options: { webhook_url: listener.url, webhook_secret: noticeSecret, ...options },
  })
const settingsOf = ({ url }: Served) => ({
  api_base: url,
  store_id,
  api_key: apiKey,
  notice_secret: noticeSecret,
  page_minutes: 30,
  seen_up_to: '',
})

gatewayContract(
  btcpay,
  async () => {
    const clock = stoppedClock('2026-03-01T12:00:00Z')
    const listener = await listenForNotices(clock.now)
    const served = await serve(clock, listener, { claims: 'at_once' })
    const settings = settingsOf(served)
    const context = { http, log: silentLog, now: clock.now, livemode: false }
    const program = programOf(served)
    return {
      gateway: btcpay.open(settings, context),
      withKey: (api_key) => btcpay.open({ ...settings, api_key }, context),
      forLive: () => btcpay.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: (notice_secret) => btcpay.open({ ...settings, notice_secret }, context),
      noticeSecret,
      ...imitated(served, listener, clock, actions),
      buyer: async (invoice, does) => void (await program('/__send', { invoice, settled: does === 'pays' })),
      settle: async (invoice) => void (await program('/__settle', { invoice, outcome: 'settled' })),
    }
  },
  {
    hasNoModes: true,
    cannotDecline: true,
    signature: { header: 'btcpay-sig', spoiled: (value) => [value.slice(0, -1), value.replace(/=./, '=g'), 'sha256='] },
  },
)

describe('btcpay', () => {
  let clock: StoppedClock
  let served: Served
  let listener: NoticeListener
  let gateway: Gateway
  let program: ReturnType<typeof programOf>

  const open = () => btcpay.open(settingsOf(served), { http, log: silentLog, now: clock.now, livemode: false })

  beforeEach(async () => {
    clock = stoppedClock('2026-03-01T12:00:00Z')
    listener = await listenForNotices(clock.now)
    served = await serve(clock, listener)
    program = programOf(served)
    gateway = open()
  })
  afterEach(async () => {
    await served.close()
    await listener.close()
  })

  const start = async () => (await gateway.createCheckout(anyCheckout(clock))).remoteRef
  const send = (invoice: string, percent = 100, settled = true) => program('/__send', { invoice, percent, settled })
  const settle = (invoice: string, outcome = 'settled') => program('/__settle', { invoice, outcome })
  const now = (invoice: string) => gateway.fetchPayment(invoice)
  const eur = (minor: number) => money(minor, 'EUR')

  test('too little waits for the rest; at the end it counts as what it is worth', async () => {
    const invoice = await start()
    await send(invoice, 40)
    expect(await now(invoice)).toMatchObject({ status: 'requires_action', received: eur(0), captureId: null })
    clock.advance({ minutes: 31 })
    expect(await now(invoice)).toMatchObject({
      status: 'succeeded',
      requested: eur(1099),
      received: eur(439),
      captureId: invoice,
      method: { kind: 'BTC-CHAIN' },
    })
    await send(invoice, 60)
    expect(await now(invoice)).toMatchObject({ status: 'succeeded', received: eur(1099), captureId: invoice })
  })

  test('the rest in time makes it whole, too much is all received', async () => {
    const invoice = await start()
    await send(invoice, 40)
    await send(invoice, 85)
    expect(await now(invoice)).toMatchObject({ status: 'succeeded', requested: eur(1099), received: eur(1373) })
  })

  test('coins that were only seen are no money; a transaction that was replaced gives the page back', async () => {
    const invoice = await start()
    await send(invoice, 100, false)
    expect(await now(invoice)).toMatchObject({ status: 'processing', received: eur(0) })
    await settle(invoice, 'replaced')
    expect(await now(invoice)).toMatchObject({ status: 'requires_action', received: eur(0) })
  })

  test('small sums count as soon as they are seen, larger ones and replaceable transactions once they are confirmed', async () => {
    const settings = { ...settingsOf(served), seen_up_to: '25 USD, 10.99 EUR' }
    const quick = btcpay.open(settings, { http, log: silentLog, now: clock.now, livemode: false })
    const opens = async (ourRef: string, amount = money(1099, 'EUR')) =>
      (await quick.createCheckout({ ...anyCheckout(clock), ourRef, amount })).remoteRef
    const seen = async (invoice: string, replaceable = false) => {
      await program('/__send', { invoice, percent: 100, settled: false, replaceable })
      const { status, received } = await now(invoice)
      return [status, received.minor]
    }
    expect(await seen(await opens('pay_small'))).toEqual(['succeeded', 1099n])
    expect(await seen(await opens('pay_large', money(1100, 'EUR')))).toEqual(['processing', 0n])
    expect(await seen(await opens('pay_other', money(900, 'GBP')))).toEqual(['processing', 0n])
    const careful = await opens('pay_careful')
    expect(await seen(careful, true)).toEqual(['processing', 0n])
    await settle(careful)
    expect(await now(careful)).toMatchObject({ status: 'succeeded', received: eur(1099) })
    // Without it all waits.
    expect(await seen(await start())).toEqual(['processing', 0n])
  })

  test('what it is to count when seen is told in amounts, each currency once', () => {
    const read = (seen_up_to?: string) => btcpay.settings.safeParse({ ...settingsOf(served), seen_up_to }).success
    for (const right of [undefined, '', '20 EUR', ' 20.50 EUR , 25 USD', '3000 JPY'])
      expect(read(right), right).toBe(true)
    for (const wrong of ['20', 'EUR', 'EUR 20', '20 QQQ', '20 EUR, 30 EUR', '20.505 EUR', '-1 EUR', '20 EUR x'])
      expect(read(wrong), wrong).toBe(false)
  })

  test('what comes after the end is seen, then counts, while the invoice stays expired', async () => {
    const invoice = await start()
    clock.advance({ minutes: 31 })
    expect(await now(invoice)).toMatchObject({ status: 'expired' })
    await send(invoice, 100, false)
    expect(await now(invoice)).toMatchObject({ status: 'processing', received: eur(0) })
    await settle(invoice)
    expect(await now(invoice)).toMatchObject({ status: 'succeeded', received: eur(1099) })
  })

  test('coins that never confirm end as failed, an invoice that the store marked as settled is paid', async () => {
    const invoice = await start()
    await send(invoice, 100, false)
    clock.advance({ hours: 25 })
    expect(await now(invoice)).toMatchObject({ status: 'failed', failure: { class: 'unknown' } })
    const other = (await gateway.createCheckout(anyCheckout(clock, { ourRef: 'pay_other' }))).remoteRef
    await fetch(`${served.url}/api/v1/stores/${store_id}/invoices/${other}/status`, {
      method: 'POST',
      headers: { authorization: `token ${apiKey}` },
      body: JSON.stringify({ status: 'Settled' }),
    })
    expect(await now(other)).toMatchObject({ status: 'succeeded', received: eur(1099) })
  })

  test('a page on which coins were seen is not closed; an empty one is, and what is sent there all the same counts', async () => {
    const invoice = await start()
    await send(invoice, 10)
    expect(await gateway.cancel?.(invoice)).toMatchObject({ status: 'requires_action' })
    const other = (await gateway.createCheckout(anyCheckout(clock, { ourRef: 'pay_other' }))).remoteRef
    expect(await gateway.cancel?.(other)).toMatchObject({ status: 'canceled', received: eur(0) })
    await send(other)
    expect(await now(other)).toMatchObject({ status: 'succeeded', received: eur(1099) })
  })

  test('two processes that begin the same attempt at once end on one page', async () => {
    const [one, other] = await Promise.all([open(), open()].map((each) => each.createCheckout(anyCheckout(clock))))
    const again = await gateway.createCheckout(anyCheckout(clock))
    expect([one?.remoteRef, other?.remoteRef]).toContain(again.remoteRef)
    const waiting = (await gateway.findByReference(anyCheckout(clock).ourRef)).filter(
      ({ status }) => status === 'requires_action',
    )
    expect(waiting.map(({ remoteRef }) => remoteRef)).toEqual([again.remoteRef])
  })

  const back = (remoteRef: string, minor: number, ourRef = 'ref_1') =>
    gateway.refund?.({ ourRef, remoteRef, amount: eur(minor), reason: 'asked for it' })
  const told = async (invoice: string) => (await now(invoice)).refunds[0]

  test('what is given back waits for the buyer, is on its way once he claimed it, and done when it was sent', async () => {
    const invoice = await start()
    await send(invoice)
    const offered = await back(invoice, 500)
    const claimUrl = `${served.url}/pull-payments/${offered?.ref}`
    expect(offered).toEqual({
      ...{ ref: offered?.ref, ourRef: 'ref_1', amount: eur(500), status: 'requires_action', reason: null, claimUrl },
    })
    expect(await back(invoice, 500)).toEqual(offered)
    await program('/__claim', { pull_payment: offered?.ref })
    expect(await told(invoice)).toEqual({ ...offered, status: 'pending', claimUrl: undefined })
    // The operator does not approve it: it can be claimed again.
    await program('/__payout', { pull_payment: offered?.ref, state: 'Cancelled' })
    expect(await told(invoice)).toMatchObject({ status: 'requires_action', claimUrl })
    expect(await (await fetch(claimUrl)).text()).toContain('5.00 EUR')
    await fetch(claimUrl, { method: 'POST', redirect: 'manual' })
    expect(await told(invoice)).toMatchObject({ status: 'succeeded', reason: null })
    // What other metadata the invoice had is still there.
    expect(await gateway.findByReference(anyCheckout(clock).ourRef)).toHaveLength(1)
  })

  test('one that the operator withdraws is canceled, and can be asked for anew; one that was sent in part is that part then', async () => {
    const invoice = await start()
    await send(invoice)
    const offered = await back(invoice, 1099)
    await program('/__archive', { pull_payment: offered?.ref })
    expect(await told(invoice)).toMatchObject({ status: 'canceled', reason: expect.stringContaining('withdrawn') })
    const again = await back(invoice, 1099, 'ref_2')
    expect(again?.ref).not.toBe(offered?.ref)
    await program('/__claim', { pull_payment: again?.ref, amount: '4.00' })
    await program('/__payout', { pull_payment: again?.ref, state: 'Completed' })
    const { refunds } = await now(invoice)
    expect(refunds.find(({ ourRef }) => ourRef === 'ref_2')).toMatchObject({ status: 'requires_action' })
    await program('/__archive', { pull_payment: again?.ref })
    const left = (await now(invoice)).refunds.find(({ ourRef }) => ourRef === 'ref_2')
    expect(left).toMatchObject({
      status: 'succeeded',
      amount: money(400, 'EUR'),
      reason: expect.stringContaining('part'),
    })
    // The rest can be asked for anew, and no more than that.
    await expect(back(invoice, 700, 'ref_3')).rejects.toMatchObject({ code: 'too_much' })
    expect(await back(invoice, 699, 'ref_4')).toMatchObject({ status: 'requires_action' })
  })

  test('a key that may not give money back is told so for good, and pays all the same', async () => {
    await served.close()
    served = await serve(clock, listener, {
      permissions: 'btcpay.store.canviewinvoices,btcpay.store.cancreateinvoice,btcpay.store.canmodifyinvoices',
    })
    program = programOf(served)
    gateway = open()
    const invoice = await start()
    await send(invoice)
    expect(await now(invoice)).toMatchObject({ status: 'succeeded', refunds: [] })
    await expect(back(invoice, 100)).rejects.toMatchObject({
      kind: 'rejected',
      code: 'missing_permission',
      message: expect.stringContaining('canmanagepullpayments'),
    })
    expect(await now(invoice)).toMatchObject({ status: 'succeeded', refunds: [] })
  })

  test('a redelivery, with an id and a signature of its own, is known as the notice that it repeats', async () => {
    await start()
    await program('/__redeliver', {})
    const [first, again] = await Promise.all((await listener.take(2)).map((each) => gateway.verifyNotice?.(each)))
    expect(first?.dedupeKey).toBe(again?.dedupeKey)
    expect(first?.eventType).toBe('InvoiceCreated')
  })

  test.each([
    ['of another store', { storeId: 'another' }],
    ['without an id', { deliveryId: '' }],
  ])('a notice %s is refused although it is signed', async (_, over) => {
    const facts = { deliveryId: 'd1', type: 'InvoiceSettled', timestamp: 1, storeId: store_id, invoiceId: 'x' }
    const body = Buffer.from(JSON.stringify({ ...facts, ...over }))
    const sig = createHmac('sha256', noticeSecret).update(body).digest('hex')
    const notice = { body, headers: { 'btcpay-sig': `sha256=${sig}` }, receivedAt: clock.now() }
    await expect(gateway.verifyNotice?.(notice)).rejects.toMatchObject({ reason: 'forged' })
  })

  test('a key without the rights that are needed is told which it lacks', async () => {
    await served.close()
    served = await serve(clock, listener, { permissions: `btcpay.store.canviewinvoices:${store_id}` })
    const error: unknown = await open()
      .checkConnection()
      .catch((each: unknown) => each)
    expect(String(error)).toContain('lacks btcpay.store.cancreateinvoice, btcpay.store.canmodifyinvoices')
    expect(await failure(open().checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'missing_permission' })
  })
})

/** BTCPay signs as GitHub does, which publishes this example: docs.github.com, "Validating webhook deliveries". */
test('the published example of the signature holds', () => {
  const signature = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  expect(() => checkBodySignature('sha256', 'Hello, World!', signature, ["It's a Secret to Everybody"])).not.toThrow()
  expect(() => checkBodySignature('sha256', 'Hello, World?', signature, ["It's a Secret to Everybody"])).toThrow()
})

test.each([
  ['0.00018318', '60000', 1099n],
  ['0.00018316', '60000', 1098n],
  ['1e-7', '60000', 0n],
  ['12', '0.5', 600n],
])('%s coins at %s are %i cents, never more', (coins, rate, minor) => {
  const [a, b] = [decimalOf(coins), decimalOf(rate)]
  if (!a || !b) throw new Error('no decimals')
  expect(floorTo('EUR', { digits: a.digits * b.digits, scale: a.scale + b.scale }).minor).toBe(minor)
})

test('a portion of an amount is exact and rounded down', () => {
  const [part, of] = [decimalOf('0.1'), decimalOf('0.3')]
  if (!part || !of) throw new Error('no decimals')
  expect(portion(money(1000, 'EUR'), part, of)).toEqual(money(333, 'EUR'))
  for (const text of ['', '-1', '1,5', '0x1', 'NaN', '1e100']) expect(decimalOf(text)).toBeNull()
})
