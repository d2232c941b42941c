/** Orders: from a plan and an e-mail address to a TV login. */
import type { Shop } from '#app.ts'
import { findInvoice, paymentsOf } from '#modules/billing/queries.ts'
import type { PayStarted } from '#modules/billing/start-payment.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { findOrder, listOrders, type Order } from '#modules/checkout/queries.ts'
import { orderUrl } from '#modules/checkout/tell.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { reconcileNow } from '#modules/lines/want-line.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { CustomerOut, customerOf } from './customers.ts'
import { InvoiceSummary, invoiceOf, PayOut, payInvoice, payOf, requireGateway, returnFields } from './invoices.ts'
import { CredentialsOut, credentialsOf, LineOut, lineOf } from './lines.ts'
import { type Call, route } from './route.ts'
import {
  at,
  atOr,
  byId,
  country,
  currency,
  email,
  id,
  language,
  list,
  listQuery,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const status = z.enum([
  'awaiting_payment',
  'processing',
  'setting_up',
  'delayed',
  'needs_review',
  'ready',
  'canceled',
  'refunded',
])

const facts = {
  id: z.string(),
  number: z.string().openapi({ description: 'Short, for people to read out.' }),
  status,
  reason: z.string(),
  customer_id: z.string(),
  plan_id: z.string(),
  invoice_id: z.string().nullable(),
  subscription_id: z.string().nullable(),
  source: z.enum(['storefront', 'api', 'console', 'portal']),
  device: z.string().nullable(),
  mac: z.string().nullable(),
  wanted_username: z.string().nullable(),
  country: z.string().nullable(),
  language: z.string(),
  created_at: time,
  paid_at: time.nullable(),
  ready_at: time.nullable(),
  expires_at: time.nullable(),
}

const OrderSummary = resource('OrderSummary', facts)
const OrderOut = resource('Order', {
  ...facts,
  pay_url: z
    .string()
    .nullable()
    .openapi({ description: 'Where the buyer pays, while there is something to pay and a payment was started.' }),
  payment: PayOut.nullable().openapi({ description: 'The payment that waits for the buyer.' }),
  order_url: z
    .string()
    .nullable()
    .openapi({ description: "The buyer's own page; it shows the TV login, so only keys that may read lines see it." }),
  line: LineOut.nullable().openapi({ description: 'For keys that may read lines.' }),
  credentials: CredentialsOut.nullable().openapi({
    description: 'Once the panel confirmed the line, for keys that may read lines.',
  }),
  customer: CustomerOut.nullable().openapi({ description: 'With `expand=customer`.' }),
  invoice: InvoiceSummary.nullable().openapi({ description: 'With `expand=invoice`.' }),
})

export const orderOf = (shop: Shop, order: Order): z.input<typeof OrderSummary> => ({
  id: order.id,
  number: order.number,
  status: order.status,
  reason: order.reason,
  customer_id: order.customerId,
  plan_id: order.planId,
  invoice_id: order.invoiceId,
  subscription_id: order.subscriptionId,
  source: order.source,
  device: order.device,
  mac: order.mac,
  wanted_username: order.wantedUsername,
  country: order.country,
  language: order.language,
  created_at: at(order.createdAt),
  paid_at: atOr(order.paidAt),
  ready_at: atOr(order.readyAt),
  expires_at: atOr(order.expiresAt),
  livemode: shop.livemode,
})

type Shown = z.input<typeof OrderOut>

async function read(call: Call, orderId: string, expand: readonly string[] = []): Promise<Shown> {
  const { shop } = call
  const { order, line, payment, customer, invoice } = await call.read(async (tx) => {
    const found = await findOrder(tx, orderId)
    if (found === null) throw new Refusal('not_found', 'There is no such order.')
    const { invoiceId, subscriptionId, customerId } = found
    const waiting = invoiceId === null ? [] : await paymentsOf(tx, invoiceId)
    return {
      order: found,
      line: call.allows('lines:read') && subscriptionId !== null ? await lineOfSubscription(tx, subscriptionId) : null,
      payment: waiting.findLast((each) => each.status === 'requires_action') ?? null,
      customer:
        expand.includes('customer') && call.allows('customers:read') ? await findCustomer(tx, customerId) : null,
      invoice:
        expand.includes('invoice') && call.allows('invoices:read') && invoiceId !== null
          ? await findInvoice(tx, invoiceId)
          : null,
    }
  })
  const waits = order.status === 'awaiting_payment' ? payment : null
  const started: PayStarted | null = waits && {
    paymentId: waits.id,
    redirectUrl: waits.redirectUrl,
    instructions: waits.instructions,
    reference: waits.reference,
    transfer: waits.transfer,
  }
  return {
    ...orderOf(shop, order),
    pay_url: started?.redirectUrl ?? null,
    payment: started && payOf(shop, started),
    order_url: call.allows('lines:read') ? orderUrl(shop, order.id) : null,
    line: line && lineOf(shop, line),
    credentials: line !== null && order.status === 'ready' ? await credentialsOf(call, line) : null,
    customer: customer && customerOf(shop, customer),
    invoice: invoice && invoiceOf(shop, invoice),
  }
}

const again = (call: Call<{ id: string }>): Promise<Shown> => read(call, call.params.id)

const New = z.strictObject({
  plan_id: id('plan').optional().openapi({ description: 'Left out only with a voucher, whose plan counts.' }),
  voucher: words(40).optional().openapi({
    description: 'A voucher’s code: it pays for one period of its plan, and nothing else is sold with it.',
  }),
  email,
  name: text(120).optional(),
  currency: currency.optional(),
  country: country
    .optional()
    .openapi({ description: 'Where the buyer is: it decides on the tax, where some is taken.' }),
  region: text(3).optional().openapi({ description: 'A state of the United States, such as `NY`.' }),
  vat_id: text(32).optional(),
  buyer_country: country
    .optional()
    .openapi({ description: 'The country of the buyer’s network address, as evidence of where he is.' }),
  language: language.optional(),
  device: z
    .string()
    .regex(/^[a-z0-9_]{1,40}$/)
    .optional(),
  mac: text(40).optional(),
  accept_unusual_mac: z.boolean().optional().openapi({
    description: 'The address does not begin as MAG boxes do, and was compared with the label: see `/settings/logins`.',
  }),
  username: text(64).optional().openapi({
    description: 'What the buyer would like. Taken: by the rule of `/settings/logins`, the next free one or a refusal.',
  }),
  password: z.string().max(64).optional(),
  add_ons: z
    .array(z.strictObject({ add_on_id: id('addon'), quantity: z.int().min(0).max(49) }))
    .max(20)
    .optional()
    .openapi({ description: 'Sold with the plan; paid with the first period and with each renewal.' }),
  coupon: words(60)
    .optional()
    .openapi({ description: 'A coupon’s code. One that does not fit is refused, and nothing is ordered.' }),
  referral: words(20)
    .optional()
    .openapi({ description: 'The code of the affiliate who brought the buyer. An unknown one is refused.' }),
  buyer_address: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .openapi({ description: 'The buyer’s own network address, for the limits on trials.' }),
  marketing_consent: text(500).optional().openapi({ description: 'The sentence that he agreed to.' }),
  gateway: id('gwa').optional().openapi({ description: 'Starts the payment at once: the answer has `pay_url`.' }),
  ...returnFields,
})

type NewCall = Call<unknown, unknown, z.output<typeof New>>

async function create(call: NewCall): Promise<Shown> {
  const { shop, body } = call
  if (body.gateway !== undefined) await requireGateway(call, body.gateway)
  const wanted = body.plan_id
  if (body.voucher === undefined && (wanted === undefined || (await call.read((tx) => findPlan(tx, wanted))) === null))
    throw new Refusal('invalid_input', 'Please choose a plan.', [
      { pointer: '/plan_id', code: 'unknown', detail: 'There is no such plan.' },
    ])
  const { plan_id, gateway: _, return_url: __, cancel_url: ___, save_method_consent: ____, ...rest } = body
  const { accept_unusual_mac, marketing_consent, buyer_address, buyer_country, vat_id, add_ons, ...buyer } = rest
  const order = await placeOrder(shop, {
    ...buyer,
    cartKey: `api/${newId('req', shop.app.clock)}`,
    planId: plan_id,
    addOns: add_ons?.map(({ add_on_id, quantity }) => ({ addOnId: add_on_id, quantity })),
    marketingConsent: marketing_consent,
    acceptUnusualMac: accept_unusual_mac,
    address: buyer_address,
    networkCountry: buyer_country,
    vatId: vat_id,
    source: 'api',
  })
  return started(call, order)
}

/** Also after a lost answer: the same attempt is the same payment. */
async function started(call: NewCall, order: Order): Promise<Shown> {
  const { gateway } = call.body
  if (gateway !== undefined && order.status === 'awaiting_payment' && order.invoiceId !== null) {
    const home = orderUrl(call.shop, order.id)
    await payInvoice(call, order.invoiceId, home, `${call.shop.name}, ${order.number}`, { ...call.body, gateway })
  }
  return read(call, order.id)
}

export const orders = [
  route({
    method: 'get',
    path: '/orders',
    scope: 'orders:read',
    summary: 'Lists orders, newest first.',
    query: listQuery({ status: status.optional(), customer_id: id('cus').optional(), search: words(100).optional() }),
    answer: list(OrderSummary),
    handle: async (call) => {
      const { status: state, customer_id, search } = call.query
      const found = await call.read((tx) =>
        listOrders(tx, { status: state, customerId: customer_id, search }, call.page),
      )
      return call.list(
        found,
        (each) => orderOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/orders',
    scope: 'orders:write',
    summary:
      'Orders a plan for an e-mail address. With `gateway` the payment is started and the answer tells where to pay.',
    status: 201,
    needsKey: true,
    body: New,
    answer: OrderOut,
    refuses: ['not_sellable', 'gateway_failed'],
    handle: create,
    retell: async (call, made) => {
      const order = await call.read((tx) => findOrder(tx, made ?? ''))
      if (order === null) throw new Refusal('not_found', 'There is no such order.')
      return started(call, order)
    },
  }),
  route({
    method: 'get',
    path: '/orders/{id}',
    scope: 'orders:read',
    summary: 'Reads an order: where to pay, and once it is ready the TV login.',
    params: byId('ord'),
    query: z.strictObject({
      expand: z
        .string()
        .regex(/^(customer|invoice)(,(customer|invoice))?$/, 'customer, invoice, separated by commas')
        .optional(),
    }),
    answer: OrderOut,
    handle: (call) => read(call, call.params.id, call.query.expand?.split(',') ?? []),
  }),
  route({
    method: 'post',
    path: '/orders/{id}/pay',
    scope: 'orders:write',
    summary: 'Starts the payment of an unpaid order, or tells the one that was started.',
    needsKey: true,
    params: byId('ord'),
    body: z.strictObject({ gateway: id('gwa'), ...returnFields }),
    answer: OrderOut,
    again: true,
    refuses: ['already_settled', 'conflict', 'gateway_failed'],
    handle: async (call) => {
      const order = await read(call, call.params.id)
      await requireGateway(call, call.body.gateway)
      if (order.invoice_id !== null) {
        const home = orderUrl(call.shop, order.id)
        await payInvoice(call, order.invoice_id, home, `${call.shop.name}, ${order.number}`, call.body)
      }
      return again(call)
    },
  }),
  route({
    method: 'post',
    path: '/orders/{id}/retry',
    scope: 'orders:write',
    summary: 'Sets a paid order up again now: for one that is delayed or was looked at.',
    needsKey: true,
    params: byId('ord'),
    answer: OrderOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('retry-order', async (tx) => {
        const order = await findOrder(tx, call.params.id)
        if (order === null) throw new Refusal('not_found', 'There is no such order.')
        const line = order.subscriptionId === null ? null : await lineOfSubscription(tx, order.subscriptionId)
        if (line === null || !['setting_up', 'delayed', 'needs_review'].includes(order.status))
          throw new Refusal('conflict', 'Only a paid order whose line is not ready can be tried again.')
        await reconcileNow(tx, call.shop, line.id, call.now)
      })
      return again(call)
    },
    retell: again,
  }),
  route({
    method: 'post',
    path: '/orders/{id}/cancel',
    scope: 'orders:write',
    summary: 'Cancels an unpaid order and closes its payment page.',
    needsKey: true,
    params: byId('ord'),
    answer: OrderOut,
    refuses: ['already_settled', 'in_progress'],
    handle: async (call) => {
      await cancelOrder(call.shop, call.params.id)
      return again(call)
    },
    retell: again,
  }),
]
