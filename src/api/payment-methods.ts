/** Payment methods that customers let the shop keep, and charging an invoice to one. No card number is ever here. */
import type { Shop } from '#app.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { type Collection, findCollection } from '#modules/billing/collections.ts'
import {
  findMethod,
  makeDefault,
  methodsOf,
  nameOfMethod,
  type PaymentMethod,
  removeMethod,
} from '#modules/billing/payment-methods.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { findSetup, type MethodSetup, startSetup } from '#modules/billing/save-method.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, id, list, moneyIn, moneyOf, resource, time, webAddress, words, z } from './schemas.ts'

const MethodOut = resource('PaymentMethod', {
  id: z.string(),
  customer_id: z.string(),
  gateway_id: z.string(),
  name: z.string().openapi({ description: 'As people are told.', example: 'Visa •••• 4242' }),
  kind: z.string(),
  brand: z.string().nullable(),
  last4: z.string().nullable(),
  expires: z.strictObject({ month: z.int(), year: z.int() }).nullable(),
  status: z.enum(['active', 'failed', 'removed']),
  default: z.boolean().openapi({ description: 'Renewals are charged to it.' }),
  consent: z.string().openapi({ description: 'The sentence that the customer agreed to.' }),
  consented_at: time,
  created_at: time,
  removed_at: time.nullable(),
})

const methodOf = (shop: Shop, method: PaymentMethod): z.input<typeof MethodOut> => ({
  id: method.id,
  customer_id: method.customerId,
  gateway_id: method.gatewayAccountId,
  name: nameOfMethod(method),
  kind: method.kind,
  brand: method.brand,
  last4: method.last4,
  expires:
    method.expiresMonth === null || method.expiresYear === null
      ? null
      : { month: method.expiresMonth, year: method.expiresYear },
  status: method.status,
  default: method.isDefault,
  consent: method.mandate,
  consented_at: at(method.consentedAt),
  created_at: at(method.createdAt),
  removed_at: atOr(method.removedAt),
  livemode: shop.livemode,
})

async function read(call: Call<{ id: string }>): Promise<z.input<typeof MethodOut>> {
  const found = await call.read((tx) => findMethod(tx, call.params.id))
  if (found === null) throw new Refusal('not_found', 'There is no such payment method.')
  return methodOf(call.shop, found)
}

const SetupOut = resource('PaymentMethodSetup', {
  id: z.string(),
  customer_id: z.string(),
  gateway_id: z.string(),
  status: z.enum(['created', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'expired']).openapi({
    description:
      '`requires_action`: the customer has not finished; also after a refused card, which can be followed by another.',
  }),
  url: z.string().nullable().openapi({ description: 'Send the customer there. Nothing is charged.' }),
  payment_method_id: z.string().nullable().openapi({ description: 'What was saved.' }),
  failure: z
    .strictObject({ class: z.string(), code: z.string(), message: z.string() })
    .nullable()
    .openapi({ description: 'Why the last card was refused.' }),
  consent: z.string(),
  consented_at: time,
  expires_at: time,
  created_at: time,
})

const setupOf = (shop: Shop, setup: MethodSetup): z.input<typeof SetupOut> => ({
  id: setup.id,
  customer_id: setup.customerId,
  gateway_id: setup.gatewayAccountId,
  status: setup.status === 'indeterminate' ? 'processing' : setup.status,
  url: setup.status === 'requires_action' ? setup.redirectUrl : null,
  payment_method_id: setup.methodId,
  failure: setup.failure,
  consent: setup.mandate,
  consented_at: at(setup.consentedAt),
  expires_at: at(setup.expiresAt),
  created_at: at(setup.createdAt),
  livemode: shop.livemode,
})

const CollectionOut = resource('Collection', {
  invoice_id: z.string(),
  status: z.enum(['none', 'planned', 'charging', 'waiting', 'ended']).openapi({
    description: '`none`: nobody has asked for a charge. What became of each try is among the payments of the invoice.',
  }),
  waits_for: z.enum(['method', 'customer', 'staff']).nullable(),
  next_try_at: time.nullable(),
  reason: z.string(),
})

const collectionOf = (shop: Shop, invoiceId: string, found: Collection | null): z.input<typeof CollectionOut> => ({
  invoice_id: invoiceId,
  status: found?.status ?? 'none',
  waits_for: found?.waitsFor ?? null,
  next_try_at: atOr(found?.nextTryAt ?? null),
  reason: found?.reason ?? '',
  livemode: shop.livemode,
})

const readCollection = (call: Call<{ id: string }>): Promise<z.input<typeof CollectionOut>> =>
  call.read(async (tx) => {
    if ((await findInvoice(tx, call.params.id)) === null) throw new Refusal('not_found', 'There is no such invoice.')
    return collectionOf(call.shop, call.params.id, await findCollection(tx, call.params.id))
  })

