/**
 * Mollie: its own payment page (iDEAL, Bancontact, cards, bank debits and more), mandates for renewals, refunds. A notice of Mollie's
 * carries an id and no signature: it is proved by asking for that payment, which is what a notice leads to anyway.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { toDecimal } from '#platform/money.ts'
import { isBefore } from '#platform/time.ts'
import type {
  ChargeRequest,
  CheckoutRequest,
  Gateway,
  GatewayContext,
  GatewayKind,
  ListRequest,
  PaymentSnapshot,
} from './gateway.ts'
import { type Call, isRejected, jsonApi, notFound } from './json-api.ts'
import { listMoves, listPayoutMoves, listPayouts, type MollieBooks } from './mollie/balance.ts'
import { noticeOf, paymentIdOf } from './mollie/notices.ts'
import { snapshotOfSetup, startSetup } from './mollie/setups.ts'
import {
  Customer,
  disputeOf,
  ListedPayments,
  listedOf,
  Mandate,
  MolliePayment,
  ourRefOf,
  paymentKey,
  Refund,
  refundKey,
  snapshotOf,
  snapshotOfRefund,
} from './mollie/snapshot.ts'

const liveApi = 'https://api.mollie.com'

const MollieSettings = z.object({
  api_base: z
    .url({ protocol: /^https?$/ })
    .default(liveApi)
    .meta({ title: 'API address' }),
  api_key: z
    .string()
    .trim()
    .regex(/^(test|live)_\w+$/, 'must be an API key of a profile: test_… or live_…')
    .max(200)
    .meta({ title: 'API key', secret: true }),
  organization_token: z
    .string()
    .trim()
    .regex(/^(access_\w+)?$/, 'must be an access token of the organization: access_…')
    .max(200)
    .nullish()
    .meta({
      title: 'Organization access token',
      secret: true,
      help: 'Only for fees and payouts: Mollie tells them to no other key. With the permissions balances.read and settlements.read, and nothing else. Without it enter payouts by hand.',
    }),
})
type MollieSettings = z.infer<typeof MollieSettings>

export const mollie: GatewayKind<MollieSettings> = {
  kind: 'mollie',
  title: 'Mollie',
  settings: MollieSettings,
  capabilities: {
    checkout: 'redirect',
    notices: true,
    refund: true,
    delayed: true,
    staffConfirms: false,
    savesMethods: true,
    savesWithoutPayment: true,
    findsUnpaid: true,
    testOnly: false,
    listsMoney: true,
    tellsFees: true,
    tellsPayouts: true,
  },
  // https://docs.mollie.com/docs/multicurrency
  currencies:
    'AED AUD BGN BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS ISK JPY MXN MYR NOK NZD PHP PLN RON SEK SGD THB TWD USD ZAR'.split(
      ' ',
    ),
  paymentPages: ['https://www.mollie.com', 'https://checkout.mollie.com'],
  noticeAddress: 'sent',
  open(settings, context): Gateway {
    const call = caller(settings, context)
    const hook = hookFor(settings, context)
    const books = booksOf(settings, context)

    async function fetchPayment(remoteRef: string): Promise<PaymentSnapshot> {
      const payment = await readPayment(call, remoteRef)
      const mandate =
        payment.status === 'paid' && payment.sequenceType === 'first' ? await mandateOf(call, payment) : null
      return snapshotOf(payment, mandate)
    }

    return {
      async checkConnection() {
        // What every payment needs: the methods that this profile may offer.
        const { count } = await call({ method: 'GET', path: '/v2/methods' }, z.object({ count: z.int() }))
        const mode = context.livemode ? 'live' : 'test'
        if (books !== null) await proveToken(books)
        const tells = books === null ? '' : ' It tells its fees and payouts.'
        return {
          detail: `Mollie answers in ${mode} mode with ${count} ${count === 1 ? 'method' : 'methods'} of payment.${tells}`,
          livemode: context.livemode,
        }
      },

      async createCheckout(request) {
        const { ourRef, attempt, amount, saveFor } = request
        const customerId = saveFor ? (saveFor.customerRef ?? (await createCustomer(call, request))) : null
        const json = {
          ...paymentOf(request),
          redirectUrl: request.returnUrl,
          cancelUrl: request.cancelUrl,
          ...hook,
          ...(customerId === null ? {} : { customerId, sequenceType: 'first' }),
        }
        const headers = { 'idempotency-key': `${ourRef}:${attempt}:${amount.minor}:${amount.currency}` }
        const payment = await call({ method: 'POST', path: '/v2/payments', json, headers }, MolliePayment)
        const url = payment._links.checkout?.href
        if (!url)
          throw new ProviderError('mollie', 'ambiguous', 'the payment has no page', { code: 'unexpected_answer' })
        return { kind: 'redirect', remoteRef: payment.id, url }
      },

      fetchPayment,

      async findByReference(ourRef) {
        const found = await recentPayments(call, '/v2/payments', ourRef)
        return Promise.all(found.map(fetchPayment))
      },

      async cancel(remoteRef) {
        const payment = await readPayment(call, remoteRef)
        // Most open payments can be closed by the buyer or by time only; what it is then is the answer.
        if (payment.isCancelable !== true) return snapshotOf(payment, null)
        await call({ method: 'DELETE', path: `/v2/payments/${payment.id}` }, z.unknown()).catch((error: unknown) => {
          if (!isRejected(error)) throw error // It moved on in between.
        })
        return fetchPayment(remoteRef)
      },

      async refund({ ourRef, remoteRef, amount, reason }) {
        // Mollie remembers a key for an hour, we ask for days: what was asked for before is looked for first.
        const payment = await readPayment(call, remoteRef)
        const made = payment._embedded?.refunds?.find(({ metadata }) => metadata?.[refundKey] === ourRef)
        if (made) return snapshotOfRefund(made)
        const json = {
          amount: { currency: amount.currency, value: toDecimal(amount) },
          description: reason.slice(0, 140) || 'Refund',
          metadata: { [refundKey]: ourRef, reason: reason.slice(0, 500) },
        }
        const headers = { 'idempotency-key': `${ourRef}:${amount.minor}:${amount.currency}` }
        const path = `/v2/payments/${payment.id}/refunds`
        return snapshotOfRefund(await call({ method: 'POST', path, json, headers }, Refund))
      },

      async chargeSaved(request) {
        const { ourRef, amount, method } = request
        // As with refunds: the sweep repeats a charge for a day.
        const ofCustomer = `/v2/customers/${encodeURIComponent(method.customerRef)}/payments`
        const [made] = await recentPayments(call, ofCustomer, ourRef).catch((error: unknown) => {
          if (isRejected(error, 'not_found')) throw methodGone()
          throw error
        })
        if (made !== undefined) return fetchPayment(made)
        const headers = { 'idempotency-key': `${ourRef}:${amount.minor}:${amount.currency}:charge` }
        const json = { ...chargeOf(request), ...hook }
        try {
          return snapshotOf(await call({ method: 'POST', path: '/v2/payments', json, headers }, MolliePayment), null)
        } catch (error) {
          if (!isRejected(error)) throw error
          if (await isKept(call, method)) throw error
          throw methodGone()
        }
      },

      async startSetup(request) {
        const customerId = request.saveFor.customerRef ?? (await createCustomer(call, request))
        return startSetup(call, request, { customerId, hook })
      },

      async fetchSetup(remoteRef) {
        const payment = await readPayment(call, remoteRef)
        return snapshotOfSetup(payment, payment.status === 'paid' ? await mandateOf(call, payment) : null)
      },

      async forgetMethod({ customerRef, methodRef }) {
        const path = `/v2/customers/${encodeURIComponent(customerRef)}/mandates/${encodeURIComponent(methodRef)}`
        await call({ method: 'DELETE', path }, z.unknown()).catch((error: unknown) => {
          if (!isRejected(error, 'not_found')) throw error
        })
      },

      async fetchDispute(ref) {
        const [paymentId = '', chargebackId = ''] = ref.split('/')
        return disputeOf(await readPayment(call, paymentId), chargebackId)
      },

      async listMoney({ from, cursor, most }) {
        const after = cursor === null ? '' : `&from=${encodeURIComponent(cursor)}`
        const path = `/v2/payments?limit=${most}${after}`
        const { _embedded, _links } = await call({ method: 'GET', path }, ListedPayments)
        // Newest first, and by no other order: what is older than asked for ends it.
        const within = _embedded.payments.filter((each) => !isBefore(Temporal.Instant.from(each.createdAt), from))
        const over = within.length < _embedded.payments.length
        return { moneys: within.flatMap(listedOf), next: over ? null : nextOf(_links) }
      },

      ...(books === null
        ? {}
        : {
            listMoves: (request: ListRequest) => listMoves(books, request),
            listPayouts: (request: ListRequest) => listPayouts(books, request),
            listPayoutMoves: ({ payoutRef }: { payoutRef: string }) => listPayoutMoves(books, payoutRef),
          }),

      async verifyNotice({ body }) {
        const id = paymentIdOf(body)
        return noticeOf(id, id === null ? null : await proved(call, id))
      },
    }
  },
}

type Of = { ourRef: string; amount: ChargeRequest['amount']; description: string }

const paymentOf = ({ ourRef, amount, description }: Of) => ({
  amount: { currency: amount.currency, value: toDecimal(amount) },
  description: description.slice(0, 255) || 'Payment',
  metadata: { [paymentKey]: ourRef },
})

const chargeOf = (request: ChargeRequest) => ({
  ...paymentOf(request),
  sequenceType: 'recurring',
  customerId: request.method.customerRef,
  mandateId: request.method.methodRef,
})

/** Null: without a token of the organization Mollie tells neither fees nor payouts. */
function booksOf(settings: MollieSettings, context: GatewayContext): MollieBooks | null {
  const token = settings.organization_token
  if (!token) return null
  // Mollie settles in live mode only; an imitation beside us does always.
  const hasSettlements = context.livemode || settings.api_base !== liveApi
  return { call: apiOf(settings, context, token), testmode: !context.livemode, hasSettlements }
}

