import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorizenet as imitation } from '#imitations/gateways/authorizenet.ts'
import { type Served, serveImitation } from '#imitations/kit.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { checkNotice, readNotice } from './authorizenet/notices.ts'
import { readReference, writeReference } from './authorizenet/reference.ts'
import { authorizenet } from './authorizenet.ts'
import { anyCheckout, failure, gatewayContract, listenForNotices } from './contract.ts'
import type { CheckoutStarted, Gateway } from './gateway.ts'
import { imitated, programOf } from './imitated.test-support.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const signatureKey = 'B2'.repeat(64)
const actions = {
  create: 'getHostedPaymentPageRequest',
  read: 'getUnsettledTransactionListRequest',
  refund: 'createTransactionRequest',
  charge: 'createTransactionRequest',
  setup: '-',
}
const reasons = { pays: 1, declined_for_funds: 2, pays_later: 252 } as const
const scripted = { pays: 1, no_funds: 2, lost: 4, asks_the_buyer: 3, fraud: 250 } as const

const settingsAt = (api_base: string) => ({
  api_base,
  login_id: 'anet_login',
  transaction_key: 'anet_key',
  signature_key: signatureKey,
  currency: 'EUR',
})

gatewayContract(
  authorizenet,
  async () => {
    const clock = stoppedClock('2026-03-01T12:00:00Z')
    const listener = await listenForNotices(clock.now)
    const options = { webhook_url: listener.url, signature_key: signatureKey, currency: 'EUR', settles: 'at_once' }
    const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })
    const settings = settingsAt(served.url)
    const context = { http, log: silentLog, now: clock.now, livemode: false }
    const program = programOf(served)
    return {
      gateway: authorizenet.open(settings, context),
      withKey: (transaction_key) => authorizenet.open({ ...settings, transaction_key }, context),
      forLive: () => authorizenet.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: (signature_key) => authorizenet.open({ ...settings, signature_key }, context),
      noticeSecret: signatureKey,
      ...imitated(served, listener, clock, actions),
      buyer: async (invoice, does) => void (await program('/__pay', { invoice, reason: reasons[does] })),
      settle: async (invoice) => void (await program('/__review', { invoice, approved: true })),
      script: async ({ methodRef }, does) =>
        void (await program('/__method', { method: methodRef, reason: scripted[does] })),
    }
  },
  {
    pagesAreNothing: true,
    staysOpen: true,
    declines: { no_funds: 'soft_issuer', asks_the_buyer: 'soft_issuer' },
    signature: {
      header: 'x-anet-signature',
      spoiled: (value) => [
        value.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        value.slice(7),
        'sha512=',
        'sha256=00',
      ],
    },
  },
)

