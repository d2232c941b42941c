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

const formKeyOf = (html: string): string => present(/name="form_key" value="([^"]+)"/.exec(html)?.[1])

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
  const formKey = async () => formKeyOf(await owner.html(`/admin/resellers/${id}`))
  const act = async (fields: Record<string, string>) =>
    owner.post(`/admin/resellers/${id}`, { form_key: await formKey(), ...fields })
  expect((await act({ act: 'give', amount: 'much', reason: 'x' })).status).toBe(422)
  const given = { act: 'give', amount: '2.5', reason: 'a top-up', form_key: await formKey() }
  // Pressed twice, given once.
  for (let n = 0; n < 2; n++) expect((await act(given)).status).toBe(303)
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
  // Each movement names who it goes back to: in words for the own people, of another business only which.
  expect(csv).toMatch(/credits_given,2\.5,.*,a top-up,Northwind TV,/)
  expect(wallet).toMatch(/anabella · Family monthly .* By by itself/)
  const movements = await him.text('/admin/wallet/movements')
  expect(movements).toContain('Every movement')
  expect(movements).toMatch(/a top-up By Northwind TV/)
  expect(await owner.text(`/admin/wallet/movements?of=${id}`)).toMatch(/a top-up By Sam owner/)
  // Whose wallet it is not, gets an empty list.
  const stranger = await console.person('owner', (await console.another('zebra')).shop.businessId)
  expect((await (await stranger.get(`/admin/wallet/csv?of=${id}`)).text()).split('\r\n')).toHaveLength(2)
  expect((await stranger.get(`/admin/resellers/${id}`)).status).toBe(404)
  expect((await stranger.post(`/admin/resellers/${id}`, given)).status).toBe(404)
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
  const several = { act: 'buy', pack: packId, packs: '3' }
  expect((await him.post('/admin/wallet', { ...several, packs: '0' })).status).toBe(422)
  expect((await him.post('/admin/wallet', several)).headers.get('location')).toMatch(/\/pay\//)
  expect(await him.text('/admin/wallet')).toMatch(/30 credits.*Not paid yet/)
  expect((await him.post('/admin/wallet', { ...topUp, up_to_milli: '4' })).status).toBe(422)
  expect((await him.post('/admin/wallet', { ...topUp, up_to_milli: '25.5' })).status).toBe(303)
  expect(await htmlOf(him, '/admin/wallet')).toContain('value="25.5"')
  expect((await him.post('/admin/wallet', { ...topUp, under: '' })).status).toBe(303)
  // What a week takes is proposed, here as the bound of the alarm and of buying by itself.
  expect((await htmlOf(him, '/admin/wallet')).match(/name="(alarm_under|under)"[^>]*value="0\.5"/g)).toHaveLength(2)
  const alarm = { act: 'alarm', alarm_mode: 'own', alarm_under: '7.5', alarm_days: '' }
  expect((await him.post('/admin/wallet', { ...alarm, alarm_under: 'few' })).status).toBe(422)
  expect((await him.post('/admin/wallet', { ...alarm, alarm_under: '', alarm_days: '99' })).status).toBe(422)
  expect((await him.post('/admin/wallet', alarm)).status).toBe(303)
  expect(await (await owner.get(`/admin/resellers/${id}`)).text()).toContain('value="7.5"')
  expect((await act({ ...alarm, alarm_mode: 'off' })).status).toBe(303)
  expect(await htmlOf(him, '/admin/wallet')).toMatch(/value="off" selected/)
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
  expect((await support.post(`/admin/resellers/${id}`, alarm)).status).toBe(403)
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

test('a branch is suspended with a look at whom it reaches; his console says so on every page, until it is lifted', async () => {
  const shop = await invited(console, { slug: 'harbor', credits: 3_000n })
  await sells(console, shop, 'harriet')
  const owner = await console.person('owner')
  const him = await console.person('owner', shop.businessId)
  const path = `/admin/resellers/${shop.businessId}`
  const dialog = await owner.text(path)
  expect(dialog).toContain('It reaches 1 business and its lines that run (1).')
  expect(dialog).toContain('Tell their customers')
  const wish = { act: 'suspend', lines: 'paused', reason: 'an invoice is open', tells: 'true' }
  const wrong = await owner.post(path, { ...wish, reason: '' })
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringMatching(/name="tells"[^>]*checked/)])
  expect((await owner.post(path, wish)).status).toBe(303)
  expect(await owner.text(path)).toContain('Their customers are told by their own shops.')
  for (const page of ['/admin', '/admin/wallet', '/admin/customers'])
    expect(await him.text(page)).toMatch(
      /Northwind TV has suspended your business since .*2026.* Nothing new is sold.*The reason given: an invoice is open/,
    )
  expect(await him.text('/admin')).not.toContain('not open yet')
  expect((await owner.post(path, { act: 'lift' })).status).toBe(303)
  expect(await him.text('/admin')).not.toContain('suspended your business')
})