async function proveToken(books: MollieBooks): Promise<void> {
  const span = { from: Temporal.Instant.fromEpochMilliseconds(0), until: Temporal.Instant.fromEpochMilliseconds(0) }
  const few = { ...span, cursor: null, most: 1 }
  try {
    await listMoves(books, few)
    await listPayouts(books, few)
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'auth_failed') throw error
    throw new ProviderError(
      'mollie',
      'auth_failed',
      'Mollie does not accept the organization access token, or it lacks balances.read or settlements.read.',
      { code: 'token_unknown' },
    )
  }
}

/** Mollie refuses an address that it cannot reach from the internet; an imitation beside us reaches ours. */
function hookFor(settings: MollieSettings, { noticeUrl }: GatewayContext): { webhookUrl?: string } {
  const reachable = noticeUrl?.startsWith('https://') || settings.api_base !== liveApi
  return noticeUrl && reachable ? { webhookUrl: noticeUrl } : {}
}

const methodGone = () =>
  new ProviderError('mollie', 'rejected', 'Mollie keeps this payment method no more', { code: 'method_gone' })

async function createCustomer(
  call: Call,
  { saveFor, customerEmail }: Pick<CheckoutRequest, 'saveFor' | 'customerEmail'>,
): Promise<string> {
  const json = {
    ...(customerEmail === '' ? {} : { email: customerEmail }),
    metadata: { linekeeper_customer: saveFor?.customerId },
  }
  const headers = { 'idempotency-key': `${saveFor?.customerId}:customer` }
  return (await call({ method: 'POST', path: '/v2/customers', json, headers }, Customer)).id
}

