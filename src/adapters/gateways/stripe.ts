/**
 * Stripe: hosted Checkout, so that no card number ever comes near us. We own subscriptions and invoices; of Stripe's objects only
 * Checkout Session, Payment Intent, Charge, Refund, Dispute and Event are used, and Customer and Payment Method where one is kept. `remoteRef` is
 * the session (for a charge of a kept method: the intent), the money is the intent.
 */
import Stripe from 'stripe'
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import type {
  ChargeRequest,
  CheckoutRequest,
  Gateway,
  GatewayContext,
  GatewayKind,
  PaymentSnapshot,
  SetupRequest,
} from './gateway.ts'
import { activeSecrets, checkSignature } from './signed-notice.ts'
import { StatementText } from './statement-text.ts'
import { toStripeAmount } from './stripe/amounts.ts'
import { BalancePage, expandMoves, moveOf, PayoutPage, payoutOf } from './stripe/balance.ts'
import { ChargePage, isTaken, listedOf } from './stripe/charges.ts'
import { Dispute, evidenceParams, snapshotOfDispute } from './stripe/disputes.ts'
import { providerErrorOf } from './stripe/errors.ts'
import { readEvent } from './stripe/notices.ts'
import { expandSetup, SetupSession, snapshotOfSetup } from './stripe/setups.ts'
import {
  expandIntent,
  expandSession,
  expandSessions,
  Intent,
  intentIdOf,
  ourRefOf,
  paymentKey,
  Refund,
  refundKey,
  Session,
  snapshotOfIntent,
  snapshotOfRefund,
  snapshotOfSession,
} from './stripe/snapshot.ts'

/** Pinned: set the same version on the webhook endpoint, since events are rendered in the endpoint's. */
export const stripeApiVersion = '2026-10-28.endive'

const StripeSettings = z.object({
  api_base: z
    .url({ protocol: /^https?$/ })
    .default('https://api.stripe.com')
    .meta({ title: 'API address' }),
  api_key: z
    .string()
    .trim()
    .regex(
      /^(sk|rk)_(test|live)_\w+$/,
      'must be a secret or restricted key: sk_test_…, sk_live_…, rk_test_… or rk_live_…',
    )
    .max(300)
    .meta({ title: 'Secret key', secret: true }),
  notice_secret: z.string().trim().max(1_000).nullish().meta({
    title: 'Webhook signing secret',
    help: 'whsec_…, shown by Stripe once the webhook endpoint exists. While you roll it, write both, separated by a space.',
    secret: true,
  }),
  statement_text: StatementText,
})
type StripeSettings = z.infer<typeof StripeSettings>

