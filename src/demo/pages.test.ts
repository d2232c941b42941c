import nodemailer from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandbox as sandboxKind } from '#imitations/gateways/sandbox.ts'
import type { Imitation } from '#imitations/kit.ts'
import { type Mailbox, startMailbox } from '#imitations/mailbox.ts'
import { systemClock } from '#platform/clock.ts'
import { dataFolder } from '../cli/program.test-support.ts'
import { demoPages } from './pages.ts'

const folder = dataFolder()
let mailbox: Mailbox
let sandbox: Imitation
const ask = (path: string, init?: RequestInit) =>
  demoPages({ sandbox, mailbox })(new Request(`http://localhost${path}`, init))

beforeAll(async () => {
  mailbox = await startMailbox({ folder: folder.path, limit: 2 })
  const options = { settle_after_ms: '' }
  sandbox = await sandboxKind.create({
    folder: null,
    now: systemClock.now,
    publicUrl: () => 'http://localhost/demo/sandbox',
    options,
  })
  const mailer = nodemailer.createTransport({ host: mailbox.host, port: mailbox.port, ignoreTLS: true })
  for (const subject of ['The first', 'The <second>', 'The third'])
    await mailer.sendMail({
      from: 'tv@northwind.example',
      to: 'ana@example.net',
      subject,
      text: `${subject} as text`,
      html: `<html><head><title>x</title></head><body><script>alert(1)</script><a href="http://localhost/">${subject}</a></body></html>`,
    })
  mailer.close()
})
afterAll(async () => {
  await mailbox.stop()
  await sandbox.close()
  folder.remove()
})

test('the newest mails are listed, newest first, and older ones are gone', async () => {
  const page = await (await ask('/demo/mail')).text()
  expect([...page.matchAll(/<strong>(.*?)<\/strong>/g)].map((match) => match[1])).toEqual([
    'The third',
    'The &lt;second&gt;',
  ])
})

test('a mail is shown in a frame that runs no script, and as text', async () => {
  const page = await ask('/demo/mail/3')
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-src 'self'/)
  expect(await page.text()).toMatch(/<iframe [^>]*sandbox="(?![^"]*allow-scripts)[^"]*" src="\/demo\/mail\/3\/html"/)
  const inner = await ask('/demo/mail/3/html')
  expect(inner.headers.get('content-security-policy')).toMatch(/^sandbox (?!.*allow-scripts).*default-src 'none'/)
  expect(await inner.text()).toContain('<head><base target="_top">')
  expect(await (await ask('/demo/mail/3?as=text')).text()).toContain('<pre>The third as text')
})

test('what is not there is 404', async () => {
  for (const path of ['/demo/mail/1', '/demo/mail/99/html', '/demo/nothing', '/demo/sandbox/pay/none'])
    expect({ path, status: (await ask(path)).status }).toEqual({ path, status: 404 })
})

test('the payment page below its prefix posts to itself', async () => {
  const made = await ask('/demo/sandbox/v1/payments', {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox_key', 'idempotency-key': 'a', 'content-type': 'application/json' },
    body: JSON.stringify({
      reference: 'pay_1',
      amount: 1299,
      currency: 'EUR',
      return_url: 'http://localhost/back',
      cancel_url: 'http://localhost/cancel',
      expires_at: '2099-01-01T00:00:00Z',
    }),
  })
  const { url } = (await made.json()) as { url: string }
  const { pathname } = new URL(url)
  expect(pathname).toMatch(/^\/demo\/sandbox\/pay\//)
  expect(await (await ask(pathname)).text()).toContain('<form method="post">')
  const paid = await ask(pathname, { method: 'POST', body: new URLSearchParams({ how: 'pay' }) })
  expect({ status: paid.status, to: paid.headers.get('location') }).toEqual({
    status: 303,
    to: 'http://localhost/back',
  })
})

test('a mailbox that is started again still holds its mails and counts on', async () => {
  const again = await startMailbox({ folder: folder.path, limit: 2 })
  expect(again.mails.map(({ id, to }) => ({ id, to }))).toEqual([
    { id: 2, to: ['ana@example.net'] },
    { id: 3, to: ['ana@example.net'] },
  ])
  await again.stop()
})
