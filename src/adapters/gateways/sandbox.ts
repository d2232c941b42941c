/** The sandbox provider: a payment page on which the buyer decides what happens. For test businesses only; no money exists there. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { redactBody } from '#platform/http-out.ts'
import { money, sum, zero } from '#platform/money.ts'
import { declineClassOf, failureOf } from './declines.ts'
import {
  type DisputeSnapshot,
  type Gateway,
  type GatewayContext,
  type GatewayKind,
  type Hint,
  type ListedMoney,
  type ListedMove,
  type ListedMoves,
  type ListedPayout,
  NoticeError,
  type PaymentSnapshot,
  type SavedMethod,
  type SetupSnapshot,
} from './gateway.ts'
import { activeSecrets, checkSignature, noticeJson } from './signed-notice.ts'

const SandboxSettings = z.object({
  api_base: z.url({ protocol: /^https?$/ }).meta({ title: 'Address', help: 'Where the sandbox runs.' }),
  api_key: z.string().trim().min(1).max(200).meta({ title: 'API key', secret: true }),
  notice_secret: z.string().trim().max(500).nullish().meta({
    title: 'Notice secret',
    help: 'Signs what the sandbox tells us. While you replace it, write both, separated by a space.',
    secret: true,
  }),
})
type SandboxSettings = z.infer<typeof SandboxSettings>

const Refund = z.object({
  id: z.string(),
  reference: z.string(),
  amount: z.int().positive(),
  status: z.enum(['pending', 'succeeded', 'failed']),
  reason: z.string(),
})

const Method = z.object({
  id: z.string(),
  customer: z.string(),
  brand: z.string(),
  last4: z.string(),
  exp_month: z.int(),
  exp_year: z.int(),
  fingerprint: z.string(),
})

const Payment = z.object({
  id: z.string(),
  reference: z.string(),
  amount: z.int().positive(),
  currency: z.string().length(3),
  status: z.string(),
  decline_code: z.string().nullable(),
  /** What was taken where that is not what was asked for. */
  paid_with: z.object({ amount: z.int().positive(), currency: z.string().length(3) }).nullish(),
  url: z.url(),
  livemode: z.literal(false),
  refunds: z.array(Refund),
  saved: Method.nullable(),
})
type Payment = z.infer<typeof Payment>

const Listed = z.object({ ...Payment.shape, created_at: z.string() })

const Setup = z.object({
  id: z.string(),
  reference: z.string(),
  status: z.string(),
  decline_code: z.string().nullable(),
  url: z.url(),
  livemode: z.literal(false),
  saved: Method.nullable(),
})

const Event = z.object({
  id: z.string().min(1),
  type: z.string(),
  created_at: z.string(),
  data: z.object({ id: z.string(), reference: z.string(), dispute: z.string().optional() }),
})

const Dispute = z.object({
  id: z.string(),
  payment: z.string(),
  reference: z.string(),
  amount: z.int().positive(),
  currency: z.string().length(3),
  status: z.string(),
  reason: z.string(),
  opened_at: z.string(),
  evidence_due_by: z.string(),
  evidence_sent: z.boolean(),
})

const Move = z.object({
  id: z.string(),
  kind: z.enum(['payment', 'refund', 'dispute']),
  payment: z.string(),
  reference: z.string(),
  dispute: z.string().nullable(),
  amount: z.int(),
  fee: z.int(),
  currency: z.string().length(3),
  at: z.string(),
})
const Moves = z.object({ data: z.array(Move), more: z.boolean() })

const Payout = z.object({
  id: z.string(),
  amount: z.int().positive(),
  currency: z.string().length(3),
  status: z.enum(['coming', 'arrived', 'failed']),
  arrives_on: z.iso.date(),
})

const Trouble = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

type Ask = { method: 'GET' | 'POST'; path: string; json?: unknown; key?: string }

