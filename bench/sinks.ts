/**
 * The outside in a process of its own: a panel, a gateway and an SMTP server that count. Forked by a figure; told by messages what to
 * do; ends with its parent. It is the same for our path and for the reference path.
 */
import { SMTPServer } from 'smtp-server'
import { systemClock } from '#platform/clock.ts'
import { sandboxWith } from '../src/imitations/gateways/sandbox.ts'
import { serveImitation } from '../src/imitations/kit.ts'
import { xui } from '../src/imitations/panels/xui.ts'

let mails = 0
let credentials = 0
let awaited = -1
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  onData(stream, _session, done) {
    let text = ''
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    stream.on('end', () => {
      mails += 1
      // Only the mail with the login carries a link with the user name in it.
      if (/get\.php\?=?\r?\n?user/.test(text) || text.includes('X-Bench: login')) credentials += 1
      done()
      if (credentials !== awaited) return
      awaited = -1 // Told once.
      process.send?.({ mails, credentials })
    })
  },
})
await new Promise<void>((ready) => smtp.listen(0, '127.0.0.1', ready))
const now = () => systemClock.now()
const panel = await serveImitation(xui, { port: 0, folder: null, now })
// The buyer has paid; the harness itself sends the notice, so the gateway sends none.
const gateway = await serveImitation(
  sandboxWith(async () => 200),
  { port: 0, folder: null, now, options: { settle_after_ms: '' } },
)
const address = smtp.server.address()

process.on('message', (message: { ask: 'count' | 'reset' | 'reached'; credentials?: number }) => {
  if (message.ask === 'reset') mails = credentials = 0
  // Answered when it is so: who asks again and again takes the time from what he measures.
  awaited = message.ask === 'reached' ? (message.credentials ?? 0) : -1
  if (message.ask !== 'reached' || credentials >= awaited) process.send?.({ mails, credentials })
})
process.on('disconnect', () => process.exit(0))
process.send?.({
  panel: panel.url,
  gateway: gateway.url,
  smtpPort: typeof address === 'object' && address !== null ? address.port : 0,
})
