import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeSigner } from '#imitations/gateways/paypal/certificate.ts'
import { paypal as imitation } from '#imitations/gateways/paypal.ts'
import { type Served, serveImitation } from '#imitations/kit.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { createHttpOut, type HttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { anyCheckout, failure, gatewayContract, listenForNotices, type NoticeListener } from './contract.ts'
import { type Gateway, NoticeError, type RawNotice } from './gateway.ts'
import { imitated, programOf } from './imitated.test-support.ts'
import { fromPaypalAmount, toPaypalAmount } from './paypal/amounts.ts'
import { isSigned, readEvent, signedText, trustedLeaf } from './paypal/notices.ts'
import { published, sandboxKey } from './paypal/published.test-support.ts'
import { paypal } from './paypal.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const secret = 'paypal_test_secret'
const webhookId = '5GP028458E2496506'
const actions = {
  create: 'POST /v2/checkout/orders',
  read: 'GET /v2/checkout/orders/*',
  refund: 'POST /v2/payments/captures/*/refund',
  charge: 'POST /v2/checkout/orders',
  setup: 'POST /v3/vault/setup-tokens',
}
const moods = { pays: 'pays', declined_for_funds: 'INSTRUMENT_DECLINED', pays_later: 'pending' } as const
const scripted = {
  pays: 'pays',
  no_funds: 'INSTRUMENT_DECLINED',
  lost: 'PAYER_ACCOUNT_LOCKED_OR_CLOSED',
  asks_the_buyer: 'PAYER_ACTION_REQUIRED',
  fraud: 'COMPLIANCE_VIOLATION',
} as const

gatewayContract(
  paypal,
  async () => {
    const clock = stoppedClock('2026-03-01T12:00:00Z')
    const listener = await listenForNotices(clock.now)
    const options = { client_secret: secret, webhook_url: listener.url, webhook_id: webhookId }
    const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })
    const settings = {
      api_base: served.url,
      client_id: 'paypal_client',
      client_secret: secret,
      webhook_id: webhookId,
    }
    const context = { http, log: silentLog, now: clock.now, livemode: false }
    const program = programOf(served)
    return {
      gateway: paypal.open(settings, context),
      withKey: (client_secret) => paypal.open({ ...settings, client_secret }, context),
      forLive: () => paypal.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: (webhook_id) => paypal.open({ ...settings, webhook_id }, context),
      noticeSecret: webhookId,
      ...imitated(served, listener, clock, actions),
      buyer: async (order, does) =>
        void (await program('/__pay', { order: order.replace(/^till-\d+-/, ''), mood: moods[does] })),
      settle: async (order) => void (await program('/__settle', { order, outcome: 'COMPLETED' })),
      payOut: async (minor) => void (await program('/__withdraw', { value: (minor / 100).toFixed(2) })),
      script: async ({ methodRef }, does) =>
        void (await program('/__method', { token: methodRef, mood: scripted[does] })),
    }
  },
  {
    keepsWallets: true,
    setupsAreNameless: true,
    signature: {
      header: 'paypal-transmission-sig',
      spoiled: (value) => [
        `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}`,
        value.slice(4),
        Buffer.from('hello').toString('base64'),
      ],
    },
  },
)