export const stripe: GatewayKind<StripeSettings> = {
  kind: 'stripe',
  title: 'Stripe',
  settings: StripeSettings,
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
  currencies: null,
  paymentPages: ['https://checkout.stripe.com'],
  open(settings, context): Gateway {
    const api = clientOf(settings, context)
    const ask = asker(settings, context)

    async function sessionOf(remoteRef: string): Promise<z.infer<typeof Session> | null> {
      if (remoteRef.startsWith('cs_'))
        return ask('reads', Session, () => api.checkout.sessions.retrieve(remoteRef, { expand: expandSession }))
      const query = { payment_intent: remoteRef, limit: 1, expand: expandSessions }
      const { data } = await ask('reads', z.object({ data: z.array(Session) }), () => api.checkout.sessions.list(query))
      return data[0] ?? null
    }

    async function fetchPayment(remoteRef: string): Promise<PaymentSnapshot> {
      if (!/^(cs|pi)_\w+$/.test(remoteRef)) throw notFound(remoteRef)
      const session = await sessionOf(remoteRef)
      if (session) return snapshotOfSession(session)
      const query = { expand: expandIntent }
      return snapshotOfIntent(await ask('reads', Intent, () => api.paymentIntents.retrieve(remoteRef, query)))
    }

    return {
      async checkConnection() {
        // What every checkout needs is asked for; the name is a courtesy that a restricted key may refuse.
        await ask('reads', z.object({ data: z.array(z.unknown()) }), () => api.checkout.sessions.list({ limit: 1 }))
        const account = await ask('reads', Account, () => api.accounts.retrieveCurrent()).catch(() => null)
        const name = account?.settings?.dashboard?.display_name || account?.id
        return {
          detail: `Stripe answers in ${context.livemode ? 'live' : 'test'} mode${name ? ` for ${name}` : ''}.`,
          livemode: context.livemode,
        }
      },

      async createCheckout(request) {
        const { ourRef, attempt, amount } = request
        const params = sessionParams(request, settings, context.now())
        const idempotencyKey = `${ourRef}:${attempt}:${amount.minor}:${amount.currency}`
        const session = await ask('writes', Session, () => api.checkout.sessions.create(params, { idempotencyKey }))
        // A replayed answer is as old as its key; the page's address is what the buyer needs, and an open session has one.
        if (!session.url)
          throw new ProviderError('stripe', 'ambiguous', 'the session has no page', { code: 'unexpected_answer' })
        return { kind: 'redirect', remoteRef: session.id, url: session.url }
      },

      fetchPayment,

      async findByReference(ourRef) {
        const found = new Map<string, PaymentSnapshot>()
        const ours = (await recentSessions(api, ask)).filter((each) => ourRefOf(each) === ourRef)
        for (const session of ours) found.set(session.id, snapshotOfSession(session))
        const seen = new Set(ours.map(intentIdOf))
        // The search index knows old payments too, but lags behind by up to a minute and knows no session that nobody paid.
        for (const intent of await searchIntents(api, ask, ourRef)) {
          if (seen.has(intent)) continue
          const snapshot = await fetchPayment(intent)
          found.set(snapshot.remoteRef, snapshot)
        }
        return [...found.values()]
      },

      async cancel(remoteRef) {
        if (!/^(cs|pi)_\w+$/.test(remoteRef)) throw notFound(remoteRef)
        const session = await sessionOf(remoteRef)
        if (session !== null && session.status !== 'open') return snapshotOfSession(session)
        const query = { expand: expandSession }
        try {
          // A charge of a kept method has no session: its intent, never confirmed, is closed itself.
          if (session === null)
            return snapshotOfIntent(await ask('writes', Intent, () => api.paymentIntents.cancel(remoteRef)))
          return snapshotOfSession(await ask('writes', Session, () => api.checkout.sessions.expire(session.id, query)))
        } catch (error) {
          // It moved on in between: what it is now is the answer.
          if (error instanceof ProviderError && error.kind === 'rejected') return fetchPayment(remoteRef)
          throw error
        }
      },

      async refund({ ourRef, remoteRef, amount, reason }) {
        const { captureId } = await fetchPayment(remoteRef)
        if (captureId === null)
          throw new ProviderError('stripe', 'rejected', 'nothing was captured', { code: 'not_paid' })
        const params = {
          payment_intent: captureId,
          amount: toStripeAmount(amount),
          metadata: { [refundKey]: ourRef, reason: reason.slice(0, 500) },
        }
        const idempotencyKey = `${ourRef}:${amount.minor}:${amount.currency}`
        return snapshotOfRefund(await ask('writes', Refund, () => api.refunds.create(params, { idempotencyKey })))
      },

      async chargeSaved(request) {
        // Two steps: an intent takes money at most once, however long ago it was made and whatever its key remembers.
        const intent = await createIntent(api, ask, settings, request)
        const options = { idempotencyKey: `${request.ourRef}:confirm` }
        const query = { expand: expandIntent }
        try {
          const params = { off_session: true, ...query }
          return snapshotOfIntent(
            await ask('writes', Intent, () => api.paymentIntents.confirm(intent.id, params, options)),
          )
        } catch (error) {
          // Declined, or it had moved on before: what it is now is the answer.
          if (!(error instanceof ProviderError) || error.kind !== 'rejected') throw error
          return snapshotOfIntent(await ask('reads', Intent, () => api.paymentIntents.retrieve(intent.id, query)))
        }
      },

      async startSetup(request) {
        const params = setupParams(request, context.now())
        const idempotencyKey = `${request.ourRef}:setup`
        const session = await ask('writes', SetupSession, () =>
          api.checkout.sessions.create(params, { idempotencyKey }),
        )
        if (!session.url)
          throw new ProviderError('stripe', 'ambiguous', 'the session has no page', { code: 'unexpected_answer' })
        return { remoteRef: session.id, url: session.url }
      },

      async fetchSetup(remoteRef) {
        if (!/^cs_\w+$/.test(remoteRef)) throw notFound(remoteRef)
        const query = { expand: expandSetup }
        return snapshotOfSetup(await ask('reads', SetupSession, () => api.checkout.sessions.retrieve(remoteRef, query)))
      },

      async forgetMethod({ methodRef }) {
        try {
          await ask('writes', Kept, () => api.paymentMethods.detach(methodRef))
        } catch (error) {
          if (!(error instanceof ProviderError) || error.kind !== 'rejected') throw error
          if (await isKept(api, ask, methodRef)) throw error
        }
      },

      async fetchDispute(ref) {
        return snapshotOfDispute(await ask('reads', Dispute, () => api.disputes.retrieve(checkedDispute(ref))))
      },

      async submitEvidence({ disputeRef, evidence }) {
        const params = evidenceParams(evidence)
        const options = { idempotencyKey: `${disputeRef}:evidence` }
        return snapshotOfDispute(
          await ask('writes', Dispute, () => api.disputes.update(checkedDispute(disputeRef), params, options)),
        )
      },

      async listMoney({ from, until, cursor, most }) {
        const created = { gte: secondsOf(from), lte: secondsOf(until) }
        const query = { created, limit: most, ...after(cursor) }
        const { data, has_more } = await ask('reads', ChargePage, () => api.charges.list(query))
        return { moneys: data.filter(isTaken).map(listedOf), next: (has_more && data.at(-1)?.id) || null }
      },

      async listMoves({ from, until, cursor, most }) {
        const created = { gte: secondsOf(from), lte: secondsOf(until) }
        const query = { created, limit: most, expand: expandMoves, ...after(cursor) }
        const { data, has_more } = await ask('reads', BalancePage, () => api.balanceTransactions.list(query))
        return { moves: data.flatMap(moveOf), next: (has_more && data.at(-1)?.id) || null }
      },

      async listPayouts({ from, until, cursor, most }) {
        const created = { gte: secondsOf(from), lte: secondsOf(until) }
        const query = { created, limit: most, ...after(cursor) }
        const { data, has_more } = await ask('reads', PayoutPage, () => api.payouts.list(query))
        return { payouts: data.map(payoutOf), next: (has_more && data.at(-1)?.id) || null }
      },

      async listPayoutMoves({ payoutRef, cursor, most }) {
        const query = { payout: payoutRef, limit: most, expand: expandMoves, ...after(cursor) }
        try {
          const { data, has_more } = await ask('reads', BalancePage, () => api.balanceTransactions.list(query))
          return { moves: data.flatMap(moveOf), next: (has_more && data.at(-1)?.id) || null }
        } catch (error) {
          // What somebody sent by hand is made of no moves: Stripe refuses to say.
          if (error instanceof ProviderError && error.kind === 'rejected') return null
          throw error
        }
      },

      async verifyNotice({ body, headers, receivedAt }) {
        checkSignature(body, headers['stripe-signature'], activeSecrets(settings.notice_secret), receivedAt)
        return readEvent(body, context.livemode)
      },
    }
  },
}

