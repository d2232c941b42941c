/**
 * Every gateway that sends notices, beside each other in one shop: what buyers, their banks and the provider's own staff do there, and what
 * it then tells us, kept until the story hands it over. The doings are the provider's: none of them passes through our house.
 */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { Gateway } from '#adapters/gateways/gateway.ts'
import { findGateway, openGateway } from '#modules/billing/gateways.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { authorizenet } from '../../src/imitations/gateways/authorizenet.ts'
import { btcpay } from '../../src/imitations/gateways/btcpay.ts'
import { gocardless } from '../../src/imitations/gateways/gocardless.ts'
import { mollie } from '../../src/imitations/gateways/mollie.ts'
import { nowpayments } from '../../src/imitations/gateways/nowpayments.ts'
import { paypal } from '../../src/imitations/gateways/paypal.ts'
import { stripe } from '../../src/imitations/gateways/stripe.ts'
import type { Imitation, ImitationKind } from '../../src/imitations/kit.ts'
import { consent, type Purchase, present, read } from './stories.ts'
import type { World } from './world.ts'

/** A notice as it came over the network, and for which of our accounts. */
export type Told = { accountId: string; body: Buffer; headers: Record<string, string> }

/** What the provider's machine can be told, and asked with the shop's own key. */
type Machine = {
  does(path: string, body: object): Promise<Record<string, string>>
  asks(path: string, request: { json?: unknown; form?: [string, string][] }): Promise<Record<string, unknown>>
  /** What our adapter would learn there, without our house learning of it. */
  gateway: Gateway
}

/** What can become of a payment at one provider, by a name; given the provider's own name of the attempt. */
type Fates = Record<string, (machine: Machine, ref: string) => Promise<unknown>>

type Kind = {
  imitation: ImitationKind
  options?: (hook: string) => Record<string, string>
  settings(origin: string): Record<string, unknown>
  headers?: Record<string, string>
  /** Sends now what waits to be told. */
  tells?: string
  fates: Fates
}

const captured = async ({ gateway }: Machine, ref: string): Promise<string> =>
  present((await gateway.fetchPayment(ref)).captureId)

const stripeFates: Fates = {
  pays: ({ does }, session) => does('/__pay', { session, how: 'card' }),
  declined: ({ does }, session) => does('/__pay', { session, how: 'declined' }),
  comes_later: async ({ does }, session) => {
    const { payment_intent } = await does('/__pay', { session, how: 'delayed' })
    await does('/__settle', { payment_intent, outcome: 'succeeded' })
  },
  bounces: async ({ does }, session) => {
    const { payment_intent } = await does('/__pay', { session, how: 'delayed' })
    await does('/__settle', { payment_intent, outcome: 'failed' })
  },
  part_back: async ({ does, asks }, session) => {
    const { payment_intent = '' } = await does('/__pay', { session, how: 'card' })
    await asks('/v1/refunds', {
      form: [
        ['payment_intent', payment_intent],
        ['amount', '400'],
      ],
    })
  },
  all_back: async ({ does, asks }, session) => {
    const { payment_intent = '' } = await does('/__pay', { session, how: 'card' })
    await asks('/v1/refunds', { form: [['payment_intent', payment_intent]] })
  },
  disputed: async ({ does }, session) => {
    const { payment_intent } = await does('/__pay', { session, how: 'card' })
    await does('/__dispute', { payment_intent })
  },
  dispute_won: async ({ does }, session) => {
    const { payment_intent } = await does('/__pay', { session, how: 'card' })
    await does('/__settle', { dispute: (await does('/__dispute', { payment_intent })).id, outcome: 'won' })
  },
  dispute_lost: async ({ does }, session) => {
    const { payment_intent } = await does('/__pay', { session, how: 'card' })
    await does('/__settle', { dispute: (await does('/__dispute', { payment_intent })).id, outcome: 'lost' })
  },
}

/** An order that was approved is taken by us: here by its own adapter, before anything else happens to it. */
const paypalTaken = async (machine: Machine, order: string): Promise<string> => {
  await machine.does('/__pay', { order })
  return captured(machine, order)
}

