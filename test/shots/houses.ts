/** The two houses that are looked at, each whole and in this process: the demo, and an installation that is still empty. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type Shop, transaction } from '#app.ts'
import { openShop, rootBusiness } from '#modules/people/business.ts'
import { setUpCode } from '#modules/people/first-admin.ts'
import { addMember } from '#modules/people/memberships.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { readConfig } from '#platform/config.ts'
import { silentLog } from '#platform/log.ts'
import { type House, startHouse } from '../../src/house.ts'
import { demoFacts, type Facts } from './facts.ts'
import { orderStates } from './order-states.ts'
import type { State } from './picture.ts'
import type { Who } from './screens.ts'
import { until } from './until.ts'

export type Shown = {
  url: string
  facts: Facts
  shop(): Shop
  /** What the browser of such a person knows. */
  signIn(who: Who): Promise<State | undefined>
  close(): Promise<void>
}

const start = (data: string, kind: 'demo' | 'live'): Promise<House> =>
  startHouse(readConfig({ PORT: '0', LINEKEEPER_DATA: data, LOG_LEVEL: 'silent' }), {
    kind,
    log: silentLog,
    say: (line) => void process.stderr.write(`${line}\n`),
  })

const urlOf = ({ url }: House): string => url?.replace(/\/$/, '') ?? ''

export async function openDemo(browser: Browser, data: string): Promise<Shown> {
  const house = await start(data, 'demo')
  const businessId = await rootBusiness(house.app)
  const shop = await openShop(house.app, businessId ?? '', 'system')
  const url = urlOf(house)
  const { email, ...facts } = await demoFacts(shop)
  const states = await orderStates(browser, house, shop, facts.plan ?? '')
  const [owner, password] = (await readFile(house.demo?.loginFile ?? '', 'utf8')).split('\n')
  return {
    url,
    facts: { ...facts, ...states.facts },
    shop: () => shop,
    async signIn(who) {
      if (who === 'owner') return staff(browser, url, owner ?? '', password ?? '')
      if (who === 'support') return staff(browser, url, ...(await supporter(house, shop)))
      if (who === 'reseller') return staff(browser, url, ...(await holder(house, facts.reseller ?? '')))
      if (who === 'acting') return acting(browser, url, owner ?? '', password ?? '', facts.reseller ?? '')
      if (who === 'customer') return customer(browser, url, email)
      if (who === 'newcomer') return newcomer(browser, url, await newUser(house, 'newcomer'))
      return undefined
    },
    async close() {
      await states.end()
      await house.stop()
    },
  }
}

export async function openEmpty(browser: Browser, data: string): Promise<Shown> {
  const house = await start(join(data, 'empty'), 'live')
  const url = urlOf(house)
  return {
    url,
    facts: {},
    shop: () => {
      throw new Error('An empty installation has no shop.')
    },
    async signIn(who) {
      if (who !== 'founder') return undefined
      const code = await setUpCode(house.app)
      const [email, password] = ['sam.founder@example.net', 'tall green gate']
      if (code === null) return staff(browser, url, email, password)
      return keep(browser, async (page) => {
        await page.goto(`${url}/admin/setup/first`)
        await page.fill('[name=code]', code)
        await page.fill('[name=business_name]', 'Northwind TV')
        await page.fill('[name=email]', email)
        await page.fill('[name=password]', password)
        await page.locator('main form button:not([type=button])').last().click()
        await page.waitForURL(/\/admin\/setup$/)
      })
    },
    close: () => house.stop(),
  }
}

async function keep(browser: Browser, enter: (page: Page) => Promise<void>): Promise<State> {
  const context = await browser.newContext()
  await enter(await context.newPage())
  const state = await context.storageState()
  await context.close()
  // A sentence that is told once belongs to the next page of that browser, not to every picture.
  return { ...state, cookies: state.cookies.filter(({ name }) => name !== 'flash') }
}

const staff = (browser: Browser, url: string, email: string, password: string): Promise<State> =>
  keep(browser, async (page) => {
    await page.goto(`${url}/admin/sign-in`)
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', password)
    await page.locator('button[value=password]').click()
    await page.waitForURL(/\/admin(?!\/sign-in)/)
  })

/** The owner, in the console of his reseller. */
const acting = (browser: Browser, url: string, email: string, password: string, reseller: string): Promise<State> =>
  keep(browser, async (page) => {
    await page.goto(`${url}/admin/sign-in`)
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', password)
    await page.locator('button[value=password]').click()
    await page.waitForURL(/\/admin(?!\/sign-in)/)
    await page.goto(`${url}/admin/resellers/${reseller}`)
    await page.locator('#act-act_as [name=reason]').evaluate((field: HTMLInputElement) => {
      field.value = 'asked for help'
      field.form?.requestSubmit(field.form.querySelector<HTMLButtonElement>('button[value=act_as]'))
    })
    await page.waitForURL(/\/admin$/)
  })

type Login = { userId: string; email: string; password: string; name: string }

async function newUser({ app }: House, kind: string): Promise<Login> {
  const signIn = createSignIn(app, { sendMagicLink: async () => {}, limits: createRateLimits(app) })
  const facts = { email: `${kind}-${crypto.randomUUID()}@example.net`, password: 'tall green gate', name: 'Robin Doe' }
  return { ...facts, ...(await signIn.createUser({ ...facts, emailVerified: true })) }
}

/** The owner of a reseller's shop. */
async function holder(house: House, businessId: string): Promise<[string, string]> {
  const { userId, email, password, name } = await newUser(house, 'reseller')
  const shop = await openShop(house.app, businessId, 'system')
  await transaction(shop, 'add-member', (tx) => addMember(tx, shop, 'system', { userId, email, name, role: 'owner' }))
  return [email, password]
}

async function supporter(house: House, shop: Shop): Promise<[string, string]> {
  const { userId, email, password, name } = await newUser(house, 'support')
  await transaction(shop, 'add-member', (tx) => addMember(tx, shop, 'system', { userId, email, name, role: 'support' }))
  return [email, password]
}

/** Somebody who signs in and has bought nothing. */
const newcomer = (browser: Browser, url: string, { email, password }: Login): Promise<State> =>
  keep(browser, async (page) => {
    await page.goto(`${url}/sign-in`)
    await page.fill('[name=email]', email)
    await page.locator('summary').click()
    await page.fill('[name=password]', password)
    await page.locator('button[value=password]').click()
    await page.waitForURL(/\/account/)
  })

/** By the link that is mailed, which the demo's mail catcher shows. */
const customer = (browser: Browser, url: string, email: string): Promise<State> =>
  keep(browser, async (page) => {
    await page.goto(`${url}/sign-in`)
    await page.fill('[name=email]', email)
    await page.locator('button[value=link]').click()
    await page.waitForURL(/sent/)
    let link: string | undefined
    await until(`a sign-in link for ${email}`, async () => {
      await page.goto(`${url}/demo/mail`)
      const mail = page.locator('li', { hasText: email }).first().locator('a').first()
      if ((await mail.count()) === 0) return false
      await page.goto(`${url}${await mail.getAttribute('href')}?as=text`)
      link = /https?:\S+\/sign-in\/\S+/.exec(await page.locator('pre').innerText())?.[0]
      return link !== undefined
    })
    await page.goto(link ?? '')
    await page.locator('main form button').click()
    await page.waitForURL(/\/account/)
  })
