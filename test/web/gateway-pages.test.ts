/**
 * Each gateway that has a page of its own, from the operator's form to the TV login: added in the console, bought with in a real
 * browser, kept and charged again, told by notice alone, and given up.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { authorizenet } from '#imitations/gateways/authorizenet.ts'
import { gocardless } from '#imitations/gateways/gocardless.ts'
import { paypal } from '#imitations/gateways/paypal.ts'
import { type Served, serveImitation } from '#imitations/kit/serve.ts'
import type { ImitationKind } from '#imitations/kit.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { saveGateway, testGateway } from '#modules/billing/gateways.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { methodsOf } from '#modules/billing/payment-methods.ts'
import { findInvoice, findPayment, type Payment } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { prove } from '#modules/invariants.ts'
import { listLines } from '#modules/lines/queries.ts'
import { findCustomerByEmail } from '#modules/people/customers.ts'
import { systemClock } from '#platform/clock.ts'
import { run, sql } from '#platform/db.ts'
import { launchChromium } from '../support/chromium.ts'
import { present, read } from '../support/stories.ts'
import { openShopHouse, type ShopHouse } from './shop-house.ts'

type Case = {
  imitation: ImitationKind
  options?: Record<string, string>
  settings: (url: string) => Record<string, unknown>
  /** Where its notices go. */
  tell: (address: string) => [path: string, body: object]
  /** What the buyer presses on its page. */
  pays: (page: Page) => Promise<void>
  /** What he does there while nobody of ours looks. */
  paysUnseen: (payment: Payment) => [path: string, body: object]
  /** It forgets a page that nobody paid. */
  forgets: boolean
}

const cases: Record<string, Case> = {
  paypal: {
    imitation: paypal,
    settings: (api_base) => ({
      api_base,
      client_id: 'paypal_client',
      client_secret: 'paypal_secret',
      webhook_id: 'WH-1',
    }),
    tell: (url) => ['/__webhook', { url, id: 'WH-1' }],
    pays: (page) => page.getByRole('button', { name: /with the balance/ }).click(),
    paysUnseen: ({ remoteRef }) => ['/__pay', { order: remoteRef }],
    forgets: true,
  },
  authorizenet: {
    imitation: authorizenet,
    options: { currency: 'EUR' },
    settings: (api_base) => ({
      api_base,
      login_id: 'anet_login',
      transaction_key: 'anet_key',
      signature_key: 'A1'.repeat(64),
      currency: 'EUR',
    }),
    tell: (url) => ['/__webhook', { url }],
    pays: (page) => page.getByRole('button', { name: /4111/ }).click(),
    paysUnseen: ({ remoteRef }) => ['/__pay', { invoice: remoteRef }],
    forgets: false,
  },
  gocardless: {
    imitation: gocardless,
    options: { confirm_hours: '0' },
    settings: (api_base) => ({
      api_base,
      access_token: 'sandbox_gocardless',
      webhook_secret: 'gocardless_secret',
      first_payment: 'debit',
    }),
    tell: (url) => ['/__webhook', { url }],
    pays: (page) => page.getByRole('button', { name: /which pays/ }).click(),
    paysUnseen: ({ remoteRef }) => ['/__pay', { request: remoteRef }],
    forgets: false,
  },
}

let house: ShopHouse
let browser: Browser
beforeAll(async () => {
  ;[house, browser] = await Promise.all([openShopHouse(), launchChromium()])
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await house?.close()
})