const after = (cursor: string | null) => (cursor === null ? {} : { starting_after: cursor })

const Kept = z.object({ id: z.string(), customer: z.union([z.string(), z.object({ id: z.string() })]).nullish() })

/** Whether Stripe still lets us charge it: a detached method stays readable, but belongs to nobody. */
async function isKept(api: Stripe, ask: Ask, methodRef: string): Promise<boolean> {
  try {
    return Boolean((await ask('reads', Kept, () => api.paymentMethods.retrieve(methodRef))).customer)
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'rejected') return false
    throw error
  }
}

async function createIntent(
  api: Stripe,
  ask: Ask,
  settings: StripeSettings,
  { ourRef, amount, description, method }: ChargeRequest,
) {
  const params = {
    amount: toStripeAmount(amount),
    currency: amount.currency.toLowerCase(),
    customer: method.customerRef,
    payment_method: method.methodRef,
    payment_method_types: [method.kind],
    description: description.slice(0, 500) || 'Payment',
    metadata: { [paymentKey]: ourRef },
    ...onStatement(settings),
  }
  const idempotencyKey = `${ourRef}:${amount.minor}:${amount.currency}:charge`
  try {
    return await ask('writes', Intent, () => api.paymentIntents.create(params, { idempotencyKey }))
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'rejected') throw error
    if (await isKept(api, ask, method.methodRef)) throw error
    throw new ProviderError('stripe', 'rejected', 'Stripe keeps this payment method no more', { code: 'method_gone' })
  }
}

