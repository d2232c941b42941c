/** What the sandbox provider knows about payments. No money exists here: a button decides what becomes of one. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { isCurrency } from '#platform/money.ts'
import type { Kit } from '../../kit.ts'

export const DeclineCode = z.enum([
  'insufficient_funds',
  'do_not_honor',
  'expired_card',
  'stolen_card',
  'processing_error',
  'authentication_required',
])
export type DeclineCode = z.infer<typeof DeclineCode>

/** What a buyer can choose. `never`: pending for ever, and nobody is told. */
export const How = z.enum(['pay', 'decline', 'later', 'never'])
export type How = z.infer<typeof How>

export type SandboxRefund = {
  id: string
  reference: string
  amount: number
  status: 'succeeded'
  reason: string
  created_at: string
}

export type SandboxPayment = {
  id: string
  account: string
  reference: string
  amount: number
  currency: string
  description: string
  return_url: string
  cancel_url: string
  created_at: string
  expires_at: string
  status: 'open' | 'pending' | 'paid' | 'declined' | 'canceled' | 'expired'
  decline_code: DeclineCode | null
  /** When a pending payment becomes paid by itself; null: only when told. */
  settles_at: string | null
  paid_at: string | null
  refunds: SandboxRefund[]
}

export type SandboxEvent = { type: string; payment: SandboxPayment }

const webAddress = z.url({ protocol: /^https?$/ }).max(2_000)

export const NewPayment = z.strictObject({
  reference: z.string().min(1).max(100),
  amount: z.number().int().positive(),
  currency: z.string().refine(isCurrency, 'must be a currency of ISO 4217'),
  description: z.string().max(500).default(''),
  return_url: webAddress,
  cancel_url: webAddress,
  expires_at: z.iso.datetime({ offset: true }),
})

export const NewRefund = z.strictObject({
  reference: z.string().min(1).max(100),
  amount: z.number().int().positive(),
  reason: z.string().max(500).default(''),
})

export class Refused extends Error {
  readonly status: 404 | 409
  readonly code: string
  constructor(status: 404 | 409, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export type Ledger = ReturnType<typeof openLedger>

/** `tell` hears of every change the provider would send a notice about. `settleAfterMs` is how long *later* takes; null: until told. */
export function openLedger(kit: Kit, settleAfterMs: number | null, tell: (event: SandboxEvent) => Promise<void>) {
  const payments = kit.store.shelf<SandboxPayment>('payments')

  async function change(payment: SandboxPayment, type: string, to: Partial<SandboxPayment>): Promise<SandboxPayment> {
    const changed = { ...payment, ...to }
    payments.put(changed.id, changed)
    kit.did(type, { id: changed.id, reference: changed.reference, amount: changed.amount })
    await tell({ type, payment: changed })
    return changed
  }

  const settled = (payment: SandboxPayment) =>
    change(payment, 'payment.paid', {
      status: 'paid',
      paid_at: kit.now().toString(),
      settles_at: null,
      decline_code: null,
    })

  /** Lets time do its work: what was to be settled or has expired by now is so. */
  async function aged(payment: SandboxPayment): Promise<SandboxPayment> {
    const isPast = (at: string | null) => at !== null && Temporal.Instant.compare(at, kit.now()) <= 0
    if (payment.status === 'pending' && isPast(payment.settles_at)) return settled(payment)
    if (payment.status === 'open' && isPast(payment.expires_at))
      return change(payment, 'payment.expired', { status: 'expired' })
    return payment
  }

  async function read(id: string, account?: string): Promise<SandboxPayment> {
    const payment = payments.get(id)
    if (!payment || (account !== undefined && payment.account !== account))
      throw new Refused(404, 'not_found', `no payment ${id}`)
    return aged(payment)
  }

  /** What follows this without another `await` sees the payment as it is: two requests at once cannot both spend it. */
  async function current(id: string, account?: string): Promise<() => SandboxPayment> {
    const payment = await read(id, account)
    return () => payments.get(id) ?? payment
  }

  return {
    read,

    create(account: string, asked: z.infer<typeof NewPayment>): SandboxPayment {
      const now = kit.now()
      const fresh = { status: 'open', decline_code: null, settles_at: null, paid_at: null, refunds: [] } as const
      const payment = { ...asked, ...fresh, refunds: [], id: newId('sbx'), account, created_at: now.toString() }
      payments.put(payment.id, payment)
      kit.did('payment.created', { id: payment.id, reference: payment.reference, amount: payment.amount })
      return payment
    },

    async find(account: string, reference: string): Promise<SandboxPayment[]> {
      const found = [...payments.values()].filter((each) => each.account === account && each.reference === reference)
      return Promise.all(found.map(aged))
    },

    /** A decline can be followed by success, as on a real page; what is paid or closed stays so. */
    async choose(id: string, how: How, declineCode: DeclineCode = 'insufficient_funds'): Promise<SandboxPayment> {
      const payment = (await current(id))()
      if (payment.status !== 'open' && payment.status !== 'declined' && payment.status !== 'pending') return payment
      switch (how) {
        case 'pay':
          return settled(payment)
        case 'decline':
          return change(payment, 'payment.declined', { status: 'declined', decline_code: declineCode })
        case 'later': {
          const settles = settleAfterMs === null ? null : kit.now().add({ milliseconds: settleAfterMs }).toString()
          return change(payment, 'payment.pending', { status: 'pending', decline_code: null, settles_at: settles })
        }
        case 'never': {
          const silent = { ...payment, status: 'pending' as const, decline_code: null, settles_at: null }
          payments.put(id, silent)
          kit.did('payment.pending', { id })
          return silent
        }
      }
    },

    /** Makes pending payments paid, all of them or one: the bank's answer arrived. */
    async settle(id?: string): Promise<SandboxPayment[]> {
      const pending = [...payments.values()].filter(
        (each) => each.status === 'pending' && (id === undefined || each.id === id),
      )
      return Promise.all(pending.map(settled))
    },

    async cancel(id: string, account: string): Promise<SandboxPayment> {
      const payment = (await current(id, account))()
      if (payment.status === 'canceled') return payment
      if (payment.status !== 'open' && payment.status !== 'declined')
        throw new Refused(409, 'not_cancelable', `the payment is ${payment.status}`)
      return change(payment, 'payment.canceled', { status: 'canceled' })
    },

    async refund(id: string, account: string, asked: z.infer<typeof NewRefund>): Promise<SandboxRefund> {
      const payment = (await current(id, account))()
      if (payment.status !== 'paid') throw new Refused(409, 'not_paid', `the payment is ${payment.status}`)
      const left = payment.amount - payment.refunds.reduce((sum, each) => sum + each.amount, 0)
      if (asked.amount > left) throw new Refused(409, 'refund_exceeds', `only ${left} can be refunded`)
      const refund = { ...asked, id: newId('sbr'), status: 'succeeded' as const, created_at: kit.now().toString() }
      await change(payment, 'refund.succeeded', { refunds: [...payment.refunds, refund] })
      return refund
    },
  }
}

export const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`
