/** A customer changes his plan, without a script: he sees what it means, confirms it, and can take it back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { saveLifeSettings } from '#modules/subscriptions/save-life-settings.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { chooseAtSandbox, present } from '../../../test/support/stories.ts'
import { createPortal, type Portal } from './portal.test-support.ts'

let portal: Portal
let premium: string
let basic: string
beforeAll(async () => {
  portal = await createPortal()
  premium = await anotherPlan(portal, { name: 'Premium monthly', amount: 1999n })
  basic = await anotherPlan(portal, { name: 'Basic monthly', amount: 799n, connections: 1 })
}, 120_000)
afterAll(() => portal.close())

async function owner(name: string) {
  const purchase = await portal.customer(name).buys()
  const tab = await portal.signedIn(portal.customer(name).email)
  return { purchase, tab, path: `/account/lines/${(await purchase.line()).id}/plan` }
}
const field = (html: string, name: string) => present(new RegExp(`name="${name}" value="([^"]+)"`).exec(html))[1] ?? ''

test('more for the money: shown, paid, changed', async () => {
  const { purchase, tab, path } = await owner('ada')
  expect(await tab.text('/account')).toContain('Change plan')
  expect(await tab.text(path)).toContain('Premium monthly')
  const html = await tab.html(`${path}?plan=${premium}`)
  expect(html).toContain('7.00')
  const confirmed = { plan: premium, fingerprint: field(html, 'fingerprint'), gateway: portal.gatewayId }
  const answer = await tab.post(path, confirmed)
  const to = present(answer.headers.get('location'))
  expect(to).toMatch(/^http:\/\/pay\.test\//)
  expect(await tab.text(path)).toContain('waits for its payment')
  await chooseAtSandbox(portal.app, portal.gatewayOrigin, to.split('/').at(-1) ?? '', 'pay')
  await portal.settle()
  expect(await purchase.subscription()).toMatchObject({ planId: premium })
  expect(await tab.text('/account')).toContain('4 screens')
})

test('less: noted, and taken back', async () => {
  const { purchase, tab, path } = await owner('ben')
  const html = await tab.html(`${path}?plan=${basic}`)
  const answer = await tab.post(path, { plan: basic, fingerprint: field(html, 'fingerprint') })
  expect(answer.headers.get('location')).toBe('/account')
  expect(await tab.text('/account')).toContain('changes with the next period')
  expect(await tab.text(path)).toContain('Basic monthly begins with the next period')
  expect((await tab.post(path, { act: 'undo' })).status).toBe(303)
  expect(await tab.text(path)).not.toContain('begins with the next period.')
  expect(await purchase.subscription()).toMatchObject({ priceMinor: 1299n })
})

test('what is not what was shown, what is somebody else’s, and another site’s form change nothing', async () => {
  const { tab, path } = await owner('cem')
  const forged = await tab.post(path, { plan: premium, fingerprint: 'x' })
  expect(forged.status).toBe(409)
  expect(await forged.text()).toContain('look again')
  expect((await tab.post(path, {})).status).toBe(422)
  const other = await owner('dora')
  expect((await tab.get(other.path)).status).toBe(404)
  expect((await tab.post(other.path, { act: 'undo' })).status).toBe(404)
  expect((await tab.post(path, { act: 'undo' }, 'https://evil.example')).status).toBe(403)
})

test('a line rests and goes on, and its owner sees what it means before', async () => {
  const { purchase, tab, path } = await owner('emil')
  const pause = path.replace(/plan$/, 'pause')
  expect(await tab.text('/account')).toContain('Pause')
  expect(await tab.text(pause)).toContain('are kept')
  expect((await tab.post(pause, { until: '2020-01-01' })).status).toBe(422)
  expect((await tab.post(pause, {})).status).toBe(303)
  expect((await purchase.subscription()).status).toBe('paused')
  expect(await tab.text('/account')).toContain('Go on')
  await portal.pass({ hours: 24 })
  expect(await tab.text(pause)).toContain('Paid until, if it goes on now')
  expect((await tab.post(pause, { act: 'go_on' })).status).toBe(303)
  expect((await purchase.subscription()).status).toBe('active')
  const other = await owner('fay')
  expect((await tab.get(other.path.replace(/plan$/, 'pause'))).status).toBe(404)
})

test('canceled at the end and taken back; now only where money goes back, and that amount is shown', async () => {
  const { purchase, tab, path } = await owner('gus')
  const cancel = path.replace(/plan$/, 'cancel')
  expect(await tab.text(cancel)).not.toContain('End now')
  expect((await tab.post(cancel, { act: 'at_end' })).status).toBe(303)
  expect(await purchase.subscription()).toMatchObject({ cancelAtEnd: true, status: 'active' })
  expect(await tab.text(cancel)).toContain('Take it back')
  expect((await tab.post(cancel, { act: 'undo' })).status).toBe(303)
  expect(await purchase.subscription()).toMatchObject({ cancelAtEnd: false, autoRenew: true })
  await transaction(portal.shop, 'setting', (tx) =>
    saveLifeSettings(tx, portal.shop, lifeSetting.schema.parse({ refund: { kind: 'full_within' } })),
  )
  const html = await tab.html(cancel)
  expect(html).toContain('12.99')
  expect((await tab.post(cancel, { act: 'now', fingerprint: 'x' })).status).toBe(409)
  expect((await tab.post(cancel, { act: 'now', fingerprint: field(html, 'fingerprint') })).status).toBe(303)
  await portal.settle()
  expect(await purchase.subscription()).toMatchObject({ status: 'terminated' })
  expect((await purchase.payments())[0]).toMatchObject({ refundedMinor: 1299n })
  const other = await owner('hal')
  expect((await tab.post(other.path.replace(/plan$/, 'cancel'), { act: 'at_end' })).status).toBe(404)
})

test('two lines are renewed together: what it means is shown first, one button pays for both, and it is undone', async () => {
  const { purchase, tab } = await owner('hana')
  const together = `/account/lines/${(await purchase.line()).id}/together`
  expect(await tab.text('/account')).not.toContain('Renew together')
  expect(await tab.text(together)).toContain('no other running line')
  const second = await portal.customer('hana').buys({ username: 'hanas-kids' })
  expect(await tab.text('/account')).toContain('Renew together')
  const html = await tab.html(together)
  expect(html).toContain('hanas-kids')
  expect((await tab.post(together, { act: 'join', with: 'sub_nobody' })).status).toBe(404)
  const stranger = await portal.customer('kurt').buys()
  expect((await tab.post(together, { act: 'join', with: stranger.subscriptionId })).status).toBe(404)
  expect((await tab.post(together, { act: 'join', with: field(html, 'with') })).status).toBe(303)
  expect(await second.subscription()).toMatchObject({ householdId: (await purchase.subscription()).householdId })
  expect(await tab.text('/account')).toContain('Renewed together with one other line')
  const renewal = await tab.text(`/account/lines/${(await second.line()).id}/renew`)
  expect(renewal).toContain('25.98')
  expect(renewal).toContain('hanas-kids')
  expect((await tab.post(together, { act: 'leave' })).status).toBe(303)
  expect((await second.subscription()).householdId).toBeNull()
})

test('where the shop keeps it to itself, a customer can look and not change it', async () => {
  const { purchase, tab } = await owner('ines')
  const together = `/account/lines/${(await purchase.line()).id}/together`
  const second = await portal.customer('ines').buys({ username: 'ines-kids' })
  const save = (households: 'customers' | 'staff') =>
    transaction(portal.shop, 'settings', (tx) =>
      saveLifeSettings(tx, portal.shop, lifeSetting.schema.parse({ households })),
    )
  await save('staff')
  expect(await tab.text('/account')).not.toContain('Renew together')
  expect((await tab.post(together, { act: 'join', with: second.subscriptionId })).status).toBe(403)
  expect((await second.subscription()).householdId).toBeNull()
  await save('customers')
  expect((await tab.post(together, { act: 'join', with: second.subscriptionId })).status).toBe(303)
  expect((await second.subscription()).householdId).not.toBeNull()
})
