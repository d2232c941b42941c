/** Orders that stand where the demo's past has none: made now, through the pages a buyer uses. */
import type { Browser } from 'playwright-core'
import type { Shop } from '#app.ts'
import type { House } from '../../src/house.ts'
import { becomes, type Facts, newOrder, panelTrouble } from './facts.ts'

export async function orderStates(
  browser: Browser,
  house: House,
  shop: Shop,
  planId: string,
): Promise<{ facts: Facts; end(): Promise<void> }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const base = house.url ?? ''
  const orders = { waiting: await newOrder(shop, planId, 'waiting'), bank: await newOrder(shop, planId, 'bank') }
  const [pending, delayed] = [await newOrder(shop, planId, 'pending'), await newOrder(shop, planId, 'delayed')]
  const choosing = await newOrder(shop, planId, 'choosing')

  /** To the payment page by one of the ways offered. */
  async function choose(token: string, way: 'first' | 'last'): Promise<void> {
    await page.goto(`${base}/orders/${token}`)
    const ways = page.locator('main input[type=radio]')
    if ((await ways.count()) > 0) await ways[way]().check({ force: true })
    await page.locator('button[value=pay]').first().click()
    await page.waitForLoadState()
  }
  await choose(orders.bank.token, 'last')
  await choose(choosing.token, 'first')
  const sandboxPayment = page.url().split('/').at(-1) ?? ''
  await choose(pending.token, 'first')
  await page.locator('button[value=never]').click()
  await page.waitForURL(/orders/)

  await panelTrouble(house, true)
  await choose(delayed.token, 'first')
  await page.locator('button[value=pay]').click()
  await page.waitForURL(/orders/)
  await becomes(shop, delayed.id, 'delayed')
  await page.goto(`${base}/demo/mail`)
  const mail = (await page.locator('.mails a').first().getAttribute('href'))?.split('/').at(-1) ?? ''
  await context.close()
  return {
    facts: {
      waiting: orders.waiting.token,
      bank: orders.bank.token,
      pending: pending.token,
      delayed: delayed.token,
      delayedOrder: delayed.id,
      sandboxPayment,
      mail,
    },
    end: () => panelTrouble(house, false),
  }
}