const paypalFates: Fates = {
  pays: ({ does }, order) => does('/__pay', { order }),
  declined: ({ does }, order) => does('/__pay', { order, mood: 'INSTRUMENT_DECLINED' }),
  comes_later: async ({ does, gateway }, order) => {
    await does('/__pay', { order, mood: 'pending' })
    await gateway.fetchPayment(order)
    await does('/__settle', { order, outcome: 'COMPLETED' })
  },
  bounces: async ({ does, gateway }, order) => {
    await does('/__pay', { order, mood: 'pending' })
    await gateway.fetchPayment(order)
    await does('/__settle', { order, outcome: 'DECLINED' })
  },
  part_back: async (machine, order) => {
    const json = { amount: { currency_code: 'EUR', value: '4.00' } }
    await machine.asks(`/v2/payments/captures/${await paypalTaken(machine, order)}/refund`, { json })
  },
  all_back: async (machine, order) => {
    await machine.asks(`/v2/payments/captures/${await paypalTaken(machine, order)}/refund`, { json: {} })
  },
  disputed: async (machine, order) => machine.does('/__dispute', { capture: await paypalTaken(machine, order) }),
  dispute_won: async (machine, order) => {
    const { id: dispute } = await machine.does('/__dispute', { capture: await paypalTaken(machine, order) })
    await machine.does('/__dispute', { dispute, taken: true })
    await machine.does('/__dispute', { dispute, outcome: 'RESOLVED_SELLER_FAVOUR' })
  },
  dispute_lost: async (machine, order) => {
    const { id: dispute } = await machine.does('/__dispute', { capture: await paypalTaken(machine, order) })
    await machine.does('/__dispute', { dispute, outcome: 'RESOLVED_BUYER_FAVOUR' })
  },
}

async function anetTransacts({ asks }: Machine, transactionRequest: object): Promise<void> {
  const answer = await asks('/xml/v1/request.api', {
    json: {
      createTransactionRequest: {
        merchantAuthentication: { name: 'anet_login', transactionKey: 'anet_key' },
        refId: 'at the provider',
        transactionRequest,
      },
    },
  })
  if (!JSON.stringify(answer).includes('"resultCode":"Ok"')) throw new Error(JSON.stringify(answer))
}

const authorizenetFates: Fates = {
  pays: ({ does }, invoice) => does('/__pay', { invoice }),
  declined: ({ does }, invoice) => does('/__pay', { invoice, reason: 2 }),
  comes_later: async ({ does }, invoice) => {
    await does('/__pay', { invoice, reason: 252 })
    await does('/__review', { invoice, approved: true })
  },
  bounces: async ({ does }, invoice) => {
    await does('/__pay', { invoice, reason: 252 })
    await does('/__review', { invoice, approved: false })
  },
  part_back: async (machine, invoice) => {
    await machine.does('/__pay', { invoice })
    await machine.does('/__settle', {})
    await anetTransacts(machine, {
      transactionType: 'refundTransaction',
      amount: '4.00',
      payment: { creditCard: { cardNumber: '1111', expirationDate: 'XXXX' } },
      refTransId: await captured(machine, invoice),
      order: { invoiceNumber: invoice, description: 'given back by our desk' },
    })
  },
  all_back: async (machine, invoice) => {
    await machine.does('/__pay', { invoice })
    await anetTransacts(machine, {
      transactionType: 'voidTransaction',
      refTransId: await captured(machine, invoice),
    })
  },
}

const mollieFates: Fates = {
  pays: ({ does }, payment) => does('/__pay', { payment, how: 'card' }),
  declined: ({ does }, payment) => does('/__pay', { payment, how: 'insufficient_funds' }),
  canceled: ({ does }, payment) => does('/__pay', { payment, how: 'cancel' }),
  comes_later: async ({ does }, id) => {
    await does('/__pay', { payment: id, how: 'later' })
    await does('/__settle', { id, outcome: 'succeeded' })
  },
  bounces: async ({ does }, id) => {
    await does('/__pay', { payment: id, how: 'later' })
    await does('/__settle', { id, outcome: 'failed' })
  },
  part_back: async ({ does, asks }, payment) => {
    await does('/__pay', { payment, how: 'card' })
    const json = { amount: { currency: 'EUR', value: '4.00' }, description: 'given back there' }
    await asks(`/v2/payments/${payment}/refunds`, { json })
  },
  dispute_lost: async ({ does }, payment) => {
    await does('/__pay', { payment, how: 'card' })
    await does('/__chargeback', { payment })
  },
}