async function readPayment(call: Call, remoteRef: string): Promise<MolliePayment> {
  if (!/^tr_\w+$/.test(remoteRef)) throw notFound('mollie', remoteRef)
  return call({ method: 'GET', path: `/v2/payments/${remoteRef}?embed=refunds,chargebacks` }, MolliePayment)
}

/** What was kept with a first payment; a mandate that is not valid keeps nothing. */
async function mandateOf(call: Call, { customerId, mandateId }: MolliePayment): Promise<Mandate | null> {
  if (!customerId || !mandateId) return null
  const path = `/v2/customers/${customerId}/mandates/${mandateId}`
  const mandate = await call({ method: 'GET', path }, Mandate).catch((error: unknown) => {
    if (isRejected(error, 'not_found')) return null
    throw error
  })
  return mandate?.status === 'invalid' ? null : mandate
}

async function isKept(call: Call, { customerRef, methodRef }: ChargeRequest['method']): Promise<boolean> {
  return (await mandateOf(call, { customerId: customerRef, mandateId: methodRef } as MolliePayment)) !== null
}

/** A thousand payments back; Mollie cannot search by what we wrote on them. */
const mostPages = 4

async function recentPayments(call: Call, path: string, ourRef: string): Promise<string[]> {
  const found: string[] = []
  let from = ''
  for (let page = 0; page < mostPages; page += 1) {
    const { _embedded, _links } = await call({ method: 'GET', path: `${path}?limit=250${from}` }, ListedPayments)
    found.push(..._embedded.payments.filter((each) => ourRefOf(each) === ourRef).map(({ id }) => id))
    const next = nextOf(_links)
    if (next === null) break
    from = `&from=${encodeURIComponent(next)}`
  }
  return found
}

const nextOf = ({ next }: z.infer<typeof ListedPayments>['_links']): string | null =>
  (next && URL.parse(next.href)?.searchParams.get('from')) || null

/** The payment that a notice names; null: Mollie does not know it, so nobody honest told us of it. */
async function proved(call: Call, id: string): Promise<MolliePayment | null> {
  return readPayment(call, id).catch((error: unknown) => {
    if (isRejected(error)) return null
    throw error
  })
}

const Problem = z.object({ status: z.int(), title: z.string(), detail: z.string().optional() })

const apiOf = (settings: MollieSettings, context: GatewayContext, key: string): Call =>
  jsonApi(
    {
      provider: 'mollie',
      base: settings.api_base,
      headers: { authorization: `Bearer ${key}` },
      secrets: [key],
      refusalOf: (body) => {
        const problem = Problem.safeParse(body).data
        if (!problem) return null
        const code = problem.title.toLowerCase().replace(/\W+/g, '_')
        return { code, message: problem.detail ?? problem.title }
      },
    },
    context.http,
  )

function caller(settings: MollieSettings, context: GatewayContext): Call {
  const api = apiOf(settings, context, settings.api_key)
  return async (ask, reply) => {
    if (settings.api_key.startsWith('live_') !== context.livemode) {
      const [key, business] = context.livemode ? ['test', 'live'] : ['live', 'test']
      throw new ProviderError('mollie', 'auth_failed', `This is a ${key} key, but the business is ${business}.`, {
        code: 'mode_mismatch',
      })
    }
    return api(ask, reply)
  }
}
