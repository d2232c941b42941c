/** One imitated GoCardless account: requests and their pages, mandates, payments that a bank answers days later, refunds, events. */
import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import { openNotices } from '../../kit/notices.ts'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'

const Metadata = z
  .record(z.string().max(50), z.string().max(500))
  .refine((words) => Object.keys(words).length <= 3, 'at most 3 words')
  .default({})
const currency = z.enum(['AUD', 'CAD', 'DKK', 'EUR', 'GBP', 'NZD', 'SEK', 'USD'])

const NewRequest = z.strictObject({
  mandate_request: z.strictObject({ currency, description: z.string().max(255).optional() }).optional(),
  payment_request: z
    .strictObject({
      amount: z.int().positive(),
      currency: z.enum(['EUR', 'GBP']),
      description: z.string().max(255),
      metadata: Metadata,
    })
    .optional(),
  fallback_enabled: z.boolean().default(false),
  metadata: Metadata,
  links: z.strictObject({ customer: z.string() }).optional(),
})
const NewFlow = z.strictObject({
  redirect_uri: z.url(),
  exit_uri: z.url(),
  lock_currency: z.boolean().optional(),
  prefilled_customer: z.strictObject({ email: z.email() }).optional(),
  links: z.strictObject({ billing_request: z.string() }),
})
const NewPayment = z.strictObject({
  amount: z.int().positive(),
  currency,
  description: z.string().max(100).optional(),
  metadata: Metadata,
  retry_if_possible: z.boolean().default(false),
  links: z.strictObject({ mandate: z.string() }),
})
const NewRefund = z.strictObject({
  amount: z.int().positive(),
  total_amount_confirmation: z.int().positive(),
  metadata: Metadata,
  links: z.strictObject({ payment: z.string() }),
})

/** What a bank answers to the next debits: it pays, says nothing until `/__settle`, or refuses with this cause. */
export const Answers = z.enum([
  'pays',
  'later',
  'insufficient_funds',
  'refer_to_payer',
  'bank_account_closed',
  'mandate_cancelled',
  'authorisation_disputed',
  'invalid_bank_details',
])
export type Answers = z.infer<typeof Answers>

export const TakenBack = z.enum(['failed', 'charged_back', 'chargeback_cancelled'])
type TakenBack = z.infer<typeof TakenBack>

type Words = Record<string, string>
export type Request = z.infer<typeof NewRequest> & {
  id: string
  status: 'pending' | 'fulfilled' | 'cancelled'
  created_at: string
  links: { customer: string; mandate_request_mandate?: string; payment_request_payment?: string }
}
export type Flow = z.infer<typeof NewFlow> & { id: string; expires_at: string }
export type Mandate = {
  id: string
  status: 'active' | 'cancelled'
  created_at: string
  next: Answers
  links: { customer: string; customer_bank_account: string }
}
export type Payment = {
  id: string
  amount: number
  currency: string
  description: string | null
  metadata: Words
  status: 'pending_submission' | 'confirmed' | 'failed' | 'charged_back'
  created_at: string
  /** When the bank's answer comes, and what it is; null: not by itself. */
  due: string | null
  next: Answers
  links: { mandate: string | null }
}
export type Refund = {
  id: string
  amount: number
  currency: string
  status: 'created' | 'paid' | 'bounced'
  metadata: Words
  created_at: string
  links: { payment: string }
}
export type Event = {
  id: string
  created_at: string
  resource_type: string
  action: string
  links: Record<string, string>
  details: Record<string, unknown>
  resource_metadata: Words
}

export type Account = ReturnType<typeof openAccount>
export type Settings = {
  secret: string
  webhookUrl: string
  /** Hours until a bank answers; 0: at once. */
  confirmHours: number
  refundsByHand: boolean
}