export const sandbox: GatewayKind<SandboxSettings> = {
  kind: 'sandbox',
  title: 'Sandbox',
  settings: SandboxSettings,
  capabilities: {
    checkout: 'redirect',
    notices: true,
    refund: true,
    delayed: true,
    staffConfirms: false,
    savesMethods: true,
    savesWithoutPayment: true,
    findsUnpaid: true,
    testOnly: true,
    listsMoney: true,
    tellsFees: true,
    tellsPayouts: true,
  },
  currencies: null,
  open(settings, context): Gateway {
    const call = caller(settings, context)
    const fetchPayment = async (remoteRef: string) =>
      snapshotOf(await call({ method: 'GET', path: `/v1/payments/${encodeURIComponent(remoteRef)}` }, Payment))

    return {
      async checkConnection() {
        const { name } = await call({ method: 'GET', path: '/v1/account' }, z.object({ name: z.string() }))
        return { detail: `${name} answers; no money moves there.`, livemode: false }
      },

      async createCheckout(request) {
        const { ourRef, attempt, amount, description, returnUrl, cancelUrl, expiresAt, saveFor } = request
        const payment = await call(
          {
            method: 'POST',
            path: '/v1/payments',
            key: `${ourRef}:${attempt}:${amount.minor}:${amount.currency}`,
            json: {
              reference: ourRef,
              amount: Number(amount.minor),
              currency: amount.currency,
              description: description.slice(0, 500),
              return_url: returnUrl,
              cancel_url: cancelUrl,
              expires_at: expiresAt.toString(),
              ...(saveFor ? { save_for: saveFor.customerRef ?? saveFor.customerId } : {}),
            },
          },
          Payment,
        )
        return { kind: 'redirect', remoteRef: payment.id, url: payment.url }
      },

      fetchPayment,

      async findByReference(ourRef) {
        const path = `/v1/payments?reference=${encodeURIComponent(ourRef)}`
        const { payments } = await call({ method: 'GET', path }, z.object({ payments: z.array(Payment) }))
        return payments.filter((each) => each.reference === ourRef).map(snapshotOf)
      },

      /** All of it, whatever the span: its clock is not the one of a business that travels. */
      async listMoney({ cursor, most }) {
        const path = `/v1/payments${paged(cursor, most)}`
        const reply = z.object({ payments: z.array(Listed), more: z.boolean() })
        const { payments, more } = await call({ method: 'GET', path }, reply)
        return { moneys: payments.flatMap(listedOf), next: (more && payments.at(-1)?.id) || null }
      },

      async listMoves({ cursor, most }) {
        return movesOf(await call({ method: 'GET', path: `/v1/moves${paged(cursor, most)}` }, Moves))
      },

      async listPayouts({ cursor, most }) {
        const reply = z.object({ data: z.array(Payout), more: z.boolean() })
        const { data, more } = await call({ method: 'GET', path: `/v1/payouts${paged(cursor, most)}` }, reply)
        return { payouts: data.map(payoutOf), next: (more && data.at(-1)?.id) || null }
      },

      async listPayoutMoves({ payoutRef, cursor, most }) {
        const path = `/v1/payouts/${encodeURIComponent(payoutRef)}/moves${paged(cursor, most)}`
        return movesOf(await call({ method: 'GET', path }, Moves))
      },

      async cancel(remoteRef) {
        const path = `/v1/payments/${encodeURIComponent(remoteRef)}/cancel`
        try {
          return snapshotOf(await call({ method: 'POST', path }, Payment))
        } catch (error) {
          // It moved on meanwhile: what it is now is the answer.
          if (error instanceof ProviderError && error.code === 'not_cancelable') return fetchPayment(remoteRef)
          throw error
        }
      },

      async refund({ ourRef, remoteRef, amount, reason }) {
        const refund = await call(
          {
            method: 'POST',
            path: `/v1/payments/${encodeURIComponent(remoteRef)}/refunds`,
            key: `${ourRef}:${amount.minor}:${amount.currency}`,
            json: { reference: ourRef, amount: Number(amount.minor), reason: reason.slice(0, 500) },
          },
          Refund,
        )
        return refundOf(refund, amount.currency)
      },

      async chargeSaved({ ourRef, amount, description, method }) {
        const json = {
          reference: ourRef,
          amount: Number(amount.minor),
          currency: amount.currency,
          description: description.slice(0, 500),
          method: method.methodRef,
        }
        const key = `${ourRef}:${amount.minor}:${amount.currency}:charge`
        return snapshotOf(await call({ method: 'POST', path: '/v1/charges', key, json }, Payment))
      },

      async startSetup({ ourRef, returnUrl, cancelUrl, expiresAt, saveFor }) {
        const json = {
          reference: ourRef,
          return_url: returnUrl,
          cancel_url: cancelUrl,
          expires_at: expiresAt.toString(),
          save_for: saveFor.customerRef ?? saveFor.customerId,
        }
        const { id, url } = await call({ method: 'POST', path: '/v1/setups', key: `${ourRef}:setup`, json }, Setup)
        return { remoteRef: id, url }
      },

      async fetchSetup(remoteRef) {
        return setupOf(await call({ method: 'GET', path: `/v1/setups/${encodeURIComponent(remoteRef)}` }, Setup))
      },

      async forgetMethod({ methodRef }) {
        const path = `/v1/methods/${encodeURIComponent(methodRef)}/forget`
        await call({ method: 'POST', path, key: `${methodRef}:forget`, json: {} }, z.object({ id: z.string() })).catch(
          (error: unknown) => {
            if (!(error instanceof ProviderError) || error.code !== 'not_found') throw error
          },
        )
      },

      async fetchDispute(ref) {
        return disputeOf(await call({ method: 'GET', path: `/v1/disputes/${encodeURIComponent(ref)}` }, Dispute))
      },

      async submitEvidence({ disputeRef, evidence }) {
        const path = `/v1/disputes/${encodeURIComponent(disputeRef)}/evidence`
        return disputeOf(await call({ method: 'POST', path, json: evidence, key: `${disputeRef}:evidence` }, Dispute))
      },

      async verifyNotice({ body, headers, receivedAt }) {
        checkSignature(body, headers['sandbox-signature'], activeSecrets(settings.notice_secret), receivedAt)
        const event = Event.safeParse(noticeJson(body))
        if (!event.success) throw new NoticeError('forged', 'the signed body is not an event')
        const { id, type, created_at, data } = event.data
        const about = { remoteRef: data.id, ourRef: data.reference, type }
        const hints: Hint[] =
          data.dispute === undefined
            ? [{ ...about, object: type.startsWith('refund.') ? 'refund' : 'payment' }]
            : [{ ...about, object: 'dispute', disputeRef: data.dispute }]
        return { dedupeKey: id, eventType: type, occurredAt: Temporal.Instant.from(created_at), hints }
      },
    }
  },
}

