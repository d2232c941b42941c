/** What messages say about a line: the TV login as it was verified on the panel. */

import type { ConnectionDetails } from '#adapters/panels/panel.ts'
import { type Shop, type Teller, transaction } from '#app.ts'
import { asked, byId, sql, type Tx, together } from '#platform/db.ts'
import { formatDay } from '#platform/time.ts'
import { keptMailSettings } from '../messages/mail-settings.ts'
import { openOwnPanel, openPanel, sharedPanelSettings } from './panels.ts'
import { passwordOf } from './passwords.ts'
import { findLine } from './queries.ts'
import { atHost } from './rules/viewer-name.ts'
import { boxOf, deviceOf, type Line, type Wanted } from './rules.ts'

/**
 * What a viewer types in. Only for a line that the panel confirmed: nothing else is ever shown or sent (S6). Inside a transaction its
 * `tx` comes along.
 */
export async function connectionDetails(shop: Shop, line: Line, tx?: Tx): Promise<ConnectionDetails | null> {
  if (line.activatedAt === null) return null
  const login = {
    username: line.username,
    password: passwordOf(shop, line),
    device: deviceOf(line),
    box: boxOf(line),
    outputs: line.package.outputs,
  }
  const { panelBusinessId, panelId } = line
  if (panelBusinessId === shop.businessId) {
    const { kind, settings } = await (tx === undefined
      ? openPanel(shop.app, panelBusinessId, panelId)
      : openOwnPanel(tx, shop, panelId))
    return kind.connectionDetails(settings, login)
  }
  const shared = (open: Tx) => sharedPanelSettings(open, shop.app, panelBusinessId, panelId)
  const { kind, settings, name } = await (tx === undefined
    ? transaction(shop, 'read-shared-panel', shared)
    : shared(tx))
  const details = kind.connectionDetails(settings, login)
  // Proved for another address, it is looked at anew before anybody is told it.
  return name.host !== null && name.provedFor === details.serverUrl ? atHost(details, name.host) : details
}

type About = {
  id: string
  planName: string
  customerName: string
  language: string
  paidThrough: Temporal.Instant | null
  device: string | null
}

const aboutLines = byId<About>(
  (
    lineIds,
  ) => sql`select l.id, p.name as "planName", c.name as "customerName", c.language, s.paid_through as "paidThrough",
        (select o.device from orders o where o.business_id = s.business_id and o.subscription_id = s.id order by o.created_at limit 1) as device
      from lines l join subscriptions s on s.business_id = l.business_id and s.id = l.subscription_id
        join plans p on p.business_id = s.business_id and p.id = s.plan_id join customers c on c.business_id = s.business_id and c.id = s.customer_id
      where l.business_id = current_business() and l.id = any(${lineIds}::text[])`,
)

const first: Teller = (tx, shop, about) => tellLogin(tx, shop, about, ['active'])
/** Who is switched off just now hears of a new login or address, too: nothing tells him again when he comes back. */
const changed: Teller = (tx, shop, about) => tellLogin(tx, shop, about, ['active', 'suspended'])

async function tellLogin(
  tx: Tx,
  shop: Shop,
  { line_id }: Parameters<Teller>[2],
  states: readonly Wanted[],
): ReturnType<Teller> {
  const [line, [about]] = await together([findLine(tx, line_id ?? ''), asked(tx, aboutLines, line_id ?? '')])
  if (line === null || about === undefined || !states.includes(line.wanted)) return null
  const details = await connectionDetails(shop, line, tx)
  if (details === null) return null
  const { show_login } = await keptMailSettings(tx, shop)
  return {
    plan_name: about.planName,
    customer_name: about.customerName,
    ends_on: formatDay(about.paidThrough ?? line.wantedUntil, shop.zone, about.language),
    connections: String(line.connections),
    guide_url: `${shop.baseUrl}/help/${line.kind === 'line' ? (about.device ?? 'tv_stick') : 'mag'}`,
    account_url: `${shop.baseUrl}/account`,
    show_login,
    server: details.serverUrl,
    port: String(details.port),
    username: details.username,
    password: details.password,
    m3u_url: details.m3uUrl,
    epg_url: details.epgUrl,
    portal_url: details.portalUrl,
    mac_address: line.mac,
    requested_username: line.requestedUsername,
  }
}

export const lineTellers: Record<string, Teller> = { credentials: first, login_changed: changed, line_moved: changed }
