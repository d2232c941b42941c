/** The main job in a real browser: from the plans to a TV login that the panel knows, with and without a script. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { openShopHouse, type ShopHouse } from './shop-house.ts'

let house: ShopHouse
let browser: Browser
beforeAll(async () => {
  ;[house, browser] = await Promise.all([openShopHouse(), launchChromium()])
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await house?.close()
})

async function visit(
  javaScriptEnabled: boolean,
): Promise<{ page: Page; context: BrowserContext; clicks: () => number }> {
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 844 } })
  const page = await context.newPage()
  let clicks = 0
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.method() === 'POST') clicks++
  })
  page.on('pageerror', (error) => expect.unreachable(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') expect.unreachable(message.text())
  })
  return { page, context, clicks: () => clicks }
}

/** Chooses the plan, fills in the one field that must be typed, and pays on the provider's own page. */
async function buy(page: Page, email: string, username: string): Promise<void> {
  await page.goto(`${house.url}/`)
  await page.getByRole('link', { name: 'Choose Family monthly' }).click()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Preferred user name').fill(username)
  await page.getByRole('button', { name: 'Order and pay 12.99 EUR' }).click()
  await page.waitForURL((url) => url.origin === house.gateway.url)
  await page.getByRole('button', { name: 'Pay', exact: true }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/orders/'))
}

/** The login as it stands on the screen, by label. */
async function loginOn(page: Page): Promise<Record<'username' | 'password' | 'm3u', string>> {
  await page.getByRole('heading', { name: 'Your TV login is ready', level: 1 }).waitFor({ timeout: 20_000 })
  const value = (field: string) => page.locator(`#order [data-field=${field}] bdi`).innerText()
  return { username: await value('username'), password: await value('password'), m3u: await value('m3u') }
}

/** What is on the screen is what was mailed, and what the panel lets in. */
async function isTrue(login: Awaited<ReturnType<typeof loginOn>>, email: string): Promise<void> {
  const mail = await house.mailTo(email, login.username, login.password)
  expect(mail.text).toContain(login.m3u)
  expect(mail.html).toContain(login.password)
  const answer = await fetch(
    `${house.panel.url}/player_api.php?${new URLSearchParams({ username: login.username, password: login.password })}`,
  )
  expect(await answer.json()).toMatchObject({ user_info: { auth: 1, status: 'Active' } })
}

test('with a script: the login appears in place, without a reload, and is copied with one tap', async () => {
  const { page, context, clicks } = await visit(true)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: house.url })
  await buy(page, 'ana@example.net', 'ana84')
  const login = await loginOn(page)
  expect(login.username).toBe('ana84')
  expect(clicks()).toBe(2) // Order, and the provider's own button; choosing the plan is a link.
  await isTrue(login, 'ana@example.net')
  await page.getByRole('button', { name: 'Copy TV login password' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(login.password)
  await context.close()
}, 60_000)

test('without a script: the page reloads itself until the login is there; the name that is taken is said', async () => {
  const { page, context } = await visit(false)
  await page.goto(`${house.url}/plans`)
  await page.getByRole('link', { name: 'Choose Family monthly' }).click()
  await page.getByLabel('Preferred user name').fill('ana84')
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('ana84 is taken. We would use ana841.').waitFor()
  await buy(page, 'bob@example.net', 'ana84')
  const login = await loginOn(page)
  expect(login.username).toBe('ana841')
  expect(await page.getByText('ana84 was taken, so your user name is ana841').isVisible()).toBe(true)
  expect(await page.getByRole('button', { name: /^Copy/ }).count()).toBe(0)
  await isTrue(login, 'bob@example.net')
  // The link stays: opened again later it shows the same.
  await page.reload()
  expect(await loginOn(page)).toEqual(login)
  await context.close()
}, 60_000)

test('while typing, the page says whether a name is free', async () => {
  const { page, context } = await visit(true)
  await page.goto(`${house.url}/checkout/${house.planId}`)
  await page.getByLabel('Preferred user name').pressSequentially('ana84', { delay: 5 })
  await page.getByText('ana84 is taken').waitFor()
  await page.getByLabel('Preferred user name').fill('zoe77')
  await page.getByText('zoe77 is free.').waitFor()
  await context.close()
}, 30_000)

test('declined: nothing was taken, and another try on the same order works', async () => {
  const { page, context } = await visit(true)
  await page.goto(`${house.url}/checkout/${house.planId}`)
  await page.getByLabel('E-mail address').fill('cleo@example.net')
  await page.getByRole('button', { name: 'Order and pay 12.99 EUR' }).click()
  await page.waitForURL((url) => url.origin === house.gateway.url)
  await page.getByRole('button', { name: 'Decline' }).click()
  await page.getByText('The payment did not work').waitFor()
  await page.getByRole('button', { name: 'Pay 12.99 EUR' }).click()
  await page.waitForURL((url) => url.origin === house.gateway.url)
  await page.getByRole('button', { name: 'Pay', exact: true }).click()
  await isTrue(await loginOn(page), 'cleo@example.net')
  await context.close()
}, 60_000)

test('pending, then paid: the page says that it waits, and turns into the login by itself', async () => {
  const { page, context } = await visit(true)
  await page.goto(`${house.url}/checkout/${house.planId}`)
  await page.getByLabel('E-mail address').fill('dan@example.net')
  await page.getByRole('button', { name: 'Order and pay 12.99 EUR' }).click()
  await page.waitForURL((url) => url.origin === house.gateway.url)
  await page.getByRole('button', { name: /^Pay later/ }).click()
  await page.getByRole('heading', { name: 'Your payment is on its way' }).waitFor()
  await isTrue(await loginOn(page), 'dan@example.net')
  await context.close()
}, 60_000)
