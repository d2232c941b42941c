import { afterAll, beforeAll, expect, test } from 'vitest'
import { cardUntil, chooseAtSandbox, present } from '../../../test/support/stories.ts'
import { createPortal, type Portal } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

const page = '/account/payment-methods'

test('who has saved nothing reads how to; a ticked box beside the payment saves, with the sentence that stood there', async () => {
  const ana = portal.customer('ana')
  const line = await (await ana.buys()).line()
  const tab = await portal.signedIn(ana.email)
  expect(await tab.text(page)).toContain('No payment method is saved')
  const renew = `/account/lines/${line.id}/renew`
  expect(await tab.text(renew)).toContain('I allow Northwind')
  const sent = await tab.post(renew, { gateway: portal.gatewayId, save_method: 'yes' })
  const to = present(sent.headers.get('location'))
  await chooseAtSandbox(portal.app, portal.gatewayOrigin, to.split('/').at(-1) ?? '', 'pay')
  await portal.settle()
  const kept = await tab.text(page)
  expect(kept).toContain('Sandbox •••• 4242')
  expect(kept).toContain('I allow Northwind')
  expect((await ana.methods())[0]?.mandate).toMatch(/^I allow Northwind.* to keep this payment method/)
})

test('nothing is saved without the tick', async () => {
  const ben = portal.customer('ben')
  const line = await (await ben.buys()).line()
  const tab = await portal.signedIn(ben.email)
  const sent = await tab.post(`/account/lines/${line.id}/renew`, { gateway: portal.gatewayId })
  await chooseAtSandbox(
    portal.app,
    portal.gatewayOrigin,
    present(sent.headers.get('location')).split('/').at(-1) ?? '',
    'pay',
  )
  await portal.settle()
  expect(await ben.methods()).toEqual([])
})

test('another one becomes the default, one is removed, and nobody else’s is found', async () => {
  const cem = portal.customer('cem')
  await cem.buys({ saves: true })
  await cem.buys({ saves: true, username: 'cem2' })
  const [first, second] = await cem.methods()
  expect([first?.isDefault, second?.isDefault]).toEqual([true, false])
  const tab = await portal.signedIn(cem.email)
  expect((await tab.post(page, { act: 'default', method: second?.id ?? '' })).status).toBe(303)
  expect((await cem.methods())[0]?.id).toBe(second?.id)
  for (const act of ['default', 'remove']) {
    const foreign = present((await portal.customer('ana').methods())[0]).id
    expect((await tab.post(page, { act, method: foreign })).status).toBe(404)
    expect((await tab.post(page, { act, method: 'pm_x' })).status).toBe(404)
  }
  expect((await tab.post(page, { act: 'remove', method: second?.id ?? '' }, 'https://evil.example')).status).toBe(403)
  expect((await tab.post(page, { act: 'remove', method: second?.id ?? '' })).status).toBe(303)
  await portal.settle()
  const left = await cem.methods()
  expect(left.map(({ id, isDefault }) => [id, isDefault])).toEqual([[first?.id, true]])
  expect((await tab.post(page, { act: 'x', method: first?.id ?? '' })).status).toBe(400)
})

test('a card that expires before the next renewal is marked, as long as it is the one that is charged', async () => {
  const dee = portal.customer('dee')
  await dee.buys({ saves: true })
  const tab = await portal.signedIn(dee.email)
  expect(await tab.text(page)).not.toContain('Expires before the next renewal')
  await cardUntil(portal.shop, present((await dee.methods())[0]).id, 2026, 1)
  const shown = await tab.text(page)
  expect(shown).toContain('Expires before the next renewal')
  expect(shown).toContain('Expires 01/2026')
})

const add = (gateway: string) => ({ act: 'add', gateway, save_method: 'yes' })
const idAt = (answer: Response) => present(answer.headers.get('location')).split('/').at(-1) ?? ''

test('one is added without a payment: the sentence is ticked, the gateway’s page saves it, and the return says so', async () => {
  const eva = portal.customer('eva')
  await eva.buys()
  const tab = await portal.signedIn(eva.email)
  const before = await tab.text(page)
  expect(before).toContain('Add a payment method')
  expect(before).toContain('Nothing is charged now')
  expect(before).not.toContain('No payment method was saved')
  const sent = await tab.post(page, add(portal.gatewayId))
  expect([sent.status, sent.headers.get('location')]).toEqual([303, expect.stringContaining('/save/')])
  expect((await tab.post(page, add(portal.gatewayId))).headers.get('location')).toBe(sent.headers.get('location'))
  expect(await tab.text(`${page}?back=1`)).toContain('Nothing is saved yet')
  await chooseAtSandbox(portal.app, portal.gatewayOrigin, idAt(sent), 'pay')
  await portal.settle()
  const after = await tab.text(`${page}?back=1`)
  expect(after).toContain('Your payment method is saved')
  expect(after).toContain('Sandbox •••• 4242')
  expect(await eva.methods()).toMatchObject([{ isDefault: true, mandate: expect.stringMatching(/^I allow Northwind/) }])
})

test('without the tick, at another gateway, or with a card that is refused nothing is saved', async () => {
  const fay = portal.customer('fay')
  await fay.buys()
  const tab = await portal.signedIn(fay.email)
  const unticked = await tab.post(page, { act: 'add', gateway: portal.gatewayId })
  expect(unticked.status).toBe(422)
  expect(await unticked.text()).toContain('Please tick the box')
  expect((await tab.post(page, add('gwa_x'))).status).toBe(422)
  expect((await tab.post(page, add(portal.gatewayId), 'https://evil.example')).status).toBe(403)
  const sent = await tab.post(page, add(portal.gatewayId))
  await chooseAtSandbox(portal.app, portal.gatewayOrigin, idAt(sent), 'decline')
  await portal.settle()
  expect(await tab.text(`${page}?back=1`)).toContain('No payment method was saved')
  expect(await fay.methods()).toEqual([])
})