describe('authorize.net', () => {
  let clock: StoppedClock
  let served: Served
  let gateway: Gateway
  let program: ReturnType<typeof programOf>

  beforeEach(async () => {
    clock = stoppedClock('2026-03-01T12:00:00Z')
    const options = { currency: 'EUR', signature_key: signatureKey }
    served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })
    program = programOf(served)
    gateway = open()
  })
  afterEach(() => served.close())

  const open = (over: Partial<ReturnType<typeof settingsAt>> = {}) =>
    authorizenet.open({ ...settingsAt(served.url), ...over }, { http, log: silentLog, now: clock.now, livemode: false })
  const paid = async () => {
    const { remoteRef } = await gateway.createCheckout(anyCheckout(clock))
    await program('/__pay', { invoice: remoteRef })
    return remoteRef
  }
  const refund = (remoteRef: string, minor: number) =>
    gateway.refund?.({ ourRef: 'ref_1', remoteRef, amount: money(minor, 'EUR'), reason: 'asked' })

  test('the browser posts a token of minutes; the same page asked for again has a new one', async () => {
    const first = await gateway.createCheckout(anyCheckout(clock))
    const second = await gateway.createCheckout(anyCheckout(clock))
    if (first.kind !== 'form' || second.kind !== 'form') throw new Error('expected forms')
    expect(first.action).toBe(`${served.url}/payment/payment`)
    expect(second).toMatchObject({ remoteRef: first.remoteRef, action: first.action })
    expect(second.fields.token).not.toBe(first.fields.token)
    const visit = () => fetch(first.action, { method: 'POST', body: new URLSearchParams(first.fields) })
    expect((await visit()).status).toBe(200)
    clock.advance({ minutes: 16 })
    expect((await visit()).status).toBe(404)
  })

  test('paid in two windows with two cards: both are money, and the first names it', async () => {
    const pages = [await gateway.createCheckout(anyCheckout(clock)), await gateway.createCheckout(anyCheckout(clock))]
    const [{ remoteRef }] = pages as [CheckoutStarted, CheckoutStarted]
    const captures: (string | null)[] = []
    for (const page of pages) {
      if (page.kind !== 'form') throw new Error('expected a form')
      const body = new URLSearchParams({ ...page.fields, how: 'pay' })
      const pay = () => fetch(page.action, { method: 'POST', body, redirect: 'manual' })
      expect([(await pay()).status, (await pay()).status]).toEqual([303, 404])
      captures.push((await gateway.fetchPayment(remoteRef)).captureId)
    }
    expect(captures[1]).toBe(captures[0])
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({
      status: 'succeeded',
      requested: money(1099, 'EUR'),
      received: money(2198, 'EUR'),
    })
  })

  test('before the evening all of it is voided, and a part must wait; voided again is the same', async () => {
    const remoteRef = await paid()
    expect(await failure(refund(remoteRef, 400) as Promise<unknown>)).toEqual({ kind: 'rejected', code: 'not_settled' })
    const voided = await refund(remoteRef, 1099)
    expect(voided).toMatchObject({ status: 'succeeded', amount: money(1099, 'EUR') })
    expect(await refund(remoteRef, 1099)).toMatchObject({ ref: voided?.ref, status: 'succeeded' })
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'canceled', refunds: [{ ref: voided?.ref }] })
  })

  test('after the evening a part goes back, and both are found weeks later', async () => {
    const remoteRef = await paid()
    clock.advance({ hours: 10 })
    await program('/__settle', {})
    clock.advance({ hours: 24 * 20 })
    const made = await refund(remoteRef, 400)
    await program('/__settle', {})
    clock.advance({ hours: 24 })
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({
      status: 'succeeded',
      received: money(1099, 'EUR'),
      refunds: [{ ...made, ourRef: 'ref_1' }],
    })
  })

  test('held for review is neither paid nor tried again, and can be refused', async () => {
    const { remoteRef } = await gateway.createCheckout(anyCheckout(clock))
    await program('/__pay', { invoice: remoteRef, reason: 252 })
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'processing' })
    await program('/__review', { invoice: remoteRef, approved: false })
    clock.advance({ hours: 24 })
    expect(await gateway.fetchPayment(remoteRef)).toMatchObject({ status: 'failed', failure: { class: 'fraud' } })
  })

  test('another currency than the account’s is refused, and an account that settles in another does not pass the test', async () => {
    const dollars = gateway.createCheckout(anyCheckout(clock, { amount: money(1099, 'USD') }))
    expect(await failure(dollars)).toEqual({ kind: 'rejected', code: 'currency_not_supported' })
    expect(await failure(open({ currency: 'USD' }).checkConnection())).toEqual({ kind: 'rejected', code: 'currency' })
  })

  test.each([
    [0n, '2026-03-01T12:00:00Z'],
    [1099n, '2026-03-02T11:59:00Z'],
    [999_999_999_999n, '2080-01-01T00:00:00Z'],
  ])('a reference carries %s until %s, in twenty characters', (minor, at) => {
    const over = Temporal.Instant.from(at)
    const text = writeReference('pay_1', 3, minor, over)
    expect(text).toHaveLength(20)
    expect(readReference(text)).toMatchObject({ minor, over })
    expect(writeReference('pay_1', 4, minor, over)).not.toBe(text)
  })
})

describe('the published notice', () => {
  const key =
    '2679A5D5785C9B26CF921E1754765CDDB265C9C88400786923E5343B315954FAFB4B7BF608818F6A21766741E8637DC206F286C725908C777ED4127D8562163D'
  const body =
    '{"notificationId":"f813b98f-3552-4eeb-ba40-acb4704eeba3","eventType":"net.authorize.payment.authcapture.created","eventDate":"2017-03-08T17:35:37.155999Z","webhookId":"63d6fea2-aa13-4b1d-a204-f5fbc15942b7","payload":{"responseCode":1,"authCode":"8VTPDC","avsResponse":"Y","authAmount":10.00,"entityName":"transaction","id":"60019392075"}}'
  const signature =
    '9607C69D2734514554CE13D923D19939563F2FD6567D239F49F0DF0D08865632A0FB98061B4620CC52C47BB8BF6E2B69A15A67E4C98E81D7D65111076C515C6A'
  const notice = (text: string, given = signature) => ({
    body: new TextEncoder().encode(text),
    headers: { 'x-anet-signature': `sha512=${given}` },
    receivedAt: Temporal.Instant.from('2026-03-01T12:00:00Z'),
  })

  test('fits with the key as text, in either case, and with nothing else', () => {
    expect(() => checkNotice(notice(body), [key])).not.toThrow()
    expect(() => checkNotice(notice(body, signature.toLowerCase()), ['another', key])).not.toThrow()
    expect(() => checkNotice(notice(JSON.stringify(JSON.parse(body))), [key])).toThrow(/does not fit/)
    expect(() => checkNotice(notice(body), [Buffer.from(key, 'hex').toString('latin1')])).toThrow(/does not fit/)
  })

  test('names a transaction only: which payment it belongs to is asked', async () => {
    const reference = writeReference('pay_1', 1, 1000n, Temporal.Instant.from('2017-03-09T00:00:00Z'))
    const told = await readNotice(notice(body).body, async (id) => (id === '60019392075' ? reference : null))
    expect(told).toMatchObject({
      dedupeKey: 'f813b98f-3552-4eeb-ba40-acb4704eeba3',
      hints: [{ object: 'payment', remoteRef: reference, ourRef: null }],
    })
  })
})