const paged = (cursor: string | null, most: number): string =>
  `?limit=${most}${cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`}`

const movesOf = ({ data, more }: z.infer<typeof Moves>): ListedMoves => ({
  moves: data.map(
    (each): ListedMove => ({
      ref: each.id,
      kind: each.kind,
      captureId: each.payment,
      ourRef: each.reference,
      disputeRef: each.dispute,
      amount: money(each.amount, each.currency),
      fee: money(each.fee, each.currency),
      original: null,
      at: Temporal.Instant.from(each.at),
    }),
  ),
  next: (more && data.at(-1)?.id) || null,
})

const payoutOf = (payout: z.infer<typeof Payout>): ListedPayout => ({
  ref: payout.id,
  amount: money(payout.amount, payout.currency),
  fee: zero(payout.currency),
  state: payout.status,
  arrivesOn: payout.arrives_on,
  bankText: null,
})

function caller(settings: SandboxSettings, context: GatewayContext) {
  return async function call<T>({ method, path, json, key }: Ask, reply: z.ZodType<T>): Promise<T> {
    if (context.livemode)
      throw new ProviderError('sandbox', 'auth_failed', 'The sandbox is for test businesses only.', {
        code: 'mode_mismatch',
      })
    const writes = method === 'POST'
    const answer = await context.http.request({
      provider: 'sandbox',
      method,
      url: `${settings.api_base.replace(/\/+$/, '')}${path}`,
      headers: {
        authorization: `Bearer ${settings.api_key}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(json === undefined ? {} : { json }),
      writes,
    })
    const body = parsedJson(answer.text)
    const value = reply.safeParse(body)
    if (answer.status < 300 && value.success) return value.data
    const trouble = Trouble.safeParse(body).data?.error
    const kind = kindOf(answer.status, trouble?.code, writes)
    const said = trouble?.message ?? redactBody(answer.text, [settings.api_key], 200)
    throw new ProviderError('sandbox', kind, `${method} ${path.split('?')[0]} answered ${answer.status}: ${said}`, {
      code: trouble?.code ?? 'unexpected_answer',
    })
  }
}

