/** The adapter of a payment provider that does not exist: payments by JSON with a page of their own, refunds, signed notices. */
import type {
  GatewayContext,
  GatewayKind,
  PaymentSnapshot,
  PaymentStatus,
} from '../../src/adapters/gateways/gateway.ts'
import type { PluginKit } from '../../src/plugins.ts'

type Settings = { url: string; key: string; notice_secret?: string | null | undefined }

const statuses: Record<string, PaymentStatus> = {
  open: 'requires_action',
  waiting: 'processing',
  paid: 'succeeded',
  closed: 'canceled',
  over: 'expired',
}

export function toyGateway({
  z,
  ProviderError,
  jsonApi,
  failureOf,
  notices,
  money,
  NoticeError,
}: PluginKit): GatewayKind {
  const settings = z.object({
    url: z.url().max(300).meta({ title: 'Address' }),
    key: z.string().min(4).max(100).meta({ title: 'Key', secret: true }),
    notice_secret: z.string().max(300).nullish().meta({ title: 'Secret of notices', secret: true }),
  })
  const Refund = z.object({ id: z.string(), reference: z.string(), amount: z.string(), reason: z.string() })
  const Payment = z.object({
    id: z.string(),
    reference: z.string(),
    state: z.string(),
    amount: z.string(),
    currency: z.string().length(3),
    page: z.url(),
    declined: z.string().nullable(),
    refunds: z.array(Refund),
  })
  type Payment = ReturnType<typeof Payment.parse>
  const Refusal = z.object({ error: z.string() })
  const Told = z.object({ id: z.string(), event: z.string(), payment: z.string(), reference: z.string() })

  const fail = (code: string, message: string, kind: 'rejected' | 'auth_failed' | 'unavailable' = 'rejected') =>
    new ProviderError('toy_pay', kind, message, { code })
  const amountOf = (text: string, currency: string) => {
    const amount = money.fromDecimal(text, currency)
    if (amount === null) throw fail('unexpected_answer', `${text} is no amount`, 'unavailable')
    return amount
  }
  const refundOf = ({ id, reference, amount, reason }: Payment['refunds'][number], currency: string) => ({
    ref: id,
    ourRef: reference,
    amount: amountOf(amount, currency),
    status: 'succeeded' as const,
    reason,
  })
  const snapshotOf = (payment: Payment): PaymentSnapshot => {
    const { id, reference, state, amount, currency, declined, refunds } = payment
    const paid = state === 'paid'
    return {
      remoteRef: id,
      ourRef: reference,
      status: statuses[state] ?? 'processing', // A word that we do not know is no success and no end.
      requested: amountOf(amount, currency),
      received: paid ? amountOf(amount, currency) : money.zero(currency),
      captureId: paid ? id : null,
      livemode: false,
      failure: declined === null ? null : failureOf(declined === 'funds' ? 'soft_funds' : 'unknown', declined),
      refunds: refunds.map((each) => refundOf(each, currency)),
      method: paid ? { kind: 'toy', brand: null, last4: null } : null,
      saved: null,
    }
  }

  return {
    kind: 'toy_pay',
    title: 'Toy payments',
    settings,
    capabilities: {
      checkout: 'redirect',
      notices: true,
      refund: true,
      delayed: true,
      staffConfirms: false,
      savesMethods: false,
      savesWithoutPayment: false,
      findsUnpaid: true,
      testOnly: false,
    },
    currencies: ['EUR', 'USD'],
    noticeAddress: 'sent',
    open(given, { http, livemode, noticeUrl }: GatewayContext) {
      const { url, key, notice_secret: secret } = given as Settings
      const api = jsonApi(
        {
          provider: 'toy_pay',
          base: url,
          headers: { authorization: `Bearer ${key}` },
          secrets: [key],
          refusalOf: (body) => {
            const code = Refusal.safeParse(body).data?.error
            return code === undefined ? null : { code, message: code }
          },
        },
        http,
      )
      const call: typeof api = async (ask, reply) => {
        if (livemode) throw fail('mode_mismatch', 'There is no real money here.', 'auth_failed')
        return api(ask, reply)
      }
      const pathOf = (remoteRef: string) => {
        if (!/^\w{3,40}$/.test(remoteRef)) throw fail('not_found', 'that is no payment')
        return `/payments/${remoteRef}`
      }
      const read = (remoteRef: string) => call({ method: 'GET', path: pathOf(remoteRef) }, Payment)

      return {
        async checkConnection() {
          const { name } = await call({ method: 'GET', path: '/me' }, z.object({ name: z.string() }))
          return { detail: `${name} answers.`, livemode: false }
        },
        async createCheckout({ ourRef, attempt, amount, description, returnUrl, cancelUrl, expiresAt }) {
          const json = {
            key: `${ourRef}:${attempt}`,
            reference: ourRef,
            amount: money.toDecimal(amount),
            currency: amount.currency,
            text: description,
            back: returnUrl,
            cancel: cancelUrl,
            until: expiresAt.toString(),
            tell: noticeUrl,
          }
          const { id, page } = await call({ method: 'POST', path: '/payments', json }, Payment)
          return { kind: 'redirect', remoteRef: id, url: page }
        },
        fetchPayment: async (remoteRef) => snapshotOf(await read(remoteRef)),
        async findByReference(ourRef) {
          const path = `/payments?reference=${encodeURIComponent(ourRef)}`
          const { payments } = await call({ method: 'GET', path }, z.object({ payments: z.array(Payment) }))
          return payments.map(snapshotOf)
        },
        async cancel(remoteRef) {
          return snapshotOf(await call({ method: 'POST', path: `${pathOf(remoteRef)}/close` }, Payment))
        },
        async refund({ ourRef, remoteRef, amount, reason }) {
          const json = { reference: ourRef, amount: money.toDecimal(amount), reason }
          const made = await call({ method: 'POST', path: `${pathOf(remoteRef)}/refunds`, json }, Refund)
          return refundOf(made, amount.currency)
        },
        async verifyNotice({ body, headers }) {
          notices.checkBodySignature('sha256', body, headers['x-toy-signature'], notices.activeSecrets(secret))
          const told = Told.safeParse(notices.noticeJson(body)).data
          if (!told) throw new NoticeError('forged', 'the signed body is no notice')
          const { id, event, payment, reference } = told
          const hints = [{ object: 'payment' as const, remoteRef: payment, ourRef: reference, type: event }]
          return { dedupeKey: id, eventType: event, occurredAt: null, hints }
        },
      }
    },
  }
}
