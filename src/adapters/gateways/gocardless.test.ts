import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gocardless as imitation } from '#imitations/gateways/gocardless.ts'
import { type Served, serveImitation } from '#imitations/kit.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { anyCheckout, failure, gatewayContract, listenForNotices, type NoticeListener } from './contract.ts'
import type { Gateway } from './gateway.ts'
import { movesOf, payoutOf } from './gocardless/payouts.ts'
import { gocardless } from './gocardless.ts'
import { imitated, programOf } from './imitated.test-support.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const token = 'sandbox_gocardless'
const secret = 'gocardless_secret'
const actions = {
  create: 'POST /billing_requests',
  read: 'GET /billing_requests/*',
  refund: 'POST /refunds',
  charge: 'POST /payments',
  setup: 'POST /billing_requests',
}
const answers = { pays: 'pays', declined_for_funds: 'insufficient_funds', pays_later: 'later' } as const
const scripted = {
  pays: 'pays',
  no_funds: 'insufficient_funds',
  lost: 'bank_account_closed',
  asks_the_buyer: 'refer_to_payer',
  fraud: 'authorisation_disputed',
} as const

const settingsAt = (api_base: string) => ({
  api_base,
  access_token: token,
  webhook_secret: secret,
  first_payment: 'debit' as const,
})

gatewayContract(
  gocardless,
  async () => {
    const clock = stoppedClock('2026-03-01T12:00:00Z')
    const listener = await listenForNotices(clock.now)
    const options = { webhook_url: listener.url, confirm_hours: '0' }
    const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })
    const settings = settingsAt(served.url)
    const context = { http, log: silentLog, now: clock.now, livemode: false }
    const program = programOf(served)
    return {
      gateway: gocardless.open(settings, context),
      withKey: (access_token) => gocardless.open({ ...settings, access_token }, context),
      forLive: () => gocardless.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: (webhook_secret) => gocardless.open({ ...settings, webhook_secret }, context),
      noticeSecret: secret,
      ...imitated(served, listener, clock, actions),
      buyer: async (request, does) => void (await program('/__pay', { request, next: answers[does] })),
      settle: async (id) => void (await program('/__settle', { id })),
      payOut: async () => void (await program('/__payout', {})),
      script: async ({ methodRef }, does) =>
        void (await program('/__method', { mandate: methodRef, next: scripted[does] })),
    }
  },
  {
    declineEnds: true,
    keepsAccounts: true,
    pagesAreFresh: true,
    declines: { asks_the_buyer: 'soft_issuer', fraud: 'mandate_gone' },
    signature: { header: 'webhook-signature', spoiled: (value) => [value.slice(2), `${value}00`, `v1=${value}`] },
  },
)

