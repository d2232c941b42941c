/** Resellers in the browser: from the invitation to the first sold line, counted in clicks; terms, credits, and who may not. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { businessBySlug, openShop } from '#modules/people/business.ts'
import { giveCredits } from '#modules/reselling/move-credits.ts'
import { invitationTo, invited, sells, walletOf } from '../../../test/support/resellers.ts'
import { present } from '../../../test/support/stories.ts'
import { plain } from '../browser.test-support.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const answers = {
  name: 'South TV',
  slug: 'south',
  currency: 'EUR',
  country: 'DE',
  zone: 'Europe/Berlin',
  password: 'tall green gate',
  attests: 'true',
}

test('a reseller is invited, opens his shop by one form, and sells; his parent sees lines and credits and no customer', async () => {
  const owner = await console.person('owner')
  expect(await owner.text('/admin/resellers')).toContain('No reseller yet')
  const invitation = {
    act: 'invite',
    email: 'south@reseller.example',
    name: 'Sara',
    plan: console.planId,
    credits: '3',
  }
  expect((await owner.post('/admin/resellers', { ...invitation, credits: 'x', email: 'y' })).status).toBe(422)
  // Click one: the invitation.
  expect((await owner.post('/admin/resellers', invitation)).status).toBe(303)
  expect(await owner.text('/admin/resellers')).toContain('Sara')
  // Two: the link in the mail.
  const token = await invitationTo(console, 'south@reseller.example')
  const him = console.browser()
  expect(await him.text(`/join/${token}`)).toContain('invites you to sell')
  const { attests: _, ...unsure } = answers
  const wrong = await him.post(`/join/${token}`, { ...unsure, currency: 'XXXX' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('value="South TV"')
  expect((await him.post(`/join/${token}`, { ...answers, slug: 'northwind' })).status).toBe(422)
  // Three: his shop is there, and he is signed in.
  const joined = await him.post(`/join/${token}`, answers)
  expect([joined.status, joined.headers.get('location')]).toEqual([303, '/admin'])
  expect(await him.text('/admin')).toContain('South TV')
  // The link is used up.
  expect((await console.browser().get(`/join/${token}`)).status).toBe(404)
  const id = present(await businessBySlug(console.app, 'south'))
  const shop = await openShop(console.app, id, 'system')
  expect(shop.open).toBe(true)
  // A buyer orders; he marks the money as received: the line is up.
  await sells(console, shop, 'anabella')
  expect(await console.lineOnPanel('anabella')).toMatchObject({ enabled: 1 })

  const page = await owner.text(`/admin/resellers/${id}`)
  expect(page).toContain('anabella')
  expect(page).not.toContain('anabella@example.net')
  const act = (fields: Record<string, string>) => owner.post(`/admin/resellers/${id}`, fields)
  expect((await act({ act: 'give', amount: 'much', reason: 'x' })).status).toBe(422)
  expect((await act({ act: 'give', amount: '2.5', reason: 'a top-up' })).status).toBe(303)
  expect((await act({ act: 'take', amount: '99', reason: 'x' })).status).toBe(409)
  expect((await act({ act: 'take', amount: '0.5', reason: 'too many' })).status).toBe(303)
  expect((await walletOf(shop)).balance).toBe(4_000n)
  expect(
    (await act({ act: 'share', plan: console.planId, cost: '0.8', breaks: 'x', least: '', most: '' })).status,
  ).toBe(422)
  const terms = {
    act: 'share',
    plan: console.planId,
    cost: '0.8',
    breaks: '50: 0.7, 100: 0.6',
    least: '9.99',
    most: '',
  }
  expect((await act(terms)).status).toBe(303)
  expect((await act({ act: 'terms', unused: 'true', deducts: 'never' })).status).toBe(422)
  expect((await act({ act: 'terms', unused: 'true', deducts: 'payment' })).status).toBe(303)
  expect(await him.text('/admin/wallet')).toContain('deducts the credits of a period when it is paid for')
  const order = { act: 'resume_order', resumes: 'most_valuable' }
  expect((await him.post('/admin/wallet', { ...order, resumes: 'mine' })).status).toBe(422)
  expect((await him.post('/admin/wallet', order)).status).toBe(303)
  expect(await (await him.get('/admin/wallet')).text()).toMatch(/value="most_valuable" selected/)
  expect(await owner.text(`/admin/resellers/${id}`)).toMatch(/Family monthly\s*0\.8\s*Shared/)
  expect((await act({ act: 'stop', plan: console.planId })).status).toBe(303)

  const limits = { act: 'limits', most_requests: '', most_mails: '200', most_lines: '5', most_trials: '' }
  expect((await act({ ...limits, most_requests: '3', most_mails: '-1' })).status).toBe(422)
  expect((await act(limits)).status).toBe(303)
  expect(await owner.text(`/admin/resellers/${id}`)).toContain('The limits are saved.')
  expect(await him.text('/admin/wallet')).toMatch(/New lines within 24 hours\s*1 \/ 5/)
  const wallet = await him.text('/admin/wallet')
  expect(wallet).toMatch(/At this pace they (end|last)/)
  expect(wallet).toContain('Northwind TV')
  expect(wallet).toContain('a top-up')
  const csv = await (await him.get('/admin/wallet/csv')).text()
  expect(csv.split('\r\n')[0]).toBe('at,what,credits,left,seller,line,plan,period_starts,period_ends,reason,by,id')
  expect(csv).toMatch(/credits_used,-1,\d,South TV,anabella,Family monthly/)
  // Whose wallet it is not, gets an empty list.
  const stranger = await console.person('owner', (await console.another('zebra')).shop.businessId)
  expect((await (await stranger.get(`/admin/wallet/csv?of=${id}`)).text()).split('\r\n')).toHaveLength(2)
  expect((await stranger.get(`/admin/resellers/${id}`)).status).toBe(404)
  expect((await stranger.post(`/admin/resellers/${id}`, { act: 'give', amount: '1', reason: 'x' })).status).toBe(404)
  expect(await stranger.text('/admin/wallet')).toContain('needs no credits')

  const pack = { act: 'pack', pack_name: 'Ten', pack_credits: '10', pack_price: '9.00' }
  expect((await owner.post('/admin/resellers', { ...pack, pack_credits: '-1' })).status).toBe(422)
  expect((await owner.post('/admin/resellers', pack)).status).toBe(303)
  expect(await owner.text('/admin/resellers')).toContain('Ten · 10 · 9.00 EUR')
  const htmlOf = async (who: typeof him, path: string) => (await who.get(path)).text()
  const offer = await htmlOf(him, '/admin/wallet')
  const packId = present(/name="pack" value="([^"]+)"/.exec(offer)?.[1])
  const toPay = await him.post('/admin/wallet', { act: 'buy', pack: packId })
  expect(toPay.headers.get('location')).toMatch(/\/pay\//)
  expect(await him.text('/admin/wallet')).toMatch(/10 credits.*Not paid yet/)
  const topUp = { act: 'top_up', under: '5', pack: packId, per_day: '2' }
  const wrongly = await him.post('/admin/wallet', { ...topUp, under: 'few', per_day: '0' })
  expect([wrongly.status, await wrongly.text()]).toEqual([422, expect.stringContaining('value="few"')])
  expect((await him.post('/admin/wallet', topUp)).status).toBe(303)
  expect(await htmlOf(him, '/admin/wallet')).toContain('value="5"')
  expect((await him.post('/admin/wallet', { ...topUp, under: '' })).status).toBe(303)
  expect(await htmlOf(him, '/admin/wallet')).not.toContain('value="5"')
  const off = present(/name="id" value="(pck_[^"]+)"/.exec(await htmlOf(owner, '/admin/resellers'))?.[1])
  expect((await owner.post('/admin/resellers', { act: 'pack_off', id: off })).status).toBe(303)
  expect((await him.post('/admin/wallet', { act: 'buy', pack: packId })).status).toBe(404)

  expect(await him.text('/admin/host')).toContain('/s/south')
  expect((await him.post('/admin/host', { act: 'save', host: 'no host' })).status).toBe(422)
  expect((await him.post('/admin/host', { act: 'save', host: 'tv.south.example' })).status).toBe(303)
  expect(await htmlOf(him, '/admin/host')).toContain('_linekeeper.tv.south.example')
  const looked = await him.post('/admin/host', { act: 'look' })
  expect([looked.status, await looked.text()]).toEqual([422, expect.stringContaining('No name server answered')])
  expect((await him.post('/admin/host', { act: 'save', host: '' })).status).toBe(303)

  const support = await console.person('support')
  expect((await support.post('/admin/host', { act: 'save', host: 'tv.south.example' })).status).toBe(403)
  expect((await support.post('/admin/resellers', pack)).status).toBe(403)
  expect((await support.post('/admin/resellers', invitation)).status).toBe(403)
  expect((await support.post(`/admin/resellers/${id}`, { act: 'give', amount: '1', reason: 'x' })).status).toBe(403)
})

test('a reseller without credits is led to them before his shop opens', async () => {
  const shop = await invited(console, { slug: 'east' })
  expect(shop.open).toBe(false)
  const him = await console.person('owner', shop.businessId)
  const page = await him.html('/admin/setup')
  expect(plain(page)).toContain('Lines on your supplier’s panels cost credits')
  expect(page).toContain('href="/admin/wallet"')
  expect((await him.post('/admin/setup', { act: 'live' })).status).toBe(409)
  expect(await him.text('/admin/setup?step=panel')).toContain('ask him to share one')
  expect(await him.text('/admin/setup?step=plan')).toContain('your own price')
  await giveCredits(console.shop, { resellerId: shop.businessId, amountMilli: 1_000n, reason: 'To begin with' })
  expect(await him.text('/admin/setup')).toContain('8 of 9 done')
  expect((await him.post('/admin/setup', { act: 'live' })).status).toBe(303)
  expect((await openShop(console.app, shop.businessId, 'system')).open).toBe(true)
  // An operator's has no such step.
  expect(await (await console.person('owner')).text('/admin/setup?step=credits')).not.toContain('first paid order')
})
