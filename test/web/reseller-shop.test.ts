/**
 * A reseller's shop from the invitation to the first sold line, in a real browser: in under ten clicks of his and under five minutes. A link, a
 * button, a box or a choice is a click; typing is none.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { addMember } from '#modules/people/memberships.ts'
import { launchChromium } from '../support/chromium.ts'
import { present } from '../support/stories.ts'
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

const password = 'tall green gate'

/** A browser of one's own, and how often its owner pressed something in it. */
async function visitor(width: number): Promise<{ page: Page; clicks: () => number }> {
  const context = await browser.newContext({ viewport: { width, height: 900 } })
  let clicks = 0
  await context.exposeFunction('clicked', () => {
    clicks++
  })
  // Whatever is pressed: what a script of the page does is none, nor what follows by itself.
  await context.addInitScript(`addEventListener('pointerdown', () => window.clicked(), true)`)
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => expect.unreachable(error.message))
  return { page, clicks: () => clicks }
}

let owner: Page
/** His supplier, signed in once. */
async function invites(email: string): Promise<void> {
  if (owner === undefined) {
    const address = 'owner@northwind.example'
    const { userId } = await house.signIn.createUser({ email: address, password, emailVerified: true })
    await transaction(house.shop, 'test', (tx) =>
      addMember(tx, house.shop, 'system', { userId, email: address, role: 'owner' }),
    )
    owner = (await visitor(1440)).page
    await owner.goto(`${house.url}/admin/sign-in`)
    await owner.fill('[name=email]', address)
    await owner.fill('[name=password]', password)
    await owner.locator('button[value=password]').click()
    await owner.waitForURL(/\/admin$/)
  }
  await owner.goto(`${house.url}/admin/resellers`)
  await owner.getByLabel('E-mail address').fill(email)
  await owner.getByLabel('Credits to begin with').fill('3')
  await owner.getByRole('button', { name: 'Send the invitation' }).click()
  await owner.getByText(`Invitation sent to ${email}.`).waitFor()
}

test.each([
  ['at a desk', 1440, 'west', 'otto'],
  ['on a phone', 390, 'south', 'paul'],
])(
  'from the invitation to the first sold line, %s',
  async (_where, width, slug, username) => {
    const email = `${slug}@reseller.example`
    await invites(email)
    const { page, clicks } = await visitor(width)
    const begun = performance.now()

    // He opens the link in his mail: his first click.
    const mail = await house.mailTo(email, '/join/')
    await page.goto(present(/https?:\S+\/join\/[\w-]+/.exec(present(mail.text))?.[0]))
    await page.getByLabel('Name of your shop').fill(`${slug} TV`)
    await page.getByLabel('Its address').fill(slug)
    await page.fill('[name=password]', password)
    await page.getByText('I hold the rights to distribute what I sell here.').click()
    await page.getByRole('button', { name: 'Open my shop' }).click()
    await page.waitForURL(`${house.url}/admin`)

    // Somebody buys at his storefront and will pay by hand.
    const buyer = await visitor(390)
    await buyer.page.goto(`${house.url}/s/${slug}`)
    await buyer.page.getByRole('link', { name: 'Choose Family monthly' }).click()
    await buyer.page.getByLabel('E-mail address').fill(`${username}@example.net`)
    await buyer.page.getByLabel('Preferred user name').fill(username)
    await buyer.page.getByRole('button', { name: /^Order/ }).click()
    await buyer.page.waitForURL((url) => url.pathname.startsWith(`/s/${slug}/orders/`))
    await buyer.page.getByText('We tell you how to pay').waitFor()

    // The money is there: he looks which order waits, and books it.
    await page.reload()
    await page.getByRole('link', { name: /Orders not paid yet/ }).click()
    await page.locator('a[href^="/admin/orders/ord_"]').first().click()
    await page.getByRole('button', { name: 'Mark as paid' }).click()
    await page.getByLabel('Reference').fill('cash')
    await page.getByRole('button', { name: 'Book the payment' }).click()

    // Sold: the buyer has his login on the screen and by mail, and the panel lets him in.
    await buyer.page.getByRole('heading', { name: 'Your TV login is ready', level: 1 }).waitFor({ timeout: 60_000 })
    const value = (field: string) => buyer.page.locator(`#order [data-field=${field}] bdi`).innerText()
    const login = { username: await value('username'), password: await value('password') }
    expect(login.username).toBe(username)
    await house.mailTo(`${username}@example.net`, login.username, login.password)
    const answer = await fetch(`${house.panel.url}/player_api.php?${new URLSearchParams(login)}`)
    expect(await answer.json()).toMatchObject({ user_info: { auth: 1, status: 'Active' } })

    const [pressed, minutes] = [1 + clicks(), (performance.now() - begun) / 60_000]
    expect(pressed).toBeGreaterThan(3)
    expect(pressed).toBeLessThan(10)
    expect(minutes).toBeLessThan(5)
    console.log(`${slug}: ${pressed} clicks, ${(minutes * 60).toFixed(1)} s`)
    await Promise.all([page.context().close(), buyer.page.context().close()])
  },
  120_000,
)
