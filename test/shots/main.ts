/**
 * `npm run shots`: starts the demo in a folder of its own, goes through every screen as a buyer, a customer and an owner, and keeps a
 * picture of each in `shots/`, at 390 and 1440 px, light and dark. axe reads each page too; what it finds is printed, and the run fails.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'

const folder = join(import.meta.dirname, '../../shots')
const only = process.argv[2]

type House = { url: string; email: string; password: string; stop(): Promise<void> }

async function startDemo(): Promise<House> {
  const data = mkdtempSync(join(tmpdir(), 'linekeeper-shots-'))
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, '../../bin/linekeeper.js'), 'serve'], {
    env: { ...process.env, PORT: '0', LINEKEEPER_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  for (let waited = 0; waited < 120 && !/Sign-in/.test(said); waited++) await sleep(1_000)
  const url = /Shop\s+(http:\S+?)\/?\s/.exec(said)?.[1]
  const [, email, password] = /Sign-in\s+(\S+)\s+(\S+)/.exec(said) ?? []
  if (url === undefined || email === undefined || password === undefined)
    throw new Error(`The demo did not start:\n${said}`)
  return {
    url,
    email,
    password,
    async stop() {
      child.kill('SIGTERM')
      await new Promise((done) => child.once('exit', done))
      rmSync(data, { recursive: true, force: true })
    },
  }
}

type Screen = { name: string; path: string }
type Found = { screen: string; width: number; theme: string; rule: string; nodes: number; first: string }

const fixed: Record<'shop' | 'console', Screen[]> = {
  shop: [
    ['plans', '/plans'],
    ['help', '/help'],
    ['guide', '/help/tv_stick'],
    ['terms', '/terms'],
    ['privacy', '/privacy'],
    ['sign-in', '/sign-in'],
    ['not-found', '/nowhere'],
  ].map(([name = '', path = '']) => ({ name, path })),
  console: [
    'attention',
    'orders',
    'customers',
    'subscriptions',
    'lines',
    'panels',
    'panels/new',
    'activity',
    'plans',
    'invoices',
    'payments',
    'messages',
    'templates',
    'mail',
    'gateways',
    'policy',
    'staff',
    'api-keys',
    'settings',
    'setup',
    'search?q=ana',
  ].map((path) => ({ name: path.replaceAll(/[^a-z]+/g, '-'), path: `/admin/${path}` })),
}

/** The first record of each list stands for its kind. */
async function records(page: Page, base: string, lists: readonly string[]): Promise<Screen[]> {
  const screens: Screen[] = []
  for (const list of lists) {
    await page.goto(`${base}/admin/${list}`)
    const href = await page
      .locator(`main a[href^="/admin/${list}/"]:not([href$="/new"])`)
      .first()
      .getAttribute('href')
      .catch(() => null)
    if (href !== null) screens.push({ name: `${list}-record`, path: href })
  }
  return screens
}

async function signIn(context: BrowserContext, house: House): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${house.url}/admin/sign-in`)
  await page.fill('input[name=email]', house.email)
  await page.fill('input[name=password]', house.password)
  await Promise.all([page.waitForURL(/\/admin(?!\/sign-in)/), page.click('main button[type=submit], main form button')])
  return page
}

/** Buys the first plan and pays in the sandbox: the order's page, while it waits and when it is ready. */
async function buy(context: BrowserContext, house: House): Promise<Screen[]> {
  const page = await context.newPage()
  await page.goto(`${house.url}/plans`)
  const checkout = await page.locator('a[href*="/checkout/"]').first().getAttribute('href')
  await page.goto(`${house.url}${checkout}`)
  await page.fill('input[name=email]', 'shots@example.net')
  await Promise.all([
    page.waitForURL(/sandbox|orders/),
    page
      .locator('main form[method=post] button[type=submit], main form[method=post] button:not([type])')
      .last()
      .click(),
  ])
  const waiting = page.url()
  const screens: Screen[] = [{ name: 'checkout', path: checkout ?? '/plans' }]
  if (/sandbox/.test(waiting))
    await Promise.all([page.waitForURL(/orders/), page.getByRole('button', { name: /^Pay/ }).first().click()])
  const order = new URL(page.url()).pathname
  await page.waitForTimeout(3_000)
  return [...screens, { name: 'order', path: order }]
}

async function picture(
  browser: Browser,
  house: House,
  screens: Screen[],
  face: string,
  state: Awaited<ReturnType<BrowserContext['storageState']>>,
): Promise<Found[]> {
  const found: Found[] = []
  for (const width of [390, 1440])
    for (const theme of ['light', 'dark'] as const) {
      const context = await browser.newContext({
        viewport: { width, height: width === 390 ? 844 : 900 },
        colorScheme: theme,
        storageState: state,
      })
      const page = await context.newPage()
      for (const screen of screens) {
        const answer = await page.goto(`${house.url}${screen.path}`)
        if ((answer?.status() ?? 500) >= 500)
          found.push({
            screen: screen.name,
            width,
            theme,
            rule: `status ${answer?.status()}`,
            nodes: 0,
            first: screen.path,
          })
        await page.screenshot({ path: join(folder, `${face}-${screen.name}-${width}-${theme}.png`), fullPage: true })
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
          .analyze()
        for (const each of violations)
          found.push({
            screen: `${face}-${screen.name}`,
            width,
            theme,
            rule: each.id,
            nodes: each.nodes.length,
            first: each.nodes[0]?.html.slice(0, 120) ?? '',
          })
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        if (wide > 0)
          found.push({
            screen: `${face}-${screen.name}`,
            width,
            theme,
            rule: 'scrolls sideways',
            nodes: wide,
            first: '',
          })
      }
      await context.close()
    }
  return found
}

mkdirSync(folder, { recursive: true })
const house = await startDemo()
const browser = await launchChromium()
const found: Found[] = []
try {
  const visitor = await browser.newContext()
  if (only === undefined || only === 'shop') {
    const bought = await buy(visitor, house)
    found.push(
      ...(await picture(
        browser,
        house,
        [{ name: 'home', path: '/' }, ...fixed.shop, ...bought],
        'shop',
        await visitor.storageState(),
      )),
    )
  }
  if (only === undefined || only === 'console') {
    const owner = await browser.newContext()
    const page = await signIn(owner, house)
    const kinds = [
      'orders',
      'customers',
      'subscriptions',
      'lines',
      'panels',
      'plans',
      'invoices',
      'payments',
      'messages',
      'templates',
      'gateways',
    ]
    const screens = [{ name: 'overview', path: '/admin' }, ...fixed.console, ...(await records(page, house.url, kinds))]
    found.push(...(await picture(browser, house, screens, 'console', await owner.storageState())))
  }
} finally {
  await browser.close()
  await house.stop()
}
for (const each of found) process.stdout.write(`${JSON.stringify(each)}\n`)
process.stdout.write(`Pictures are in shots/. ${found.length === 0 ? 'Nothing found.' : `${found.length} findings.`}\n`)
process.exit(found.length === 0 ? 0 : 1)
