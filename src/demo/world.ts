/** The demo while it runs: made at its first start, found as it was left at every other. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { smtp } from '#adapters/transports/smtp.ts'
import type { Transport, TransportKind } from '#adapters/transports/transport.ts'
import { type App, transaction } from '#app.ts'
import { serveApp } from '#imitations/kit/serve.ts'
import type { Imitation } from '#imitations/kit.ts'
import { xuiDefaults } from '#imitations/panels/xui.ts'
import { findGateway, saveGateway } from '#modules/billing/gateways.ts'
import { findPanel, savePanel } from '#modules/lines/panels.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { openShop } from '#modules/people/business.ts'
import { systemClock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import type { HttpOut } from '#platform/http-out.ts'
import { parseAllowList } from '#platform/http-out.ts'
import type { Log } from '#platform/log.ts'
import { emptyUnfinishedDemo, markReady, type Store } from '../store.ts'
import { gatewayFacts, panelFacts } from './catalog.ts'
import { type DemoImitations, type DemoPlace, gatewayAddress, openImitations, panelAddress } from './imitations.ts'
import { demoHttpOut } from './local-http.ts'
import { type DemoFile, newMachines, onFreePorts, readDemoFile, writeDemoFile } from './machines.ts'
import { demoSender, makeDemo } from './make-demo.ts'
import { demoPages } from './pages.ts'

export type DemoWorld = {
  /** For the App: outgoing requests and mail end on this machine. */
  http: HttpOut
  transports: ReadonlyMap<string, TransportKind>
  mailer: NonNullable<App['mailer']>
  allowPrivate: App['allowPrivate']
  /** `/demo/…` of the house. */
  fetch(request: Request): Response | Promise<Response>
  panelUrls: readonly string[]
  /** Only when this start made the demo. */
  newAdmin: { email: string; password: string } | null
  loginFile: string
  /** Tells the stored panels and gateway where the machines are now. */
  moveIn(app: App): Promise<void>
  close(): Promise<void>
}

export type DemoOptions = {
  config: Config
  log: Log
  store: Store
  place: DemoPlace
  port: number
  say(line: string): void
}

export async function openDemo(options: DemoOptions): Promise<DemoWorld> {
  const { config, log, store, place, port } = options
  const { file, newAdmin } = await madeFile(options)
  const machines = await onFreePorts(file.machines, port)
  const made = file.made as NonNullable<DemoFile['made']>
  const outside = await openImitations(place, machines, systemClock.now, {
    deliver: null,
    noticeUrl: `${place.localUrl}/hooks/${made.sandboxId}`,
  })
  const served = await Promise.all(
    machines.panels.map((panel, index) =>
      serveApp(viewersOnly(outside.panels[index] as Imitation), { port: panel.port, host: config.host }),
    ),
  )
  const { mailer, transports, transport } = catcher(outside, log)
  const isCatcher = (address: string, at: number) => address === '127.0.0.1' && at === outside.mailbox.port
  return {
    http: demoHttpOut(outside.apps, parseAllowList(config.allowPrivateHosts), log),
    transports,
    mailer,
    allowPrivate: isCatcher,
    fetch: demoPages({ sandbox: outside.sandbox, mailbox: outside.mailbox }),
    panelUrls: machines.panels.map((panel) => `http://${panelAddress(place, panel).viewerHost}:${panel.port}`),
    newAdmin,
    loginFile: loginFile(store),
    async moveIn(app) {
      const moved = { ...file, machines, made: { ...made, publicUrl: place.publicUrl } }
      if (JSON.stringify(moved) === JSON.stringify(file)) return
      await tellNewPlaces(app, place, moved)
      await writeDemoFile(store.folder, moved)
    },
    async close() {
      await Promise.all(served.map((each) => each.close()))
      await transport.close()
      await outside.close()
    },
  }
}

const loginFile = (store: Store): string => join(store.folder, 'admin-login.txt')

