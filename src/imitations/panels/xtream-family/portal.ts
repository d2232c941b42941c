/** What boxes ask: they are known by the MAC address in a cookie, sign in by a handshake, and then show what they may watch. */
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Kit } from '../../kit.ts'
import type { LineRow } from './line.ts'
import type { Panel } from './panel.ts'

/** `mayWatch` is the verdict that every line gets. */
export function addPortal(kit: Kit, panel: Panel, mayWatch: (line: LineRow) => boolean) {
  const { app } = kit
  const tokens = kit.store.shelf<{ user_id: number }>('portal-tokens')

  const answer = (c: Context) => {
    const mac = getCookie(c, 'mac') ?? ''
    const device = panel.devices.withMac(mac)
    const line = device && panel.lines.get(device.user_id)
    switch (`${c.req.query('type')}/${c.req.query('action')}`) {
      case 'stb/handshake': {
        if (!line || !mayWatch(line)) return c.json({ js: { token: null } })
        const token = crypto.randomUUID().replaceAll('-', '').toUpperCase()
        tokens.put(token, { user_id: line.id })
        return c.json({ js: { token, random: token.slice(0, 8) } })
      }
      case 'stb/get_profile':
        if (!line || !mayWatch(line) || tokens.get(tokenIn(c))?.user_id !== line.id) return c.json({ js: null })
        return c.json({ js: { id: line.id, mac, status: 0, name: mac } })
      case 'account_info/get_main_info':
        return c.json({ js: line ? { mac, phone: endOf(line) } : null })
      default:
        return c.json({ js: null })
    }
  }
  app.on(['GET', 'POST'], ['/portal.php', '/c/portal.php', '/server/load.php'], answer)
  app.get('/c/', (c) => c.html('<!DOCTYPE html><title>Northwind TV</title>'))
}

const tokenIn = (c: Context): string => /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''

const endOf = ({ exp_date }: LineRow): string =>
  exp_date === null ? 'Unlimited' : Temporal.Instant.fromEpochMilliseconds(exp_date * 1000).toString()
