/** The demo's outside world: two panels, a payment provider, a mail server. All of it runs in this process; nothing leaves the machine. */
import { join } from 'node:path'
import { sandboxWith } from '#imitations/gateways/sandbox.ts'
import type { Imitation } from '#imitations/kit.ts'
import { type Mailbox, startMailbox } from '#imitations/mailbox.ts'
import { xui, xuiDefaults } from '#imitations/panels/xui.ts'
import type { InProcessApps } from '#platform/http-out.ts'
import type { GatewayAddress, PanelAddress } from './catalog.ts'

/** Keys and ports of the demo's machines: made once, kept in `demo.json`. */
export type DemoMachines = {
  panels: readonly { port: number; apiKey: string }[]
  sandbox: { apiKey: string; noticeSecret: string }
}

/** `publicUrl`: where people reach the house. `localUrl`: where this machine does. */
export type DemoPlace = { folder: string; publicUrl: string; localUrl: string }

type Deliver = Parameters<typeof sandboxWith>[0]

export type DemoImitations = {
  panels: readonly Imitation[]
  sandbox: Imitation
  mailbox: Mailbox
  /** For outgoing requests that are answered here. */
  apps: InProcessApps
  close(): Promise<void>
}

/** Below the demo's own pages, so that the buyer stays on one address. */
export const sandboxPath = '/demo/sandbox'
const keptMails = 200

export const panelOrigin = (port: number): string => `http://127.0.0.1:${port}`

export const panelAddress = (
  { publicUrl }: DemoPlace,
  { port, apiKey }: DemoMachines['panels'][number],
): PanelAddress => ({
  url: `${panelOrigin(port)}/${xuiDefaults.access_code}/`,
  apiKey,
  viewerHost: new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''),
  viewerPort: port,
})

export const gatewayAddress = ({ publicUrl }: DemoPlace, { sandbox }: DemoMachines): GatewayAddress => ({
  apiBase: `${publicUrl}${sandboxPath}`,
  apiKey: sandbox.apiKey,
  noticeSecret: sandbox.noticeSecret,
})

/** `deliver` takes the network's place for notices while the past is made; `noticeUrl` is where they go otherwise. */
export async function openImitations(
  place: DemoPlace,
  machines: DemoMachines,
  now: () => Temporal.Instant,
  notices: { deliver: Deliver; noticeUrl: string },
): Promise<DemoImitations> {
  const panels = await Promise.all(
    machines.panels.map(({ port, apiKey }, index) =>
      xui.create({
        folder: join(place.folder, 'imitations', `panel-${index + 1}`),
        now,
        publicUrl: () => `http://${panelAddress(place, { port, apiKey }).viewerHost}:${port}`,
        options: { api_key: apiKey },
      }),
    ),
  )
  const sandbox = await sandboxWith(notices.deliver).create({
    folder: join(place.folder, 'imitations', 'sandbox'),
    now,
    publicUrl: () => `${place.publicUrl}${sandboxPath}`,
    options: {
      api_key: machines.sandbox.apiKey,
      notice_secret: machines.sandbox.noticeSecret,
      notice_url: notices.noticeUrl,
      settle_after_ms: notices.deliver === null ? '5000' : '',
    },
  })
  const mailbox = await startMailbox({ now, folder: join(place.folder, 'mails'), limit: keptMails })
  const apps: Record<string, (request: Request) => Response | Promise<Response>> = {
    [new URL(place.publicUrl).origin]: (request) => sandboxFetch(sandbox, request),
  }
  for (const [index, { port }] of machines.panels.entries())
    apps[panelOrigin(port)] = (request) => (panels[index] as Imitation).app.fetch(request)
  return {
    panels,
    sandbox,
    mailbox,
    apps,
    async close() {
      await mailbox.stop()
      for (const each of [...panels, sandbox]) await each.close()
    },
  }
}

/** The provider's own paths begin after the prefix; everything else here is none of its business. */
export async function sandboxFetch(sandbox: Imitation, request: Request): Promise<Response> {
  const url = new URL(request.url)
  if (!url.pathname.startsWith(`${sandboxPath}/`)) return new Response('not found\n', { status: 404 })
  url.pathname = url.pathname.slice(sandboxPath.length)
  const { method, headers } = request
  const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
  return sandbox.app.fetch(new Request(url, { method, headers, body }))
}