describe('paypal', () => {
  let clock: StoppedClock
  let listener: NoticeListener
  let served: Served
  let gateway: Gateway
  let program: ReturnType<typeof programOf>
  const settings = () => ({
    api_base: served.url,
    client_id: 'paypal_client',
    client_secret: 'paypal_secret',
    webhook_id: webhookId,
  })
  const open = (over: Partial<ReturnType<typeof settings>> = {}, out: HttpOut = http) =>
    paypal.open({ ...settings(), ...over }, { http: out, log: silentLog, now: clock.now, livemode: false })
  const serve = async (options: Record<string, string> = {}) => {
    served = await serveImitation(imitation, {
      port: 0,
      folder: null,
      now: clock.now,
      options: { webhook_url: listener.url, webhook_id: webhookId, ...options },
    })
    program = programOf(served)
    gateway = open()
  }

  beforeEach(async () => {
    clock = stoppedClock('2026-03-01T12:00:00Z')
    listener = await listenForNotices(clock.now)
    await serve()
  })
  afterEach(async () => {
    await served.close()
    await listener.close()
  })

  const again = async (options: Record<string, string>) => {
    await served.close()
    await serve(options)
  }
  const start = async (over: Parameters<typeof anyCheckout>[1] = {}) =>
    (await gateway.createCheckout(anyCheckout(clock, over))).remoteRef
  /** What PayPal was told to print, as it tells the order itself. */
  const textOf = async (order: string): Promise<string | undefined> => {
    const headers = { authorization: `Basic ${btoa('paypal_client:paypal_secret')}` }
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const signedIn = await fetch(`${served.url}/v1/oauth2/token`, { method: 'POST', headers, body })
    const { access_token } = (await signedIn.json()) as { access_token: string }
    const told = await fetch(`${served.url}/v2/checkout/orders/${order}`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    return ((await told.json()) as { purchase_units: { soft_descriptor?: string }[] }).purchase_units[0]
      ?.soft_descriptor
  }
  const captures = async () => {
    const { facts } = (await (await fetch(`${served.controlUrl}/__truth`)).json()) as { facts: { action: string }[] }
    return facts.filter(({ action }) => action === 'captured').length
  }

  test('whoever learns of the approval first takes the money, and it is taken once', async () => {
    const order = await start()
    await program('/__pay', { order })
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => open().fetchPayment(order)))
    expect(others.every((each) => each.captureId === first?.captureId)).toBe(true)
    expect(first).toMatchObject({ status: 'succeeded', received: money(1099, 'EUR') })
    expect(await captures()).toBe(1)
  })

  test('nothing is taken on a page that was given up or is over, also when the buyer approves it later', async () => {
    const canceled = await start()
    await gateway.cancel?.(canceled)
    await program('/__pay', { order: canceled })
    expect(await gateway.fetchPayment(canceled)).toMatchObject({
      status: 'canceled',
      ourRef: anyCheckout(clock).ourRef,
    })

    const over = await start({ ourRef: 'pay_over', expiresAt: clock.now().add({ minutes: 30 }) })
    await program('/__pay', { order: over })
    clock.advance({ minutes: 31 })
    expect(await gateway.fetchPayment(over)).toMatchObject({ status: 'expired' })
    expect(await captures()).toBe(0)
  })

  test('what the buyer has agreed to is taken when he is asked to be stopped', async () => {
    const order = await start()
    await program('/__pay', { order })
    expect(await gateway.cancel?.(order)).toMatchObject({ status: 'succeeded' })
  })

  test('an order that PayPal has forgotten is not known, and money is found for a month', async () => {
    const unpaid = await start()
    const paid = await start({ ourRef: 'pay_paid' })
    await program('/__pay', { order: paid })
    await gateway.fetchPayment(paid)
    clock.advance({ hours: 24 * 20 })
    expect(await failure(gateway.fetchPayment(unpaid))).toEqual({ kind: 'rejected', code: 'not_found' })
    expect(await gateway.findByReference('pay_paid')).toMatchObject([{ remoteRef: paid, status: 'succeeded' }])
  })

  test('what buyers read on their statement goes with each payment, at its page and of a kept method', async () => {
    const named = paypal.open(
      { ...settings(), statement_text: 'NORD TV' },
      { http, log: silentLog, now: clock.now, livemode: false },
    )
    const request = anyCheckout(clock, { saveFor: { customerId: 'cus_1', customerRef: null } })
    const { remoteRef: order } = await named.createCheckout(request)
    await program('/__pay', { order })
    const { saved } = await named.fetchPayment(order)
    if (!saved || !named.chargeSaved) throw new Error('nothing was kept')
    const { remoteRef: next } = await named.chargeSaved({ ...request, ourRef: 'pay_next', method: saved })
    const plain = await start({ ourRef: 'pay_plain' })
    expect(await Promise.all([order, next, plain].map(textOf))).toEqual(['NORD TV', 'NORD TV', undefined])
  })

  test('a charge whose request is forgotten is not made twice: the invoice number was used', async () => {
    const order = await start({ saveFor: { customerId: 'cus_1', customerRef: null } })
    await program('/__pay', { order })
    const { saved } = await gateway.fetchPayment(order)
    if (!saved || !gateway.chargeSaved) throw new Error('nothing was kept')
    const charge = { ourRef: 'pay_renewal', amount: money(1099, 'EUR'), description: 'TV', method: saved }
    await gateway.chargeSaved(charge)
    clock.advance({ hours: 7 })
    expect(await failure(gateway.chargeSaved(charge))).toEqual({ kind: 'ambiguous', code: 'DUPLICATE_INVOICE_ID' })
    expect(await gateway.findByReference('pay_renewal')).toMatchObject([{ status: 'succeeded' }])
    expect(await captures()).toBe(2)
  })

  test('a token that ended before its time is replaced, and nothing is asked twice', async () => {
    await start()
    clock.advance({ hours: 10 })
    expect(await start({ ourRef: 'pay_later' })).toEqual(expect.any(String))
  })

  test('a payment held for review that PayPal then refuses has failed', async () => {
    const order = await start()
    await program('/__pay', { order, mood: 'pending' })
    expect(await gateway.fetchPayment(order)).toMatchObject({ status: 'processing' })
    await program('/__settle', { order, outcome: 'DECLINED' })
    expect(await gateway.fetchPayment(order)).toMatchObject({
      status: 'failed',
      received: money(0, 'EUR'),
      failure: { class: 'soft_issuer' },
    })
  })

  test('a refund that stays pending and then fails is told so', async () => {
    const order = await start()
    await program('/__pay', { order })
    await gateway.fetchPayment(order)
    served.faults.add({ fault: 'refund_pending', times: 1 })
    const asked = { ourRef: 'ref_1', remoteRef: order, amount: money(500, 'EUR'), reason: 'asked' }
    const made = await gateway.refund?.(asked)
    expect(made).toMatchObject({ status: 'pending', ourRef: 'ref_1', reason: 'asked' })
    await program('/__settle', { refund: made?.ref ?? '', outcome: 'FAILED' })
    expect((await gateway.fetchPayment(order)).refunds).toEqual([{ ...made, status: 'failed' }])
  })

  test('refunds and disputes are hinted at under our reference', async () => {
    const order = await start()
    await program('/__pay', { order })
    const { captureId, ourRef } = await gateway.fetchPayment(order)
    await gateway.refund?.({ ourRef: 'ref_1', remoteRef: order, amount: money(500, 'EUR'), reason: 'asked' })
    await program('/__dispute', { capture: captureId ?? '' })
    const told = await Promise.all((await listener.take(4)).map((each) => gateway.verifyNotice?.(each)))
    expect(told.map((each) => [each?.eventType, each?.hints[0]?.object, each?.hints[0]?.ourRef])).toEqual([
      ['CHECKOUT.ORDER.APPROVED', 'payment', ourRef],
      ['PAYMENT.CAPTURE.COMPLETED', 'payment', ourRef],
      ['PAYMENT.CAPTURE.REFUNDED', 'refund', ourRef],
      ['CUSTOMER.DISPUTE.CREATED', 'dispute', ourRef],
    ])
  })

  test('the live test asks for what a lost answer needs, and for the webhook', async () => {
    expect(await gateway.checkConnection()).toEqual({
      detail: 'PayPal answers in test mode, and the webhook is there.',
      livemode: false,
    })
    expect(await failure(open({ webhook_id: 'another' }).checkConnection())).toEqual({
      kind: 'rejected',
      code: 'not_found',
    })
    await again({ transaction_search: 'off' })
    expect(await failure(gateway.checkConnection())).toEqual({ kind: 'auth_failed', code: 'permission_missing' })
  })

  test('a live business takes PayPal’s live address only, a test business any other', async () => {
    const at = (api_base: string, livemode: boolean) =>
      paypal.open({ ...settings(), api_base }, { http, log: silentLog, now: clock.now, livemode })
    for (const gateway of [at('https://api-m.sandbox.paypal.com', true), at('https://api-m.paypal.com', false)])
      expect(await failure(gateway.checkConnection())).toEqual({ kind: 'auth_failed', code: 'mode_mismatch' })
  })

  describe('the certificate', () => {
    const genuine = async (): Promise<RawNotice> => {
      await program('/__pay', { order: await start() })
      const [notice] = await listener.take(1)
      if (!notice) throw new Error('no notice arrived')
      return notice
    }
    const refusal = async (notice: RawNotice, by = gateway) =>
      by.verifyNotice?.(notice).then(
        () => 'accepted',
        (error) => (error instanceof NoticeError ? `${error.reason}: ${error.message}` : `no NoticeError: ${error}`),
      )

    test('it is fetched once, and from nowhere else than PayPal', async () => {
      const notice = await genuine()
      const asked: string[] = []
      const watched = open(
        {},
        {
          ...http,
          request: (each) => {
            asked.push(each.url)
            return http.request(each)
          },
        },
      )
      expect(await refusal(notice, watched)).toBe('accepted')
      expect(await refusal(notice, watched)).toBe('accepted')
      expect(asked).toHaveLength(1)
      for (const url of [
        'https://evil.example/v1/notifications/certs/CERT-1',
        'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1',
        'https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1',
        `${served.url}/v1/notifications/certs/../../oauth2/token`,
        `${served.url}/v1/notifications/certs/CERT-1?x=1`,
        'http://169.254.169.254/v1/notifications/certs/CERT-1',
        'not an address',
      ])
        expect(await refusal({ ...notice, headers: { ...notice.headers, 'paypal-cert-url': url } }, watched)).toMatch(
          /^forged: the certificate lies elsewhere/,
        )
      expect(asked).toHaveLength(1)
    })

    test('a notice is as good days later, and another kind of signature is none', async () => {
      const notice = await genuine()
      const later = { ...notice, receivedAt: notice.receivedAt.add({ hours: 72 }) }
      expect(await refusal(later)).toBe('accepted')
      const headers = { ...notice.headers, 'paypal-auth-algo': 'SHA1withRSA' }
      expect(await refusal({ ...notice, headers })).toMatch(/^forged: the signature is of another kind/)
    })

    test('when it cannot be had we say that we cannot verify now, and PayPal repeats', async () => {
      const notice = await genuine()
      served.faults.add({ fault: 'http_503', action: 'GET /v1/notifications/certs/*', times: 1 })
      expect(await refusal(notice)).toMatch(/^cannot_verify_now/)
      served.faults.add({ fault: 'html', action: 'GET /v1/notifications/certs/*', times: 1 })
      expect(await refusal(notice)).toMatch(/^cannot_verify_now/)
      expect(await refusal(notice)).toBe('accepted')
      const url = `${served.url}/v1/notifications/certs/CERT-gone`
      expect(await refusal({ ...notice, headers: { ...notice.headers, 'paypal-cert-url': url } })).toMatch(/^forged/)
    })

    test.each([
      [{ certificate_name: 'messageverificationcerts.example.com' }, 'the certificate is of'],
      [{ certificate_name: 'messageverificationcerts.sandbox.paypal.com.evil.example' }, 'the certificate is of'],
      [{ certificate_authority: 'hidden' }, 'no trusted authority'],
      [{ certificate_ends: '2026-03-01T11:00:00Z' }, 'the certificate is not valid now'],
    ])('one like %o is refused', async (options, why) => {
      await again(options)
      expect(await refusal(await genuine())).toContain(`forged: ${why}`)
    })

    test('a sandbox’s does not count for live money, and an authority of its own only for a double', () => {
      const now = clock.now()
      const chainOf = (commonName: string) =>
        makeSigner({ commonName, from: now.subtract({ hours: 1 }), until: now.add({ hours: 1 }) })
          .chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)
          ?.map((each) => new X509Certificate(each)) ?? []
      const sandbox = chainOf('messageverificationcerts.sandbox.paypal.com')
      const live = chainOf('messageverificationcerts.paypal.com')
      const judge = (chain: X509Certificate[], mode: 'live' | 'sandbox' | 'double') => {
        try {
          return trustedLeaf(chain, { mode, origins: [] }, now).subject
        } catch (error) {
          return (error as Error).message
        }
      }
      expect(judge(sandbox, 'double')).toBe('CN=messageverificationcerts.sandbox.paypal.com')
      expect(judge(sandbox, 'live')).toMatch(/^the certificate is of/)
      expect(judge(live, 'sandbox')).toMatch(/^the certificate is of/)
      expect(judge(live, 'live')).toBe('no trusted authority signed the certificate')
      expect(judge(sandbox, 'sandbox')).toBe('no trusted authority signed the certificate')
    })
  })
})

