/** A shop as buyers meet it: pages, worker, panel, payment provider and mail server, each on a port of its own; real time passes. */
import { randomBytes } from 'node:crypto'
import { type ParsedMail, simpleParser } from 'mailparser'
import { smtp } from '#adapters/transports/smtp.ts'
import { sandbox } from '#imitations/gateways/sandbox.ts'
import { serveImitation } from '#imitations/kit/serve.ts'
import { startMailbox } from '#imitations/mailbox.ts'
import { xui } from '#imitations/panels/xui.ts'
import { createApp, sweepPlan, workerHandlers } from '#main.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { systemClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { startWorker } from '#platform/worker.ts'
import { createWebHandler, ensureBuilt } from '#web/handler.ts'
import { openGate } from '../../src/gate.ts'
import { createServer } from '../../src/server.ts'
import { signInMail } from '../../src/sign-in-mail.ts'
import { testDatabase } from '../support/database.ts'
import { openBusiness } from '../support/shop.ts'

export type ShopHouse = Awaited<ReturnType<typeof openShopHouse>>

const now = () => systemClock.now()
const log = silentLog

/** `host`: what browsers call this machine; passkeys want a name. */
export async function openShopHouse({ host = '127.0.0.1' }: { host?: string } = {}) {
  await ensureBuilt(() => {})
  const database = await testDatabase()
  const db = openDatabase({ url: database.url, log })
  const gate = await openGate({ port: 0, host: '127.0.0.1' })
  const url = gate.url.replace('127.0.0.1', host)
  const mailbox = await startMailbox({ now })
  const panel = await serveImitation(xui, { port: 0, folder: null, now })
  const gateway = await serveImitation(sandbox, { port: 0, folder: null, now, options: { settle_after_ms: '1500' } })
  const transport = smtp.open(
    smtp.settings.parse({ host: '127.0.0.1', port: mailbox.port, secure: 'none', from_address: 'tv@shop.example' }),
    { log, now, allowPrivate: () => true },
  )
  const app = createApp({
    config: readConfig({ LOG_LEVEL: 'silent' }),
    log,
    clock: systemClock,
    db,
    masterKey: randomBytes(32),
    publicUrl: url,
    http: createHttpOut({ allowPrivate: parseAllowList('127.0.0.1/32'), log }),
    templates: createTemplateEngine(1),
    mailer: { transport, from: 'tv@shop.example' },
    allowPrivate: () => true,
  })
  const limits = createRateLimits(app)
  const signIn = createSignIn(app, { sendMagicLink: signInMail(app), limits })
  gate.admit(createServer(app, { web: createWebHandler(), signIn, limits }))
  const opened = await openBusiness(
    app,
    { panel: panel.url, gateway: gateway.url },
    {
      slug: 'northwind',
      // A color of one's own puts a style block into each page, which the policy must allow there and nowhere else.
      brand: { color: '#1d4fb8' },
    },
  )
  const worker = await startWorker({
    db,
    directUrl: database.url,
    log,
    clock: systemClock,
    concurrency: 4,
    handlers: workerHandlers(app),
    sweep: { ...sweepPlan, everyMs: 250 },
  })
  await tellNotices(gateway.url, gate.url, opened.gatewayId)

  return {
    ...opened,
    app,
    url,
    signIn,
    panel,
    gateway,
    /** The first mail to an address whose text has all of this, parsed; waits for it. */
    mailTo: (address: string, ...texts: string[]): Promise<ParsedMail> => mailWith(mailbox, address, texts),
    async close(): Promise<void> {
      await gate.close()
      await worker.stop()
      await app.templates.close()
      await transport.close()
      await Promise.all([mailbox.stop(), panel.close(), gateway.close()])
      await db.close()
      await database.drop()
    },
  }
}

/** Where the provider tells us: our own port, not the name that the scenarios use. */
async function tellNotices(gateway: string, shop: string, gatewayId: string): Promise<void> {
  const account = { api_key: 'sandbox_key_northwind', notice_secret: 'sandbox_notice_secret_northwind' }
  const answer = await fetch(`${gateway}/__accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...account, notice_url: `${shop}/hooks/${gatewayId}` }),
  })
  if (!answer.ok) throw new Error(`the provider refused our address: ${answer.status}`)
}

async function mailWith(
  mailbox: Awaited<ReturnType<typeof startMailbox>>,
  address: string,
  texts: string[],
): Promise<ParsedMail> {
  for (let tries = 0; tries < 150; tries++) {
    for (const mail of mailbox.mails.filter(({ to }) => to.includes(address))) {
      const parsed = await simpleParser(mail.raw)
      if (texts.every((text) => parsed.text?.includes(text))) return parsed
    }
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`no mail to ${address} with ${texts.join(', ')}`)
}
