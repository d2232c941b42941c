import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { lockInvoice } from '#modules/billing/queries.ts'
import { withdrawInvoice } from '#modules/billing/withdraw-invoice.ts'
import { listEvents } from '#modules/events/queries.ts'
import { authenticator } from '#modules/people/authenticator.test-support.ts'
import { chooseAtSandbox, payInvoice, present } from '../../../test/support/stories.ts'
import { createPortal, type Portal, pathOfLink, type Tab } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

/** A customer with a running line, at his browser. */
async function owner(name: string) {
  const purchase = await portal.customer(name).buys()
  const line = await purchase.line()
  const tab = await portal.signedIn(portal.customer(name).email)
  return { purchase, line, tab, base: `/account/lines/${line.id}` }
}

const sandboxGateway = () => portal.gatewayId
const hidden = (html: string, name: string) => present(new RegExp(`name="${name}" value="([^"]+)"`).exec(html))[1] ?? ''
const events = (type: string, subjectId: string) =>
  transaction(portal.shop, 'read', (tx) => listEvents(tx, { type, subjectId }, { limit: 10 }))

/** Pays on the gateway's own page, and comes back. */
async function paysAt(redirect: Response) {
  const to = present(redirect.headers.get('location'))
  expect(to).toMatch(/^http:\/\/pay\.test\//)
  await chooseAtSandbox(portal.app, portal.gatewayOrigin, to.split('/').at(-1) ?? '', 'pay')
  await portal.settle()
}

test('who is not signed in is led to the sign-in, and by the mailed link back to the page he asked for', async () => {
  await portal.customer('ada').buys()
  const tab = portal.browser()
  const first = await tab.get('/account/invoices?before=x')
  expect(first.status).toBe(302)
  expect(first.headers.get('location')).toBe('/sign-in?to=%2Faccount%2Finvoices%3Fbefore%3Dx')
  const asked = await tab.post('/sign-in?to=%2Faccount%2Finvoices', { email: 'ada@example.net', act: 'link' })
  expect(asked.headers.get('location')).toBe('/sign-in?sent')
  const page = await tab.text('/sign-in?sent')
  expect(page).toContain('Check your mail')
  expect(page).toContain('ada@example.net')
  const link = pathOfLink(portal.mailed.at(-1) ?? '', portal.shop)
  for (const _ of [1, 2]) expect(await tab.text(link)).toContain('Sign in') // Opening it uses nothing up.
  expect((await tab.post(link, {}, 'https://evil.example')).status).toBe(403)
  const entered = await tab.post(link)
  expect(entered.status).toBe(303)
  expect(entered.headers.get('location')).toBe('/account/invoices')
  expect((await portal.browser().post(link)).headers.get('location')).toBe('/sign-in?expired')
  expect((await tab.get('/sign-in')).headers.get('location')).toBe('/account')
  expect((await tab.post('/sign-out')).headers.get('location')).toBe('/sign-in')
  expect((await tab.get('/account')).status).toBe(302)
})

test('a sign-in form that cannot be used comes back with its reason, and never leads away', async () => {
  const tab = portal.browser()
  expect((await tab.post('/sign-in', { email: '' })).status).toBe(422)
  expect((await tab.post('/sign-in', { email: 'not an address', act: 'link' })).status).toBe(422)
  expect((await tab.post('/sign-in', { email: 'x@example.net', act: 'password' })).status).toBe(422)
  const wrong = await tab.post('/sign-in', { email: 'x@example.net', password: 'something else' })
  const page = await wrong.text()
  expect(wrong.status).toBe(422)
  expect(page).toContain('value="x@example.net"')
  expect(page).not.toContain('something else')
  expect((await tab.post('/sign-in/second-factor', { code: '' })).status).toBe(422)
  expect((await tab.post('/sign-in/second-factor', { code: '123456' })).status).toBe(422)
  const { tab: ben } = await owner('ben')
  for (const to of ['//evil.example', 'https://evil.example/account', '/admin', '/accounts'])
    expect((await ben.get(`/sign-in?to=${encodeURIComponent(to)}`)).headers.get('location'), to).toBe('/account')
})

test('the first page tells how each line stands; somebody without one is told what to do', async () => {
  const { tab, base } = await owner('cara')
  const page = await tab.text('/account')
  expect(page).toContain('Family monthly')
  expect(page).toContain('Active')
  expect(page).toMatch(/\d+ days left/)
  expect(page).toContain('2 screens at a time')
  expect(page).toContain('Renew')
  const answer = await tab.get('/account')
  expect(answer.headers.get('cache-control')).toContain('no-store')
  expect(await answer.text()).toContain(`href="${base}/renew"`)
  const stranger = await portal.signedIn('nobody@example.net')
  expect(await stranger.text('/account')).toContain('No lines yet')
  // What he has none of is no error: the start page says why.
  const invoices = await stranger.get('/account/invoices')
  expect([invoices.status, invoices.headers.get('location')]).toEqual([302, '/account'])
})

test("F82: nobody reaches another customer's records, nor those of another business", async () => {
  const { purchase, line } = await owner('dora')
  const other = await portal.another('other')
  const there = await portal.customer('dora', other.shop).buys()
  const thereLine = await there.line()
  const strangers: [Tab, string, string][] = [
    [(await owner('emil')).tab, line.id, purchase.invoiceId],
    [await portal.signedIn('dora@example.net'), thereLine.id, there.invoiceId],
    [await portal.signedIn('dora@example.net', other.shop), line.id, purchase.invoiceId],
  ]
  for (const [tab, lineId, invoiceId] of strangers) {
    for (const id of [lineId, 'line_none']) {
      for (const page of ['login', 'renew', 'auto-renew'])
        expect((await tab.get(`/account/lines/${id}/${page}`)).status, page).toBe(404)
      const posts = {
        login: { act: 'resend' },
        renew: { gateway: sandboxGateway() },
        'auto-renew': { auto_renew: 'off' },
      }
      for (const [page, fields] of Object.entries(posts))
        expect((await tab.post(`/account/lines/${id}/${page}`, fields)).status, page).toBe(404)
    }
    for (const path of [
      `/account/invoices/${invoiceId}`,
      `/account/invoices/${invoiceId}/pdf`,
      '/account/invoices/inv_x',
    ])
      expect((await tab.get(path)).status, path).toBe(404)
    expect((await tab.post(`/account/invoices/${invoiceId}`, { gateway: sandboxGateway() })).status).toBe(404)
  }
  expect((await purchase.subscription()).autoRenew).toBe(true)
  expect((await there.subscription()).autoRenew).toBe(true)
})

test('the TV login is shown as the panel has it, noted, changed on the panel, and sent by mail', async () => {
  const { tab, line, base } = await owner('finn')
  const before = present(await line.onPanel()).password
  const page = await tab.html(`${base}/login`)
  expect(page).toContain(before)
  expect(page).toContain('http://tv.example:8080')
  expect(page).toContain('get.php?username=finn')
  expect(await events('line.login_shown', line.id)).toMatchObject([{ actor: expect.stringMatching(/^customer:cus_/) }])

  const form_key = hidden(page, 'form_key')
  const bad = await tab.post(`${base}/login`, { act: 'change', kind: 'own', password: 'short', form_key })
  const refused = await bad.text()
  expect(bad.status).toBe(422)
  expect(refused).toContain('8 to 32 letters and digits')
  expect(refused).not.toContain('value="short"')

  const change = { act: 'change', kind: 'own', password: 'Kite2Garden', form_key: hidden(refused, 'form_key') }
  for (const _ of ['once', 'again']) expect((await tab.post(`${base}/login`, change)).status).toBe(303)
  expect(await events('line.login_changed', line.id)).toHaveLength(1)
  const waiting = await tab.html(`${base}/login`)
  expect(waiting).toContain('is being changed')
  expect(waiting).not.toContain('Kite2Garden')
  portal.clock.advance({ seconds: 1 })
  await portal.settle()
  expect(present(await line.onPanel()).password).toBe('Kite2Garden')
  expect(await tab.html(`${base}/login`)).toContain('Kite2Garden')

  const auto = hidden(await tab.html(`${base}/login`), 'form_key')
  expect((await tab.post(`${base}/login`, { act: 'change', kind: 'auto', form_key: auto })).status).toBe(303)
  portal.clock.advance({ seconds: 1 })
  await portal.settle()
  expect(present(await line.onPanel()).password).not.toBe('Kite2Garden')

  const mails = portal.mailbox.mails.length
  expect((await tab.post(`${base}/login`, { act: 'resend' })).status).toBe(303)
  await portal.settle()
  expect(portal.mailbox.mails.length).toBe(mails + 1)
  expect((await tab.post(`${base}/login`, { act: 'nothing' })).status).toBe(400)
})

test('renewing early adds to the time that is left, and asking twice is one invoice', async () => {
  const { tab, purchase, base } = await owner('gina')
  const before = present((await purchase.subscription()).paidThrough)
  expect(await tab.text(`${base}/renew`)).toContain('12.99 EUR')
  expect((await tab.post(`${base}/renew`, {})).status).toBe(422)
  expect((await tab.post(`${base}/renew`, { gateway: 'gwa_none' })).status).toBe(422)
  const [first, second] = [
    await tab.post(`${base}/renew`, { gateway: sandboxGateway() }),
    await tab.post(`${base}/renew`, { gateway: sandboxGateway() }),
  ]
  expect(first.status).toBe(303)
  expect(second.headers.get('location')).toBe(first.headers.get('location'))
  const invoices = await portal.customer('gina').invoices()
  expect(invoices.filter(({ purpose }) => purpose === 'renewal')).toHaveLength(1)
  const [open] = invoices.filter(({ status }) => status === 'open')
  expect(await tab.text('/account')).toContain('An open invoice')
  await paysAt(first)
  expect(await tab.text(`/account/invoices/${open?.id}?back=1`)).toContain('Paid')
  const after = present((await purchase.subscription()).paidThrough)
  expect((await purchase.periods()).at(-1)?.starts.toString()).toBe(before.toString())
  expect(Temporal.Instant.compare(after, before)).toBe(1)
})

test('a transfer shows its instructions on the page of the invoice', async () => {
  const { tab, base } = await owner('hugo')
  const html = await tab.html(`${base}/renew`)
  const gateways = [...html.matchAll(/name="gateway"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="gateway"/g)]
  const manual = gateways.map(([, a, b]) => a ?? b ?? '').find((id) => id !== sandboxGateway()) ?? ''
  const sent = await tab.post(`${base}/renew`, { gateway: manual })
  expect(sent.headers.get('location')).toMatch(/^\/account\/invoices\/inv_/)
  expect(await tab.text(sent.headers.get('location') ?? '')).toContain('Please transfer')
})

test('auto-renew goes off with a reason and on again', async () => {
  const { tab, purchase, base } = await owner('ines')
  expect(await tab.text(`${base}/auto-renew`)).toContain('Switch off auto-renew')
  expect((await tab.post(`${base}/auto-renew`, { auto_renew: 'off', reason: '<b>' })).status).toBe(422)
  expect((await purchase.subscription()).autoRenew).toBe(true)
  expect((await tab.post(`${base}/auto-renew`, { auto_renew: 'off', reason: 'unused' })).status).toBe(303)
  expect((await purchase.subscription()).autoRenew).toBe(false)
  const [noted] = await events('subscription.noted', purchase.subscriptionId)
  expect(noted?.data).toMatchObject({ reason: 'auto-renew off: not used' })
  expect(noted?.actor).toMatch(/^customer:/)
  expect(await tab.text('/account')).toContain('is not renewed after that')
  expect((await tab.post(`${base}/auto-renew`, { auto_renew: 'on' })).status).toBe(303)
  expect((await purchase.subscription()).autoRenew).toBe(true)
})

test('invoices are listed, read on the page and as PDF', async () => {
  const { tab, purchase } = await owner('jonas')
  const [invoice] = await portal.customer('jonas').invoices()
  const number = `${invoice?.series}-${String(invoice?.number).padStart(5, '0')}`
  const list = await tab.text('/account/invoices')
  expect(list).toContain(number)
  expect(list).toContain('12.99 EUR')
  expect(await tab.text(`/account/invoices/${purchase.invoiceId}`)).toContain(number)
  const pdf = await tab.get(`/account/invoices/${purchase.invoiceId}/pdf`)
  expect(pdf.headers.get('content-type')).toBe('application/pdf')
  expect(pdf.headers.get('cache-control')).toContain('no-store')
  expect(
    Buffer.from(await pdf.arrayBuffer())
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-')
})

test('credit notes and the statement are papers of their customer, and of nobody else', async () => {
  const { shop } = portal
  const { purchase, tab } = await owner('kira')
  const html = async (path: string) => (await tab.get(path)).text()
  expect(await tab.text('/account/invoices')).not.toContain('Credit notes')
  const asked = present(
    await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, purchase.subscriptionId, shop.now())),
  )
  await transaction(shop, 'withdraw', async (tx) =>
    withdrawInvoice(tx, shop, await lockInvoice(tx, asked.id), 'not wanted', shop.now()),
  )
  const list = await html('/account/invoices')
  expect(list).toContain('not wanted')
  const file = present(/\/account\/credit-notes\/cn_\w+\/pdf/.exec(list))[0]
  expect((await tab.get(file)).headers.get('content-type')).toBe('application/pdf')
  expect(await html(`/account/invoices/${asked.id}`)).toContain(file)
  expect(await html(`/account/invoices/${purchase.invoiceId}`)).not.toContain('/credit-notes/')
  expect((await tab.get(file.replace('/pdf', '/docx'))).status).toBe(404)

  const page = await html('/account/statement')
  for (const text of ['Invoice INV-', 'Credit note CN-', 'Nothing was open at the end.', file])
    expect(page).toContain(text)
  const pdf = present(/\/account\/statement\.pdf\?[^"]+/.exec(page))[0].replaceAll('&amp;', '&')
  expect((await tab.get(pdf)).headers.get('content-type')).toBe('application/pdf')
  const wrong = await html('/account/statement?from=2026-05-02&to=2026-05-01')
  expect(wrong).toContain('It begins after it ends.')
  expect(wrong).toContain('value="2026-05-02"')

  const other = await owner('lena')
  expect((await other.tab.get(file)).status).toBe(404)
  expect(await (await other.tab.get('/account/statement')).text()).not.toContain(file)
})

test('an account password signs in, ends other sessions, and is asked of a fresh sign-in', async () => {
  const { tab } = await owner('kim')
  const second = await portal.signedIn('kim@example.net')
  expect(await tab.text('/account/security')).toContain('Firefox on Linux')
  const weak = await tab.post('/account/security', { act: 'password', password: 'short' })
  expect(weak.status).toBe(422)
  expect((await second.get('/account')).status).toBe(200)
  expect((await tab.post('/account/security', { act: 'password', password: 'tall green gate' })).status).toBe(303)
  expect((await second.get('/account')).status).toBe(302)
  const third = portal.browser()
  const given = { email: 'kim@example.net', password: 'tall green gate', act: 'password' }
  expect((await third.post('/sign-in', given)).headers.get('location')).toBe('/account')
  const session = hidden(await tab.html('/account/security'), 'session')
  const { tab: stranger } = await owner('lars')
  await stranger.post('/account/security', { act: 'end', session })
  expect((await third.get('/account')).status).toBe(200)
  expect((await tab.post('/account/security', { act: 'end', session })).status).toBe(303)
  expect((await third.get('/account')).status).toBe(302)
  portal.clock.advance({ minutes: 20 })
  expect(await tab.text('/account/security')).toContain('sign in once more')
  expect((await tab.post('/account/security', { act: 'password', password: 'broad blue door' })).status).toBe(403)
  expect((await tab.get('/sign-in?again&to=%2Faccount%2Fsecurity')).status).toBe(200)
})

test('forms of other sites change nothing', async () => {
  const { tab, purchase, base } = await owner('mona')
  const paths = [`${base}/login`, `${base}/renew`, `${base}/auto-renew`, `/account/invoices/${purchase.invoiceId}`]
  for (const path of [...paths, '/account/security', '/account/security/second-factor', '/sign-out', '/sign-in'])
    expect((await tab.post(path, { act: 'change' }, 'https://evil.example')).status, path).toBe(403)
  expect((await tab.get('/account')).status).toBe(200)
})

test('a line that was not paid tells why it stopped; paying brings it back from the day of payment', async () => {
  // Not with the others: so many suspensions at once would wait for a person.
  await portal.pass({ days: 1 })
  const { tab, purchase, base } = await owner('nora')
  await portal.pass({ days: 33 })
  expect((await purchase.subscription()).status).toBe('suspended')
  const again = await portal.signedIn('nora@example.net')
  expect((await tab.get('/account')).status).toBe(302) // A week without a visit ends a session.
  const page = await again.text('/account')
  expect(page).toContain('Suspended')
  expect(page).toContain('because the renewal was not paid')
  expect(page).toContain('Reactivate')
  expect(await again.text(`${base}/login`)).toContain('cannot be used now')
  const paidAt = portal.clock.now()
  await paysAt(await again.post(`${base}/renew`, { gateway: sandboxGateway() }))
  expect((await purchase.periods()).at(-1)?.starts.toString()).toBe(paidAt.toString())
  expect(await again.text('/account')).toContain('Active')
}, 60_000)

test('two-factor sign-in is set up by a code, asked for at the next sign-in, and switched off', async () => {
  const { tab } = await owner('olga')
  const page = '/account/security/second-factor'
  expect((await tab.post(page, { act: 'confirm', code: '' })).status).toBe(422)
  const begun = await tab.post(page, { act: 'begin' })
  expect(begun.headers.get('cache-control')).toContain('no-store')
  const [, secret = ''] = /data-copy="([A-Z2-7]{32,})"/.exec(await begun.text()) ?? []
  const phone = authenticator(secret)
  expect((await tab.post(page, { act: 'confirm', code: '000000' })).status).toBe(422)
  expect((await tab.post(page, { act: 'confirm', code: await phone.code() })).status).toBe(303)
  expect(await tab.text(page)).toContain('Two-factor sign-in is on')

  const other = portal.browser()
  await other.post('/sign-in', { email: 'olga@example.net', act: 'link' })
  const entered = await other.post(pathOfLink(portal.mailed.at(-1) ?? '', portal.shop))
  expect(entered.headers.get('location')).toBe('/sign-in/second-factor?to=%2Faccount')
  expect((await other.get('/account')).status).toBe(302)
  expect((await other.post('/sign-in/second-factor', { code: '000000' })).status).toBe(422)

  expect((await tab.post(page, { act: 'end' })).status).toBe(303)
  expect(await tab.text(page)).toContain('Set it up')
})

test('a line says what happens next and when, and that a payment on its way keeps it up', async () => {
  const { purchase, tab } = await owner('nora')
  const page = await tab.text('/account')
  expect(page).toContain('What happens next')
  expect(page).toContain('We send you the next invoice.')
  expect(page).toContain('The picture stops, if nothing was paid.')
  expect(page).not.toContain('We charge your saved payment method')
  expect(page).not.toContain('A payment of yours is on its way')
  const invoice = present(
    await transaction(portal.shop, 'ask-renewal', (tx) =>
      renewalInvoice(tx, portal.shop, purchase.subscriptionId, portal.shop.now()),
    ),
  )
  await payInvoice(portal.stage, invoice.id, 'later')
  await portal.settle()
  expect(await tab.text('/account')).toContain('A payment of yours is on its way')
})

test('everything that is open is paid at once, over the sum that was shown', async () => {
  const { purchase, tab } = await owner('pia')
  const second = await portal.customer('pia').buys({ username: 'pia2' })
  const asks = (subscriptionId: string) =>
    transaction(portal.shop, 'ask', (tx) => renewalInvoice(tx, portal.shop, subscriptionId, portal.shop.now()))
  await asks(purchase.subscriptionId)
  expect(await tab.text('/account/invoices')).not.toContain('Pay everything that is open')
  await asks(second.subscriptionId)
  const page = await tab.text('/account/invoices')
  expect(page).toContain('2 invoices are open. One payment pays them all, the oldest first.')
  expect(hidden(await tab.html('/account/invoices'), 'sum')).toBe('2598 EUR')
  const gateway = sandboxGateway()
  expect((await tab.post('/account/invoices', { sum: '2598 EUR' })).status).toBe(422)
  expect((await tab.post('/account/invoices', { sum: 'x', gateway })).status).toBe(400)
  const old = await tab.post('/account/invoices', { sum: '1299 EUR', gateway })
  expect([old.status, await old.text()]).toEqual([409, expect.stringContaining('has changed meanwhile')])
  await paysAt(await tab.post('/account/invoices', { sum: '2598 EUR', gateway }))
  const after = await tab.text('/account/invoices')
  expect(after).not.toContain('Pay everything that is open')
  expect((await portal.customer('pia').invoices()).map(({ status }) => status)).toEqual(Array(4).fill('paid'))
})
