/**
 * Each gateway with a hosted page, bought through in a real browser: our shop, its page (imitated over HTTP), notices, the login. What
 * happens to the money afterwards is told in the console's list of things that need a person.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { btcpay } from '#imitations/gateways/btcpay.ts'
import { mollie } from '#imitations/gateways/mollie.ts'
import { nowpayments } from '#imitations/gateways/nowpayments.ts'
import { type Served, serveImitation } from '#imitations/kit/serve.ts'
import type { ImitationKind } from '#imitations/kit.ts'
import { saveGateway, testGateway } from '#modules/billing/gateways.ts'
import { prove } from '#modules/invariants.ts'
import { systemClock } from '#platform/clock.ts'
import { rows, sql } from '#platform/db.ts'
import { launchChromium } from '../support/chromium.ts'
import { present } from '../support/stories.ts'
import { openShopHouse, type ShopHouse } from './shop-house.ts'

type Walk = {
  imitation: ImitationKind
  settings: (served: Served) => Record<string, unknown>
  pays: (page: Page) => Promise<void>
  /** Where notices go, for a provider that is not told so by each payment. */
  hooked?: (served: Served, url: string) => Promise<Response>
  /** The money is confirmed after the buyer is back. */
  confirmed?: (served: Served, remoteRef: string) => Promise<Response>
  /** The bank takes the money back, by the provider's own id of the payment. */
  takenBack?: (served: Served, remoteRef: string) => Promise<Response>
}

const told = (served: Served, path: string, body: object) =>
  fetch(`${served.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) })

const walks: Record<string, Walk> = {
  mollie: {
    imitation: mollie,
    settings: ({ url }) => ({ api_base: url, api_key: 'test_walk' }),
    pays: (page) => page.getByRole('button', { name: /iDEAL/ }).click(),
    takenBack: (served, payment) => told(served, '/__chargeback', { payment }),
  },
  nowpayments: {
    imitation: nowpayments,
    settings: ({ url }) => ({
      api_base: url,
      api_key: nowpayments.defaults.key,
      pay_currency: 'ltc',
      notice_secret: nowpayments.defaults.ipn_secret,
    }),
    pays: (page) => page.getByRole('button', { name: /confirmed later/ }).click(),
    confirmed: (served, payment) => told(served, '/__settle', { payment, outcome: 'finished' }),
  },
  btcpay: {
    imitation: btcpay,
    settings: ({ url }) => ({
      api_base: url,
      store_id: btcpay.defaults.store_id,
      api_key: btcpay.defaults.key,
      notice_secret: btcpay.defaults.webhook_secret,
    }),
    pays: (page) => page.getByRole('button', { name: /confirmed later/ }).click(),
    hooked: (served, url) => told(served, '/__webhooks', { url }),
    confirmed: (served, invoice) => told(served, '/__settle', { invoice, outcome: 'settled' }),
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

describe.each(Object.entries(walks))('%s', (kind, { imitation, settings, pays, hooked, confirmed, takenBack }) => {
  let provider: Served
  let account = ''
  beforeAll(async () => {
    provider = await serveImitation(imitation, { port: 0, folder: null, now: () => systemClock.now() })
    const { shop } = house
    const facts = { name: imitation.title, kind, settings: settings(provider), active: true, position: 0 }
    account = await transaction(shop, 'save-gateway', (tx) => saveGateway(tx, shop, facts))
    await testGateway(shop, account)
    await hooked?.(provider, `${house.url}/hooks/${account}`)
  })
  afterAll(() => provider?.close())

  const paymentHere = async (): Promise<{ id: string; ref: string }> => {
    const [found] = await asked<{ id: string; ref: string }>(
      sql`select id, remote_ref as ref from payments where business_id = current_business() and gateway_account_id = ${account}`,
    )
    return present(found)
  }

  test('bought in the browser, paid on its page, and ready', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
    await page.goto(`${house.url}/plans`)
    await page.getByRole('link', { name: 'Choose Family monthly' }).click()
    await page.getByLabel('E-mail address').fill(`${kind}@example.net`)
    await page.getByLabel('Preferred user name').fill(kind)
    await page.getByRole('radio', { name: imitation.title }).check()
    await page.getByRole('button', { name: 'Order and pay 12.99 EUR' }).click()
    await page.waitForURL((url) => url.origin === provider.url)
    await pays(page)
    await page.waitForURL((url) => url.pathname.startsWith('/orders/'))
    if (confirmed) {
      await page.getByRole('heading', { name: /payment/i, level: 1 }).waitFor()
      await confirmed(provider, (await paymentHere()).ref)
    }
    await page.getByRole('heading', { name: 'Your TV login is ready', level: 1 }).waitFor({ timeout: 20_000 })
    await page.close()
    expect((await prove(house.app, systemClock.now())).broken).toEqual([])
  }, 60_000)

  if (takenBack === undefined) return
  test('what a bank takes back stands where staff look, once', async () => {
    const paid = await paymentHere()
    await takenBack(provider, paid.ref)
    const items = () =>
      asked<{ subject: string; status: string }>(
        sql`select d.payment_id as subject, d.status from attention a join disputes d on d.business_id = a.business_id and d.id = a.subject_id
          where a.business_id = current_business() and a.kind = 'payment_disputed'`,
      )
    await expect.poll(items, { timeout: 10_000 }).toEqual([{ subject: paid.id, status: 'lost' }])
    expect((await prove(house.app, systemClock.now())).broken).toEqual([])
  })
})

const asked = <Row extends object>(query: ReturnType<typeof sql>) =>
  transaction(house.shop, 'look', (tx) => rows(tx, query as ReturnType<typeof sql<Row>>))
