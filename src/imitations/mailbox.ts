/**
 * A mailbox that takes every message over SMTP and delivers none: the mail catcher of the demo, and the other side of the
 * transport's tests. It keeps raw messages, the newest `limit` of them, in memory and, when told where, on disk.
 */
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { systemClock } from '#platform/clock.ts'
import { keptMails } from './kept-mails.ts'

/** `raw` is the message as it came over the wire; parse it with a mail parser. `to` is the envelope, not the header. */
export type CaughtMail = {
  id: number
  receivedAt: Temporal.Instant
  from: string
  to: string[]
  raw: Buffer
  encrypted: boolean
}

/**
 * What goes wrong with the next messages. `reject_recipient`: 550 to RCPT. `defer_recipient`: 450 to RCPT. `reject_sender`: 550 to
 * MAIL. `reject_message`, `defer_message`: 554 or 451 after the message. `drop_at_recipient`: the connection dies before the message.
 * `drop_after_data`: the message is kept, then the connection dies without an answer. `silent_after_data`: kept, never answered.
 */
export type MailFault =
  | 'reject_recipient'
  | 'defer_recipient'
  | 'reject_sender'
  | 'reject_message'
  | 'defer_message'
  | 'drop_at_recipient'
  | 'drop_after_data'
  | 'silent_after_data'

export type MailboxOptions = {
  host?: string
  /** 0, the default, takes a free port. */
  port?: number
  /** Asks for this sign-in before it takes mail; without it any sign-in will do, and none as well. */
  login?: { user: string; password: string }
  /** `key` and `cert` in PEM; `implicit` speaks TLS from the first byte, else STARTTLS is offered. */
  tls?: { key: string; cert: string; implicit: boolean }
  /** How many messages are kept; the oldest go first. */
  limit?: number
  /** Where they outlive a restart; without it they are kept in memory only. */
  folder?: string | null
  now?: () => Temporal.Instant
}

export type Mailbox = {
  host: string
  port: number
  /** Oldest first. */
  readonly mails: readonly CaughtMail[]
  /** How many connections were ever opened. */
  readonly connections: number
  /** Applies to the next `times` messages (default: all until changed); null heals. */
  fail(fault: MailFault | null, times?: number): void
  /** The first message that fits, now or within `withinMs`; throws when none came. */
  waitFor(fits: (mail: CaughtMail) => boolean, withinMs?: number): Promise<CaughtMail>
  clear(): void
  stop(): Promise<void>
}

export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const now = options.now ?? systemClock.now
  const kept = keptMails(options.folder ?? null)
  const mails: CaughtMail[] = kept.load()
  const waiting = new Set<() => void>()
  const faults = faultSwitch()
  let count = mails.at(-1)?.id ?? 0
  let connections = 0

  const server = new SMTPServer({
    ...tlsOptions(options.tls),
    authOptional: options.login === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, done) => {
      connections += 1
      done()
    },
    onAuth: (given, _session, done) => {
      const right =
        options.login === undefined ||
        (given.username === options.login.user && given.password === options.login.password)
      if (right) return done(null, { user: given.username })
      done(answer(535, '5.7.8 Wrong user name or password'))
    },
    onMailFrom: (_address, _session, done) =>
      faults.take('reject_sender') ? done(answer(550, '5.1.8 Sender refused')) : done(),
    onRcptTo: (_address, session, done) => {
      if (faults.take('drop_at_recipient')) return drop(session)
      if (faults.take('reject_recipient')) return done(answer(550, '5.1.1 No such mailbox'))
      if (faults.take('defer_recipient')) return done(answer(450, '4.2.1 Mailbox busy, try later'))
      done()
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (faults.take('reject_message')) return done(answer(554, '5.6.0 Message refused'))
        if (faults.take('defer_message')) return done(answer(451, '4.3.0 Try later'))
        keep(session, Buffer.concat(chunks))
        if (faults.take('drop_after_data')) return drop(session)
        if (faults.take('silent_after_data')) return
        done(null, `2.0.0 kept as ${count}`)
      })
    },
  })
  // A peer that hangs up in the middle is the peer's affair: without a listener it would end the process.
  server.on('error', () => {})

  function keep(session: SMTPServerSession, raw: Buffer): void {
    const { mailFrom, rcptTo } = session.envelope
    const from = mailFrom === false ? '' : mailFrom.address
    count += 1
    const mail = {
      id: count,
      receivedAt: now(),
      from,
      to: rcptTo.map((each) => each.address),
      raw,
      encrypted: session.secure,
    }
    mails.push(mail)
    kept.save(mail)
    if (mails.length > (options.limit ?? 1000)) kept.forget(mails.shift()?.id ?? 0)
    for (const look of waiting) look()
  }

  function drop(session: SMTPServerSession): void {
    for (const connection of server.connections) if (connection.id === session.id) connection._socket.destroy()
  }

  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server.server, 'listening')
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the mailbox has no port')

  return {
    host: address.address,
    port: address.port,
    mails,
    get connections() {
      return connections
    },
    fail: faults.set,
    waitFor: (fits, withinMs = 5_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`no such mail within ${withinMs} ms; ${mails.length} others`))
        }, withinMs)
        const look = () => {
          const found = mails.find(fits)
          if (!found) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    clear: () => {
      for (const { id } of mails) kept.forget(id)
      mails.length = 0
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // Pooled senders keep their connection open for the next message; a stopped mailbox has none.
        for (const connection of server.connections) connection._socket.destroy()
      }),
  }
}

function tlsOptions(tls: MailboxOptions['tls']) {
  if (tls === undefined) return { hideSTARTTLS: true }
  return { key: tls.key, cert: tls.cert, secure: tls.implicit }
}

function faultSwitch() {
  let current: MailFault | null = null
  let left = 0
  return {
    set(fault: MailFault | null, times = Number.POSITIVE_INFINITY): void {
      current = fault
      left = times
    },
    take(fault: MailFault): boolean {
      if (current !== fault || left <= 0) return false
      left -= 1
      return true
    },
  }
}

const answer = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code })
