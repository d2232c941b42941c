/** Passkeys in a real browser with a virtual authenticator: added, named, used to sign in and to confirm, counted as second factor, removed. */
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { addMember } from '#modules/people/memberships.ts'
import { saveSecuritySettings } from '#modules/people/security-settings.ts'
import { inAuth } from '#modules/people/sign-in/sessions.ts'
import { run, sql } from '#platform/db.ts'
import { launchChromium } from '../support/chromium.ts'
import { openShopHouse, type ShopHouse } from './shop-house.ts'

let house: ShopHouse
let browser: Browser
beforeAll(async () => {
  ;[house, browser] = await Promise.all([openShopHouse({ host: 'localhost' }), launchChromium()])
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await house?.close()
})

const password = 'tall green gate'

async function owner(name: string) {
  const email = `${name}@example.org`
  const { shop, signIn } = house
  const { userId } = await signIn.createUser({ email, password, emailVerified: true })
  await transaction(shop, 'test', (tx) => addMember(tx, shop, 'system', { userId, email, role: 'owner' }))
  return { email, userId }
}

/** A browser of one person, with a device that knows its owner, or does not. */
async function device(knows = true) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: knows, automaticPresenceSimulation: true },
    },
  })
  return { context, page, cdp, authenticatorId }
}

async function enters(page: Page, email: string): Promise<void> {
  await page.goto(`${house.url}/admin/sign-in`)
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', password)
  await page.locator('button[value=password]').click()
  await page.waitForURL(/\/admin(\/security)?$/)
}

async function adds(page: Page, name: string): Promise<void> {
  await page.goto(`${house.url}/admin/security`)
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
}

async function entersByPasskey(page: Page): Promise<void> {
  await page.goto(`${house.url}/admin/sign-in`)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
}

const credentials = async (cdp: CDPSession, authenticatorId: string) =>
  (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials

test('a passkey is added, named anew, signs in, and is gone when it is removed', async () => {
  const { email } = await owner('ann')
  const { context, page, cdp, authenticatorId } = await device()
  await enters(page, email)
  await adds(page, 'My phone')
  await page.getByText('The passkey is added.').waitFor()
  expect((await credentials(cdp, authenticatorId)).map(({ rpId }) => rpId)).toEqual(['localhost'])
  await page.getByLabel('Name of My phone').fill('Her phone')
  await page.getByRole('button', { name: 'Save name' }).click()
  await page.getByText('The name is saved.').waitFor()
  expect(await page.getByLabel('Name of Her phone').count()).toBe(1)

  await context.clearCookies()
  await entersByPasskey(page)
  await page.waitForURL(/\/admin$/)
  await page.goto(`${house.url}/admin/security`)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('The passkey is removed').waitFor()
  await context.clearCookies()
  await entersByPasskey(page)
  await page.getByText('This passkey is not known here').waitFor()
  await context.close()
})

test('it counts as second factor, a password alone does not', async () => {
  const { email } = await owner('ben')
  const { context, page } = await device()
  await enters(page, email)
  await transaction(house.shop, 'test', (tx) => saveSecuritySettings(tx, house.shop, { require_second_factor: true }))
  try {
    await page.waitForTimeout(1_100) // What is kept of the business is a second old at most.
    await page.goto(`${house.url}/admin/customers`)
    expect(new URL(page.url()).pathname).toBe('/admin/security')
    await adds(page, 'Key')
    await page.getByText('The passkey is added.').waitFor()
    await page.goto(`${house.url}/admin/customers`)
    expect(new URL(page.url()).pathname).toBe('/admin/customers')
    await context.clearCookies()
    await enters(page, email)
    expect(new URL(page.url()).pathname).toBe('/admin/security')
    await context.clearCookies()
    await entersByPasskey(page)
    await page.waitForURL(/\/admin$/)
  } finally {
    await transaction(house.shop, 'test', (tx) =>
      saveSecuritySettings(tx, house.shop, { require_second_factor: false }),
    )
    await page.waitForTimeout(1_100)
  }
  await context.close()
})

test('it confirms who asks for a secret, and only with a passkey of his own', async () => {
  const { email, userId } = await owner('cem')
  const { context, page, cdp, authenticatorId } = await device()
  await enters(page, email)
  await adds(page, 'Key')
  await page.getByText('The passkey is added.').waitFor()
  const old = () =>
    inAuth(house.app, 'test', (tx) =>
      run(
        tx,
        sql`update auth."session" set "signedInAt" = "signedInAt" - interval '1 hour' where "userId" = ${userId}`,
      ),
    )
  await old()
  await page.goto(`${house.url}/admin/confirm?to=/admin/api-keys`)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL(/\/admin\/api-keys$/)
  // Somebody else's device is not asked, and what it would say is not taken.
  const [credential] = await credentials(cdp, authenticatorId)
  expect(credential?.userName ?? email).toBe(email)
  const other = await device()
  await enters(other.page, (await owner('dora')).email)
  await other.page.goto(`${house.url}/admin/confirm?to=/admin/api-keys`)
  await other.page.getByRole('button', { name: 'Use a passkey' }).click()
  await other.page.getByText('That did not work').waitFor()
  await context.close()
  await other.context.close()
})

test('a device that does not ask who holds it adds nothing', async () => {
  const { email, userId } = await owner('eve')
  const { context, page, cdp, authenticatorId } = await device(false)
  await enters(page, email)
  await adds(page, 'Loose key')
  await page.getByText('That did not work').waitFor()
  expect(await credentials(cdp, authenticatorId)).toEqual([])
  expect(await house.signIn.listPasskeys(userId)).toEqual([])
  await context.close()
})

test('an answer that nobody asked for signs nobody in', async () => {
  const request = new Request(`${house.url}/admin/sign-in`, { headers: { origin: house.url } })
  for (const answer of ['', '{', '[]', '{"id":"x"}', `{"id":"${'x'.repeat(30_000)}"}`])
    await expect(house.signIn.signInWithPasskey(request, { answer, address: '192.0.2.9' })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
})
