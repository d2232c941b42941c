/** One imitated Mollie profile in test mode: payments, refunds, chargebacks, customers and mandates. */
import { z } from 'zod'
import { fromDecimal, type Money, minus } from '#platform/money.ts'
import { openNotices } from '../../kit/notices.ts'
import type { Kit } from '../../kit.ts'
import { openBalance } from './balance.ts'
import type { Way } from './page.ts'
import { amountOf, MollieError, newId } from './values.ts'

const Amount = z.strictObject({ currency: z.string().length(3), value: z.string().regex(/^\d+(\.\d+)?$/) })

const NewPayment = z.strictObject({
  amount: Amount,
  description: z.string().min(1).max(255),
  redirectUrl: z.url().optional(),
  cancelUrl: z.url().optional(),
  webhookUrl: z.url().optional(),
  metadata: z.unknown().optional(),
  method: z.union([z.string(), z.array(z.string())]).optional(),
  sequenceType: z.enum(['oneoff', 'first', 'recurring']).default('oneoff'),
  customerId: z.string().optional(),
  mandateId: z.string().optional(),
})
const NewRefund = z.strictObject({
  amount: Amount,
  description: z.string().max(140).optional(),
  metadata: z.unknown().optional(),
})
const NewCustomer = z.strictObject({
  name: z.string().nullish(),
  email: z.email().nullish(),
  locale: z.string().nullish(),
  metadata: z.unknown().optional(),
})

export type Payment = {
  id: string
  createdAt: string
  expiresAt: string
  amount: { currency: string; value: string }
  description: string
  method: string | null
  metadata: unknown
  status: 'open' | 'pending' | 'paid' | 'failed' | 'canceled' | 'expired'
  isCancelable: boolean
  sequenceType: string
  redirectUrl: string | null
  cancelUrl: string | null
  webhookUrl: string | null
  customerId: string | null
  mandateId: string | null
  details: Record<string, string> | null
}
export type Refund = {
  id: string
  paymentId: string
  amount: { currency: string; value: string }
  description: string
  metadata: unknown
  status: 'queued' | 'refunded' | 'failed'
  createdAt: string
}
export type Chargeback = {
  id: string
  paymentId: string
  amount: { currency: string; value: string }
  createdAt: string
}
export type Mandate = {
  id: string
  customerId: string
  method: 'creditcard' | 'directdebit' | 'paypal'
  status: 'valid' | 'invalid'
  createdAt: string
  next: Way
}

export type Account = ReturnType<typeof openAccount>

const card = { cardNumber: '4242', cardHolder: 'Z. Buyer', cardLabel: 'Visa', cardSecurity: '3dsecure' }
const wallet = { consumerName: 'Z. Buyer', consumerAccount: 'z.buyer@example.org' }
const account = { consumerName: 'Z. Buyer', consumerAccount: 'NL55INGB0000001234', consumerBic: 'INGBNL2A' }

