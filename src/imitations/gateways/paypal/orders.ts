/** Orders, from their making to the money: what the API shows of them, and what becomes of a capture. */
import { z } from 'zod'
import {
  type Account,
  type Amount,
  type Capture,
  change,
  type Kept,
  type Mood,
  missing,
  type Order,
  Refused,
} from './account.ts'
import { checked } from './amounts.ts'
import { emit } from './notices.ts'

const Money = z.object({ currency_code: z.string(), value: z.string() })
const address = z.url({ protocol: /^https?$/ })

export const NewOrder = z.object({
  intent: z.literal('CAPTURE'),
  purchase_units: z.tuple([
    z.object({
      reference_id: z.string().min(1).max(256).default('default'),
      custom_id: z.string().max(255).optional(),
      invoice_id: z.string().max(127).optional(),
      description: z.string().max(127).optional(),
      soft_descriptor: z.string().max(22).optional(),
      amount: Money,
    }),
  ]),
  payment_source: z.object({
    paypal: z.object({
      vault_id: z.string().optional(),
      stored_credential: z
        .object({ payment_initiator: z.literal('MERCHANT'), usage: z.string(), usage_pattern: z.string() })
        .optional(),
      experience_context: z.object({ return_url: address, cancel_url: address }).optional(),
      attributes: z
        .object({
          vault: z.object({ store_in_vault: z.literal('ON_SUCCESS'), usage_type: z.literal('MERCHANT') }),
          customer: z.object({ id: z.string() }).optional(),
        })
        .optional(),
    }),
  }),
})

/** An order that nobody captured is gone after this. */
const lives = { hours: 6 }

export function read(account: Account, id: string): Order {
  const order = account.orders.get(id)
  const gone =
    order &&
    !order.capture &&
    Temporal.Instant.compare(Temporal.Instant.from(order.create_time).add(lives), account.now()) < 0
  if (!order || gone) throw missing(`order ${id}`)
  return order
}

export function create(account: Account, asked: z.infer<typeof NewOrder>): Order {
  const [unit] = asked.purchase_units
  const { paypal } = asked.payment_source
  checked(unit.amount)
  const kept = paypal.vault_id === undefined ? null : account.kept.get(paypal.vault_id)
  if (kept !== null) return charge(account, unit, kept)
  if (!paypal.experience_context) throw new Refused(400, 'MISSING_REQUIRED_PARAMETER')
  const order = put(account, {
    unit,
    status: 'PAYER_ACTION_REQUIRED',
    return_url: paypal.experience_context.return_url,
    cancel_url: paypal.experience_context.cancel_url,
    keeps: paypal.attributes ? { customer: paypal.attributes.customer?.id ?? account.newId() } : null,
  })
  account.kit.did('order_created', { order: order.id, custom: unit.custom_id ?? '' })
  return order
}

function put(account: Account, facts: Partial<Order> & Pick<Order, 'unit' | 'status'>): Order {
  const order: Order = {
    id: account.newId(),
    create_time: account.now().round('second').toString(),
    return_url: '',
    cancel_url: '',
    keeps: null,
    mood: 'pays',
    token: null,
    payer: null,
    capture: null,
    ...facts,
  }
  account.orders.put(order.id, order)
  return order
}

/** With a kept method: one call, in the buyer's absence. A refusal leaves no order behind. */
function charge(account: Account, unit: Order['unit'], kept: Kept | undefined): Order {
  if (!kept || kept.gone) throw new Refused(422, 'TOKEN_ID_NOT_FOUND')
  if (kept.mood !== 'pays' && kept.mood !== 'pending') throw new Refused(422, kept.mood)
  refuseDouble(account, unit.invoice_id)
  const order = put(account, { unit, status: 'APPROVED', token: kept.id, payer: kept.payer, mood: kept.mood })
  return capture(account, order.id)
}

/** What the buyer does on the page. He can choose again after a refusal. */
export function approve(account: Account, id: string, mood: Mood): Order {
  const order = read(account, id)
  if (order.capture) throw new Refused(422, 'ORDER_ALREADY_CAPTURED')
  const approved = change(account.orders, order, { status: 'APPROVED', mood, payer: order.payer ?? 'BUYER00000001' })
  account.kit.did('order_approved', { order: id })
  emit(account, 'CHECKOUT.ORDER.APPROVED', 'checkout-order', shown(account, approved))
  return approved
}

export function capture(account: Account, id: string): Order {
  const order = read(account, id)
  if (order.capture) throw new Refused(422, 'ORDER_ALREADY_CAPTURED')
  if (order.status !== 'APPROVED') throw new Refused(422, 'ORDER_NOT_APPROVED')
  if (order.mood !== 'pays' && order.mood !== 'pending') throw new Refused(422, order.mood)
  refuseDouble(account, order.unit.invoice_id)
  const { custom_id, invoice_id, amount } = order.unit
  const pending = order.mood === 'pending'
  const made: Capture = {
    id: account.newId(),
    order: id,
    status: pending ? 'PENDING' : 'COMPLETED',
    ...(pending ? { reason: 'PENDING_REVIEW' } : {}),
    amount,
    custom_id,
    invoice_id,
    create_time: account.now().round('second').toString(),
  }
  account.captures.put(made.id, made)
  const token = order.token ?? keep(account, order)
  const done = change(account.orders, order, { status: 'COMPLETED', capture: made.id, token })
  account.kit.did('captured', { order: id, capture: made.id, custom: custom_id ?? '', value: amount.value })
  tell(account, made)
  return done
}