describe('a wallet that is kept without a payment', () => {
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  let served: Served
  let gateway: Gateway
  beforeEach(async () => {
    served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options: {} })
    const settings = {
      api_base: served.url,
      client_id: 'paypal_client',
      client_secret: 'paypal_secret',
      webhook_id: '',
    }
    gateway = paypal.open(settings, { http, log: silentLog, now: clock.now, livemode: false })
  })
  afterEach(() => served.close())

  const started = async () => {
    const page = await gateway.startSetup?.({
      ...{ ourRef: `pms_${clock.now().epochMilliseconds}`, currency: 'EUR', customerEmail: 'zoe@example.org' },
      ...{ returnUrl: 'http://shop.example/back', cancelUrl: 'http://shop.example/no' },
      expiresAt: clock.now().add({ hours: 23 }),
      saveFor: { customerId: 'cus_1', customerRef: null },
    })
    return page?.remoteRef ?? ''
  }
  const agrees = (remoteRef: string) => programOf(served)('/__pay', { order: remoteRef.replace(/^till-\d+-/, '') })

  test('an exchange whose answer was lost is told again, as one token, as long as PayPal remembers it', async () => {
    const remoteRef = await started()
    await agrees(remoteRef)
    served.faults.add({ fault: 'timeout_after', action: 'POST /v3/vault/payment-tokens', times: 1 })
    expect(await failure(gateway.fetchSetup?.(remoteRef) ?? Promise.resolve())).toMatchObject({ kind: 'ambiguous' })
    const kept = await gateway.fetchSetup?.(remoteRef)
    expect(kept).toMatchObject({ status: 'succeeded', saved: { kind: 'paypal', fingerprint: 'BUYER00000001' } })
    clock.advance({ hours: 2 })
    expect(await gateway.fetchSetup?.(remoteRef)).toEqual(kept)
    clock.advance({ hours: 2 })
    expect(await gateway.fetchSetup?.(remoteRef)).toMatchObject({ status: 'processing', saved: null })
  })

  test('agreed to after its time it keeps nothing; forgotten by PayPal it is over', async () => {
    const remoteRef = await started()
    clock.advance({ hours: 24 })
    await agrees(remoteRef)
    expect(await gateway.fetchSetup?.(remoteRef)).toMatchObject({ status: 'expired', saved: null })
    clock.advance({ hours: 72 })
    expect(await gateway.fetchSetup?.(remoteRef)).toMatchObject({ status: 'expired', saved: null })
  })
})

