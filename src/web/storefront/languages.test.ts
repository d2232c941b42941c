/** The shop in the language of who reads it, without any script: pages, refusals, mails and what stays of the choice. */
import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { transaction } from '#app.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { changeShop } from '#modules/checkout/change-shop.ts'
import { saveTemplate } from '#modules/messages/templates.ts'
import type { BusinessChange } from '#modules/people/business.ts'
import { changeCustomer, findCustomerByEmail } from '#modules/people/customers.ts'
import { chooseAtSandbox } from '../../../test/support/stories.ts'
import { createPortal, type Portal, type Tab } from '../portal/portal.test-support.ts'

let portal: Portal
let planId: string
beforeAll(async () => {
  portal = await createPortal()
  planId = (await transaction(portal.shop, 'read', (tx) => listPlans(tx)))[0]?.id ?? ''
}, 120_000)
afterAll(() => portal.close())

const changed = (change: BusinessChange) =>
  transaction(portal.shop, 'change', (tx) => changeShop(tx, portal.shop, change))
const customerOf = (email: string) => transaction(portal.shop, 'read', (tx) => findCustomerByEmail(tx, email))
const chooses = (tab: Tab, lang: string, back = '/plans') => tab.post('/preferences', { lang, back })

/** From the plan to the paid order, as a browser without scripts goes. */
async function buys(tab: Tab, email: string): Promise<string> {
  const html = await tab.html(`/checkout/${planId}`)
  const cart = /name="cart" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const placed = await tab.post(`/checkout/${planId}`, { cart, email, device: 'tv_stick', gateway: portal.gatewayId })
  expect(placed.status).toBe(303)
  const page = placed.headers.get('location') ?? ''
  await chooseAtSandbox(portal.app, portal.gatewayOrigin, page.split('/').at(-1) ?? '', 'pay')
  await portal.settle()
  return html
}

const mailsTo = async (email: string) =>
  Promise.all(
    portal.mailbox.mails.filter(({ to }) => to.includes(email)).map(({ raw }) => simpleParser(Buffer.from(raw))),
  )

test('a purchase in German: pages, button, login and receipt, and the customer stays German', async () => {
  const tab = portal.browser()
  expect(await tab.html('/plans')).toContain('<html lang="en" dir="ltr"')
  const turned = await chooses(tab, 'de', '/plans?lang=en')
  expect([turned.status, turned.headers.get('location')]).toEqual([303, '/plans'])
  const plans = await tab.html('/plans')
  expect(plans).toContain('<html lang="de" dir="ltr"')
  for (const words of ['Tarife', 'Fragen und Antworten', '1 Monat']) expect(plans).toContain(words)

  const empty = await (
    await tab.post(`/checkout/${planId}`, { cart: 'x'.repeat(24), email: '', gateway: portal.gatewayId })
  ).text()
  expect(empty).toContain('Bitte geben Sie eine E-Mail-Adresse ein')
  expect(empty).toContain('Bitte prüfen Sie die markierten Felder.')

  const checkout = await buys(tab, 'gerda@example.net')
  expect(checkout).toContain('Zahlungspflichtig bestellen')
  expect(checkout).toMatch(/12,99\sEUR/)
  expect(await customerOf('gerda@example.net')).toMatchObject({ language: 'de' })
  const mails = await mailsTo('gerda@example.net')
  const login = mails.find(({ subject }) => subject === 'Ihr TV-Login')
  expect(login?.text).toContain('Bezahlt bis')
  expect(login?.text).toContain('Sie bekommen diese E-Mail, weil Sie bei')
  expect(login?.html).toContain('<html lang="de" dir="ltr">')
  expect(mails.map(({ subject }) => subject).filter((each) => /Your|Receipt/.test(each ?? ''))).toEqual([])
}, 60_000)

test('a signed-in customer reads his own language on every device, and changes it for his mails as well', async () => {
  await buys(portal.browser(), 'henri@example.net')
  const he = await customerOf('henri@example.net')
  expect(he?.language).toBe('en')
  await transaction(portal.shop, 'change', (tx) =>
    changeCustomer(tx, portal.shop, he?.id ?? '', { language: 'de' }, portal.shop.now()),
  )
  const tab = await portal.signedIn('henri@example.net')
  tab.jar.set('lang', 'en')
  await tab.html('/account')
  expect(await tab.text('/account')).toContain('Ihre Anschlüsse')
  expect(await tab.text('/help')).toContain('Gerät einrichten')
  expect((await chooses(tab, 'fr', '/account')).headers.get('location')).toBe('/account')
  expect(await customerOf('henri@example.net')).toMatchObject({ language: 'fr' })
  expect(await tab.html('/account')).toContain('<html lang="fr"')
  // A mail in no language of ours is written in that of the shop.
  await transaction(portal.shop, 'change', (tx) =>
    changeCustomer(tx, portal.shop, he?.id ?? '', { language: 'nl' }, portal.shop.now()),
  )
  expect(await tab.html('/account')).toMatch(/<html lang="fr"/) // By the cookie of his choice.
}, 60_000)

test('who chose nothing is spoken to in the language of the shop, or of his browser where the shop says so', async () => {
  const stranger = (headers: Record<string, string> = {}) =>
    portal.answer(new Request('https://shop.example/plans', { headers })).then((answer) => answer.text())
  expect(await stranger({ 'accept-language': 'de' })).toContain('<html lang="en"')
  await changed({ language: 'de' })
  expect(await stranger({ 'accept-language': 'fr' })).toContain('<html lang="de"')
  expect(await stranger({ cookie: 'lang=klingon' })).toContain('<html lang="de"')
  expect(await stranger({ cookie: 'lang=en' })).toContain('<html lang="en"')
  await changed({ followsVisitors: true })
  expect(await stranger({ 'accept-language': 'nl;q=0.9,fr;q=0.5' })).toContain('<html lang="fr"')
  expect(await stranger({ 'accept-language': 'nl' })).toContain('<html lang="de"')
  // Papers speak Dutch, pages do not: whoever asked for nothing buys in the language of the shop all the same.
  await changed({ language: 'nl', followsVisitors: false })
  expect(await stranger()).toContain('<html lang="en"')
  await buys(portal.browser(), 'joris@example.net')
  expect(await customerOf('joris@example.net')).toMatchObject({ language: 'nl' })
  await changed({ language: 'en' })
}, 60_000)

test('an operator’s own text goes before ours in its language, and in that of the shop where we have none', async () => {
  const own = (language: string, subject: string) =>
    transaction(portal.shop, 'save', (tx) =>
      saveTemplate(tx, portal.shop, { key: 'credentials', language, subject, body: 'Login: {{ username }}' }),
    )
  await own('de', 'Moin')
  await own('en', 'Here you are')
  const tab = portal.browser()
  await chooses(tab, 'de')
  await buys(tab, 'karl@example.net')
  expect((await mailsTo('karl@example.net')).map(({ subject }) => subject)).toContain('Moin')
  const french = portal.browser()
  await chooses(french, 'fr')
  await buys(french, 'lea@example.net')
  expect((await mailsTo('lea@example.net')).map(({ subject }) => subject)).not.toContain('Here you are')
  const dutch = await customerOf('joris@example.net')
  await buys(portal.browser(), dutch?.email ?? '')
  expect((await mailsTo('joris@example.net')).map(({ subject }) => subject)).toContain('Here you are')
}, 60_000)
