/** The storefront as requests and answers: what is shown, what is refused, what a repeat does, what it weighs. */
import { gzipSync } from 'node:zlib'
import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways, saveGateway } from '#modules/billing/gateways.ts'
import { typeRate } from '#modules/catalog/exchange.ts'
import { savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { quoteUrl, readQuote } from '#modules/checkout/quotes.ts'
import { orderToken } from '#modules/checkout/tell.ts'
import { forgetBusiness } from '#modules/people/business.ts'
import { findCustomerByEmail } from '#modules/people/customers.ts'
import { signLink } from '#modules/people/links.ts'
import { one, rows, sql } from '#platform/db.ts'
import { dateOf } from '#platform/time.ts'
import { connectionAddOn } from '../support/add-ons.ts'
import { aCoupon } from '../support/coupons.ts'
import { sellsByRate } from '../support/exchange.ts'
import { aQuote } from '../support/quotes.ts'
import { aBatch } from '../support/vouchers.ts'
import { type Answer, createPages, hidden, type Pages } from './pages.ts'

let pages: Pages
let gateways: { id: string; kind: string }[]
beforeAll(async () => {
  pages = await createPages()
  gateways = await transaction(pages.shop, 'read', listGateways)
}, 120_000)
afterAll(() => pages?.close())

const checkout = () => `/checkout/${pages.planId}`
const gateway = (kind: string) => gateways.find((each) => each.kind === kind)?.id ?? ''
const countOrders = async () =>
  (await transaction(pages.shop, 'read', (tx) => one(tx, sql<{ n: number }>`select count(*)::int as n from orders`))).n

/** Opens the checkout, as every buyer does, and fills it in. */
async function filled(fields: Record<string, string> = {}): Promise<Record<string, string>> {
  const page = await pages.get(checkout())
  return {
    cart: hidden(page, 'cart'),
    currency: 'EUR',
    email: 'eve@example.net',
    device: 'phone',
    gateway: gateway('sandbox'),
    ...fields,
  }
}

/** Buys, pays, and opens the order's page. */
async function bought(email: string, username: string): Promise<{ order: Answer; page: string }> {
  const placed = await pages.post(checkout(), await filled({ email, username }))
  expect(placed.status).toBe(303)
  await pages.decides('pay', placed.location)
  const { id } = await transaction(pages.shop, 'read', (tx) =>
    one(
      tx,
      sql<{
        id: string
      }>`select o.id from orders o join customers c on c.id = o.customer_id where c.email = ${email} order by o.created_at desc limit 1`,
    ),
  )
  const page = `/orders/${orderToken(pages.shop, id)}`
  return { order: await pages.get(page), page }
}

describe('an add-on beside the plan', () => {
  it('is chosen by a number; the sum is told before it is ordered, and nothing else is', async () => {
    const extra = await connectionAddOn(pages, 300n, {}, [{ from: 4, amountMinor: 100n }])
    const page = await pages.get(checkout())
    expect(page.text).toContain('Extra connection')
    expect(page.text).toContain('From 4 on 1.00 EUR each.')
    // The number decides on the price of each: four cost 4.00.
    const four = await pages.get(`${checkout()}?add_ons.0.quantity=4`)
    expect(hidden(four, 'sum')).toBe('1699')
    expect(four.text).toContain('1.00 EUR each')
    const name = 'add_ons.0.quantity'
    expect(hidden(await pages.get(`${checkout()}?${name}=1`), 'sum')).toBe('1599')
    const fields = await filled({ email: 'gil@example.net', username: 'gil', [name]: '2' })
    const orders = await countOrders()
    const summed = await pages.post(checkout(), { ...fields, act: 'sum' })
    expect(summed.text).toContain('18.99')
    expect(summed.html).toContain('gil@example.net')
    // Ordered under another sum than was shown: shown again, nothing made.
    const stale = await pages.post(checkout(), { ...fields, sum: hidden(page, 'sum') })
    expect(stale.status).toBe(422)
    expect(stale.text).toContain('18.99 EUR now')
    const many = await pages.post(checkout(), { ...fields, [name]: '99', sum: '1299' })
    expect(many.status).toBe(422)
    expect(many.text).toContain('Please choose a number from 0 to 4.')
    expect(await countOrders()).toBe(orders)
    const placed = await pages.post(checkout(), { ...fields, sum: hidden(stale, 'sum') })
    expect(placed.status).toBe(303)
    const [item] = await transaction(pages.shop, 'read', (tx) =>
      rows(
        tx,
        sql<{
          quantity: number
          minor: bigint
        }>`select quantity, total_minor as minor from invoice_items where add_on_id = ${extra}`,
      ),
    )
    expect(item).toEqual({ quantity: 2, minor: 600n })
  })
})

describe('another currency', () => {
  it('is sold by rate: page, checkout and order say what the price was made of, and the order keeps it', async () => {
    const { shop } = pages
    const at = `${checkout()}?currency=CAD`
    await sellsByRate(pages, { source: 'staff', currencies: [{ currency: 'CAD', rounding: 'tenth' }] })
    const type = (rate: string) =>
      transaction(shop, 'type', (tx) =>
        typeRate(tx, shop, { currency: 'CAD', rate, day: dateOf(shop.now(), shop.zone) }),
      )
    await type('1.5000')
    const window = await pages.get('/plans?currency=CAD')
    expect(window.text).toContain('19.50 CAD')
    expect(window.text).toContain('Converted from 12.99 EUR.')
    const page = await pages.get(at)
    expect(page.text).toContain('19.50 CAD: converted from 12.99 EUR at 1.5000 (our own rate, ')
    expect(page.text).toContain('locked with your order')
    const fields = await filled({
      cart: hidden(page, 'cart'),
      email: 'cal@example.net',
      username: 'cal',
      currency: 'CAD',
    })
    // The rate moved between the page and the button: nobody pays another sum than he saw.
    await type('1.6000')
    const stale = await pages.post(at, { ...fields, sum: hidden(page, 'sum') })
    expect([stale.status, stale.text]).toEqual([422, expect.stringContaining('20.80 CAD')])
    expect((await pages.post(at, { ...fields, sum: hidden(stale, 'sum') })).status).toBe(303)
    await type('9.0000')
    const { id } = await transaction(shop, 'read', (tx) =>
      one(
        tx,
        sql<{
          id: string
        }>`select o.id from orders o join customers c on c.id = o.customer_id where c.email = 'cal@example.net'`,
      ),
    )
    const order = await pages.get(`/orders/${orderToken(shop, id)}`)
    expect(order.text).toContain('20.80 CAD: converted from 12.99 EUR at 1.6000')
    await sellsByRate(pages, { currencies: [] })
  })
})

describe('a coupon', () => {
  it('comes by link or is typed; the page says what it takes off and until when, and nothing else is ordered', async () => {
    await aCoupon(pages, { code: 'SPRING', percent: 2_000, periods: 2 })
    const page = await pages.get(`${checkout()}?coupon=spring`)
    expect(hidden(page, 'sum')).toBe('1039')
    expect(page.text).toContain('SPRING is applied.')
    expect(page.text).toContain('first 2 periods')
    expect((await pages.get('/plans?coupon=spring')).html).toContain('coupon=spring')
    const fields = await filled({ email: 'ivy@example.net', username: 'ivy', coupon: 'Spring' })
    const orders = await countOrders()
    const wrong = await pages.post(checkout(), { ...fields, coupon: 'nothing', act: 'sum' })
    expect(wrong.status).toBe(422)
    expect(wrong.text).toContain('We do not know this coupon code.')
    expect(wrong.html).toContain('ivy@example.net')
    const bad = await pages.post(checkout(), { ...fields, coupon: 'nothing', sum: '1299' })
    expect(bad.text).toContain('We do not know this coupon code.')
    // Typed and not applied: the new sum is shown first.
    const stale = await pages.post(checkout(), { ...fields, sum: '1299' })
    expect(stale.status).toBe(422)
    expect(stale.text).toContain('10.39 EUR now')
    // What the page was told of the coupon is not believed.
    const forged = await pages.post(checkout(), { ...fields, sum: '0', coupon_applied: 'SPRING|10000|||' })
    expect(forged.status).toBe(422)
    expect(await countOrders()).toBe(orders)
    const summed = await pages.post(checkout(), { ...fields, act: 'sum' })
    const placed = await pages.post(checkout(), { ...fields, sum: hidden(summed, 'sum') })
    expect(placed.status).toBe(303)
    const [item] = await transaction(pages.shop, 'read', (tx) =>
      rows(tx, sql<{ minor: bigint }>`select total_minor as minor from invoice_items where kind = 'discount'`),
    )
    expect(item).toEqual({ minor: -260n })
    const second = await filled({ email: 'ivy@example.net', username: 'ivy2', coupon: 'SPRING' })
    const used = await pages.post(checkout(), { ...second, sum: '1039' })
    expect(used.text).toContain('You have used this coupon before.')
  })
})

describe('a voucher', () => {
  it('is looked at, then redeemed for a line without any payment; a slip is told', async () => {
    const { codes } = await aBatch(pages)
    const page = await pages.get('/redeem')
    const fields = { cart: hidden(page, 'cart'), voucher: String(codes[0]) }
    const slip = await pages.post('/redeem', { ...fields, voucher: `${fields.voucher.slice(0, -1)}!`, act: 'look' })
    expect(slip.status).toBe(422)
    expect(slip.text).toContain('This is no voucher code of ours.')
    const seen = await pages.post('/redeem', { ...fields, act: 'look' })
    expect(seen.text).toContain('Good for: Family monthly')
    const without = await pages.post('/redeem', { ...fields, email: 'jan', act: 'redeem' })
    expect(without.status).toBe(422)
    expect(without.html).toContain(fields.voucher)
    const typed = { ...fields, email: 'jan@example.net', username: 'jan', act: 'redeem' }
    const done = await pages.post('/redeem', typed)
    expect([done.status, done.location]).toEqual([303, expect.stringContaining('/orders/')])
    // Pressed again, it is the same order.
    expect((await pages.post('/redeem', typed)).location).toBe(done.location)
  })
})

describe('a quote', () => {
  it('is shown by its link alone, and accepted once', async () => {
    const id = await aQuote(pages, { setupMinor: 500n, note: 'For the four of you.' })
    const quote = await transaction(pages.shop, 'read', (tx) => readQuote(tx, id))
    const path = `/quotes/${quoteUrl(pages.shop, quote).split('/').at(-1)}`
    const page = await pages.get(path)
    expect(page.text).toContain('For the four of you.')
    expect(page.text).toContain('14.00')
    expect((await pages.get(`${path}x`)).status).toBe(404)
    const done = await pages.post(path, { username: 'kim' })
    expect([done.status, done.location]).toEqual([303, expect.stringContaining('/orders/')])
    expect((await pages.post(path, { username: 'kim' })).location).toBe(done.location)
    const back = await transaction(pages.shop, 'read', (tx) => readQuote(tx, id))
    expect(back.status).toBe('accepted')
  })
})

describe('the plans', () => {
  it('say price, term, screens and what the end brings; what no panel can deliver is not shown', async () => {
    await transaction(pages.shop, 'more', async (tx) => {
      const facts = { description: '', connections: 1, outputs: ['hls' as const], active: true, position: 9 }
      const productId = await saveProduct(tx, pages.shop, {
        ...facts,
        name: 'Nowhere',
        lineKind: 'line',
        usernameStrategy: 'hybrid',
        passwordStrategy: 'generated',
      })
      const plan = { termUnit: 'month' as const, termCount: 1, creditCostMilli: 0n, trial: false, renewable: true }
      await savePlan(tx, pages.shop, {
        ...{ ...plan, productId, name: 'Undeliverable', description: '', bestValue: false, active: true, position: 9 },
        prices: [{ currency: 'EUR', amountMinor: 100n, setupMinor: 0n }],
      })
    })
    const { status, text, html } = await pages.get('/plans')
    expect(status).toBe(200)
    expect(text).toContain('Family monthly 12.99 EUR for 1 month')
    expect(text).toContain('2 screens at the same time')
    expect(text).toContain('Renewing costs 12.99 EUR for 1 month more.')
    expect(text).toContain('is responsible for the rights to everything it distributes')
    expect(text).not.toContain('Undeliverable')
    expect(html.match(/<script/g)).toHaveLength(1)
    expect((await pages.get('/')).text).toContain('Family monthly')
  })

  it('have texts from the catalogue only', async () => {
    const { text } = await pages.get(`${checkout()}?lang=en-XA`)
    expect(text).toMatch(/\[Çhéçkóút~+\]/)
  })
})

describe('the checkout refuses, keeps what was typed and makes nothing', () => {
  const cases: [string, Record<string, string>, number, RegExp][] = [
    ['no address', { email: '' }, 422, /Please enter an e-mail address/],
    ['half an address', { email: 'eve@' }, 422, /like ana@example.net/],
    ['an endless address', { email: `${'e'.repeat(300)}@example.net` }, 422, /like ana@example.net/],
    ['a name with spaces and signs', { username: 'e!' }, 422, /A user name has 3 to 24 letters/],
    ['no way to pay', { gateway: '' }, 422, /Please choose a way to pay/],
    ['an unknown way to pay', { gateway: 'gwa_01kvqrgsad000jkrf743dkw6mm' }, 422, /Please choose a way to pay/],
    ['a page without its key', { cart: '' }, 400, /open the checkout again/],
  ]
  it.each(cases)('%s', async (_name, fields, status, sentence) => {
    const before = await countOrders()
    const answer = await pages.post(checkout(), await filled({ username: 'eve77', ...fields }))
    expect(answer.status).toBe(status)
    expect(answer.text).toMatch(sentence)
    if (fields.email === undefined) expect(answer.html).toContain('value="eve@example.net"')
    expect(await countOrders()).toBe(before)
  })

  it('an unknown plan, another site, and an address of nobody', async () => {
    const before = await countOrders()
    expect((await pages.get('/checkout/plan_01kvqrgsad000jkrf743dkw6mm')).status).toBe(404)
    expect((await pages.post(checkout(), await filled(), { origin: 'https://evil.example' })).status).toBe(403)
    expect((await pages.get('/orders/forged')).status).toBe(404)
    expect(await countOrders()).toBe(before)
  })
})

describe('an order', () => {
  it('is made once, however often its form is sent; who mended his address gets another', async () => {
    const before = await countOrders()
    const form = await filled({ email: 'twice@example.net', username: 'twice' })
    const answers = await Promise.all([
      pages.post(checkout(), form),
      pages.post(checkout(), form),
      pages.post(checkout(), form),
    ])
    expect(new Set(answers.map(({ status, location }) => `${status} ${location}`)).size).toBe(1)
    expect(answers[0]?.location).toMatch(/^http:\/\/pay\.test\/pay\//)
    expect((await countOrders()) - before).toBe(1)
    await pages.post(checkout(), { ...form, email: 'mended@example.net' })
    expect((await countOrders()) - before).toBe(2)
  })

  it('keeps the very sentence of a consent, and none that was not given', async () => {
    await pages.post(checkout(), await filled({ email: 'yes@example.net', marketing: 'yes' }))
    await pages.post(checkout(), await filled({ email: 'no@example.net' }))
    const found = await transaction(pages.shop, 'read', (tx) =>
      rows(
        tx,
        sql<{
          email: string
          text: string | null
        }>`select email, marketing_consent_text as text from customers where email in ('yes@example.net', 'no@example.net') order by email`,
      ),
    )
    expect(found).toEqual([
      { email: 'no@example.net', text: null },
      {
        email: 'yes@example.net',
        text: 'Yes, Northwind TV may send me offers by e-mail. I can unsubscribe at any time.',
      },
    ])
  })

  it('shows the login that was mailed, to the holder of its link only, and is kept nowhere', async () => {
    const { order, page } = await bought('lena@example.net', 'lena')
    expect(order.text).toContain('Your TV login is ready')
    const password = /data-field="password"[\s\S]*?<bdi[^>]*>([^<]+)</.exec(order.html)?.[1] ?? '?'
    const mails = await Promise.all(pages.mailbox.mails.map(({ raw }) => simpleParser(raw)))
    expect(mails.some(({ text }) => text?.includes(password) && text.includes('lena'))).toBe(true)
    expect(order.headers.get('cache-control')).toBe('no-store')
    expect(order.headers.get('referrer-policy')).toMatch(/^(no-referrer|same-origin)$/)
    const other = await pages.another('other')
    expect((await pages.get(`/s/other${page}`)).status).toBe(404)
    expect((await pages.get(page.replace('/orders/', '/pay/'))).status).toBe(404)
    expect(other.shop.businessId).not.toBe(pages.businessId)
  })

  it('that is not paid yet shows instructions, and can be canceled once', async () => {
    const placed = await pages.post(checkout(), await filled({ email: 'mia@example.net', gateway: gateway('manual') }))
    const waiting = await pages.get(placed.location)
    expect(waiting.text).toMatch(/Please transfer 12\.99 EUR with the reference [\w-]+/)
    // Another way, and back to the first: what was left behind is over, and nothing goes on asking about it.
    const card = await pages.post(placed.location, { act: 'pay', gateway: gateway('sandbox') })
    expect(card.location).toMatch(/^http:\/\/pay\.test\/pay\//)
    await pages.settle()
    expect((await pages.post(placed.location, { act: 'pay', gateway: gateway('manual') })).status).toBe(303)
    expect((await pages.post(placed.location, { act: 'cancel' })).status).toBe(303)
    await pages.settle()
    expect((await pages.get(placed.location)).text).toContain('This order was canceled')
    expect((await pages.post(placed.location, { act: 'cancel' })).status).toBe(303)
    expect((await pages.post(placed.location, { act: 'pay', gateway: gateway('sandbox') })).status).toBe(409)
  })

  it('that is paid by bank transfer shows the account field by field, with a square for banking apps', async () => {
    const name = 'Our bank'
    const id = await transaction(pages.shop, 'save-gateway', (tx) =>
      saveGateway(tx, pages.shop, {
        name,
        kind: 'bank_transfer',
        settings: {
          account_holder: 'Example TV Ltd',
          iban: 'DE89370400440532013000',
          note: 'We look every morning.',
        },
        active: true,
        position: 9,
      }),
    )
    const placed = await pages.post(checkout(), await filled({ email: 'kai@example.net', gateway: id }))
    const waiting = await pages.get(placed.location)
    for (const said of ['Example TV Ltd', 'DE89 3704 0044 0532 0130 00', '12.99', 'We look every morning.'])
      expect(waiting.text).toContain(said)
    const [reference] = /RF\d\d( \w{4}){3}/.exec(waiting.text) ?? ['none']
    expect(waiting.html).toContain(`data-copy="${reference}"`)
    expect(waiting.html).toContain('data-copy="12.99"')
    expect(waiting.html).toMatch(/<svg role="img" aria-label="[^"]*filled-in transfer/)
    // A program draws the square itself.
    const { transfer } = await transaction(pages.shop, 'read', (tx) =>
      one(
        tx,
        sql<{
          transfer: { qr: string }
        }>`select transfer from payments where reference = ${reference}`,
      ),
    )
    expect(transfer.qr.split('\n').slice(5)).toEqual([
      'Example TV Ltd',
      'DE89370400440532013000',
      'EUR12.99',
      '',
      reference.replaceAll(' ', ''),
    ])
    expect((await pages.post(placed.location, { act: 'cancel' })).status).toBe(303)
  })

  it('says why it takes longer while the TV server does not answer, and turns into the login when it does', async () => {
    await pages.strike('panel', { fault: 'down' })
    const { order, page } = await bought('late@example.net', 'late')
    expect(order.text).toMatch(/Creating your TV login|It takes a little longer/)
    await pages.pass({ minutes: 3 })
    const delayed = await pages.get(page)
    expect(delayed.text).toContain('It takes a little longer')
    expect(delayed.text).toContain('Your payment has arrived; nothing is lost')
    expect(delayed.text).toContain('The TV server is not answering')
    expect(delayed.html).toContain('http-equiv="refresh"')
    await pages.heal('panel')
    await pages.pass({ hours: 1 })
    expect((await pages.get(page)).text).toContain('Your TV login is ready')
    pages.failures.length = 0 // Calls to a machine that was down.
  })

  it('sends its login again, to the buyer’s own address', async () => {
    const { page } = await bought('nora@example.net', 'nora')
    const before = pages.mailbox.mails.filter(({ to }) => to.includes('nora@example.net')).length
    expect((await pages.post(page, { act: 'resend' })).status).toBe(303)
    await pages.settle()
    expect(pages.mailbox.mails.filter(({ to }) => to.includes('nora@example.net')).length).toBe(before + 1)
  })
})

describe('signed links', () => {
  const customerOf = async (email: string) =>
    (await transaction(pages.shop, 'read', (tx) => findCustomerByEmail(tx, email)))?.id ?? ''
  const subscriptionOf = async (email: string) =>
    (
      await transaction(pages.shop, 'read', (tx) =>
        one(
          tx,
          sql<{
            id: string
          }>`select s.id from subscriptions s join customers c on c.id = s.customer_id where c.email = ${email}`,
        ),
      )
    ).id
  const link = (kind: 'renew' | 'invoice' | 'unsubscribe', id: string) =>
    `/${kind}/${signLink(pages.shop.app, { kind, businessId: pages.businessId, id }, pages.shop.now().add({ hours: 24 }))}`

  it('renew: now and then side by side, two clicks, and the new end on the page', async () => {
    await bought('olga@example.net', 'olga')
    const page = link('renew', await subscriptionOf('olga@example.net'))
    const before = await pages.get(page)
    expect(before.text).toContain('The new time, 1 month, is added to what is left')
    const then = /After renewing ([\d]+ \w+ \d{4})/.exec(before.text)?.[1] ?? '?'
    const started = await pages.post(page, { gateway: gateway('sandbox') })
    expect(started.location).toMatch(/^http:\/\/pay\.test\/pay\//)
    // The same click twice is the same invoice and the same payment.
    expect((await pages.post(page, { gateway: gateway('sandbox') })).location).toBe(started.location)
    await pages.decides('pay', started.location)
    const answer = await pages.gateway.app.fetch(new Request(started.location))
    const back = /href="([^"]+\/pay\/[^"]+)"/.exec(await answer.text())?.[1]?.replaceAll('&amp;', '&') ?? ''
    const after = await pages.get(back)
    expect(after.text).toContain('Paid. Thank you')
    expect(after.text).toMatch(new RegExp(`now runs until ${then}`))
  })

  it('renew after the end: days without TV cost nothing, and the day it counts from is said', async () => {
    await bought('paul@example.net', 'paul')
    const subscription = await subscriptionOf('paul@example.net')
    await pages.pass({ months: 1, days: 5 })
    const { text } = await pages.get(link('renew', subscription))
    expect(text).toContain('Suspended')
    expect(text).toMatch(
      /The TV was off, so the new time, 1 month, counts from \d+ \w+ \d{4}: days without TV cost nothing/,
    )
  })

  it('invoice: the paper and its PDF, and nothing but them', async () => {
    await bought('rosa@example.net', 'rosa')
    const { id } = await transaction(pages.shop, 'read', (tx) =>
      one(
        tx,
        sql<{
          id: string
        }>`select i.id from invoices i join customers c on c.id = i.customer_id where c.email = 'rosa@example.net'`,
      ),
    )
    const page = link('invoice', id)
    expect((await pages.get(page)).text).toMatch(/Invoice INV-\d{4}-\d{5}/)
    const pdf = await pages.get(`${page}/pdf`)
    expect(pdf.headers.get('content-type')).toBe('application/pdf')
    expect(pdf.html.slice(0, 5)).toBe('%PDF-')
    expect((await pages.get(page.replace('/invoice/', '/pay/'))).status).toBe(404)
  })

  it('unsubscribe: opening it does nothing, the button and the mail program’s own POST do', async () => {
    await pages.post(checkout(), await filled({ email: 'sam@example.net', marketing: 'yes' }))
    const page = link('unsubscribe', await customerOf('sam@example.net'))
    const consent = async () =>
      (await transaction(pages.shop, 'read', (tx) => findCustomerByEmail(tx, 'sam@example.net')))?.marketingConsentAt ??
      null
    expect((await pages.get(page)).text).toContain('Do you want no more offers')
    expect(await consent()).not.toBeNull()
    // RFC 8058: neither cookie nor origin.
    expect((await pages.post(page, { 'List-Unsubscribe': 'One-Click' }, {})).status).toBe(200)
    expect(await consent()).toBeNull()
    expect((await pages.post(page, {})).status).toBe(303)
  })
})

describe('what a first visit weighs, packed', () => {
  const kib = (text: string) => gzipSync(Buffer.from(text), { level: 9 }).length / 1024
  it('15 KiB of page, 12 of styles, 5 of script', async () => {
    const { page } = await bought('tina@example.net', 'tina')
    for (const path of ['/plans', checkout(), page, '/help', '/help/computer', '/terms']) {
      const { html } = await pages.get(path)
      expect(kib(html), path).toBeLessThan(15)
      const [style = '', script = ''] = [/href="(\/assets\/plain-[^"]+)"/, /src="(\/assets\/enhance-[^"]+)"/].map(
        (mark) => mark.exec(html)?.[1],
      )
      expect(kib((await pages.get(style)).html), 'styles').toBeLessThan(12)
      expect(kib((await pages.get(script)).html), 'script').toBeLessThan(5)
    }
  })
})

describe('a shop that is not open', () => {
  it('says so kindly and sells nothing', async () => {
    await pages.tamper(`update businesses set live_at = null where id = '${pages.businessId}'`)
    forgetBusiness(pages.app, pages.businessId)
    const { status, text } = await pages.get('/')
    expect(status).toBe(200)
    expect(text).toContain('Northwind TV opens soon')
    expect((await pages.get(checkout())).status).toBe(409)
  })
})