export const paymentMethods = [
  route({
    method: 'get',
    path: '/customers/{id}/payment_methods',
    scope: 'payments:read',
    summary: 'Lists the payment methods that a customer lets the shop keep, the default one first.',
    params: byId('cus'),
    answer: list(MethodOut),
    handle: async (call) => {
      const found = await call.read(async (tx) => {
        if ((await findCustomer(tx, call.params.id)) === null)
          throw new Refusal('not_found', 'There is no such customer.')
        return methodsOf(tx, call.params.id)
      })
      const data = found.map((each) => methodOf(call.shop, each))
      return whole(call, data)
    },
  }),
  route({
    method: 'post',
    path: '/customers/{id}/payment_method_setups',
    scope: 'payments:write',
    summary: 'Opens a page on which the customer saves a payment method without paying anything.',
    description:
      'Send the customer to `url`. What is saved appears among his payment methods and becomes the default; an invoice that waited for it is charged at once. An open page with the same words and addresses is given again.',
    needsKey: true,
    params: byId('cus'),
    body: z.strictObject({
      gateway: id('gwa'),
      consent: words(2_000).openapi({
        description: 'The sentence with which the customer agreed that the method is kept and charged for renewals.',
      }),
      return_url: webAddress
        .optional()
        .openapi({ description: 'Where the browser goes afterwards. Proof of nothing: read the object.' }),
      cancel_url: webAddress.optional(),
    }),
    answer: SetupOut,
    again: true,
    refuses: ['gateway_failed'],
    handle: async (call) => {
      const { gateway, consent, return_url, cancel_url } = call.body
      const home = `${call.shop.baseUrl}/account/payment-methods`
      const wish = {
        customerId: call.params.id,
        gatewayAccountId: gateway,
        consent,
        returnUrl: return_url ?? `${home}?back=1`,
        cancelUrl: cancel_url ?? return_url ?? home,
      }
      return setupOf(call.shop, await startSetup(call.shop, wish))
    },
  }),
  route({
    method: 'get',
    path: '/payment_method_setups/{id}',
    scope: 'payments:read',
    summary: 'Tells what became of a page on which a payment method is saved.',
    params: byId('pms'),
    answer: SetupOut,
    handle: async (call) => {
      const found = await call.read((tx) => findSetup(tx, call.params.id))
      if (found === null) throw new Refusal('not_found', 'There is no such attempt to save a payment method.')
      return setupOf(call.shop, found)
    },
  }),
  route({
    method: 'get',
    path: '/payment_methods/{id}',
    scope: 'payments:read',
    summary: 'Reads a saved payment method, also after it was removed.',
    params: byId('pm'),
    answer: MethodOut,
    handle: read,
  }),
  route({
    method: 'post',
    path: '/payment_methods/{id}/make_default',
    scope: 'payments:write',
    summary: 'Renewals are charged to it from now on; what waited for another method is tried at once.',
    needsKey: true,
    params: byId('pm'),
    answer: MethodOut,
    refuses: ['conflict'],
    handle: async (call) => methodOf(call.shop, await makeDefault(call.shop, { methodId: call.params.id })),
    retell: read,
  }),
  route({
    method: 'post',
    path: '/payment_methods/{id}/remove',
    scope: 'payments:write',
    summary: 'Charges it no more, and has the gateway forget it.',
    needsKey: true,
    params: byId('pm'),
    answer: MethodOut,
    handle: async (call) => methodOf(call.shop, await removeMethod(call.shop, { methodId: call.params.id })),
    retell: read,
  }),
  route({
    method: 'get',
    path: '/invoices/{id}/collection',
    scope: 'payments:read',
    summary: 'Tells how an invoice is being collected from a saved method, and when it is tried next.',
    params: byId('inv'),
    answer: CollectionOut,
    handle: readCollection,
  }),
  route({
    method: 'post',
    path: '/invoices/{id}/charge',
    scope: 'payments:write',
    summary: 'Charges an open invoice of a renewal to a saved method now.',
    description:
      'The charge is made right after the answer; read its payments or the collection for what the bank said.',
    needsKey: true,
    params: byId('inv'),
    body: z.strictObject({
      payment_method: id('pm').optional().openapi({ description: 'Else the default one.' }),
      amount: moneyIn.optional().openapi({ description: 'What you believe is owed; refused when it is another.' }),
    }),
    answer: CollectionOut,
    refuses: ['already_settled', 'conflict', 'in_progress'],
    handle: async (call) => {
      const { payment_method, amount } = call.body
      const planned = await chargeInvoice(call.shop, {
        invoiceId: call.params.id,
        methodId: payment_method,
        amount: amount === undefined ? undefined : moneyOf(amount),
      })
      return collectionOf(call.shop, call.params.id, planned)
    },
    retell: readCollection,
  }),
]
