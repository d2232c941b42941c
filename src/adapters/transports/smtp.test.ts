import { createServer } from 'node:net'
import { simpleParser } from 'mailparser'
import { afterEach, describe, expect, test } from 'vitest'
import { type Mailbox, type MailboxOptions, startMailbox } from '#imitations/mailbox.ts'
import { silentLog } from '#platform/log.ts'
import { localhostPair } from '../../../test/support/tls-pair.ts'
import { anyMessage, transportContract } from './contract.ts'
import { smtp } from './smtp.ts'
import { SmtpSettings, smtpSettingsFromUrl } from './smtp-settings.ts'
import type { Transport } from './transport.ts'

const login = { user: 'shop', password: 'p@ss word' }
const context = { log: silentLog, now: () => Temporal.Instant.from('2026-03-01T12:00:00Z'), allowPrivate: () => true }

const faults = {
  refuses_recipient: 'reject_recipient',
  asks_to_wait: 'defer_recipient',
  refuses_message: 'reject_message',
  breaks_before_message: 'drop_at_recipient',
  breaks_after_message: 'drop_after_data',
} as const

transportContract('smtp', async () => {
  const mailbox = await startMailbox({ login })
  const transport = smtp.open(settingsFor(mailbox), context)
  const stranger = smtp.open({ ...settingsFor(mailbox), password: 'wrong' }, context)
  const unreachable = smtp.open({ ...settingsFor(mailbox), port: await closedPort() }, context)
  return {
    transport,
    stranger,
    unreachable,
    fail: (how) => mailbox.fail(faults[how], 1),
    received: () => Promise.all(mailbox.mails.map(async (mail) => ({ ...(await parsed(mail.raw)), to: mail.to }))),
    async stop() {
      await Promise.all([transport, stranger, unreachable].map((each) => each.close()))
      await mailbox.stop()
    },
  }
})

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function mailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const started = await startMailbox(options)
  closing.push(started.stop)
  return started
}

function open(settings: SmtpSettings, allowPrivate = (_address: string, _port: number) => true): Transport {
  const transport = smtp.open(settings, { ...context, allowPrivate })
  closing.push(() => transport.close())
  return transport
}

describe('smtp', () => {
  test('settings are used: sender, reply-to, envelope sender, and connections are kept', async () => {
    const box = await mailbox({ login })
    const transport = open({ ...settingsFor(box), from_name: 'Nord TV', reply_to: 'help@shop.example' })
    for (const messageId of ['<1@shop.example>', '<2@shop.example>'])
      await transport.send(anyMessage({ messageId, from: { name: '', address: '' } }))
    const mail = await simpleParser(box.mails[0]?.raw ?? '')
    expect(mail.from?.value).toEqual([{ name: 'Nord TV', address: 'billing@shop.example' }])
    expect(mail.replyTo?.value).toEqual([{ name: '', address: 'help@shop.example' }])
    expect(box.mails.map((each) => each.from)).toEqual(['billing@shop.example', 'billing@shop.example'])
    expect(box.connections).toBe(1)
  })

  test('a private address is refused unless it is allowed, whatever its spelling', async () => {
    const box = await mailbox()
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '::ffff:127.0.0.1']) {
      const refused = await open({ ...settingsFor(box), host }, () => false).send(anyMessage())
      expect(refused, host).toMatchObject({
        outcome: 'unavailable',
        detail: expect.stringContaining('not a public address'),
      })
    }
    expect(box.connections).toBe(0)
    expect(await connectionsTo((port) => open({ ...settingsFor(box), port }, () => false))).toBe(0)
    expect(await connectionsTo((port) => open({ ...settingsFor(box), port }))).toBeGreaterThan(0)
    const asked: [string, number][] = []
    const allowed = open(settingsFor(box), (address, port) => asked.push([address, port]) > 0)
    expect(await allowed.send(anyMessage())).toMatchObject({ outcome: 'accepted' })
    expect(asked).toContainEqual(['127.0.0.1', box.port])
  })

  test('a refused sender stops the queue, a deferred message waits', async () => {
    const box = await mailbox()
    const transport = open(settingsFor(box))
    box.fail('reject_sender', 1)
    expect(await transport.send(anyMessage())).toMatchObject({ outcome: 'auth_failed' })
    box.fail('defer_message', 1)
    expect(await transport.send(anyMessage())).toMatchObject({ outcome: 'unavailable' })
  })

  test('a server that hangs up on kept connections costs nothing: nothing was sent, so it is sent anew', async () => {
    const box = await startMailbox()
    const transport = open(settingsFor(box))
    expect(await transport.send(anyMessage())).toMatchObject({ outcome: 'accepted' })
    await box.stop()
    const again = await mailbox({ port: box.port })
    expect(await transport.send(anyMessage({ messageId: '<2@shop.example>' }))).toMatchObject({ outcome: 'accepted' })
    expect(again.mails).toHaveLength(1)
  })
})