/** A mandate that was given is debited by us: here by its own adapter, before anything else happens to it. */
const gocardlessTaken = async (machine: Machine, request: string): Promise<string> => {
  await machine.does('/__pay', { request })
  return captured(machine, request)
}

const gocardlessFates: Fates = {
  pays: ({ does }, request) => does('/__pay', { request }),
  declined: ({ does }, request) => does('/__pay', { request, next: 'insufficient_funds' }),
  comes_later: async ({ does, gateway }, request) => {
    await does('/__pay', { request, next: 'later' })
    await gateway.fetchPayment(request)
    await does('/__settle', { id: request, next: 'pays' })
  },
  bounces: async ({ does, gateway }, request) => {
    await does('/__pay', { request, next: 'later' })
    await gateway.fetchPayment(request)
    await does('/__settle', { id: request, next: 'insufficient_funds' })
  },
  part_back: async (machine, request) => {
    const payment = await gocardlessTaken(machine, request)
    const refunds = { amount: 400, total_amount_confirmation: 400, links: { payment } }
    await machine.asks('/refunds', { json: { refunds } })
  },
  dispute_lost: async (machine, request) => {
    const payment = await gocardlessTaken(machine, request)
    await machine.does('/__take_back', { payment, how: 'charged_back' })
  },
  dispute_won: async (machine, request) => {
    const payment = await gocardlessTaken(machine, request)
    await machine.does('/__take_back', { payment, how: 'charged_back' })
    await machine.does('/__take_back', { payment, how: 'chargeback_cancelled' })
  },
  failed_late: async (machine, request) => {
    const payment = await gocardlessTaken(machine, request)
    await machine.does('/__take_back', { payment, how: 'failed' })
  },
}

const btcpayFates: Fates = {
  pays: ({ does }, invoice) => does('/__send', { invoice }),
  comes_later: async ({ does }, invoice) => {
    await does('/__send', { invoice, settled: false })
    await does('/__settle', { invoice, outcome: 'settled' })
  },
  too_much: ({ does }, invoice) => does('/__send', { invoice, percent: 150 }),
  in_two: async ({ does }, invoice) => {
    await does('/__send', { invoice, percent: 40 })
    await does('/__send', { invoice, percent: 60 })
  },
  half: ({ does }, invoice) => does('/__send', { invoice, percent: 50 }),
  replaced: async ({ does }, invoice) => {
    await does('/__send', { invoice, settled: false })
    await does('/__settle', { invoice, outcome: 'replaced' })
  },
}

const nowpaymentsFates: Fates = {
  pays: ({ does }, payment) => does('/__send', { payment }),
  comes_later: async ({ does }, payment) => {
    await does('/__send', { payment, settled: false })
    await does('/__settle', { payment, outcome: 'finished' })
  },
  declined: async ({ does }, payment) => {
    await does('/__send', { payment, settled: false })
    await does('/__settle', { payment, outcome: 'failed' })
  },
  half: ({ does }, payment) => does('/__send', { payment, percent: 50 }),
  in_two: async ({ does }, payment) => {
    await does('/__send', { payment, percent: 40 })
    await does('/__send', { payment, percent: 60 })
  },
  twice: async ({ does }, payment) => {
    await does('/__send', { payment })
    await does('/__send', { payment })
  },
}

const { store_id = '', key: btcpayKey = '', webhook_secret: btcpaySecret = '' } = btcpay.defaults
const { key: coinKey = '', ipn_secret: coinSecret = '' } = nowpayments.defaults
const anetSignature = 'B2'.repeat(64)