test('credits move from one reseller to another: first both balances, then once; nobody else’s, and not more than there are', async () => {
  const owner = await console.person('owner')
  const west = await invited(console, { slug: 'west' })
  const north = await invited(console, { slug: 'north' })
  const under = await invited(console, { slug: 'under', under: west })
  await giveCredits(console.shop, { resellerId: west.businessId, amountMilli: 10_000n, reason: 'x' })
  const page = `/admin/resellers/${west.businessId}/move-credits`
  expect(await owner.text(`/admin/resellers/${west.businessId}`)).toContain('Move credits to another reseller')
  const ask = (to: string, amount: string) => owner.text(`${page}?to=${to}&amount=${amount}`)
  expect(await ask(north.businessId, '2.5')).toMatch(
    /west TV Free now 10 Free afterwards 7\.5 north TV Free now 0 Free afterwards 2\.5/,
  )
  expect(await ask(north.businessId, '10.001')).toContain('There are not that many free credits: 10 at most.')
  expect(await ask(north.businessId, '-1')).toContain('Please enter a number of credits')
  for (const wrong of [under.businessId, west.businessId, 'biz_x'])
    expect(await ask(wrong, '1')).toContain('Please choose another open reseller')
  const form_key = formKeyOf(await owner.html(`${page}?to=${north.businessId}&amount=2.5`))
  const move = { act: 'move_credits', form_key, to: north.businessId, amount: '2.5', reason: 'he sells more' }
  expect((await owner.post(page, { ...move, reason: '' })).status).toBe(422)
  expect((await owner.post(page, { ...move, to: under.businessId })).status).toBe(422)
  expect((await owner.post(page, { ...move, amount: '99' })).status).toBe(409)
  expect((await walletOf(west)).balance).toBe(10_000n)
  const next = formKeyOf(await owner.html(`${page}?to=${north.businessId}&amount=2.5`))
  for (let n = 0; n < 2; n++) expect((await owner.post(page, { ...move, form_key: next })).status).toBe(303)
  expect([(await walletOf(west)).balance, (await walletOf(north)).balance]).toEqual([7_500n, 2_500n])
  expect(await owner.text(`/admin/resellers/${north.businessId}`)).toContain('he sells more')
  // Billing buys and sells packs, and gives nothing by hand.
  const billing = await console.person('billing')
  expect(await billing.text(`/admin/resellers/${west.businessId}`)).not.toContain('Move credits')
  expect((await billing.get(page)).status).toBe(403)
  expect((await billing.post(page, { ...move, form_key: `${next}x` })).status).toBe(403)
  for (const act of ['give', 'take'])
    expect(
      (
        await billing.post(`/admin/resellers/${west.businessId}`, {
          act,
          amount: '1',
          reason: 'x',
          form_key: 'k'.repeat(20),
        })
      ).status,
    ).toBe(403)
  // Closed on a day, taken back, and closed at once.
  const his = `/admin/resellers/${north.businessId}`
  for (const closes_on of ['', '2001-01-01']) {
    const refused = await owner.post(his, { act: 'wind_down', closes_on })
    expect([refused.status, (await refused.text()).includes('day')]).toEqual([422, true])
  }
  const day = console.clock
    .now()
    .add({ hours: 24 * 40 })
    .toString()
    .slice(0, 10)
  expect((await owner.post(his, { act: 'wind_down', closes_on: day, closing_tells: 'true' })).status).toBe(303)
  await console.settle()
  const closing = await owner.text(his)
  expect(closing).toContain('Let him stay open')
  expect(closing).toContain('Their customers are told by their own shops.')
  const norths = await console.person('owner', north.businessId)
  expect(await norths.text('/admin')).toContain('closes your business on')
  expect((await owner.post(his, { act: 'stay' })).status).toBe(303)
  expect((await owner.post(his, { act: 'stay' })).status).toBe(409)
  expect(await owner.text(his)).not.toContain('Let him stay open')
  expect((await owner.post(his, { act: 'close' })).status).toBe(303)
  expect((await owner.post(page, { ...move, form_key: `${next}y` })).status).toBe(422)
})