export function openAccount(kit: Kit, settings: Settings) {
  const shelf = <Row>(name: string) => kit.store.shelf<Row>(name)
  const requests = shelf<Request>('billing_requests')
  const flows = shelf<Flow>('billing_request_flows')
  const mandates = shelf<Mandate>('mandates')
  const payments = shelf<Payment>('payments')
  const refunds = shelf<Refund>('refunds')
  const events = shelf<Event>('events')
  const notices = openNotices(kit, ({ body }) => ({
    'webhook-signature': createHmac('sha256', settings.secret).update(body).digest('hex'),
  }))
  const now = () => kit.now().toString()
  const newId = (prefix: string) => prefix + String(kit.store.next('ids', 1)).padStart(11, '0')

  /** Everything that one cause brings is told in one notice. */
  function tell(...told: Omit<Event, 'id' | 'created_at'>[]): void {
    const made = told.map((each) => ({ ...each, id: newId('EV'), created_at: now() }))
    for (const each of made) {
      events.put(each.id, each)
      kit.did(`${each.resource_type}.${each.action}`, each.links)
    }
    const first = made[0]
    if (first)
      notices.tell({
        type: `${first.resource_type}.${first.action}`,
        url: settings.webhookUrl,
        contentType: 'application/json',
        body: JSON.stringify({ events: made, meta: { webhook_id: newId('WB') } }),
      })
  }
  const ofPayment = ({ id, metadata }: Payment, action: string, details: Event['details'] = {}) => ({
    resource_type: 'payments',
    action,
    links: { payment: id },
    details: { origin: 'gocardless', ...details },
    resource_metadata: metadata,
  })
  const ofRequest = ({ id, metadata, links }: Request, action: string) => ({
    resource_type: 'billing_requests',
    action,
    links: { ...links, billing_request: id },
    details: { origin: 'payer' },
    resource_metadata: metadata,
  })

  function answer(payment: Payment, how: Answers): Payment {
    const paid = how === 'pays'
    const next: Payment = { ...payment, due: null, status: paid ? 'confirmed' : 'failed' }
    payments.put(next.id, next)
    tell(ofPayment(next, paid ? 'confirmed' : 'failed', paid ? {} : { cause: how, will_attempt_retry: false }))
    return next
  }

  function current(payment: Payment): Payment {
    const due = payment.due !== null && Temporal.Instant.compare(payment.due, kit.now()) <= 0
    return due ? answer(payment, payment.next) : payment
  }

  const one =
    <Row>(rows: { get(id: string): Row | undefined }) =>
    (id: string): Row => {
      const found = rows.get(id)
      if (found === undefined) throw new Refused(404, 'resource_not_found', 'Resource not found')
      return found
    }
  const request = one(requests)
  const mandate = one(mandates)
  const payment = (id: string): Payment => current(one(payments)(id))

  function debit(
    facts: Pick<Payment, 'amount' | 'currency' | 'metadata' | 'description'>,
    of: Mandate | null,
    next: Answers,
  ) {
    const hours = of === null ? 0 : settings.confirmHours // What is not debited is transferred by the buyer, at once.
    const made: Payment = {
      ...facts,
      id: newId('PM'),
      status: 'pending_submission',
      created_at: now(),
      due: next === 'later' ? null : kit.now().add({ hours }).toString(),
      next,
      links: { mandate: of?.id ?? null },
    }
    payments.put(made.id, made)
    tell(ofPayment(made, 'created'))
    return current(made)
  }

  return {
    settings,
    request,
    mandate,
    payment,
    refund: one(refunds),
    flow: (id: string) => flows.get(id),
    requests: () => [...requests.values()].reverse(),
    payments: () => [...payments.values()].map(current).reverse(),
    refunds: () => [...refunds.values()].reverse(),
    events: () => [...events.values()].reverse(),

    createRequest(json: unknown): Request {
      const asked = NewRequest.parse(json)
      if (!asked.mandate_request && !asked.payment_request)
        throw new Refused(422, 'validation_failed', 'A request asks for a mandate or a payment')
      const customer = asked.links?.customer ?? newId('CU')
      const made: Request = { ...asked, id: newId('BRQ'), status: 'pending', created_at: now(), links: { customer } }
      requests.put(made.id, made)
      return made
    },

    createFlow(json: unknown): Flow {
      const asked = NewFlow.parse(json)
      if (request(asked.links.billing_request).status !== 'pending')
        throw new Refused(422, 'billing_request_not_pending', 'The billing request is not pending')
      const made = {
        ...asked,
        id: newId('BRF'),
        expires_at: kit
          .now()
          .add({ hours: 7 * 24 })
          .toString(),
      }
      flows.put(made.id, made)
      return made
    },

    cancelRequest(id: string): Request {
      const open = request(id)
      if (open.status !== 'pending') throw new Refused(422, 'cancellation_failed', 'It cannot be cancelled any more')
      const next: Request = { ...open, status: 'cancelled' }
      requests.put(id, next)
      tell(ofRequest(next, 'cancelled'))
      return next
    },

    /** What a buyer does on the page. What is over stays as it is. */
    fulfil(id: string, next: Answers): Request {
      const open = request(id)
      if (open.status !== 'pending') return open
      const { customer } = open.links
      const links: Request['links'] = { customer }
      if (open.mandate_request) {
        const account = `BA${createHash('sha256').update(customer).digest('hex').slice(0, 11).toUpperCase()}`
        const made: Mandate = {
          id: newId('MD'),
          status: 'active',
          created_at: now(),
          next,
          links: { customer, customer_bank_account: account },
        }
        mandates.put(made.id, made)
        links.mandate_request_mandate = made.id
      }
      if (open.payment_request) {
        const { amount, currency, description, metadata } = open.payment_request
        links.payment_request_payment = debit({ amount, currency, description, metadata }, null, next).id
      }
      const fulfilled: Request = { ...open, status: 'fulfilled', links }
      requests.put(id, fulfilled)
      const given = links.mandate_request_mandate
      tell(
        ofRequest(fulfilled, 'fulfilled'),
        ...(given
          ? [
              {
                resource_type: 'mandates',
                action: 'created',
                links: { mandate: given },
                details: {},
                resource_metadata: {},
              },
            ]
          : []),
      )
      return fulfilled
    },

    createPayment(json: unknown): Payment {
      const { links, description, amount, currency, metadata } = NewPayment.parse(json)
      const by = mandate(links.mandate)
      if (by.status !== 'active')
        throw new Refused(422, 'mandate_is_inactive', 'The mandate is not active: no payment can be made with it')
      return debit({ amount, currency, metadata, description: description ?? null }, by, by.next)
    },

    createRefund(json: unknown): Refund {
      const asked = NewRefund.parse(json)
      const paid = payment(asked.links.payment)
      if (paid.status !== 'confirmed') throw new Refused(422, 'refund_payment_invalid_state', 'It is not confirmed')
      const back = [...refunds.values()]
        .filter(({ links, status }) => links.payment === paid.id && status !== 'bounced')
        .reduce((sum, { amount }) => sum + amount, asked.amount)
      if (back !== asked.total_amount_confirmation)
        throw new Refused(422, 'total_amount_confirmation_invalid', `In all it would be ${back}`)
      if (back > paid.amount)
        throw new Refused(422, 'refund_amount_too_large', 'It is more than is left of the payment')
      const status = settings.refundsByHand ? 'created' : 'paid'
      const { amount, metadata, links } = asked
      const made: Refund = {
        id: newId('RF'),
        amount,
        metadata,
        links,
        currency: paid.currency,
        status,
        created_at: now(),
      }
      refunds.put(made.id, made)
      this.tellRefund(made, status)
      return made
    },

    tellRefund: ({ id, links, metadata }: Refund, action: string): void =>
      tell({
        resource_type: 'refunds',
        action,
        links: { ...links, refund: id },
        details: {},
        resource_metadata: metadata,
      }),

    cancelMandate(id: string): Mandate {
      const given = mandate(id)
      if (given.status !== 'active') throw new Refused(422, 'cancellation_failed', 'It is not active')
      const next: Mandate = { ...given, status: 'cancelled' }
      mandates.put(id, next)
      tell({
        resource_type: 'mandates',
        action: 'cancelled',
        links: { mandate: id },
        details: { cause: 'mandate_cancelled' },
        resource_metadata: {},
      })
      return next
    },

    script(id: string, next: Answers): Mandate {
      const given = { ...mandate(id), next }
      mandates.put(id, given)
      return given
    },

    /** The bank's answer to a payment, by its own id or by the request that it came of; or the end of a refund. */
    settle(id: string, how: Answers): Payment | Refund {
      const refund = refunds.get(id)
      if (refund) {
        const ended: Refund = { ...refund, status: how === 'pays' ? 'paid' : 'bounced' }
        refunds.put(id, ended)
        this.tellRefund(ended, ended.status)
        return ended
      }
      const { links } = requests.get(id) ?? {}
      const own = [...payments.values()].find(
        (each) =>
          each.id === id ||
          (links !== undefined &&
            (each.id === links.payment_request_payment || each.links.mandate === links.mandate_request_mandate)),
      )
      if (!own) throw new Refused(404, 'resource_not_found', 'Resource not found')
      return own.status === 'pending_submission' ? answer(own, how) : own
    },

    /** After it was confirmed: the bank says that it failed after all, or the payer takes it back, and gives it again. */
    takeBack(id: string, how: TakenBack): Payment {
      const paid = payment(id)
      const again = how === 'chargeback_cancelled'
      if (paid.status !== (again ? 'charged_back' : 'confirmed'))
        throw new Refused(422, 'invalid_state', `It is ${paid.status}`)
      const next: Payment = { ...paid, status: again ? 'confirmed' : how }
      payments.put(id, next)
      const cause = how === 'failed' ? 'bank_account_closed' : 'authorisation_disputed'
      tell(ofPayment(next, how, { cause }), ...(how === 'failed' ? [ofPayment(next, 'late_failure_settled')] : []))
      return next
    },

    close: () => notices.close(),
  }
}