describe.each(Object.entries(cases))(
  '%s',
  (kind, { imitation, options = {}, settings, tell, pays, paysUnseen, forgets }) => {
    let provider: Served
    let gatewayId: string
    /** The provider's clock runs ahead by this. */
    let ahead = 0
    const email = `${kind}@example.net`

    const control = async ([path, body]: [string, object]) => {
      const answer = await fetch(`${provider.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(await answer.text())
    }

    beforeAll(async () => {
      const now = () => systemClock.now().add({ hours: ahead })
      provider = await serveImitation(imitation, { port: 0, folder: null, now, options })
      gatewayId = await transaction(house.shop, 'gateway', (tx) =>
        saveGateway(tx, house.shop, {
          name: imitation.title,
          kind,
          settings: settings(provider.url),
          active: true,
          position: 0,
        }),
      )
      await control(tell(`${house.url}/hooks/${gatewayId}`))
      expect((await testGateway(house.shop, gatewayId)).detail).toMatch(/answers/)
    })
    afterAll(() => provider?.close())

    /** An order whose page was opened, and which nobody has paid. */
    async function opened(name: string): Promise<Payment> {
      const { shop, planId } = house
      const cart = { cartKey: `cart/${name}/${kind}`, planId, email: `${name}-${kind}@example.net` }
      const { invoiceId } = await placeOrder(shop, { ...cart, source: 'storefront' })
      const { paymentId } = await startPayment(shop, {
        invoiceId: present(invoiceId),
        gatewayAccountId: gatewayId,
        returnUrl: `${house.url}/plans`,
        cancelUrl: `${house.url}/plans`,
        description: 'Family monthly',
      })
      return paymentOf(paymentId)
    }
    const paymentOf = (id: string) => read(house.shop, async (tx) => present(await findPayment(tx, id)))

    test('bought, kept, and charged again when the period ends', async () => {
      const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
      await page.goto(`${house.url}/plans`)
      await page.getByRole('link', { name: 'Choose Family monthly' }).click()
      await page.getByLabel('E-mail address').fill(email)
      await page.getByLabel('Preferred user name').fill(kind)
      await page.getByRole('radio', { name: imitation.title }).check()
      await page.locator('input[name=save_method]').first().check()
      await page.getByRole('button', { name: 'Order and pay 12.99 EUR' }).click()
      await page.waitForURL((url) => url.origin === provider.url)
      await pays(page)
      await page.waitForURL((url) => url.pathname.startsWith('/orders/'))
      await page.getByRole('heading', { name: 'Your TV login is ready', level: 1 }).waitFor({ timeout: 20_000 })
      const { id } = present(await read(house.shop, (tx) => findCustomerByEmail(tx, email)))
      const [method] = await read(house.shop, (tx) => methodsOf(tx, id))
      expect(method).toMatchObject({ gatewayAccountId: gatewayId, status: 'active', kind: expect.any(String) })
      await page.context().close()

      const [line] = await read(house.shop, (tx) => listLines(tx, { search: kind }, { limit: 1 }))
      const renewal = present(
        await transaction(house.shop, 'renew', (tx) =>
          renewalInvoice(tx, house.shop, line?.subscriptionId ?? '', house.shop.now()),
        ),
      )
      await chargeInvoice(house.shop, { invoiceId: renewal.id })
      await expect
        .poll(async () => (await read(house.shop, (tx) => findInvoice(tx, renewal.id)))?.status, { timeout: 15_000 })
        .toBe('paid')
    }, 60_000)

    test('paid by somebody who never came back: a notice brings it', async () => {
      const payment = await opened('gone')
      await control(paysUnseen(payment))
      await expect.poll(async () => (await paymentOf(payment.id)).status, { timeout: 15_000 }).toBe('succeeded')
    })

    if (forgets)
      test('given up: asked after while it could still be paid, then over, and nobody is bothered with it', async () => {
        const { shop } = house
        const payment = await opened('unsure')
        ahead = 24 * 3
        try {
          await refreshPayment(shop, payment.id)
          expect(await paymentOf(payment.id)).toMatchObject({ status: 'requires_action' })
          // Its page was open for nearly a day; that day is over.
          await transaction(shop, 'later', (tx) =>
            run(
              tx,
              sql`update payments set expires_at = ${shop.now()} where business_id = current_business() and id = ${payment.id}`,
            ),
          )
          expect(await refreshPayment(shop, payment.id)).toBe('expired')
          expect(await paymentOf(payment.id)).toMatchObject({ status: 'expired', nextCheckAt: null })
        } finally {
          ahead = 0
        }
        expect((await prove(house.app, systemClock.now())).broken).toEqual([])
      })

    test('a page that wants a form is reached by way of ours, for as long as it is wanted', async () => {
      const payment = await opened('form')
      const visit = () => fetch(payment.redirectUrl ?? '', { redirect: 'manual' })
      if (!payment.redirectUrl?.startsWith(house.url)) return void expect(payment.redirectUrl).toContain(provider.url)
      const answer = await visit()
      expect(answer.headers.get('content-security-policy')).toContain(`form-action 'self' ${provider.url}`)
      const [, token] = /name="token" value="(\w+)"/.exec(await answer.text()) ?? []
      const there = await fetch(`${provider.url}/payment/payment`, {
        method: 'POST',
        body: new URLSearchParams({ token: token ?? '' }),
      })
      expect(await there.text()).toContain('12.99')
      expect((await fetch(`${payment.redirectUrl}x`)).status).toBe(404)
      await control(paysUnseen(payment))
      await expect.poll(async () => (await paymentOf(payment.id)).status, { timeout: 15_000 }).toBe('succeeded')
      expect([(await visit()).status, (await visit()).headers.get('location')]).toEqual([303, `${house.url}/plans`])
    }, 30_000)
  },
)