const Account = z.object({
  id: z.string(),
  settings: z.object({ dashboard: z.object({ display_name: z.string().nullish() }).nullish() }).nullish(),
})

type Ask = <T>(how: 'reads' | 'writes', reply: z.ZodType<T>, call: () => Promise<unknown>) => Promise<T>

/** Every call goes through here: a key of the wrong mode never reaches Stripe, answers are parsed, errors get our kinds. */
function asker(settings: StripeSettings, context: GatewayContext): Ask {
  return async (how, reply, call) => {
    if (settings.api_key.includes('_live_') !== context.livemode) {
      const [key, business] = context.livemode ? ['test', 'live'] : ['live', 'test']
      throw new ProviderError('stripe', 'auth_failed', `This is a ${key} key, but the business is ${business}.`, {
        code: 'mode_mismatch',
      })
    }
    try {
      return reply.parse(await call())
    } catch (cause) {
      throw providerErrorOf(cause, how === 'writes', [settings.api_key])
    }
  }
}

function clientOf(settings: StripeSettings, context: GatewayContext): Stripe {
  const base = new URL(settings.api_base)
  return new Stripe(settings.api_key, {
    apiVersion: stripeApiVersion,
    host: base.hostname,
    port: base.port || (base.protocol === 'https:' ? '443' : '80'),
    protocol: base.protocol === 'https:' ? 'https' : 'http',
    httpClient: Stripe.createFetchHttpClient(context.http.fetch),
    maxNetworkRetries: 0,
    timeout: 25_000,
    telemetry: false,
  })
}

const minute = 60
const day = 86_400

/** Behind the account's own prefix; what is no card takes no other text. */
const onStatement = ({ statement_text: text }: StripeSettings) => (text ? { statement_descriptor_suffix: text } : {})

function sessionParams(
  request: CheckoutRequest,
  settings: StripeSettings,
  now: Temporal.Instant,
): Stripe.Checkout.SessionCreateParams {
  const { ourRef, attempt, amount, description, returnUrl, cancelUrl } = request
  // Not copied from session to intent, and the intent is what refunds and disputes lead to.
  const metadata = { [paymentKey]: ourRef, attempt: String(attempt) }
  return {
    mode: 'payment',
    client_reference_id: ourRef,
    ...buyerOf(request),
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: amount.currency.toLowerCase(),
          unit_amount: toStripeAmount(amount),
          product_data: { name: description.slice(0, 250) || 'Payment' },
        },
      },
    ],
    // Else the buyer may be offered another currency, and what arrives is not what was invoiced.
    adaptive_pricing: { enabled: false },
    metadata,
    payment_intent_data: {
      metadata,
      description: description.slice(0, 500) || 'Payment',
      ...(request.saveFor ? { setup_future_usage: 'off_session' as const } : {}),
      ...onStatement(settings),
    },
    success_url: returnUrl,
    cancel_url: cancelUrl,
    expires_at: expiryOf(request, now),
  }
}