/** Only its own words refuse for good: a page of some proxy in between says nothing about the payment. */
function kindOf(status: number, code: string | undefined, writes: boolean): ProviderError['kind'] {
  const unclear = writes ? 'ambiguous' : 'unavailable'
  if (status === 401 || status === 403) return 'auth_failed'
  if (status === 429) return 'unavailable'
  // The same key with other words: the first request was carried out, and must be looked up.
  if (code === 'idempotency_mismatch') return 'ambiguous'
  if (status >= 400 && status < 500 && code !== undefined) return 'rejected'
  return unclear
}

const statuses: Record<string, PaymentSnapshot['status']> = {
  open: 'requires_action',
  pending: 'processing',
  paid: 'succeeded',
  declined: 'failed',
  canceled: 'canceled',
  expired: 'expired',
}

function snapshotOf(payment: Payment): PaymentSnapshot {
  const status = statuses[payment.status] ?? 'processing' // A word we do not know is no success and no end.
  const requested = money(payment.amount, payment.currency)
  const paid = status === 'succeeded'
  const received = payment.paid_with ? money(payment.paid_with.amount, payment.paid_with.currency) : requested
  return {
    remoteRef: payment.id,
    ourRef: payment.reference,
    status,
    requested,
    received: paid ? received : zero(payment.currency),
    captureId: paid ? payment.id : null,
    livemode: payment.livemode,
    failure:
      payment.decline_code === null ? null : failureOf(declineClassOf(payment.decline_code), payment.decline_code),
    refunds: payment.refunds.map((each) => refundOf(each, received.currency)),
    method: paid ? { kind: 'sandbox', brand: payment.saved?.brand ?? null, last4: payment.saved?.last4 ?? null } : null,
    saved: paid && payment.saved !== null ? savedOf(payment.saved) : null,
  }
}

function listedOf(payment: z.infer<typeof Listed>): ListedMoney[] {
  const { received, captureId, refunds } = snapshotOf(payment)
  if (captureId === null) return []
  const back = sum(
    received.currency,
    refunds.filter(({ status }) => status !== 'failed').map(({ amount }) => amount),
  )
  const { id: remoteRef, reference: ourRef, created_at: at } = payment
  return [{ remoteRef, ourRef, captureId, received, refunded: back, at: Temporal.Instant.from(at) }]
}

const disputeStatuses: Readonly<Record<string, DisputeSnapshot['status']>> = {
  asked: 'warning',
  taken: 'open',
  won: 'won',
  lost: 'lost',
  closed: 'closed',
}

function disputeOf(dispute: z.infer<typeof Dispute>): DisputeSnapshot {
  const { currency } = dispute
  const status = disputeStatuses[dispute.status] ?? 'open'
  const amount = money(dispute.amount, currency)
  return {
    ref: dispute.id,
    ourRef: dispute.reference,
    captureId: dispute.payment,
    kind: 'card',
    status: status === 'open' && dispute.evidence_sent ? 'under_review' : status,
    amount,
    withdrawn: status === 'open' || status === 'lost' ? amount : zero(currency),
    fee: zero(currency),
    reason: dispute.reason,
    evidenceDueBy: Temporal.Instant.from(dispute.evidence_due_by),
    evidenceSent: dispute.evidence_sent,
    openedAt: Temporal.Instant.from(dispute.opened_at),
  }
}

const setupStatuses: Record<string, SetupSnapshot['status']> = {
  open: 'requires_action',
  declined: 'requires_action',
  saved: 'succeeded',
  expired: 'expired',
}

const setupOf = (setup: z.infer<typeof Setup>): SetupSnapshot => ({
  remoteRef: setup.id,
  ourRef: setup.reference,
  status: setupStatuses[setup.status] ?? 'processing',
  livemode: setup.livemode,
  failure: setup.decline_code === null ? null : failureOf(declineClassOf(setup.decline_code), setup.decline_code),
  saved: setup.saved === null ? null : savedOf(setup.saved),
})

const savedOf = (method: z.infer<typeof Method>): SavedMethod => ({
  customerRef: method.customer,
  methodRef: method.id,
  kind: 'sandbox',
  brand: method.brand,
  last4: method.last4,
  expires: { month: method.exp_month, year: method.exp_year },
  fingerprint: method.fingerprint,
})

const refundOf = (refund: z.infer<typeof Refund>, currency: string) => ({
  ref: refund.id,
  // Without one it was given back at the provider's own desk.
  ourRef: refund.reference === '' ? null : refund.reference,
  amount: money(refund.amount, currency),
  status: refund.status,
  reason: refund.reason === '' ? null : refund.reason,
})

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