const kinds: Record<string, Kind> = {
  stripe: {
    imitation: stripe,
    options: (webhook_url) => ({ webhook_url, webhook_secret: 'whsec_tills' }),
    settings: (api_base) => ({ api_base, api_key: 'sk_test_tills', notice_secret: 'whsec_tills' }),
    headers: { authorization: 'Bearer sk_test_tills' },
    tells: '/__pump',
    fates: stripeFates,
  },
  paypal: {
    imitation: paypal,
    options: (webhook_url) => ({ webhook_url, webhook_id: '5GP028458E2496506' }),
    settings: (api_base) => ({
      api_base,
      client_id: 'paypal_client',
      client_secret: 'paypal_secret',
      webhook_id: '5GP028458E2496506',
    }),
    tells: '/__pump',
    fates: paypalFates,
  },
  authorizenet: {
    imitation: authorizenet,
    options: (webhook_url) => ({ webhook_url, signature_key: anetSignature, currency: 'EUR' }),
    settings: (api_base) => ({
      api_base,
      login_id: 'anet_login',
      transaction_key: 'anet_key',
      signature_key: anetSignature,
      currency: 'EUR',
    }),
    fates: authorizenetFates,
  },
  mollie: {
    imitation: mollie,
    settings: (api_base) => ({ api_base, api_key: 'test_tills' }),
    headers: { authorization: 'Bearer test_tills' },
    tells: '/__deliver',
    fates: mollieFates,
  },
  gocardless: {
    imitation: gocardless,
    options: (webhook_url) => ({ webhook_url, confirm_hours: '0' }),
    settings: (api_base) => ({
      api_base,
      access_token: 'sandbox_gocardless',
      webhook_secret: 'gocardless_secret',
      first_payment: 'debit',
    }),
    headers: { authorization: 'Bearer sandbox_gocardless', 'gocardless-version': '2015-07-06' },
    tells: '/__deliver',
    fates: gocardlessFates,
  },
  btcpay: {
    imitation: btcpay,
    options: (webhook_url) => ({ webhook_url }),
    settings: (api_base) => ({ api_base, store_id, api_key: btcpayKey, notice_secret: btcpaySecret }),
    headers: { authorization: `token ${btcpayKey}` },
    tells: '/__deliver',
    fates: btcpayFates,
  },
  nowpayments: {
    imitation: nowpayments,
    settings: (api_base) => ({ api_base, api_key: coinKey, pay_currency: 'ltc', notice_secret: coinSecret }),
    headers: { 'x-api-key': coinKey },
    tells: '/__deliver',
    fates: nowpaymentsFates,
  },
}

export const tillKinds: readonly string[] = Object.keys(kinds)

