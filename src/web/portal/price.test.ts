/** A customer reads of a new price in his account and answers it, without a script. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import {
  type CampaignFacts,
  saveCampaign,
  startCampaign,
  stopCampaign,
} from '#modules/subscriptions/price-campaigns.ts'
import { createPortal, type Portal } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

const facts: CampaignFacts = {
  name: 'Spring',
  condition: null,
  change: { by: 'amount', amount: 1499, currency: 'EUR' },
  effectiveAt: Temporal.Instant.from('2026-02-01T00:00:00Z'),
  noticeDays: 0,
  consent: 'ask',
  silence: 'end',
  note: 'Licences have become dearer.',
}

async function started(more: Partial<CampaignFacts>): Promise<string> {
  const { shop } = portal
  const { id, version } = await transaction(shop, 'save', (tx) =>
    saveCampaign(tx, shop, { ...facts, ...more }, shop.now()),
  )
  await startCampaign(shop, id, version)
  await portal.settle()
  return id
}

async function owner(name: string) {
  const purchase = await portal.customer(name).buys()
  const tab = await portal.signedIn(portal.customer(name).email)
  const { id } = await purchase.line()
  return { purchase, tab, path: `/account/lines/${id}/price`, renew: `/account/lines/${id}/renew` }
}

test('asked for his agreement he declines, changes his mind, and renews at the new price', async () => {
  const { purchase, tab, path, renew } = await owner('ada')
  expect(await tab.text(path)).toContain('There is no new price')
  expect((await tab.post(path, { act: 'accept' })).status).toBe(409)
  const campaign = await started({})
  expect(await tab.text('/account')).toContain('Please answer')
  const page = await tab.text(path)
  expect(page).toContain('Licences have become dearer.')
  expect(page).toContain('14.99')
  // Nothing is sold at a price that nobody agreed to.
  const refused = await tab.post(renew, { gateway: portal.gatewayId })
  expect(refused.status).toBe(409)
  expect(await refused.text()).toContain('say whether you agree')
  expect((await tab.post(path, { act: 'decline' })).status).toBe(303)
  expect(await tab.text(path)).toContain('You can still change your mind')
  expect((await tab.post(path, { act: 'accept' })).status).toBe(303)
  expect(await tab.text('/account')).toContain('as you agreed')
  expect(await tab.text(renew)).toContain('14.99')
  expect((await purchase.renews()).totalMinor).toBe(1499n)
  expect(await tab.text('/account')).not.toContain('as you agreed')
  await stopCampaign(portal.shop, campaign, 'over')
  await portal.settle()
})

test('only told, he sees what it costs and how to leave; somebody else’s price is not his', async () => {
  const { tab, path } = await owner('ben')
  const campaign = await started({
    consent: 'notice',
    silence: 'keep',
    change: { by: 'amount', amount: 1599, currency: 'EUR' },
  })
  expect(await tab.text(path)).toContain('you can cancel at any time before')
  expect(await tab.text(path)).toContain('Cancel the plan')
  expect((await tab.post(path, { act: 'decline' })).status).toBe(409)
  const other = await owner('cem')
  expect((await tab.get(other.path)).status).toBe(404)
  expect((await tab.post(other.path, { act: 'accept' })).status).toBe(404)
  expect((await tab.post(path, { act: 'accept' }, 'https://evil.example')).status).toBe(403)
  await stopCampaign(portal.shop, campaign, 'over')
})
