/** Panels that sell by package, or that list nothing: what the console shows and takes is what such a panel can do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { lookAtPanels } from '#modules/lines/panel-health.ts'
import { findPanel, productPanels } from '#modules/lines/panels.ts'
import {
  httpPanelHouse,
  mediaServerHouse,
  xtreamCodesHouse,
  xuiResellerHouse,
} from '../../../test/support/panel-houses.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

const product = {
  name: 'Sports',
  description: '',
  line_kind: 'line',
  connections: '1',
  outputs: 'hls',
  username_strategy: 'hybrid',
  password_strategy: 'generated',
  active: 'on',
  position: '1',
}
const keyIn = (page: string) => /name="form_key" value="([^"]+)"/.exec(page)?.[1] ?? ''

function opened(house: Parameters<typeof createConsole>[0]) {
  const at: { console: Console; owner: Person } = {} as never
  beforeAll(async () => {
    at.console = await createConsole(house)
    at.owner = await at.console.person('owner')
  }, 90_000)
  afterAll(() => at.console.close())
  const html = async (path: string) => (await at.owner.get(path)).text()
  return {
    at,
    html,
    async send(more: Record<string, string>) {
      const page = await html('/admin/products/new')
      return at.owner.post('/admin/products/new', { form_key: keyIn(page), ...product, ...more })
    },
    async packageOf(made: Response) {
      const id = new URL(made.headers.get('location') ?? '', at.console.origin).searchParams.get('product') ?? ''
      const [mapped] = await transaction(at.console.shop, 'read', (tx) => productPanels(tx, id))
      return mapped?.package
    },
  }
}

describe('a reseller’s account', () => {
  const { at, html, send, packageOf } = opened({ house: xuiResellerHouse })

  test('its packages are chosen by name and price, and bouquets are not asked for', async () => {
    const { panelId } = at.console
    const page = await html('/admin/products/new')
    expect(page).toContain('Full 1 month · 2 credits')
    expect(page).not.toContain(`name="bouquets.${panelId}"`)
    expect(page).not.toContain(`name="bouquets_typed.${panelId}"`)
    const lacking = await send({ [`map.${panelId}`]: 'on', [`package.${panelId}`]: '' })
    expect(lacking.status).toBe(422)
    expect(await lacking.text()).toContain('value="Sports"')
    const made = await send({ [`map.${panelId}`]: 'on', [`package.${panelId}`]: '3' })
    expect(await packageOf(made)).toEqual({ packageId: '3', bouquets: [] })
  })

  test('its credits are on its page, and read again by the test', async () => {
    const { panelId, shop } = at.console
    expect((await transaction(shop, 'read', (tx) => findPanel(tx, panelId)))?.credits).toBe('500.0000')
    const page = `/admin/panels/${panelId}`
    expect(await html(page)).toContain('Our credits there')
    expect(await html(page)).toContain('there is no grace on this panel')
    expect(await html(page)).toContain('Tell me below so many credits')
    const save = { act: 'save', name: 'Supplier', weight: '1', reserved: '0' }
    const refused = await (await at.owner.post(page, { ...save, credits_low: 'many' })).text()
    expect(refused).toContain('Please enter a number like 50, or nothing.')
    expect(refused).toContain('value="many"')
    await at.owner.post(page, { ...save, credits_low: '600,5' })
    expect(await html(page)).toContain('value="600.5"')
    expect(await html('/admin/attention')).toContain('Supplier has 500 credits left')
    const hurried = await (await at.owner.post(page, { ...save, requests_per_second: '51' })).text()
    expect(hurried).toContain('value="51"')
    await at.owner.post(page, { ...save, requests_per_second: '50' })
    expect((await transaction(shop, 'read', (tx) => findPanel(tx, panelId)))?.requestsPerSecond).toBe(50)
    expect(await html(page)).toContain('value="50"')
    const tested = await (await at.owner.post(page, { act: 'test' })).text()
    expect(tested).toContain('every step passed')
    expect(tested).toContain('Package 4')
    const listed = await (await at.owner.post(page, { act: 'bouquets' })).text()
    expect(listed).toContain('Trial 24 hours · trial, 0 credits')
  })
})

describe('the account at a supplier', () => {
  const { at, html } = opened({ house: xuiResellerHouse })

  test('what somebody spent there by hand is shown, a purchase is noted once, and a person says what it was', async () => {
    const { panelId } = at.console
    const page = `/admin/panels/${panelId}`
    const look = async (credits: number) => {
      await at.console.panel.app.fetch(
        new Request(`${at.console.panelOrigin}/__credits`, { method: 'POST', body: JSON.stringify({ credits }) }),
      )
      await at.console.pass({ minutes: 5 })
      await lookAtPanels(at.console.app)
    }
    await look(0)
    expect(await html(page)).toContain('Does the account agree')
    await look(-7)
    expect(await html('/admin/attention')).toContain('7 credits at')
    const told = await html(page)
    expect(told).toContain('Not explained')
    const difference = /name="difference" value="(acd_[^"]+)"/.exec(told)?.[1] ?? ''
    const refused = await at.owner.post(page, { act: 'explain', difference, reason: '' })
    expect([refused.status, (await refused.text()).includes('Please fill this in.')]).toEqual([422, true])
    expect((await at.owner.post(page, { act: 'explain', difference, reason: 'a demo' })).status).toBe(303)
    expect(await html(page)).toContain('a demo')
    const form_key = /name="form_key" value="([^"]+)"/.exec(told)?.[1] ?? ''
    const wrong = await at.owner.post(page, { act: 'note_purchase', form_key, credits: 'many', note: '' })
    expect([wrong.status, (await wrong.text()).includes('value="many"')]).toEqual([422, true])
    for (let twice = 0; twice < 2; twice++)
      await at.owner.post(page, { act: 'note_purchase', form_key, credits: '20,5', note: 'by bank' })
    const awaited = await html(page)
    expect(awaited.match(/20\.5 credits bought, not come yet/g)).toHaveLength(1)
    const purchase = /name="purchase" value="(acp_[^"]+)"/.exec(awaited)?.[1] ?? ''
    await look(20.5)
    expect(await html(page)).toContain('Undo the 20.5 bought')
    expect((await at.owner.post(page, { act: 'undo_purchase', purchase })).status).toBe(303)
    expect(await html(page)).toContain('Taken as bought')
  })
})

describe('a panel that lists nothing', () => {
  const { at, html, send, packageOf } = opened({ house: xtreamCodesHouse })

  test('the numbers of its bouquets are typed', async () => {
    const { panelId } = at.console
    expect(await html('/admin/products/new')).toContain(`name="bouquets_typed.${panelId}"`)
    const made = await send({ [`map.${panelId}`]: 'on', [`bouquets_typed.${panelId}`]: '1, 4' })
    expect(await packageOf(made)).toMatchObject({ bouquets: [1, 4] })
    const listed = await (await at.owner.post(`/admin/panels/${panelId}`, { act: 'bouquets' })).text()
    expect(listed).toContain('their numbers are typed into the product')
    expect(listed).not.toContain('no grace')
  })

  test('its live test says what it leaves there', async () => {
    const tested = await (await at.owner.post(`/admin/panels/${at.console.panelId}`, { act: 'test' })).text()
    expect(tested).toContain('every step passed')
    expect(tested).toMatch(/is switched off; this panel lets only its administrator remove it/)
  })
})

describe('a media server that asks us', () => {
  const { at, html } = opened({ house: mediaServerHouse })

  test('its secret address is on its page, for who may see secrets', async () => {
    const page = `/admin/panels/${at.console.panelId}`
    const address = new RegExp(`/access/${at.console.shop.businessId}/${at.console.panelId}/[\\w-]{24}`)
    expect(await html(page)).toMatch(address)
    expect(await html(page)).toContain('No media server has asked yet')
    const support = await at.console.person('support')
    const seen = await (await support.get(page)).text()
    expect(seen).toContain('Where your media server asks')
    expect(seen).not.toMatch(address)
  })
})

describe('a panel that its operator describes', () => {
  const { at } = opened({ house: httpPanelHouse })

  test('the live test shows its calls without secrets', async () => {
    const tested = await (await at.owner.post(`/admin/panels/${at.console.panelId}`, { act: 'test' })).text()
    expect(tested).toContain('What was sent and answered, without secrets')
    expect(tested).toMatch(/POST(?:<!-- -->| )+http:\/\/[^<]*\/api\/lines/)
    expect(tested).toContain('[redacted]')
  })
})
