/**
 * GoCardless: direct debits. On its page a buyer gives a mandate (a *billing request*); nothing is paid by that. Whoever learns of the
 * mandate first asks for the payment, once; the bank's answer takes days, and can be taken back after it. `remoteRef` is the request's
 * id, or the payment's where a kept mandate was charged.
 */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { isAfter } from '#platform/time.ts'
import { checkBodySignature } from './body-signature.ts'
import type {
  CheckoutRequest,
  Gateway,
  GatewayKind,
  MethodRef,
  PaymentSnapshot,
  SavedMethod,
  SetupRequest,
  SetupSnapshot,
} from './gateway.ts'
import { caller, GocardlessSettings, isLive, madeBefore } from './gocardless/call.ts'
import { noticeOf } from './gocardless/notices.ts'
import {
  Account,
  type Asks,
  Event,
  Flow,
  isLate,
  isUsable,
  keepsKey,
  Listed,
  listedOf,
  listOf,
  Mandate,
  ourRefOf,
  Payment,
  paymentKey,
  Refund,
  Request,
  readAsks,
  refundKey,
  requestKey,
  savedOf,
  setupKey,
  wordsOf,
  writeAsks,
} from './gocardless/objects.ts'
import { movesOf, Payout, PayoutItem, payoutOf } from './gocardless/payouts.ts'
import { disputeOf, refundOf, snapshotOf, unpaid } from './gocardless/snapshot.ts'
import { isRejected, notFound } from './json-api.ts'
import { activeSecrets, noticeJson } from './signed-notice.ts'

const only = <T>(name: string, each: z.ZodType<T>) =>
  z.looseObject({ [name]: each }).transform((body) => body[name] as T)

const methodGone = () =>
  new ProviderError('gocardless', 'rejected', 'GoCardless keeps this mandate no more', { code: 'method_gone' })