/** A page that only keeps a method: nothing is charged, and what is kept may be charged in the buyer's absence. */
function setupParams(request: SetupRequest, now: Temporal.Instant): Stripe.Checkout.SessionCreateParams {
  const metadata = { [paymentKey]: request.ourRef }
  return {
    mode: 'setup',
    currency: request.currency.toLowerCase(),
    client_reference_id: request.ourRef,
    ...buyerOf(request),
    metadata,
    setup_intent_data: { metadata },
    success_url: request.returnUrl,
    cancel_url: request.cancelUrl,
    expires_at: expiryOf(request, now),
  }
}

const secondsOf = (at: Temporal.Instant): number => Math.floor(at.epochMilliseconds / 1000)

/** Stripe takes 30 minutes to 24 hours, measured when the request arrives: a minute is left for the way. In Unix seconds. */
function expiryOf({ expiresAt }: Pick<CheckoutRequest, 'expiresAt'>, now: Temporal.Instant): number {
  const [seconds, wanted] = [secondsOf(now), secondsOf(expiresAt)]
  return Math.min(Math.max(wanted, seconds + 31 * minute), seconds + day - minute)
}

/** A kept method belongs to a customer at Stripe: the one it knows, or a new one. Stripe takes either an address or a customer. */
function buyerOf({
  customerEmail,
  saveFor,
}: Pick<CheckoutRequest, 'customerEmail' | 'saveFor'>): Stripe.Checkout.SessionCreateParams {
  if (saveFor?.customerRef) return { customer: saveFor.customerRef }
  return {
    ...(customerEmail === '' ? {} : { customer_email: customerEmail }),
    ...(saveFor ? { customer_creation: 'always' as const } : {}),
  }
}

const SessionPage = z.object({
  data: z.array(Session.or(z.object({ id: z.string(), created: z.int() }))),
  has_more: z.boolean(),
})
const mostPages = 20

/** Newest first, as far back as a session can still be paid. Sessions that are not payments are passed over. */
async function recentSessions(api: Stripe, ask: Ask): Promise<z.infer<typeof Session>[]> {
  const sessions: z.infer<typeof Session>[] = []
  let newest = 0
  let after: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const query = { limit: 100, expand: expandSessions, ...(after === undefined ? {} : { starting_after: after }) }
    const { data, has_more } = await ask('reads', SessionPage, () => api.checkout.sessions.list(query))
    sessions.push(...data.filter((each): each is z.infer<typeof Session> => 'payment_status' in each))
    const last = data.at(-1)
    newest ||= data[0]?.created ?? 0
    if (!has_more || !last || last.created < newest - 2 * day) break
    after = last.id
  }
  return sessions
}

async function searchIntents(api: Stripe, ask: Ask, ourRef: string): Promise<string[]> {
  if (!/^\w+$/.test(ourRef)) return [] // Nothing of ours looks so, and it would be read as part of the query.
  const query = { query: `metadata['${paymentKey}']:'${ourRef}'`, limit: 100 }
  try {
    const reply = z.object({ data: z.array(z.object({ id: z.string() })) })
    return (await ask('reads', reply, () => api.paymentIntents.search(query))).data.map((each) => each.id)
  } catch (error) {
    // Not offered in every country, and not to every restricted key; the list has what matters for a lost answer.
    if (error instanceof ProviderError && (error.kind === 'rejected' || error.kind === 'auth_failed')) return []
    throw error
  }
}

function checkedDispute(ref: string): string {
  if (/^\w{3,100}$/.test(ref)) return ref
  throw new ProviderError('stripe', 'rejected', `no Stripe dispute ${ref}`, { code: 'not_found' })
}

const notFound = (remoteRef: string) =>
  new ProviderError('stripe', 'rejected', `no Stripe payment ${remoteRef}`, { code: 'not_found' })
