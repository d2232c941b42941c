/**
 * Mail over SMTP, on a pool of kept connections. The mailer's own retries are limited to a connection that had not carried a
 * byte of the message, so one `send` is one message; what was handed over without an answer is `ambiguous`, never repeated here.
 */
import nodemailer, { type SendMailOptions } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer'
import { type OpenedCallback, openGuarded } from './guarded-socket.ts'
import { deliveryOf, type Progress, safeDetail } from './smtp-outcome.ts'
import { SmtpSettings } from './smtp-settings.ts'
import type { Delivery, OutgoingMessage, Transport, TransportKind } from './transport.ts'

/** The whole of one delivery, waiting for a free connection included, in milliseconds. */
const sendLimit = 60_000
const maxConnections = 5

export const smtp: TransportKind<SmtpSettings> = {
  kind: 'smtp',
  title: 'SMTP',
  settings: SmtpSettings,
  open(settings, context): Transport {
    const mailer = nodemailer.createTransport({
      pool: true,
      maxConnections,
      // The mailer rests a tenth of a second before it replaces a connection. Exim ends one after 1,000 messages, others later or never.
      maxMessages: 500,
      maxRequeues: 1,
      host: settings.host,
      port: settings.port,
      secure: settings.secure === 'tls',
      requireTLS: settings.secure === 'starttls',
      ignoreTLS: settings.secure === 'none',
      tls: { minVersion: 'TLSv1.2', ...(settings.certificate ? { ca: settings.certificate } : {}) },
      ...(settings.user && settings.password ? { auth: { user: settings.user, pass: settings.password } } : {}),
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
      disableFileAccess: true,
      disableUrlAccess: true,
      logger: false,
      getSocket: (_options: unknown, done: OpenedCallback) =>
        openGuarded(settings.host, settings.port, context.allowPrivate, done),
    })
    mailer.use('stream', (mail, done) => {
      const { progress } = mail.data as TrackedMail
      // It ends when the connection has asked for the last byte: from here on the server may have taken the message.
      mail.message.processFunc((input) => input.once('end', () => progress.handOver()))
      done()
    })
    const ahead = new WeakMap<OutgoingMessage, Promise<Buffer>>()

    return {
      compose(message) {
        if (faultOf(message) !== null) return
        const text = textOf(message, settings)
        text.catch(() => {}) // Told when it is sent.
        ahead.set(message, text)
      },

      async send(message): Promise<Delivery> {
        const fault = faultOf(message)
        if (fault !== null) return { outcome: 'rejected', detail: fault }
        const progress = newProgress()
        try {
          const info = await mailer.sendMail({
            envelope: { from: settings.from_address, to: [message.to.address] },
            raw: await (ahead.get(message) ?? textOf(message, settings)),
            progress,
            signal: AbortSignal.timeout(sendLimit),
          } as TrackedMail)
          return { outcome: 'accepted', detail: safeDetail(info.response) }
        } catch (cause) {
          const delivery = deliveryOf(cause, progress)
          context.log.warn('mail_not_accepted', {
            outcome: delivery.outcome,
            detail: delivery.detail,
            messageId: message.messageId,
          })
          return delivery
        }
      },

      async checkConnection(): Promise<Delivery> {
        try {
          await mailer.verify()
          const signedIn = settings.user ? `signed in as ${settings.user}` : 'no sign-in'
          return { outcome: 'accepted', detail: `${settings.host}:${settings.port} answers, ${signedIn}` }
        } catch (cause) {
          return deliveryOf(cause, newProgress())
        }
      },

      async close(): Promise<void> {
        mailer.close()
      },
    }
  },
}

type TrackedMail = SendMailOptions & { progress: Progress }

function newProgress(): Progress {
  const progress = {
    handedOver: false,
    handOver: () => {
      progress.handedOver = true
    },
  }
  return progress
}

/** The whole mail as it travels. Addresses go as objects: a comma in a name never adds a recipient. */
function textOf(message: OutgoingMessage, settings: SmtpSettings): Promise<Buffer> {
  const mail = new MailComposer({
    messageId: message.messageId,
    from: { name: message.from.name || settings.from_name, address: message.from.address || settings.from_address },
    to: message.to,
    ...replyTo(message.replyTo ?? settings.reply_to),
    subject: message.subject,
    text: message.text,
    html: message.html,
    // The mailer would count the letters of every part; where all are plain ones the answer is known.
    ...(isPlain(message.html) && isPlain(message.text) ? { textEncoding: 'quoted-printable' as const } : {}),
    headers: message.headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return mail.compile().build()
}

/** Letters, digits and signs of ASCII only. */
const isPlain = (text: string): boolean => /^\p{ASCII}*$/u.test(text)

const replyTo = (address: string | null | undefined) => (address ? { replyTo: { name: '', address } } : {})

const longestName = 200
const longestSubject = 500

/** Why this message may not go out at all; null when it may. Line breaks in a header are how strangers add recipients. */
function faultOf(message: OutgoingMessage): string | null {
  const lines: [string, string][] = [
    ['sender name', message.from.name],
    ['sender address', message.from.address],
    ['recipient name', message.to.name],
    ['recipient address', message.to.address],
    ['reply-to address', message.replyTo ?? ''],
    ['subject', message.subject],
    ['Message-ID', message.messageId],
    ...Object.entries(message.headers).flatMap(([name, value]): [string, string][] => [
      ['header name', name],
      [`header ${name}`, value],
    ]),
  ]
  const broken = lines.find(([, text]) => /[\r\n\0]/.test(text))
  if (broken) return `The ${broken[0].replace(/[\r\n\0]/g, ' ')} contains a line break or NUL.`
  if (!isMailbox(message.to.address)) return 'The recipient is not one e-mail address.'
  if (message.from.address !== '' && !isMailbox(message.from.address)) return 'The sender is not one e-mail address.'
  if (message.replyTo !== null && !isMailbox(message.replyTo)) return 'The reply-to is not one e-mail address.'
  if (!/^<?[^\s<>@]+@[^\s<>@]+>?$/.test(message.messageId)) return 'The Message-ID is not of the form id@host.'
  const header = Object.keys(message.headers).find(
    (name) => !/^[A-Za-z][A-Za-z0-9-]*$/.test(name) || structural.test(name),
  )
  if (header !== undefined) return `The header "${header}" may not be set.`
  if (Math.max(message.from.name.length, message.to.name.length) > longestName)
    return `A name is longer than ${longestName} characters.`
  if (message.subject.length > longestSubject) return `The subject is longer than ${longestSubject} characters.`
  return null
}

/** Headers that the message's own fields make. */
const structural = /^(from|sender|to|cc|bcc|reply-to|subject|date|message-id|mime-version|content-.*)$/i

const isMailbox = (address: string): boolean =>
  address.length <= 254 && /^[^\s@<>(),;:"[\]\\]{1,64}@[^\s@<>(),;:"[\]\\]+$/u.test(address)