/** Where notices arrive and are kept; nothing of ours hears them before the story says so. */
export async function keepNotices() {
  const arrived: { path: string; body: Buffer; headers: Record<string, string> }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      arrived.push({ path: request.url?.split('/').at(-1) ?? '', body: Buffer.concat(chunks), headers })
      response.end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    take: () => arrived.splice(0),
    count: () => arrived.length,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
export type Kept = Awaited<ReturnType<typeof keepNotices>>

export type Till = {
  kind: string
  accountId: string
  fates: readonly string[]
  /** Opens an attempt for what was ordered: the provider's name of it. `saves`: the buyer agrees that his method is kept. */
  opens(purchase: Purchase, saves?: boolean): Promise<string>
  /** All that happens at the provider to that attempt. */
  happens(ref: string, fate: string): Promise<void>
  /** The same, one thing after the other: each call lets the next one happen, and answers whether there is more to come. Throws what the provider refuses. */
  begins(ref: string, fate: string): () => Promise<boolean>
  gateway: Gateway
  does: Machine['does']
  /** It can keep a buyer's method; it gives money back when it is asked. */
  saves: boolean
  refunds: boolean
  /** Answers our requests as the provider does. */
  machine: Imitation
  origin: string
}

/** All of them in one shop whose address is the listener's, so that those which are told by each payment find it. */
export async function openTills(world: World, kept: Kept): Promise<{ tills: Till[]; news(): Promise<Told[]> }> {
  const tills: Till[] = []
  const accounts = new Map<string, string>()
  for (const [name, kind] of Object.entries(kinds)) {
    const options = kind.options?.(`${kept.url}/hooks/${name}`) ?? {}
    const imitation: ImitationKind = {
      ...kind.imitation,
      create: (given) => kind.imitation.create({ ...given, options }),
    }
    const machine = await world.addGateway(imitation, kind.settings)
    const does = async (path: string, body: object) => (await machine.does(path, body)) as Record<string, string>
    const origin = `http://${name}.test`
    const asks: Machine['asks'] = async (path, request) => {
      const { status, text } = await world.app.http.request({
        provider: name,
        method: 'POST',
        url: `${origin}${path}`,
        headers: name === 'paypal' ? await paypalToken(world, origin) : (kind.headers ?? {}),
        ...request,
        writes: true,
      })
      if (status >= 300) throw new Error(`${path} of ${name} answered ${status}: ${text}`)
      return JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>
    }
    const row = present(await read(world.shop, (tx) => findGateway(tx, machine.id)))
    const { gateway } = openGateway(world.shop, row)
    accounts.set(name, machine.id).set(machine.id, machine.id)
    tills.push({
      kind: name,
      accountId: machine.id,
      fates: Object.keys(kind.fates),
      does,
      saves: openGateway(world.shop, row).kind.capabilities.savesMethods,
      refunds: openGateway(world.shop, row).kind.capabilities.refund,
      machine: machine.machine,
      origin,
      async opens(purchase, saves = false) {
        const { paymentId } = await startPayment(world.shop, {
          invoiceId: purchase.invoiceId,
          gatewayAccountId: machine.id,
          returnUrl: 'http://shop.example/r',
          cancelUrl: 'http://shop.example/c',
          description: 'TV',
          saveConsent: saves ? consent : null,
        })
        return present((await purchase.payments()).find(({ id }) => id === paymentId)?.remoteRef)
      },
      gateway,
      happens: async (ref, fate) => void (await present(kind.fates[fate])({ does, asks, gateway }, ref)),
      begins: (ref, fate) =>
        stepwise((turn) =>
          present(kind.fates[fate])(
            {
              gateway,
              does: async (path, body) => {
                await turn()
                return does(path, body)
              },
              asks: async (path, request) => {
                await turn()
                return asks(path, request)
              },
            },
            ref,
          ),
        ),
    })
  }

  /** What all of them have told since, once nothing more comes. */
  async function news(): Promise<Told[]> {
    for (const { kind, does } of tills) {
      const path = present(kinds[kind]).tells
      if (path !== undefined) await does(path, {})
    }
    for (let before = -1; before !== kept.count(); ) {
      before = kept.count()
      await new Promise((done) => setTimeout(done, 250))
    }
    return kept.take().map(({ path, ...told }) => ({ ...told, accountId: present(accounts.get(path)) }))
  }
  return { tills, news }
}

/** Runs a work that waits for its turn before each thing that it does; each call gives it one. */
function stepwise(work: (turn: () => Promise<void>) => Promise<unknown>): () => Promise<boolean> {
  let go = (): void => {}
  let stops = (_more: boolean): void => {}
  let running: Promise<unknown> | null = null
  const turn = () =>
    new Promise<void>((done) => {
      go = done
      stops(true)
    })
  const untilItStops = (act: () => void) =>
    new Promise<boolean>((stopped) => {
      stops = stopped
      act()
    })
  return async () => {
    if (running === null)
      await untilItStops(() => {
        running = work(turn).finally(() => stops(false))
        running.catch(() => {})
      })
    const more = await untilItStops(() => go())
    if (!more) await running
    return more
  }
}

export const hear = (world: World, { accountId, body, headers }: Told) =>
  receiveNotice(world.app, accountId, {
    body,
    headers: signedAnew(headers, body, world.clock.now()),
    receivedAt: world.clock.now(),
  })

/** Stripe signs the moment at which it tells, and what is old is refused: told later, it is signed anew. */
function signedAnew(headers: Told['headers'], body: Buffer, now: Temporal.Instant): Told['headers'] {
  if (headers['stripe-signature'] === undefined) return headers
  const at = Math.floor(now.epochMilliseconds / 1_000)
  const signature = createHmac('sha256', 'whsec_tills').update(`${at}.`).update(body).digest('hex')
  return { ...headers, 'stripe-signature': `t=${at},v1=${signature}` }
}

async function paypalToken(world: World, origin: string): Promise<Record<string, string>> {
  const { text } = await world.app.http.request({
    provider: 'paypal',
    method: 'POST',
    url: `${origin}/v1/oauth2/token`,
    headers: { authorization: `Basic ${Buffer.from('paypal_client:paypal_secret').toString('base64')}` },
    form: [['grant_type', 'client_credentials']],
    writes: false,
  })
  return { authorization: `Bearer ${(JSON.parse(text) as { access_token: string }).access_token}` }
}