/** An account takes an invoice number once. */
function refuseDouble(account: Account, invoice: string | undefined): void {
  const taken = invoice !== undefined && [...account.captures.values()].some((each) => each.invoice_id === invoice)
  if (taken) throw new Refused(422, 'DUPLICATE_INVOICE_ID')
}

function keep(account: Account, { keeps, payer, unit }: Order): string | null {
  if (!keeps) return null
  const kept: Kept = {
    id: account.newId().toLowerCase(),
    customer: keeps.customer,
    payer: payer ?? '',
    mood: 'pays',
    gone: false,
  }
  account.kept.put(kept.id, kept)
  account.kit.did('method_kept', { token: kept.id, custom: unit.custom_id ?? '' })
  emit(account, 'VAULT.PAYMENT-TOKEN.CREATED', 'payment_token', { id: kept.id, customer: { id: kept.customer } })
  return kept.id
}

const eventOf: Readonly<Record<string, string>> = {
  COMPLETED: 'PAYMENT.CAPTURE.COMPLETED',
  PENDING: 'PAYMENT.CAPTURE.PENDING',
  DECLINED: 'PAYMENT.CAPTURE.DECLINED',
}

function tell(account: Account, made: Capture): void {
  emit(account, eventOf[made.status] ?? 'PAYMENT.CAPTURE.COMPLETED', 'capture', shownCapture(account, made))
}

/** A capture that was held ends. */
export function settle(account: Account, id: string, status: 'COMPLETED' | 'DECLINED'): Capture {
  const made = account.captures.get(id)
  if (made?.status !== 'PENDING') throw missing(`pending capture ${id}`)
  const settled = change(account.captures, made, { status, reason: undefined })
  account.kit.did('capture_settled', { capture: id, status })
  tell(account, settled)
  return settled
}

/** Only these may be changed, and only before the money. */
export function patch(account: Account, id: string, path: string, value: string): Order {
  const order = read(account, id)
  if (order.capture) throw new Refused(422, 'ORDER_ALREADY_COMPLETED')
  const [, reference, field] =
    /^\/purchase_units\/@reference_id=='(.+)'\/(custom_id|invoice_id|description)$/.exec(path) ?? []
  if (reference !== order.unit.reference_id || field === undefined) throw new Refused(422, 'INVALID_PATCH_OPERATION')
  account.kit.did('order_changed', { order: id, field })
  return change(account.orders, order, { unit: { ...order.unit, [field]: value } })
}

export function shown(account: Account, order: Order): object {
  const made = order.capture ? account.captures.get(order.capture) : undefined
  const refunds = [...account.refunds.values()].filter((each) => each.capture === order.capture)
  const kept = order.token ? account.kept.get(order.token) : undefined
  const waits = order.status === 'PAYER_ACTION_REQUIRED' || order.status === 'APPROVED'
  return {
    id: order.id,
    intent: 'CAPTURE',
    status: order.status,
    create_time: order.create_time,
    purchase_units: [
      {
        ...order.unit,
        ...(made
          ? {
              payments: {
                captures: [shownCapture(account, made)],
                ...(refunds.length > 0 ? { refunds: refunds.map((each) => shownRefund(account, each)) } : {}),
              },
            }
          : {}),
      },
    ],
    payment_source: {
      paypal: {
        ...(order.payer ? { email_address: 'buyer@example.org', account_id: order.payer } : {}),
        ...(kept && made && order.keeps
          ? { attributes: { vault: { id: kept.id, status: 'VAULTED', customer: { id: kept.customer } } } }
          : {}),
      },
    },
    links: [
      { href: `${account.publicUrl()}/v2/checkout/orders/${order.id}`, rel: 'self', method: 'GET' },
      ...(waits
        ? [{ href: `${account.publicUrl()}/checkoutnow?token=${order.id}`, rel: 'payer-action', method: 'GET' }]
        : []),
    ],
  }
}

export const shownCapture = (account: Account, made: Capture): object => ({
  id: made.id,
  status: made.status,
  ...(made.reason ? { status_details: { reason: made.reason } } : {}),
  amount: made.amount,
  final_capture: true,
  custom_id: made.custom_id,
  invoice_id: made.invoice_id,
  supplementary_data: { related_ids: { order_id: made.order } },
  create_time: made.create_time,
  links: [{ href: `${account.publicUrl()}/v2/payments/captures/${made.id}`, rel: 'self', method: 'GET' }],
})

export const shownRefund = (
  account: Account,
  refund: {
    id: string
    capture: string
    status: string
    amount: Amount
    custom_id?: string | undefined
    invoice_id?: string | undefined
    note_to_payer?: string | undefined
    create_time: string
  },
): object => ({
  ...refund,
  capture: undefined,
  links: [{ href: `${account.publicUrl()}/v2/payments/captures/${refund.capture}`, rel: 'up', method: 'GET' }],
})