describe('encryption', () => {
  test.each(['starttls', 'tls'] as const)('%s is used with a certificate that the settings trust', async (secure) => {
    const box = await mailbox({ login, tls: { ...localhostPair, implicit: secure === 'tls' } })
    const settings = { ...settingsFor(box), host: 'localhost', secure }
    expect(await open({ ...settings, certificate: localhostPair.cert }).send(anyMessage())).toMatchObject({
      outcome: 'accepted',
    })
    expect(box.mails[0]?.encrypted).toBe(true)
    expect(await open(settings).send(anyMessage())).toMatchObject({ outcome: 'unavailable' })
    expect(box.mails).toHaveLength(1)
  })

  test('STARTTLS that is not offered: no password and no mail in clear text', async () => {
    const box = await mailbox({ login })
    const transport = open({ ...settingsFor(box), secure: 'starttls' })
    expect(await transport.send(anyMessage())).toMatchObject({ outcome: 'unavailable' })
    expect(box.mails).toHaveLength(0)
  })
})

describe('settings', () => {
  test.each([
    ['smtp://mail.example:2525?from=a@b.example', { host: 'mail.example', port: 2525, secure: 'starttls', user: null }],
    ['smtps://u:p%40ss@mail.example?from=a@b.example', { port: 465, secure: 'tls', user: 'u', password: 'p@ss' }],
    ['smtp://[::1]?from=a@b.example&secure=none', { host: '::1', port: 587, secure: 'none' }],
    [
      'smtp://h.example?from=Nord%20TV%20<a@b.example>&reply_to=c@b.example',
      { from_name: 'Nord TV', from_address: 'a@b.example', reply_to: 'c@b.example' },
    ],
  ])('%s', (url, expected) => {
    expect(smtpSettingsFromUrl(url)).toMatchObject(expected)
  })

  test.each([
    ['mail.example:25', /begins with smtp/],
    ['smtp://mail.example', /the sender is missing/],
    ['smtp://user@mail.example?from=a@b.example', /a user name needs its password/],
    ['smtp://:secret@mail.example?from=a@b.example', /a password needs its user name/],
    ['smtp://mail.example?from=nobody', /from: must be one e-mail address/],
    ['smtp://u:p%zz@mail.example?from=a@b.example', /%25/],
    ['smtps://mail.example?from=a@b.example&secure=none', /encrypted from the first byte/],
    ['smtp://mail.example?from=a@b.example&tls=1', /"tls" is not one of/],
    ['smtp://mail.example?from=a@b.example&secure=maybe', /"secure"/],
    ['smtp://?from=a@b.example', /the server: is missing/],
  ])('%s is refused in one sentence', (url, sentence) => {
    expect(() => smtpSettingsFromUrl(url)).toThrow(sentence)
  })

  test('a fault never shows the password', () => {
    expect(() => smtpSettingsFromUrl('smtp://:hunter2@mail.example')).toThrow(
      /^(?!.*hunter2).*sender is missing.*user name/,
    )
  })

  test('the form holds half a sign-in back and marks the password as secret', () => {
    const half = SmtpSettings.safeParse({ host: 'h', port: 25, from_address: 'a@b.example', user: 'u' })
    expect(half.error?.issues.map((each) => each.path)).toEqual([['password']])
    expect(SmtpSettings.shape.password.meta()).toMatchObject({ secret: true })
  })
})

function settingsFor(box: Mailbox): SmtpSettings {
  return {
    host: '127.0.0.1',
    port: box.port,
    secure: 'none',
    ...login,
    from_name: '',
    from_address: 'billing@shop.example',
    reply_to: null,
    certificate: null,
  }
}

async function parsed(raw: Buffer) {
  const mail = await simpleParser(raw)
  return {
    messageId: mail.messageId ?? '',
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html === false ? '' : mail.html,
  }
}

/** How often a bare listener is connected to when that transport is told to send: an SMTP server counts only whom it greets. */
async function connectionsTo(transportFor: (port: number) => Transport): Promise<number> {
  let count = 0
  const server = createServer((socket) => {
    count += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  await transportFor(address.port).send(anyMessage())
  await new Promise((resolve) => server.close(resolve))
  return count
}

/** A port on which nobody listens: one that was free a moment ago. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 1))
    })
  })
}
