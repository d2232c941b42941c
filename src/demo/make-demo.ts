/** Makes the demo's business and its past in an empty, migrated database. Takes some seconds; done once. */
import { smtp } from '#adapters/transports/smtp.ts'
import { type App, transaction } from '#app.ts'
import { createApp } from '#main.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { openShop } from '#modules/people/business.ts'
import { addMember } from '#modules/people/memberships.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { stoppedClock, systemClock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import { type Key, readablePassword } from '#platform/crypto.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { assert } from '#platform/errors.ts'
import { inProcessHttpOut } from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'
import { createTemplateEngine } from '#platform/templates/engine.ts'
import { type Catalog, setUpShop } from './catalog.ts'
import { type DemoMachines, type DemoPlace, gatewayAddress, openImitations, panelAddress } from './imitations.ts'
import { makePast } from './make-past.ts'
import { pastDays } from './stories.ts'

export type Made = { catalog: Catalog; admin: { email: string; password: string } }

export const adminEmail = 'admin@northwind.example'
export const demoSender = 'tv@northwind.example'

export async function makeDemo(parts: {
  config: Config
  log: Log
  masterKey: Key
  databaseUrl: string
  place: DemoPlace
  machines: DemoMachines
  customers?: number
  progress(part: number): void
}): Promise<Made> {
  const { config, log, place, machines } = parts
  const until = systemClock.now()
  const from = until.subtract({ hours: 24 * (pastDays + 2) })
  const clock = stoppedClock(from)
  // Nothing of the past is waited for by anybody, and a build that is cut off is begun again: its commits need not wait for the disk.
  const url = new URL(parts.databaseUrl)
  url.searchParams.set('options', '-c synchronous_commit=off')
  const db = openDatabase({ url: url.href, log })
  let app: App
  const deliver = async (notice: { url: string; headers: Record<string, string>; body: string }) => {
    const account = notice.url.slice(notice.url.lastIndexOf('/') + 1)
    const raw = { body: Buffer.from(notice.body), headers: notice.headers, receivedAt: clock.now() }
    return (await receiveNotice(app, account, raw)) === 'stored' ? 200 : 400
  }
  const outside = await openImitations(place, machines, clock.now, { deliver, noticeUrl: '' })
  const transport = smtp.open(
    smtp.settings.parse({ host: '127.0.0.1', port: outside.mailbox.port, secure: 'none', from_address: demoSender }),
    { log, now: clock.now, allowPrivate: () => true },
  )
  const templates = createTemplateEngine(1)
  app = createApp({
    config,
    log,
    clock,
    db,
    masterKey: parts.masterKey,
    publicUrl: place.publicUrl,
    http: inProcessHttpOut(outside.apps, { log }),
    templates,
    mailer: { transport, from: demoSender },
    allowPrivate: () => false,
  })
  try {
    const addresses = machines.panels.map((each) => panelAddress(place, each))
    const catalog = await setUpShop(app, addresses, gatewayAddress(place, machines))
    await tellNotices(outside.sandbox.app, machines, `${place.publicUrl}/hooks/${catalog.sandboxId}`)
    const admin = { email: adminEmail, password: readablePassword(14) }
    const staffId = await addOwner(app, catalog.businessId, admin)
    await makePast(
      { app, clock, catalog, outside, staffId },
      { customers: parts.customers ?? 191, from, until, progress: parts.progress },
    )
    return { catalog, admin }
  } finally {
    await templates.close()
    await transport.close()
    await outside.close()
    await db.close()
  }
}

type Fetching = { fetch(request: Request): Response | Promise<Response> }

/** Where the provider sends its notices: known only once the gateway account has its id. */
export async function tellNotices(sandbox: Fetching, machines: DemoMachines, noticeUrl: string): Promise<void> {
  const { apiKey, noticeSecret } = machines.sandbox
  const answer = await sandbox.fetch(
    new Request('http://sandbox/__accounts', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ api_key: apiKey, notice_url: noticeUrl, notice_secret: noticeSecret }),
    }),
  )
  assert(answer.ok, 'the sandbox knows where to send notices')
}

async function addOwner(app: App, businessId: string, { email, password }: Made['admin']): Promise<string> {
  const signIn = createSignIn(app, { sendMagicLink: async () => {}, limits: createRateLimits(app) })
  const { userId } = await signIn.createUser({ email, name: 'Demo Admin', password, emailVerified: true })
  const shop = await openShop(app, businessId, 'system')
  return transaction(shop, 'add-owner', (tx) =>
    addMember(tx, shop, 'system', { userId, email, name: 'Demo Admin', role: 'owner' }),
  )
}
