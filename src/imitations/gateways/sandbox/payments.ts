/** What the sandbox provider knows about payments. No money exists here: a button decides what becomes of one. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { isCurrency } from '#platform/money.ts'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'

export const DeclineCode = z.enum([
  'insufficient_funds',
  'do_not_honor',
  'expired_card',
  'stolen_card',
  'processing_error',
  'authentication_required',
  'fraudulent',
  'revocation_of_authorization',
  'testmode_decline',
])
export type DeclineCode = z.infer<typeof DeclineCode>

/** What a buyer can choose. `never`: pending for ever, and nobody is told. */
export const How = z.enum(['pay', 'decline', 'later', 'never'])
export type How = z.infer<typeof How>

export const Taken = z.strictObject({
  amount: z.number().int().positive(),
  currency: z.string().refine(isCurrency, 'must be a currency of ISO 4217'),
})
export type Taken = z.infer<typeof Taken>

/** The money of a paid payment, which refunds, disputes and the balance are about. */
export const takenOf = ({
  amount,
  currency,
  paid_with,
}: Pick<SandboxPayment, 'amount' | 'currency' | 'paid_with'>): Taken => paid_with ?? { amount, currency }

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
  /** What was really taken, where the buyer paid in a currency of his own; absent: what was asked for. */
  paid_with?: Taken | undefined
  refunds: SandboxRefund[]
  /** For whom a method is to be kept when it is paid, the method that was kept, and the method that a charge used. */
  save_for: string | null
  saved: string | null
  charged: string | null
}

/** Of a payment, or of a page that only keeps a method. `dispute`: its id, where it is about one. */
export type SandboxEvent = {
  type: string
  payment: Pick<SandboxPayment, 'id' | 'account' | 'reference'>
  dispute?: string
}

export const webAddress = z.url({ protocol: /^https?$/ }).max(2_000)

export const NewPayment = z.strictObject({
  reference: z.string().min(1).max(100),
  amount: z.number().int().positive(),
  currency: z.string().refine(isCurrency, 'must be a currency of ISO 4217'),
  description: z.string().max(500).default(''),
  return_url: webAddress,
  cancel_url: webAddress,
  expires_at: z.iso.datetime({ offset: true }),
  save_for: z.string().min(1).max(100).nullable().default(null),
})

export const NewCharge = z.strictObject({
  reference: z.string().min(1).max(100),
  amount: z.number().int().positive(),
  currency: z.string().refine(isCurrency, 'must be a currency of ISO 4217'),
  description: z.string().max(500).default(''),
  method: z.string(),
})

export const NewRefund = z.strictObject({
  /** Empty: people at the provider's own desk gave it back. */
  reference: z.string().max(100).default(''),
  amount: z.number().int().positive(),
  reason: z.string().max(500).default(''),
})

export type Ledger = ReturnType<typeof openLedger>

/** `tell` hears of every change the provider would send a notice about. `settleAfterMs` is how long *later* takes; null: until told. */
export function openLedger(
  kit: Kit,
  settleAfterMs: number | null,
  tell: (event: SandboxEvent) => Promise<void>,
  isDisputed: (id: string) => boolean,
) {
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
      const payment = { ...asked, ...fresh(), id: newId('sbx'), account, created_at: now.toString() }
      payments.put(payment.id, payment)
      kit.did('payment.created', { id: payment.id, reference: payment.reference, amount: payment.amount })
      return payment
    },

    /** Takes money in the buyer's absence, as the method's script says. There is no page: nobody can pay it afterwards. */
    async charge(
      account: string,
      asked: z.infer<typeof NewCharge>,
      outcome: How | DeclineCode,
    ): Promise<SandboxPayment> {
      const { method, ...rest } = asked
      const [now, expires_at] = [kit.now().toString(), kit.now().add({ hours: 24 }).toString()]
      const nowhere = { return_url: 'about:blank', cancel_url: 'about:blank', expires_at, save_for: null }
      const id = newId('sbx')
      const payment: SandboxPayment = { ...rest, ...nowhere, ...fresh(), id, account, created_at: now, charged: method }
      payments.put(id, payment)
      kit.did('payment.created', { id, reference: payment.reference, amount: payment.amount })
      const code = DeclineCode.safeParse(outcome).data
      return code === undefined ? this.choose(id, outcome as How) : this.choose(id, 'decline', code)
    },

    /** The method that was kept with it. */
    kept: (id: string, method: string): void => {
      const payment = payments.get(id)
      if (payment) payments.put(id, { ...payment, saved: method })
    },

    async find(account: string, reference: string): Promise<SandboxPayment[]> {
      const found = [...payments.values()].filter((each) => each.account === account && each.reference === reference)
      return Promise.all(found.map(aged))
    },

    all: (account: string): SandboxPayment[] => [...payments.values()].filter((each) => each.account === account),

    /** Newest first. */
    async page(account: string, limit: number, after?: string): Promise<{ page: SandboxPayment[]; more: boolean }> {
      const own = [...payments.values()].filter((each) => each.account === account).reverse()
      const start = after === undefined ? 0 : own.findIndex(({ id }) => id === after) + 1
      const page = await Promise.all(own.slice(start, start + limit).map(aged))
      return { page, more: own.length > start + limit }
    },

    /** A decline can be followed by success, as on a real page; what is paid or closed stays so. */
    async choose(
      id: string,
      how: How,
      declineCode: DeclineCode = 'insufficient_funds',
      paidWith?: Taken,
    ): Promise<SandboxPayment> {
      const asked = (await current(id))()
      const payment = paidWith === undefined ? asked : { ...asked, paid_with: paidWith }
      if (payment.status !== 'open' && payment.status !== 'declined' && payment.status !== 'pending') return asked
      if (payment.charged && payment.status === 'declined') return payment
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
      if (isDisputed(id)) throw new Refused(409, 'payment_disputed', 'the money is disputed')
      const left = takenOf(payment).amount - payment.refunds.reduce((sum, each) => sum + each.amount, 0)
      if (asked.amount > left) throw new Refused(409, 'refund_exceeds', `only ${left} can be refunded`)
      const refund = { ...asked, id: newId('sbr'), status: 'succeeded' as const, created_at: kit.now().toString() }
      await change(payment, 'refund.succeeded', { refunds: [...payment.refunds, refund] })
      return refund
    },
  }
}

const fresh = () => ({
  status: 'open' as const,
  decline_code: null,
  settles_at: null,
  paid_at: null,
  refunds: [],
  saved: null,
  charged: null,
})

export const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`