describe('published deliveries of PayPal’s sandbox', () => {
  test.each(published)('$id fits, and no other text does', ({ id, time, webhook, checksum, signature, body }) => {
    const bytes = new TextEncoder().encode(body)
    const text = signedText(id, time, webhook, bytes)
    expect(text).toBe(`${id}|${time}|${webhook}|${checksum}`)
    expect(isSigned(sandboxKey, text, signature)).toBe(true)
    expect(isSigned(sandboxKey, signedText(id, time, 'another', bytes), signature)).toBe(false)
    expect(isSigned(sandboxKey, signedText(id, time, webhook, bytes.slice(1)), signature)).toBe(false)
    expect(readEvent(bytes).eventType).toBe('PAYMENT.SALE.COMPLETED')
  })
})

describe('amounts', () => {
  test.each([
    [1099, 'EUR', '10.99'],
    [5, 'USD', '0.05'],
    [500, 'JPY', '500'],
    [150_000, 'HUF', '1500'],
    [1_200, 'TWD', '12'],
  ])('%i minor units of %s are %s at PayPal, and back', (minor, currency, value) => {
    expect(toPaypalAmount(money(minor, currency))).toEqual({ currency_code: currency, value })
    expect(fromPaypalAmount({ currency_code: currency, value })).toEqual(money(minor, currency))
  })

  test.each([
    [150_050, 'HUF', 'amount_not_representable'],
    [1230, 'KWD', 'currency_not_supported'],
    [500, 'XXZ', 'currency_not_supported'],
  ])('%i %s is refused, not rounded: %s', (minor, currency, code) => {
    expect(() => toPaypalAmount({ minor: BigInt(minor), currency })).toThrow(
      expect.objectContaining({ kind: 'rejected', code }),
    )
  })

  test.each(['10.999', '1e3', '-1', '10,99', ''])('an answer of %j is refused', (value) => {
    expect(() => fromPaypalAmount({ currency_code: 'EUR', value })).toThrow(
      expect.objectContaining({ code: 'unexpected_answer' }),
    )
  })
})