describe('gocardless', () => {
  let clock: StoppedClock
  let served: Served
  let listener: NoticeListener
  let gateway: Gateway
  let program: ReturnType<typeof programOf>

  const open = (
    over: Partial<Omit<ReturnType<typeof settingsAt>, 'first_payment'>> & { first_payment?: 'instant' } = {},
  ) =>
    gocardless.open({ ...settingsAt(served.url), ...over }, { http, log: silentLog, now: clock.now, livemode: false })
  beforeEach(async () => {
    clock = stoppedClock('2026-03-01T12:00:00Z')
    listener = await listenForNotices(clock.now)
    const options = { webhook_url: listener.url, refunds: 'by_hand' }
    served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })
    program = programOf(served)
    gateway = open()
  })
  afterEach(async () => {
    await served.close()
    await listener.close()
  })

  const saveFor = { customerId: 'cus_1', customerRef: null }
  async function agreed(next = 'pays', over: Parameters<typeof anyCheckout>[1] = {}, of = gateway): Promise<string> {
    const { remoteRef } = await of.createCheckout(anyCheckout(clock, over))
    await program('/__pay', { request: remoteRef, next })
    return remoteRef
  }
  const truth = async (action: string) => {
    const { facts } = (await (await fetch(`${served.controlUrl}/__truth`)).json()) as { facts: { action: string }[] }
    return facts.filter((each) => each.action === action).length
  }
  const hintsOf = async (count: number) => {
    const told = await listener.take(count)
    return (await Promise.all(told.map((each) => gateway.verifyNotice?.(each)))).flatMap((each) => each?.hints ?? [])
  }

  test('agreed on the page, debited once by whoever asks first, paid when the bank has answered', async () => {
    const remoteRef = await agreed('pays', { saveFor })
    const all = await Promise.all([1, 2, 3].map(() => gateway.fetchPayment(remoteRef)))
    for (const each of all) expect(each).toMatchObject({ status: 'processing', received: money(0, 'EUR'), saved: null })
    expect(await truth('payments.created')).toBe(1)
    clock.advance({ hours: 97 })
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({
      status: 'succeeded',
      received: money(1099, 'EUR'),
      method: { kind: 'bank_debit', brand: 'Imitated Bank', last4: '3000' },
      saved: { methodRef: expect.stringMatching(/^MD/), last4: '3000', expires: null },
    })
    expect(await truth('payments.created')).toBe(1)
  })

  test('agreed when it was not wanted any more: nothing is debited', async () => {
    const { remoteRef } = await gateway.createCheckout(anyCheckout(clock))
    clock.advance({ hours: 3 })
    await program('/__pay', { request: remoteRef })
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'expired', received: money(0, 'EUR') })
    expect(await truth('payments.created')).toBe(0)
  })

  test('a charge takes days, and can fail at their end', async () => {
    const remoteRef = await agreed('pays', { saveFor })
    await gateway.fetchPayment(remoteRef)
    clock.advance({ hours: 97 })
    const { saved } = await gateway.fetchPayment(remoteRef)
    if (saved === null) throw new Error('nothing was kept')
    await program('/__method', { mandate: saved.methodRef, next: 'insufficient_funds' })
    const charge = { ourRef: 'pay_renewal', amount: money(1099, 'EUR'), description: 'TV', method: saved }
    const pending = await gateway.chargeSaved?.(charge)
    expect(pending).toMatchObject({ status: 'processing', captureId: null })
    clock.advance({ hours: 48 })
    expect(await gateway.chargeSaved?.(charge)).toEqual(pending)
    clock.advance({ hours: 48 })
    expect(await gateway.fetchPayment(pending?.remoteRef ?? '')).toMatchObject({
      status: 'failed',
      failure: { class: 'soft_funds', code: 'insufficient_funds' },
    })
  })

  test.each(['failed', 'charged_back'])(
    '%s after it was confirmed: told as taken back, and it stays known as paid',
    async (how) => {
      const remoteRef = await agreed()
      await gateway.fetchPayment(remoteRef)
      clock.advance({ hours: 97 })
      const { captureId } = await gateway.fetchPayment(remoteRef)
      await program('/__take_back', { payment: captureId ?? '', how })
      const hints = await hintsOf(4)
      expect(hints.filter(({ object }) => object === 'dispute')).toMatchObject(
        how === 'failed'
          ? [{ type: 'payments.failed', ourRef: expect.any(String) }, { type: 'payments.late_failure_settled' }]
          : [{ type: 'payments.charged_back', remoteRef: captureId, disputeRef: captureId }],
      )
      expect(await gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'succeeded', captureId })
      const lost = {
        ref: captureId,
        captureId,
        kind: 'bank_return',
        status: 'lost',
        withdrawn: money(1099, 'EUR'),
        reason: how === 'failed' ? 'bank_account_closed' : 'authorisation_disputed',
      }
      expect(await gateway.fetchDispute?.(captureId ?? '')).toMatchObject(lost)
      if (how === 'failed') return
      await program('/__take_back', { payment: captureId ?? '', how: 'chargeback_cancelled' })
      expect((await hintsOf(5)).at(-1)).toMatchObject({ type: 'payments.chargeback_cancelled', disputeRef: captureId })
      const won = { ...lost, status: 'won', withdrawn: money(0, 'EUR') }
      expect(await gateway.fetchDispute?.(captureId ?? '')).toMatchObject(won)
    },
  )

  test('a failure that never was a success is no dispute', async () => {
    const remoteRef = await agreed('bank_account_closed')
    await gateway.fetchPayment(remoteRef)
    clock.advance({ hours: 97 })
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({
      status: 'failed',
      failure: { class: 'hard_blocked', code: 'bank_account_closed' },
    })
    const hints = await hintsOf(3)
    expect(hints.map(({ object, type }) => `${object} ${type}`)).toEqual([
      'payment billing_requests.fulfilled',
      'payment payments.failed',
    ])
    const asked = gateway.fetchDispute?.(hints.at(-1)?.remoteRef ?? '') ?? Promise.resolve()
    expect(await failure(asked)).toMatchObject({ kind: 'rejected', code: 'not_found' })
  })

  test('a notice of many events names each payment, whatever else it tells, and is known by them in any order', async () => {
    const event = (id: string, resource_type: string, action: string, links: object, reference?: string) => ({
      id,
      resource_type,
      action,
      links,
      ...(reference ? { resource_metadata: { linekeeper_payment: reference } } : {}),
    })
    const events = [
      event('EV1', 'payouts', 'paid', { payout: 'PO1' }),
      event('EV2', 'payments', 'confirmed', { payment: 'PM1' }, 'pay_1'),
      event('EV3', 'payments', 'paid_out', { payment: 'PM1' }, 'pay_1'),
      event('EV4', 'payments', 'confirmed', { payment: 'PM2' }),
      event('EV5', 'refunds', 'paid', { refund: 'RF1', payment: 'PM3' }, 'pay_3'),
      event('EV6', 'mandates', 'a_word_of_next_year', { mandate: 'MD1' }),
    ]
    const verified = async (all: typeof events) => {
      const body = new TextEncoder().encode(JSON.stringify({ events: all, meta: { webhook_id: 'WB1' } }))
      const headers = { 'webhook-signature': createHmac('sha256', secret).update(body).digest('hex') }
      return gateway.verifyNotice?.({ body, headers, receivedAt: clock.now() })
    }
    const told = await verified(events)
    expect(told?.hints).toEqual([
      { object: 'payment', remoteRef: 'PM1', ourRef: 'pay_1', type: 'payments.confirmed' },
      { object: 'payment', remoteRef: 'PM2', ourRef: null, type: 'payments.confirmed' },
      { object: 'refund', remoteRef: 'PM3', ourRef: 'pay_3', type: 'refunds.paid' },
    ])
    expect((await verified(events.toReversed()))?.dedupeKey).toBe(told?.dedupeKey)
    expect((await verified(events.slice(1)))?.dedupeKey).not.toBe(told?.dedupeKey)
    await expect(verified([])).rejects.toMatchObject({ reason: 'forged' })
  })

  test('a refund is on its way until it is paid; asked again it is the same one, and it can bounce', async () => {
    const remoteRef = await agreed()
    await gateway.fetchPayment(remoteRef)
    clock.advance({ hours: 97 })
    const refund = (ourRef: string, minor: number) =>
      gateway.refund?.({ ourRef, remoteRef, amount: money(minor, 'EUR'), reason: 'asked for it' })
    const made = await refund('ref_1', 1000)
    expect(made).toMatchObject({ status: 'pending', reason: 'asked for it' })
    expect(await refund('ref_1', 1000)).toEqual(made)
    expect(await failure(refund('ref_2', 1000) as Promise<unknown>)).toMatchObject({ kind: 'rejected' })
    await program('/__settle', { id: made?.ref ?? '', next: 'insufficient_funds' })
    expect(await refund('ref_1', 1000)).toMatchObject({ ref: made?.ref, status: 'failed' })
    expect(await refund('ref_2', 1099)).toMatchObject({ status: 'pending' })
  })

  test('an instant first payment is there at once, with a mandate only where one shall be kept', async () => {
    const instant = open({ first_payment: 'instant' })
    const remoteRef = await agreed('pays', { saveFor }, instant)
    const paid = await instant.fetchPayment(remoteRef)
    expect(paid).toMatchObject({ status: 'succeeded', received: money(1099, 'EUR'), saved: { last4: '3000' } })
    expect(await instant.findByReference(paid.ourRef ?? '')).toEqual([paid])
    const other = await agreed('pays', { ourRef: 'pay_other' }, instant)
    expect(await instant.fetchPayment(other)).toMatchObject({ status: 'succeeded', saved: null })
  })
})

