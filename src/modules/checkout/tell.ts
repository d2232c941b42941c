/** What messages say about orders. */
import type { Shop, Teller } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { format } from '#platform/money.ts'
import { formatMoment, plusHours } from '#platform/time.ts'
import { findInvoice, paymentsOf } from '../billing/queries.ts'
import { findPlan } from '../catalog/plans.ts'
import { readCustomer } from '../people/customers.ts'
import { signLink } from '../people/links.ts'
import { findOrder, type Order } from './queries.ts'

/** The order's own page: it opens without a sign-in and stays valid for the order's life. */
export const orderUrl = (shop: Shop, orderId: string): string => `${shop.baseUrl}/orders/${orderToken(shop, orderId)}`
export const orderToken = (shop: Shop, orderId: string): string =>
  signLink(shop.app, { kind: 'order', businessId: shop.businessId, id: orderId }, plusHours(shop.now(), 24 * 90))

const aboutOrder =
  (
    stillTrue: (order: Order) => boolean,
    more: (
      tx: Tx,
      shop: Shop,
      order: Order,
      language: string,
    ) => Promise<Record<string, string | null>> = async () => ({}),
  ): Teller =>
  async (tx, shop, { order_id }) => {
    const order = await findOrder(tx, order_id ?? '')
    if (order === null || !stillTrue(order)) return null
    const [customer, plan] = [await readCustomer(tx, order.customerId), await findPlan(tx, order.planId)]
    const invoice = order.invoiceId === null ? null : await findInvoice(tx, order.invoiceId)
    return {
      customer_name: customer.name,
      account_url: `${shop.baseUrl}/account`,
      shop_url: `${shop.baseUrl}/plans`,
      order_number: order.number,
      order_url: orderUrl(shop, order.id),
      plan_name: plan?.name ?? '',
      amount:
        invoice === null ? '' : format({ minor: invoice.totalMinor, currency: invoice.currency }, customer.language),
      ...(await more(tx, shop, order, customer.language)),
    }
  }

const instructions = async (tx: Tx, shop: Shop, order: Order, language: string) => {
  const payment =
    order.invoiceId === null
      ? undefined
      : (await paymentsOf(tx, order.invoiceId)).find((each) => each.instructions !== null)
  return {
    payment_instructions: payment?.instructions ?? null,
    payment_reference: payment?.reference ?? null,
    pay_by: order.expiresAt === null ? null : formatMoment(order.expiresAt, shop.zone, language),
  }
}

export const orderTellers: Record<string, Teller> = {
  order_received: aboutOrder(({ status }) => status === 'awaiting_payment'),
  payment_pending: aboutOrder(({ status }) => status === 'processing' || status === 'awaiting_payment', instructions),
  payment_expired: aboutOrder(({ status }) => status === 'canceled'),
  setup_delayed: aboutOrder(({ status }) => status === 'delayed' || status === 'needs_review'),
}