export function openAccount(
  kit: Kit,
  settings: { expiresMinutes: number; cancelable: boolean; refundsQueued: boolean },
) {
  const payments = kit.store.shelf<Payment>('payments')
  const refunds = kit.store.shelf<Refund>('refunds')
  const chargebacks = kit.store.shelf<Chargeback>('chargebacks')
  const customers = kit.store.shelf<Record<string, unknown> & { id: string }>('customers')
  const mandates = kit.store.shelf<Mandate>('mandates')
  const notices = openNotices(kit, () => ({}))
  const balance = openBalance(kit)
  const now = () => kit.now().round('second').toString()

  /** The notice is the id and nothing else; what happened is to be asked. */
  function tell(payment: Payment): void {
    const body = new URLSearchParams({ id: payment.id }).toString()
    const contentType = 'application/x-www-form-urlencoded'
    notices.tell({ type: `payment.${payment.status}`, url: payment.webhookUrl ?? '', contentType, body })
  }

  function move(payment: Payment, patch: Partial<Payment>): Payment {
    const next = { ...payment, ...patch }
    payments.put(next.id, next)
    if (next.status !== payment.status) {
      kit.did(`payment_${next.status}`, { payment: next.id })
      if (next.status === 'paid') balance.paid(next.id, next.amount)
      tell(next)
    }
    return next
  }

  function current(payment: Payment): Payment {
    const over = Temporal.Instant.compare(kit.now(), Temporal.Instant.from(payment.expiresAt)) >= 0
    return payment.status === 'open' && over ? move(payment, { status: 'expired', isCancelable: false }) : payment
  }

  const find = (id: string): Payment | undefined => {
    const payment = payments.get(id)
    return payment && current(payment)
  }
  const payment = (id: string): Payment => find(id) ?? missing('payment', id)
  const customer = (id: string) => customers.get(id) ?? missing('customer', id)
  function mandate(customerId: string, id: string): Mandate {
    customer(customerId)
    const found = mandates.get(id)
    return found?.customerId === customerId ? found : missing('mandate', id)
  }

  /** What a way of paying makes of an open payment or of a charge. */
  function outcomeOf(how: Way, method: Mandate['method'] | 'ideal'): Partial<Payment> {
    const details =
      method === 'creditcard'
        ? { ...card, cardFingerprint: 'fHB3CCKx9REkz8fPplT8N4nq' }
        : method === 'paypal'
          ? wallet
          : account
    const ended = { method, isCancelable: false, details }
    if (how === 'card' || how === 'ideal' || how === 'paypal') return { ...ended, status: 'paid' }
    if (how === 'later') return { ...ended, status: 'pending' }
    if (how === 'cancel') return { isCancelable: false, status: 'canceled' }
    if (how === 'never_visited') return { isCancelable: false, status: 'expired' }
    return { ...ended, status: 'failed', details: { ...details, failureReason: how } }
  }

  function keepMandate(paid: Payment): Partial<Payment> {
    if (paid.sequenceType !== 'first' || paid.customerId === null) return {}
    const method = paid.method === 'creditcard' || paid.method === 'paypal' ? paid.method : 'directdebit'
    const id = newId('mdt_')
    const next = method === 'directdebit' ? 'later' : method === 'paypal' ? 'paypal' : 'card'
    mandates.put(id, { id, customerId: paid.customerId, method, status: 'valid', createdAt: now(), next })
    return { mandateId: id }
  }

  function create(asked: z.infer<typeof NewPayment>): Payment {
    if (fromDecimal(asked.amount.value, asked.amount.currency)?.minor === undefined)
      throw new MollieError(422, 'Unprocessable Entity', 'The amount contains an invalid value')
    const methods = [asked.method ?? []].flat()
    refuseNothing(asked, methods)
    const { metadata, sequenceType, customerId = null, mandateId = null } = asked
    const made: Payment = {
      id: newId('tr_'),
      createdAt: now(),
      expiresAt: kit.now().add({ minutes: settings.expiresMinutes }).round('second').toString(),
      amount: asked.amount,
      description: asked.description,
      method: methods.length === 1 ? (methods[0] ?? null) : null,
      metadata: metadata ?? null,
      status: 'open',
      isCancelable: settings.cancelable,
      sequenceType,
      redirectUrl: asked.redirectUrl ?? null,
      cancelUrl: asked.cancelUrl ?? null,
      webhookUrl: asked.webhookUrl ?? null,
      customerId,
      mandateId,
      details: null,
    }
    payments.put(made.id, made)
    kit.did('payment_created', { payment: made.id })
    return made
  }

  function charge(asked: z.infer<typeof NewPayment>): Payment {
    const { customerId = '', mandateId } = asked
    customer(customerId)
    const found = [...mandates.values()].find(
      (each) => each.customerId === customerId && each.status === 'valid' && (!mandateId || each.id === mandateId),
    )
    if (!found) throw new MollieError(422, 'Unprocessable Entity', 'No suitable mandates found for customer')
    return move(create({ ...asked, mandateId: found.id }), outcomeOf(found.next, found.method))
  }

  return {
    balance,
    find,
    payment,
    customer,
    mandate,
    payments: (): Payment[] => [...payments.values()].map(current),
    refundsOf: (id: string): Refund[] => [...refunds.values()].filter(({ paymentId }) => paymentId === id),
    chargebacksOf: (id: string): Chargeback[] => [...chargebacks.values()].filter(({ paymentId }) => paymentId === id),
    chargebackOf: (id: string): Chargeback => chargebacks.get(id) ?? missing('chargeback', id),
    refundOf: (id: string): Refund => refunds.get(id) ?? missing('refund', id),

    createPayment(json: unknown): Payment {
      const asked = NewPayment.parse(json)
      if (asked.customerId !== undefined) customer(asked.customerId)
      if (asked.sequenceType === 'recurring') return charge(asked)
      if (asked.redirectUrl === undefined)
        throw new MollieError(422, 'Unprocessable Entity', 'The redirect URL is missing')
      return create(asked)
    },

    cancel(id: string): Payment {
      const open = payment(id)
      if (!open.isCancelable) throw new MollieError(422, 'Unprocessable Entity', 'The payment cannot be canceled')
      return move(open, { status: 'canceled', isCancelable: false })
    },

    /** What a buyer does on the page. A payment that is over stays as it is. */
    pay(id: string, how: Way): Payment {
      const open = payment(id)
      if (open.status !== 'open') return open
      const outcome = outcomeOf(
        how,
        how === 'ideal' || how === 'later' ? 'ideal' : how === 'paypal' ? 'paypal' : 'creditcard',
      )
      const kept = outcome.status === 'paid' ? keepMandate({ ...open, ...outcome }) : {}
      return move(open, { ...outcome, ...kept })
    },

    refund(id: string, json: unknown): Refund {
      const asked = NewRefund.parse(json)
      const paid = payment(id)
      const amount = fromDecimal(asked.amount.value, asked.amount.currency)
      if (paid.status !== 'paid' || amount === null || amount.minor > remaining(paid, this.refundsOf(id)).minor)
        throw new MollieError(422, 'Unprocessable Entity', 'The specified amount cannot be refunded')
      const refund: Refund = {
        id: newId('re_'),
        paymentId: id,
        amount: asked.amount,
        description: asked.description ?? '',
        metadata: asked.metadata ?? null,
        status: settings.refundsQueued ? 'queued' : 'refunded',
        createdAt: now(),
      }
      refunds.put(refund.id, refund)
      kit.did(`refund_${refund.status}`, { refund: refund.id, payment: id })
      if (refund.status === 'refunded') balance.refunded(refund.id, id, refund.amount)
      tell(paid)
      return refund
    },

    createCustomer(json: unknown) {
      const asked = NewCustomer.parse(json ?? {})
      const made = {
        resource: 'customer',
        id: newId('cst_'),
        mode: 'test',
        name: asked.name ?? null,
        email: asked.email ?? null,
        locale: asked.locale ?? null,
        metadata: asked.metadata ?? null,
        createdAt: now(),
        _links: {},
      }
      customers.put(made.id, made)
      kit.did('customer_created', { customer: made.id })
      return made
    },

    revoke(customerId: string, id: string): void {
      const known = mandate(customerId, id)
      mandates.delete(known.id)
      kit.did('mandate_revoked', { mandate: id })
    },

    script(id: string, next: Way): Mandate {
      const known = mandates.get(id) ?? missing('mandate', id)
      const scripted = { ...known, next }
      mandates.put(id, scripted)
      return scripted
    },

    /** Ends what waits: a pending payment or a queued refund; a refund that had succeeded can be taken back. */
    settle(id: string, outcome: 'succeeded' | 'failed', reason: string): void {
      const refund = refunds.get(id)
      if (refund) {
        const status = outcome === 'succeeded' ? 'refunded' : 'failed'
        refunds.put(id, { ...refund, status })
        if (status === 'refunded') balance.refunded(id, refund.paymentId, refund.amount)
        kit.did(`refund_${status}`, { refund: id })
        tell(payment(refund.paymentId))
        return
      }
      const waiting = payment(id)
      if (waiting.status !== 'pending') return
      const paid = { status: 'paid', ...keepMandate(waiting) } as const
      const bounced = { status: 'failed', details: { ...waiting.details, bankReasonCode: reason } } as const
      move(waiting, outcome === 'succeeded' ? paid : bounced)
    },

    chargeback(id: string): Chargeback {
      const paid = payment(id)
      const made = { id: newId('chb_'), paymentId: id, amount: paid.amount, createdAt: now() }
      chargebacks.put(made.id, made)
      balance.chargedBack(made.id, id, paid.amount)
      kit.did('chargeback', { payment: id })
      tell(paid)
      return made
    },

    close: () => notices.close(),
  }
}

/** Nothing is asked for by a first payment only, and by methods that know it. */
function refuseNothing({ amount, sequenceType }: z.infer<typeof NewPayment>, methods: readonly string[]): void {
  if (amountOf(amount).minor > 0n) return
  const known = methods.length > 0 && methods.every((each) => each === 'creditcard' || each === 'paypal')
  if (sequenceType !== 'first' || !known)
    throw new MollieError(422, 'Unprocessable Entity', 'The amount is lower than the minimum')
}

/** What can still be given back. */
export const remaining = (payment: Payment, refunds: readonly Refund[]): Money =>
  refunds
    .filter(({ status }) => status !== 'failed')
    .reduce((left, refund) => minus(left, amountOf(refund.amount)), amountOf(payment.amount))

const missing = (what: string, id: string): never => {
  throw new MollieError(404, 'Not Found', `No ${what} exists with token ${id}.`)
}