describe('what a payout is made of', () => {
  const payout = (more: object = {}) => ({
    ...{
      id: 'PO1',
      amount: 1_000,
      deducted_fees: 31,
      currency: 'EUR',
      status: 'paid',
      created_at: '2026-03-01T12:00:00Z',
    },
    ...more,
  })
  const item = (type: string, amount: string, payment: string | null = 'PM1') => ({ type, amount, links: { payment } })
  const told = (items: ReturnType<typeof item>[], fees = 31) =>
    movesOf(payout({ deducted_fees: fees }), items).map((each) => [
      ...[each.ref, each.kind, each.captureId, each.amount.minor, each.fee.minor],
    ])

  test('a fee goes with its payment, and what rounds or taxes left over is a fee of the payout', () => {
    const paid = [
      item('payment_paid_out', '1299.0'),
      item('gocardless_fee', '-15.5'),
      item('payment_paid_out', '500.0', 'PM2'),
      item('gocardless_fee', '-12.4', 'PM2'),
    ]
    expect(told(paid)).toEqual([
      ['PO1:payment_paid_out:PM1', 'payment', 'PM1', 1_299n, 16n],
      ['PO1:payment_paid_out:PM2', 'payment', 'PM2', 500n, 12n],
      ['PO1:rest:', 'fee', null, 0n, 3n],
    ])
    expect(told(paid, 28)).toHaveLength(2)
  })

  test('what was given back and what banks took back is told as such, with the fee that came back by itself', () => {
    expect(
      told(
        [
          item('payment_refunded', '-400.0'),
          item('payment_charged_back', '-899.0', 'PM3'),
          item('gocardless_fee', '16.0', 'PM3'),
          item('payment_failed', '-200.0', 'PM4'),
          item('revenue_share', '5.0', null),
          item('payment_refunded', '-100.0'),
        ],
        -16,
      ),
    ).toEqual([
      ['PO1:payment_refunded:PM1', 'refund', 'PM1', -400n, 0n],
      ['PO1:payment_charged_back:PM3', 'dispute', 'PM3', -899n, 0n],
      ['PO1:payment_failed:PM4', 'dispute', 'PM4', -200n, 0n],
      ['PO1:revenue_share:', 'other', null, 5n, 0n],
      ['PO1:payment_refunded:PM1#2', 'refund', 'PM1', -100n, 0n],
      ['PO1:fee:PM3', 'fee', 'PM3', 0n, -16n],
    ])
  })

  test.each([
    ['pending', 'coming'],
    ['paid', 'arrived'],
    ['bounced', 'failed'],
    ['a new word', 'coming'],
  ])('%s is %s', (status, state) => {
    expect(payoutOf(payout({ status, arrival_date: '2026-03-03', reference: 'SHOP-1' }))).toMatchObject({
      ...{ ref: 'PO1', state, arrivesOn: '2026-03-03', bankText: 'SHOP-1', amount: money(1_000, 'EUR') },
    })
  })
})

