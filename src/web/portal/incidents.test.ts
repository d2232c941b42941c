/** What customers and everybody see of an incident. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeIncident, declareIncident, withdrawIncident } from '#modules/dunning/incidents.ts'
import { standardRule } from '#modules/lines/incidents.ts'
import { createPortal, type Portal } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
  await portal.customer('ana').buys()
  await portal.until('2026-02-03T08:00:00Z')
}, 120_000)
afterAll(() => portal.close())

test('the account of whom it reaches tells it, and the status page tells everybody', async () => {
  const tab = await portal.signedIn(portal.customer('ana').email)
  const stranger = portal.browser()
  expect(await stranger.text('/status')).toContain('Everything works')
  const { id } = await declareIncident(portal.shop, {
    panelId: portal.panelId,
    productId: null,
    name: 'Disk 7 of panel A',
    sentence: 'Some channels do not play.',
    starts: portal.clock.now(),
    ends: null,
    rule: standardRule,
  })
  expect(await tab.text('/account')).toContain('Some channels do not play.')
  const status = await stranger.text('/status')
  expect(status).toContain('Some channels do not play.')
  expect(status).toContain('Nobody whom it reaches is switched off meanwhile.')
  // What staff call it is theirs.
  expect(status).not.toContain('Disk 7')

  await portal.pass({ hours: 4 })
  await changeIncident(portal.shop, id, { ends: portal.clock.now() })
  expect(await tab.text('/account')).not.toContain('Some channels do not play.')
  expect(await stranger.text('/status')).toMatch(/Everything works .*In the last 14 days Some channels do not play\./)
  await withdrawIncident(portal.shop, id, 'it was none')
  expect(await stranger.text('/status')).not.toContain('Some channels')
})

test('one that is planned is shown from its beginning, one of another product to nobody else', async () => {
  const tab = await portal.signedIn(portal.customer('ana').email)
  const starts = portal.clock.now().add({ hours: 2 })
  await declareIncident(portal.shop, {
    panelId: null,
    productId: portal.productId,
    name: 'Works',
    sentence: 'We work on the recorder.',
    starts,
    ends: starts.add({ hours: 3 }),
    rule: standardRule,
  })
  expect(await tab.text('/account')).not.toContain('recorder')
  await portal.pass({ hours: 3 })
  expect(await tab.text('/account')).toContain('We work on the recorder.')
  await portal.pass({ hours: 3 })
  expect(await tab.text('/account')).not.toContain('recorder')
})