export const gocardless: GatewayKind<GocardlessSettings> = {
  kind: 'gocardless',
  title: 'GoCardless',
  settings: GocardlessSettings,
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
    tellsPayouts: true,
  },
  currencies: ['AUD', 'CAD', 'DKK', 'EUR', 'GBP', 'NZD', 'SEK', 'USD'],
  paymentPages: ['https://pay.gocardless.com', 'https://pay-sandbox.gocardless.com'],
  open(settings, context): Gateway {
    const call = caller(settings, context)
    const livemode = isLive(settings)

    const get = <T>(path: string, name: string, each: z.ZodType<T>) => call({ method: 'GET', path }, only(name, each))

    /** Under a key that was used before GoCardless names what was made with it. */
    async function make<T>(name: string, json: object, key: string, each: z.ZodType<T>): Promise<T> {
      const headers = { 'idempotency-key': key }
      try {
        return await call({ method: 'POST', path: `/${name}`, json: { [name]: json }, headers }, only(name, each))
      } catch (error) {
        const known = madeBefore(error)
        if (known === null) throw error
        return get(`/${name}/${encodeURIComponent(known)}`, name, each)
      }
    }

    async function pages<T>(path: string, name: string, each: z.ZodType<T>): Promise<T[]> {
      const found: T[] = []
      let after = ''
      for (let page = 0; page < mostPages; page += 1) {
        const more = `${path.includes('?') ? '&' : '?'}limit=500${after}`
        const list = await call({ method: 'GET', path: `${path}${more}` }, listOf(name, each))
        found.push(...list.rows)
        if (!list.after) break
        after = `&after=${encodeURIComponent(list.after)}`
      }
      return found
    }

    const readRequest = (id: string) =>
      get(`/billing_requests/${known(id, /^BRQ[0-9A-Z]+$/)}`, 'billing_requests', Request)
    const eventsOf = (payment: string) =>
      pages(`/events?resource_type=payments&payment=${encodeURIComponent(payment)}`, 'events', Event)

    async function keptBy(mandate: Mandate): Promise<SavedMethod> {
      const path = `/customer_bank_accounts/${encodeURIComponent(mandate.links.customer_bank_account)}`
      return savedOf(mandate, await get(path, 'customer_bank_accounts', Account))
    }

    const readMandate = (id: string) => get(`/mandates/${encodeURIComponent(id)}`, 'mandates', Mandate)

    async function seen(payment: Payment, remoteRef: string, keeps: string | null): Promise<PaymentSnapshot> {
      const [events, refunds, mandate] = await Promise.all([
        payment.status === 'failed' ? eventsOf(payment.id) : [],
        hasMoney(payment) ? pages(`/refunds?payment=${payment.id}`, 'refunds', Refund) : [],
        keeps !== null && hasMoney(payment) ? readMandate(keeps) : null,
      ])
      const saved = mandate !== null && isUsable(mandate) ? await keptBy(mandate) : null
      return { remoteRef, ...snapshotOf(payment, { events, refunds, saved, livemode }) }
    }

    /** The payment that belongs to a request: GoCardless made it, we did before, or it is asked for now. Null: it may not be any more. */
    async function paymentOf(request: Request, asks: Asks): Promise<Payment | null> {
      const { payment_request_payment: instant, mandate_request_mandate: mandateId } = request.links ?? {}
      if (instant) return get(`/payments/${encodeURIComponent(instant)}`, 'payments', Payment)
      if (!mandateId) return null
      const made = await pages(`/payments?mandate=${encodeURIComponent(mandateId)}`, 'payments', Payment)
      const own = made.find(({ metadata }) => wordsOf(metadata, requestKey) === request.id)
      if (own) return own
      if (isAfter(context.now(), asks.until) || isLate(await readMandate(mandateId), asks)) return null
      const json = {
        amount: Number(asks.minor),
        currency: asks.currency,
        metadata: { [paymentKey]: ourRefOf(request), [requestKey]: request.id },
        retry_if_possible: false,
        links: { mandate: mandateId },
      }
      return make('payments', json, `${request.id}:payment`, Payment)
    }

    async function seenRequest(request: Request): Promise<PaymentSnapshot> {
      const asks = readAsks(request)
      if (asks === null) throw notFound('gocardless', request.id)
      const over = isAfter(context.now(), asks.until)
      if (request.status === 'cancelled') return unpaid(request, asks, 'canceled', livemode)
      if (request.status === 'fulfilling') return unpaid(request, asks, 'processing', livemode)
      if (request.status !== 'fulfilled') return unpaid(request, asks, over ? 'expired' : 'requires_action', livemode)
      const payment = await paymentOf(request, asks)
      if (payment === null) return unpaid(request, asks, 'expired', livemode)
      const keeps = wordsOf(request.metadata, keepsKey) && request.links?.mandate_request_mandate
      return { ...(await seen(payment, request.id, keeps || null)), ourRef: ourRefOf(request) }
    }

    const readPayment = (id: string) => get(`/payments/${known(id, /^PM[0-9A-Z]+$/)}`, 'payments', Payment)

    async function fetchPayment(remoteRef: string): Promise<PaymentSnapshot> {
      if (remoteRef.startsWith('BRQ')) return seenRequest(await readRequest(remoteRef))
      const payment = await readPayment(remoteRef)
      return seen(payment, payment.id, null)
    }

    /** The request, and a fresh link to its page. */
    async function openPage(json: object, key: string, request: CheckoutRequest | SetupRequest) {
      const { saveFor } = request
      const links = saveFor?.customerRef ? { links: { customer: saveFor.customerRef } } : {}
      const made = await make('billing_requests', { ...json, ...links }, key, Request)
      const flow = {
        redirect_uri: request.returnUrl,
        exit_uri: request.cancelUrl,
        lock_currency: true,
        ...(request.customerEmail === '' ? {} : { prefilled_customer: { email: request.customerEmail } }),
        links: { billing_request: made.id },
      }
      const path = '/billing_request_flows'
      const page = await call(
        { method: 'POST', path, json: { billing_request_flows: flow } },
        only('billing_request_flows', Flow),
      )
      return { remoteRef: made.id, url: page.authorisation_url }
    }

    return {
      async checkConnection() {
        const { rows } = await call(
          { method: 'GET', path: '/creditors?limit=1' },
          listOf('creditors', z.object({ name: z.string().nullish() })),
        )
        const name = rows[0]?.name
        return {
          detail: `GoCardless answers in ${livemode ? 'live' : 'test'} mode${name ? ` for ${name}` : ''}.`,
          livemode,
        }
      },

      async createCheckout(request) {
        const { ourRef, attempt, amount, expiresAt, saveFor } = request
        const { minor, currency } = amount
        const instant = settings.first_payment === 'instant'
        const description = request.description.slice(0, 100) || 'Payment'
        const json = {
          ...(instant
            ? {
                payment_request: {
                  amount: Number(minor),
                  currency,
                  description,
                  metadata: { [paymentKey]: ourRef, [requestKey]: 'instant' },
                },
                fallback_enabled: true,
              }
            : {}),
          ...(instant && !saveFor ? {} : { mandate_request: { currency, description } }),
          metadata: {
            [paymentKey]: ourRef,
            ...writeAsks({ minor, currency, until: expiresAt, attempt }),
            ...(saveFor ? { [keepsKey]: saveFor.customerId } : {}),
          },
        }
        const page = await openPage(json, `${ourRef}:${attempt}:${minor}:${currency}`, request)
        return { kind: 'redirect', ...page }
      },

      fetchPayment,

      async findByReference(ourRef) {
        const isOurs = (each: Request | Payment) => wordsOf(each.metadata, paymentKey) === ourRef
        const requests = (await pages('/billing_requests', 'billing_requests', Request)).filter(isOurs)
        const charges = (await pages('/payments', 'payments', Payment)).filter(
          (each) => isOurs(each) && wordsOf(each.metadata, requestKey) === null,
        )
        return Promise.all([...requests.map(seenRequest), ...charges.map((each) => seen(each, each.id, null))])
      },

      async cancel(remoteRef) {
        const path = `/billing_requests/${known(remoteRef, /^BRQ[0-9A-Z]+$/)}/actions/cancel`
        await call({ method: 'POST', path, json: { data: {} } }, z.unknown()).catch((error: unknown) => {
          if (!isRejected(error)) throw error // It moved on in between: what it is now is the answer.
        })
        return fetchPayment(remoteRef)
      },

      async refund({ ourRef, remoteRef, amount, reason }) {
        const { captureId, refunds, ourRef: payment } = await fetchPayment(remoteRef)
        const made = refunds.find((each) => each.ourRef === ourRef)
        if (made) return made
        if (captureId === null)
          throw new ProviderError('gocardless', 'rejected', 'nothing was confirmed', { code: 'not_paid' })
        // GoCardless wants to be told what is back in all: a refund that nobody knew of does not go unnoticed.
        const back = refunds
          .filter(({ status }) => status !== 'failed' && status !== 'canceled')
          .reduce((sum, each) => sum + each.amount.minor, amount.minor)
        const json = {
          amount: Number(amount.minor),
          total_amount_confirmation: Number(back),
          metadata: {
            ...(payment ? { [paymentKey]: payment } : {}),
            [refundKey]: ourRef,
            reason: reason.slice(0, 500),
          },
          links: { payment: captureId },
        }
        return refundOf(await make('refunds', json, `${ourRef}:${amount.minor}:${amount.currency}`, Refund))
      },

      async chargeSaved({ ourRef, amount, description, method }) {
        const path = `/payments?mandate=${encodeURIComponent(method.methodRef)}`
        const made = await pages(path, 'payments', Payment).catch(gone)
        const own = made.find(
          ({ metadata }) => wordsOf(metadata, paymentKey) === ourRef && wordsOf(metadata, requestKey) === null,
        )
        if (own) return seen(own, own.id, null)
        const json = {
          amount: Number(amount.minor),
          currency: amount.currency,
          description: description.slice(0, 100) || 'Payment',
          metadata: { [paymentKey]: ourRef },
          retry_if_possible: false, // When it is tried again is for us to say.
          links: { mandate: method.methodRef },
        }
        const key = `${ourRef}:${amount.minor}:${amount.currency}:charge`
        const payment = await make('payments', json, key, Payment).catch(gone)
        return seen(payment, payment.id, null)
      },

      async startSetup(request) {
        const { ourRef, currency, expiresAt } = request
        const json = {
          mandate_request: { currency },
          metadata: { [setupKey]: ourRef, ...writeAsks({ minor: 0n, currency, until: expiresAt, attempt: 1 }) },
        }
        return openPage(json, ourRef, request)
      },

      async fetchSetup(remoteRef): Promise<SetupSnapshot> {
        const request = await readRequest(remoteRef)
        const asks = readAsks(request)
        if (asks === null) throw notFound('gocardless', remoteRef)
        const mandateId = request.status === 'fulfilled' ? request.links?.mandate_request_mandate : null
        const mandate = mandateId ? await readMandate(mandateId) : null
        const kept = mandate !== null && isUsable(mandate) && !isLate(mandate, asks)
        const open = isAfter(context.now(), asks.until) || mandate !== null ? 'expired' : 'requires_action'
        const ended =
          request.status === 'cancelled' ? 'canceled' : request.status === 'fulfilling' ? 'processing' : open
        return {
          remoteRef,
          ourRef: ourRefOf(request),
          status: kept ? 'succeeded' : ended,
          livemode,
          failure: null,
          saved: kept ? await keptBy(mandate) : null,
        }
      },

      async forgetMethod({ methodRef }: MethodRef) {
        const path = `/mandates/${encodeURIComponent(methodRef)}/actions/cancel`
        await call({ method: 'POST', path, json: { data: {} } }, z.unknown()).catch((error: unknown) => {
          if (!isRejected(error)) throw error // Unknown, or ended already.
        })
      },

      async fetchDispute(ref) {
        const payment = await readPayment(ref)
        const dispute = disputeOf(payment, await eventsOf(payment.id))
        if (dispute === null) throw notFound('gocardless', ref)
        return dispute
      },

      async listMoney({ from, until, cursor, most }) {
        const query = new URLSearchParams({
          'created_at[gte]': from.toString(),
          'created_at[lte]': until.toString(),
          limit: String(most),
          ...(cursor === null ? {} : { after: cursor }),
        })
        const { rows, after } = await call({ method: 'GET', path: `/payments?${query}` }, listOf('payments', Listed))
        return { moneys: rows.flatMap(listedOf), next: after ?? null }
      },

      async listPayouts({ from, until, cursor, most }) {
        const query = new URLSearchParams({
          'created_at[gte]': from.toString(),
          'created_at[lte]': until.toString(),
          limit: String(most),
          ...(cursor === null ? {} : { after: cursor }),
        })
        const { rows, after } = await call({ method: 'GET', path: `/payouts?${query}` }, listOf('payouts', Payout))
        return { payouts: rows.map(payoutOf), next: after ?? null }
      },

      /** All at once: what is kept is told by rows that stand anywhere among the others. Of payouts older than six months nothing is told. */
      async listPayoutMoves({ payoutRef }) {
        const id = known(payoutRef, /^PO[0-9A-Z]+$/)
        const items: PayoutItem[] = []
        for (let after: string | null = ''; after !== null; ) {
          const path: string = `/payout_items?payout=${id}&limit=500${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`
          const page = await call({ method: 'GET', path }, listOf('payout_items', PayoutItem)).catch(
            (error: unknown) => {
              if (isRejected(error, 'not_found')) return null
              throw error
            },
          )
          if (page === null) return null
          items.push(...page.rows)
          after = page.after ?? null
        }
        return { moves: movesOf(await get(`/payouts/${id}`, 'payouts', Payout), items), next: null }
      },

      async verifyNotice({ body, headers }) {
        checkBodySignature('sha256', body, headers['webhook-signature'], activeSecrets(settings.webhook_secret))
        const wasPaid = async (payment: string) =>
          (await eventsOf(payment)).some(({ action }) => action === 'confirmed')
        return noticeOf(noticeJson(body), wasPaid)
      },
    }
  },
}

/** Two thousand rows back: GoCardless cannot search by what we wrote on them. */
const mostPages = 4

const hasMoney = ({ status }: Payment): boolean => ['confirmed', 'paid_out', 'charged_back', 'failed'].includes(status)

function gone(error: unknown): never {
  if (isRejected(error, 'not_found') || isRejected(error, 'mandate_is_inactive')) throw methodGone()
  throw error
}

function known(remoteRef: string, form: RegExp): string {
  if (form.test(remoteRef)) return remoteRef
  throw notFound('gocardless', remoteRef)
}