/** The webhook in the tests of GoCardless' own libraries (gocardless-nodejs, src/__tests__/webhooks.test.js; the same in all of them). */
describe('the published notice', () => {
  const published = {
    secret: 'ED7D658C-D8EB-4941-948B-3973214F2D49',
    signature: '2693754819d3e32d7e8fcb13c729631f316c6de8dc1cf634d6527f1c07276e7e',
    body: '{"events":[{"id":"EV00BD05S5VM2T","created_at":"2018-07-05T09:13:51.404Z","resource_type":"subscriptions","action":"created","links":{"subscription":"SB0003JJQ2MR06"},"details":{"origin":"api","cause":"subscription_created","description":"Subscription created via the API."},"metadata":{}},{"id":"EV00BD05TB8K63","created_at":"2018-07-05T09:13:56.893Z","resource_type":"mandates","action":"created","links":{"mandate":"MD000AMA19XGEC"},"details":{"origin":"api","cause":"mandate_created","description":"Mandate created via the API."},"metadata":{}}]}',
  }
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  const heard = ({ secret, signature, body }: typeof published) =>
    gocardless
      .open(
        { ...settingsAt('http://127.0.0.1:9'), webhook_secret: secret },
        { http, log: silentLog, now: clock.now, livemode: false },
      )
      .verifyNotice?.({
        body: new TextEncoder().encode(body),
        headers: { 'webhook-signature': signature },
        receivedAt: clock.now(),
      })

  test('fits, and leads to nothing: it is about no payment', async () => {
    expect(await heard(published)).toMatchObject({ eventType: 'subscriptions.created, mandates.created', hints: [] })
  })

  test.each([
    ['another secret', { secret: 'another' }],
    ['another event', { body: published.body.replace('EV00BD05S5VM2T', 'EV00BD05S5VM2U') }],
    ['another signature', { signature: 'NOTVERYCONVINCING' }],
  ])('does not fit with %s', async (_, over) => {
    await expect(heard({ ...published, ...over })).rejects.toMatchObject({ reason: 'forged' })
  })
})
