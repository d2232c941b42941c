/** Invoices and payments of one imitated account. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { openNotices } from '../../kit/notices.ts'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'

const NewInvoice = z.strictObject({
  price_amount: z.number().positive(),
  price_currency: z.string(),
  pay_currency: z.string().optional(),
  order_id: z.string().optional(),
  order_description: z.string().optional(),
  ipn_callback_url: z.url().optional(),
  success_url: z.url().optional(),
  cancel_url: z.url().optional(),
  is_fixed_rate: z.boolean().default(false),
})
const NewPayment = z.strictObject({
  iid: z.string(),
  pay_currency: z.string(),
  order_description: z.string().optional(),
})

type Invoice = z.infer<typeof NewInvoice> & { id: string }
export type Payment = {
  payment_id: string
  parent_payment_id: string | null
  invoice_id: string
  payment_status: string
  price_amount: number
  price_currency: string
  pay_amount: number
  pay_currency: string
  actually_paid: number
  order_id: string
  order_description: string
  success_url: string
  cancel_url: string
  ipn_callback_url: string
  expires_at: string
  updated_at: string
}

const fixedRateMinutes = 20
const sevenDays = 7 * 24 * 60

export function openLedger(
  kit: Kit,
  settings: { secret: string; rate: number; leastPrice: number; publicUrl: () => string },
) {
  const invoices = kit.store.shelf<Invoice>('invoices')
  const payments = kit.store.shelf<Payment>('payments')
  const notices = openNotices(kit, ({ body }) => ({
    'x-nowpayments-sig': createHmac('sha512', settings.secret)
      .update(JSON.stringify(sortObject(JSON.parse(body) as object)))
      .digest('hex'),
  }))

  function move(payment: Payment, patch: Partial<Payment>): Payment {
    const next = { ...payment, ...patch, updated_at: kit.now().toString() }
    payments.put(next.payment_id, next)
    if (next.payment_status !== payment.payment_status) tell(next)
    return next
  }

  function tell(payment: Payment): void {
    kit.did(`payment_${payment.payment_status}`, { payment: payment.payment_id })
    const fee = { currency: payment.pay_currency, depositFee: 0, withdrawalFee: 0, serviceFee: 0.01 }
    const body = JSON.stringify({ ...facts(payment), fee })
    notices.tell({
      type: `payment.${payment.payment_status}`,
      url: payment.ipn_callback_url,
      contentType: 'application/json',
      body,
    })
  }

  function find(id: string): Payment | undefined {
    const payment = payments.get(id)
    if (!payment) return undefined
    const over = Temporal.Instant.compare(kit.now(), Temporal.Instant.from(payment.expires_at)) >= 0
    return payment.payment_status === 'waiting' && over ? move(payment, { payment_status: 'expired' }) : payment
  }
  function read(id: string): Payment {
    const payment = find(id)
    if (payment) return payment
    throw new Refused(404, 'PAYMENT_NOT_FOUND', 'Payment not found')
  }

  const extrasOf = (id: string) => [...payments.values()].filter((each) => each.parent_payment_id === id)
  const facts = ({ success_url: _s, cancel_url: _c, ipn_callback_url: _i, expires_at, ...shown }: Payment) => ({
    ...shown,
    payment_id: Number(shown.payment_id),
    parent_payment_id: shown.parent_payment_id === null ? null : Number(shown.parent_payment_id),
    pay_address: 'TNDFkiSmBQorNFacb3735q8MnT29sn8BLn',
    purchase_id: shown.invoice_id,
    outcome_amount: shown.actually_paid,
    outcome_currency: shown.pay_currency,
    expiration_estimate_date: expires_at,
    payment_extra_ids: extrasOf(shown.payment_id).map(({ payment_id }) => Number(payment_id)),
  })

  /** What arrived for good makes it finished or too little. */
  const ended = (payment: Payment): string =>
    payment.actually_paid >= payment.pay_amount ? 'finished' : 'partially_paid'

  return {
    find,
    shown: (id: string) => facts(read(id)),

    invoice(json: unknown) {
      const asked = NewInvoice.parse(json)
      if (asked.price_amount < settings.leastPrice)
        throw new Refused(400, 'AMOUNT_MINIMAL_ERROR', 'Crypto amount is less than minimal')
      const id = String(4_522_625_842 + kit.store.next('invoice'))
      invoices.put(id, { ...asked, id })
      kit.did('invoice_created', { invoice: id })
      return { ...asked, id, invoice_url: `${settings.publicUrl()}/payment?iid=${id}` }
    },

    pay(json: unknown) {
      const { iid, pay_currency } = NewPayment.parse(json)
      const invoice = invoices.get(iid)
      if (!invoice) throw new Refused(404, 'NOT_FOUND', 'Invoice not found')
      const minutes = invoice.is_fixed_rate ? fixedRateMinutes : sevenDays
      const payment: Payment = {
        payment_id: String(5_077_125_051 + kit.store.next('payment')),
        parent_payment_id: null,
        invoice_id: iid,
        payment_status: 'waiting',
        price_amount: invoice.price_amount,
        price_currency: invoice.price_currency,
        pay_amount: Math.ceil((invoice.price_amount / settings.rate) * 1e6) / 1e6,
        pay_currency,
        actually_paid: 0,
        order_id: invoice.order_id ?? '',
        order_description: invoice.order_description ?? '',
        success_url: invoice.success_url ?? '/',
        cancel_url: invoice.cancel_url ?? '/',
        ipn_callback_url: invoice.ipn_callback_url ?? '',
        expires_at: kit.now().add({ minutes }).toString(),
        updated_at: kit.now().toString(),
      }
      payments.put(payment.payment_id, payment)
      kit.did('payment_created', { payment: payment.payment_id })
      return facts(payment)
    },

    /** Coins for a payment that waits; for one that is over they are a payment of their own. */
    send(id: string, { percent, settled }: { percent: number; settled: boolean }) {
      const payment = read(id)
      const coins = Math.round(payment.pay_amount * percent * 1e4) / 1e6
      const open = payment.payment_status === 'waiting'
      const target: Payment = open
        ? payment
        : {
            ...payment,
            payment_id: String(5_077_125_051 + kit.store.next('payment')),
            parent_payment_id: id,
            payment_status: 'waiting',
            actually_paid: 0,
          }
      if (!open) payments.put(target.payment_id, target)
      const sent = { ...target, actually_paid: coins }
      return facts(move(target, { actually_paid: coins, payment_status: settled ? ended(sent) : 'confirming' }))
    },

    settle(id: string, outcome: 'finished' | 'failed' | 'refunded') {
      const payment = read(id)
      return facts(move(payment, { payment_status: outcome === 'finished' ? ended(payment) : outcome }))
    },

    close: () => notices.close(),
  }
}

/** As their documentation signs. */
function sortObject(object: object): object {
  return Object.keys(object)
    .sort()
    .reduce<Record<string, unknown>>((result, key) => {
      const value = (object as Record<string, unknown>)[key]
      const nested = typeof value === 'object' && value !== null && !Array.isArray(value)
      result[key] = nested ? sortObject(value) : value
      return result
    }, {})
}