async function madeFile(options: DemoOptions): Promise<{ file: DemoFile; newAdmin: DemoWorld['newAdmin'] }> {
  const { store, place, port, say } = options
  const known = await readDemoFile(store.folder)
  if (store.ready && known !== null && known.made !== null) return { file: known, newAdmin: null }

  // A start that was cut off left a part of a past: no demo was ever shown, so it is made anew.
  await emptyUnfinishedDemo(store)
  for (const name of ['imitations', 'mails']) await rm(join(store.folder, name), { recursive: true, force: true })
  const machines = await newMachines(port)
  say('Making the demo: 200 customers and five months of business, once (about half a minute) ...')
  const { catalog, admin } = await makeDemo({
    config: options.config,
    // Its outage and refusals are part of the story, not of the operator's log.
    log: quieter(options.log),
    masterKey: store.key,
    databaseUrl: store.directUrl,
    place,
    machines,
    progress: () => {},
  })
  const { businessId, panelIds, sandboxId } = catalog
  const file: DemoFile = { machines, made: { businessId, panelIds, sandboxId, publicUrl: place.publicUrl } }
  await writeFile(loginFile(store), `${admin.email}\n${admin.password}\n`, { mode: 0o600 })
  await writeDemoFile(store.folder, file)
  await markReady(store)
  return { file, newAdmin: admin }
}

const quieter = (log: Log): Log => ({
  ...log,
  debug() {},
  info() {},
  warn() {},
  child: (fields) => quieter(log.child(fields)),
})

/** Whatever a business of the demo enters as its mail server, its mail ends in the catcher. */
function catcher(outside: DemoImitations, log: Log) {
  const context = { log, now: systemClock.now, allowPrivate: () => true }
  const settings = { host: '127.0.0.1', port: outside.mailbox.port, secure: 'none' as const, from_address: demoSender }
  const open = (): Transport => smtp.open(smtp.settings.parse(settings), context)
  const transport = open()
  const transports: ReadonlyMap<string, TransportKind> = new Map([['smtp', { ...smtp, open } as TransportKind]])
  return { transport, transports, mailer: { transport, from: demoSender } }
}

/** Panels and provider moved to other ports, or the house to another address: their settings say so, and are tested again. */
async function tellNewPlaces(app: App, place: DemoPlace, { machines, made }: DemoFile): Promise<void> {
  if (made === null) return
  const shop = await openShop(app, made.businessId, 'system')
  await transaction(shop, 'demo-moved', async (tx) => {
    for (const [index, panelId] of made.panelIds.entries()) {
      const [panel, row] = [machines.panels[index], await findPanel(tx, panelId)]
      if (panel === undefined || row === null) continue
      const { settings } = panelFacts(panelAddress(place, panel))
      await savePanel(tx, shop, { ...row, settings: { ...row.settings, ...settings } }, panelId)
    }
    const account = await findGateway(tx, made.sandboxId)
    if (account !== null) {
      const { settings } = gatewayFacts(gatewayAddress(place, machines))
      await saveGateway(tx, shop, { ...account, settings }, made.sandboxId)
    }
  })
  for (const panelId of made.panelIds) await testPanel(shop, panelId)
}

/** From other machines only what a viewer's player asks is answered: the management side trusts whoever reaches it. */
function viewersOnly(panel: Imitation) {
  return {
    fetch(request: Request, env: object): Response | Promise<Response> {
      const { pathname } = new URL(request.url)
      const manages = pathname.startsWith('/__') || pathname.startsWith(`/${xuiDefaults.access_code}`)
      return manages && !isLocal(env) ? new Response('not found\n', { status: 404 }) : panel.app.fetch(request, env)
    },
  }
}

function isLocal(env: object): boolean {
  const { incoming } = env as { incoming?: { socket?: { remoteAddress?: string } } }
  return /^(::ffff:)?127\.|^::1$/.test(incoming?.socket?.remoteAddress ?? '')
}
