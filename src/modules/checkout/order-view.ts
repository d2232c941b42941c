/** An order as its buyer sees it: one reading for the page that turns into the TV login in place. */
import type { ConnectionDetails } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import type { Term } from '#platform/time.ts'
import { findInvoice, itemsOf, type Payment, paymentsOf } from '../billing/queries.ts'
import { findPlan } from '../catalog/plans.ts'
import type { StoredConverted } from '../catalog/rules/exchange.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import type { Line } from '../lines/rules.ts'
import { connectionDetails } from '../lines/tell.ts'
import { readCustomer } from '../people/customers.ts'
import { findSubscription } from '../subscriptions/queries.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { findOrder, type Order } from './queries.ts'

export type OrderView = {
  order: Order
  planName: string
  renewable: boolean
  term: Term
  email: string
  total: Money
  /** What its prices were made of, where they were made by exchange rate. */
  converted: StoredConverted[]
  /** The latest attempt. */
  payment: Payment | null
  line: Line | null
  subscription: Subscription | null
  /** Only when the panel confirmed the line, it may be watched, and the login is still the one that was ordered. */
  login: ConnectionDetails | null
  /** The login was changed in the portal since: an old link in an old mail does not open the new one. */
  loginChanged: boolean
}

/** Throws `not_found`. The caller holds a signed link to this order. */
export async function readOrderView(shop: Shop, orderId: string): Promise<OrderView> {
  const facts = await transaction(shop, 'read-order-view', async (tx) => {
    const order = await findOrder(tx, orderId)
    if (order === null) throw new Refusal('not_found', 'There is no such order.')
    const [plan, customer] = [await findPlan(tx, order.planId), await readCustomer(tx, order.customerId)]
    const invoice = order.invoiceId === null ? null : await findInvoice(tx, order.invoiceId)
    const payments = order.invoiceId === null ? [] : await paymentsOf(tx, order.invoiceId)
    const items = order.invoiceId === null ? [] : await itemsOf(tx, order.invoiceId)
    const subscription = order.subscriptionId === null ? null : await findSubscription(tx, order.subscriptionId)
    const line = order.subscriptionId === null ? null : await lineOfSubscription(tx, order.subscriptionId)
    return { order, plan, customer, invoice, items, payments, subscription, line }
  })
  const { order, plan, customer, invoice, items, payments, subscription, line } = facts
  const loginChanged = (line?.loginRevision ?? 0n) > 0n
  const watchable = order.status === 'ready' && line?.wanted === 'active' && !loginChanged
  return {
    order,
    planName: plan?.name ?? '',
    renewable: plan?.renewable ?? false,
    term: subscription?.term ?? { unit: plan?.termUnit ?? 'month', count: plan?.termCount ?? 1 },
    email: customer.email,
    total: money(invoice?.totalMinor ?? 0n, invoice?.currency ?? shop.currency),
    converted: items.flatMap(({ converted }) => converted ?? []),
    payment: payments.at(-1) ?? null,
    line,
    subscription,
    login: watchable ? await connectionDetails(shop, line) : null,
    loginChanged,
  }
}
