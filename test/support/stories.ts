/** What customers do, in the words of a story: they buy, pay, renew, and look at their line. Every act goes through a door of the house. */
import { randomUUID } from 'node:crypto'
import { type ParsedMail, simpleParser } from 'mailparser'
import { type App, type Shop, transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { methodsOf, type PaymentMethod } from '#modules/billing/payment-methods.ts'
import { type Invoice, itemsOf, listInvoices, type Payment, paymentsOf } from '#modules/billing/queries.ts'
import { expiryOf, warnsAt } from '#modules/billing/rules/card-expiry.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { type OrderRequest, placeOrder } from '#modules/checkout/place-order.ts'
import { findOrder, type Order } from '#modules/checkout/queries.ts'
import { passwordOf } from '#modules/lines/passwords.ts'
import { findLine, lineOfSubscription } from '#modules/lines/queries.ts'
import type { Line } from '#modules/lines/rules.ts'
import { findCustomerByEmail } from '#modules/people/customers.ts'
import { type PeriodRow, periodsOf, readSubscription } from '#modules/subscriptions/queries.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import type { CaughtMail } from '../../src/imitations/mailbox.ts'

/** What a story needs of the world around it. */
export type Stage = {
  shop: Shop
  gatewayOrigin: string
  settle(): Promise<void>
  lineOnPanel(username: string): Promise<Record<string, unknown> | null>
}

/** What the buyer does on the sandbox's page. */
export type How = 'pay' | 'decline' | 'later' | 'never'

export type Buying = Partial<Omit<OrderRequest, 'email' | 'source'>> & {
  plan?: string
  how?: How
  gateway?: string
  /** He lets the shop keep what he pays with. */
  saves?: boolean
}

/** What customers of the stories agree to. */
export const consent = 'Keep this payment method and charge my renewals to it.'

export type Customer = ReturnType<typeof customerOf>
export type Purchase = ReturnType<typeof purchaseOf>
export type LineInHand = Awaited<ReturnType<typeof lineInHand>>

export const read = <T>(shop: Shop, query: (tx: Tx) => Promise<T>): Promise<T> => transaction(shop, 'read-story', query)

export function customerOf(stage: Stage, name: string) {
  const { shop } = stage
  const email = `${name}@example.net`

  /** Goes through the checkout and stops before the money. */
  async function orders(buying: Buying = {}): Promise<Purchase> {
    const { plan: planName, how: _how, gateway: _gateway, saves: _saves, ...request } = buying
    const plans = await read(shop, (tx) => listPlans(tx, { forSale: true }))
    const plan = planName === undefined ? plans[0] : plans.find((each) => each.name === planName)
    if (plan === undefined) throw new Error(`no plan ${planName}`)
    const order = await placeOrder(shop, {
      cartKey: `cart/${randomUUID()}`,
      planId: plan.id,
      username: name,
      ...request,
      email,
      source: 'storefront',
    })
    return purchaseOf(stage, order)
  }

  return {
    email,
    orders,
    /** Orders and pays at once; settled when it returns. */
    async buys(buying: Buying = {}): Promise<Purchase> {
      const purchase = await orders(buying)
      await purchase.pays(buying.how, buying.gateway, buying.saves)
      await stage.settle()
      return purchase
    },
    id: async (): Promise<string> => present(await read(shop, (tx) => findCustomerByEmail(tx, email))).id,
    methods: async (): Promise<PaymentMethod[]> =>
      read(shop, async (tx) => methodsOf(tx, (await findCustomerByEmail(tx, email))?.id ?? '')),
    invoices: () =>
      read(shop, async (tx) =>
        listInvoices(tx, { customerId: (await findCustomerByEmail(tx, email))?.id ?? '' }, { limit: 100 }),
      ),
    /** Pays the oldest invoice that was asked for and is open. */
    async paysOpenInvoice(how: How = 'pay', saves = false): Promise<void> {
      await this.sendsMoney(how, saves)
      await stage.settle()
    },
    /** As `paysOpenInvoice`, and what follows is left to whoever settles: many may pay at once. */
    async sendsMoney(how: How = 'pay', saves = false): Promise<void> {
      const open = (await this.invoices()).filter(({ status }) => status === 'open').at(-1)
      if (open === undefined) throw new Error(`${name} has no open invoice`)
      await payInvoice(stage, open.id, how, 'sandbox', saves)
    },
  }
}

export function purchaseOf(stage: Stage, order: Pick<Order, 'id' | 'invoiceId' | 'subscriptionId'>) {
  const { shop } = stage
  const invoiceId = order.invoiceId ?? ''
  const subscriptionId = order.subscriptionId ?? ''
  return {
    orderId: order.id,
    invoiceId,
    subscriptionId,
    order: async (): Promise<Order> => present(await read(shop, (tx) => findOrder(tx, order.id))),
    subscription: (): Promise<Subscription> => read(shop, (tx) => readSubscription(tx, subscriptionId)),
    periods: (): Promise<PeriodRow[]> => read(shop, (tx) => periodsOf(tx, subscriptionId)),
    payments: (): Promise<Payment[]> => read(shop, (tx) => paymentsOf(tx, invoiceId)),
    items: () => read(shop, (tx) => itemsOf(tx, invoiceId)),
    line: (): Promise<LineInHand> => lineInHand(stage, subscriptionId),
    pays: (how: How = 'pay', gateway?: string, saves?: boolean): Promise<string> =>
      payInvoice(stage, invoiceId, how, gateway, saves),
    /** Asks for the next period's invoice, as the portal does, and pays it. */
    async renews(how: How = 'pay'): Promise<Invoice> {
      const invoice = present(
        await transaction(shop, 'ask-renewal', (tx) => renewalInvoice(tx, shop, subscriptionId, shop.now())),
      )
      await payInvoice(stage, invoice.id, how)
      await stage.settle()
      return invoice
    },
    /** Templates of every message about this customer that left or tried to, with its day. */
    messages: () =>
      read(shop, (tx) =>
        rows(
          tx,
          sql<{
            template: string
            status: string
            at: Temporal.Instant
          }>`select m.template, m.status, m.created_at as at from messages m
            join subscriptions s on s.business_id = m.business_id and s.customer_id = m.customer_id
            where m.business_id = current_business() and s.id = ${subscriptionId} order by m.created_at, m.template`,
        ),
      ),
  }
}

/** A line as its owner holds it: what is stored, what the panel says, the TV login. */
async function lineInHand(stage: Stage, subscriptionId: string) {
  const { shop } = stage
  const first = present(await read(shop, (tx) => lineOfSubscription(tx, subscriptionId)))
  const stored = async (): Promise<Line> => present(await read(shop, (tx) => findLine(tx, first.id)))
  return {
    id: first.id,
    stored,
    password: async () => passwordOf(shop, await stored()),
    /** Null when the panel has none; `until` as an instant. */
    async onPanel(): Promise<{ username: string; password: string; enabled: boolean; until: string } | null> {
      const row = await stage.lineOnPanel((await stored()).username)
      if (row === null) return null
      return {
        username: String(row.username),
        password: String(row.password),
        enabled: row.enabled === 1,
        until: Temporal.Instant.fromEpochMilliseconds(Number(row.exp_date) * 1000).toString(),
      }
    },
  }
}

/** Starts an attempt and decides on the sandbox's page. Gives the payment's id. */
export async function payInvoice(
  stage: Stage,
  invoiceId: string,
  how: How = 'pay',
  gateway = 'sandbox',
  saves = false,
): Promise<string> {
  const { shop } = stage
  const account = (await read(shop, listGateways)).find(({ kind }) => kind === gateway)
  const { paymentId, redirectUrl } = await startPayment(shop, {
    invoiceId,
    gatewayAccountId: account?.id ?? '',
    returnUrl: `${shop.baseUrl}/r`,
    cancelUrl: `${shop.baseUrl}/c`,
    description: 'Family monthly',
    saveConsent: saves ? consent : null,
  })
  if (redirectUrl !== null)
    await chooseAtSandbox(shop.app, stage.gatewayOrigin, redirectUrl.split('/').at(-1) ?? '', how)
  return paymentId
}

export async function chooseAtSandbox(app: App, origin: string, id: string, how: How): Promise<void> {
  const answer = await app.http.request({
    provider: 'sandbox',
    method: 'POST',
    url: `${origin}/__pay`,
    json: { id, how },
    writes: true,
  })
  if (answer.status !== 200) throw new Error(`the sandbox answered ${answer.status}: ${answer.text}`)
}

export const parsedMails = (mails: readonly CaughtMail[]): Promise<ParsedMail[]> =>
  Promise.all(mails.map(({ raw }) => simpleParser(raw)))

/** A kept card that is good until the end of a month. */
export async function cardUntil(shop: Shop, methodId: string, year: number, month: number): Promise<void> {
  const expiresAt = expiryOf({ month, year }, shop.zone)
  await transaction(shop, 'another-card', (tx) =>
    run(
      tx,
      sql`update payment_methods set expires_month = ${month}, expires_year = ${year}, expires_at = ${expiresAt}, warn_at = ${warnsAt(expiresAt)}
        where business_id = current_business() and id = ${methodId}`,
    ),
  )
}

export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('it is not there')
  return value
}
