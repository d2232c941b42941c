/** The side of boxes (`load.php`, known by their MAC address or signed in by login) and of apps (`auth/token`, REST of version 2). */
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Kit } from '../../kit.ts'
import { type Account, never, type Portal } from './portal.ts'

export function addDeviceSide(kit: Kit, portal: Portal) {
  const { app } = kit

  app.on(['GET', 'POST'], ['/stalker_portal/server/load.php', '/stalker_portal/portal.php'], (c) => {
    const mac = getCookie(c, 'mac') ?? ''
    const account = mac === '' ? undefined : portal.withMac(mac)
    switch (`${c.req.query('type')}/${c.req.query('action')}`) {
      case 'stb/handshake':
        return c.json({ js: { token: account ? tokenFor(account) : null } })
      case 'stb/do_auth':
        return c.json({ js: signIn(mac, c.req.query('login') ?? '', c.req.query('password') ?? '') })
      case 'stb/get_profile':
        return c.json({ js: profileOf(account, tokenIn(c)) })
      case 'account_info/get_main_info':
        return c.json({ js: account ? { mac, phone: account.end_date === never ? '' : account.end_date } : null })
      default:
        return c.json({ js: null })
    }
  })

  app.get('/stalker_portal/c/', (c) => c.html('<!DOCTYPE html><title>stalker_portal</title>'))

  app.post('/stalker_portal/auth/token', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const account = portal.named(form.get('username') ?? '')
    const right = account?.password === form.get('password') && form.get('grant_type') === 'password'
    if (!account || !right || !portal.mayWatch(account))
      return c.json({ error: 'access_denied', error_description: 'Username or password is incorrect' }, 400)
    return c.json({ token_type: 'bearer', access_token: tokenFor(account), expires_in: 86_400, user_id: account.id })
  })

  app.get('/stalker_portal/api/v2/users/:id', (c) => {
    const account = holderOf(tokenIn(c))
    if (!account || String(account.id) !== c.req.param('id')) return c.json({ error: 'access_denied' }, 401)
    const { id, login, full_name, tariff_plan, status, end_date } = account
    return c.json({ status: 'OK', results: { id, login, fname: full_name, tariff_plan, status, end_date } })
  })

  /** A box whose address nobody has yet is tied to the account by signing in. */
  function signIn(mac: string, login: string, password: string): boolean {
    const account = portal.named(login)
    if (!account || account.password !== password || (account.stb_mac !== '' && account.stb_mac !== mac)) return false
    if (account.stb_mac === '' && mac !== '' && portal.withMac(mac)) return false
    portal.save({ ...account, stb_mac: mac })
    kit.did('do_auth', { id: account.id, username: account.login })
    return true
  }

  /** `status` 0 lets the box in, 1 shows that it is switched off, 2 asks for a login. */
  function profileOf(account: Account | undefined, token: string) {
    if (!account) return { id: null, status: 2 }
    if (holderOf(token)?.id !== account.id) return null
    return { id: account.id, mac: account.stb_mac, login: account.login, status: portal.mayWatch(account) ? 0 : 1 }
  }

  function tokenFor(account: Account): string {
    const token = crypto.randomUUID().replaceAll('-', '').toUpperCase()
    portal.tokens.put(token, { token, account: account.id })
    return token
  }

  const holderOf = (token: string): Account | undefined => {
    const row = portal.tokens.get(token)
    return portal.all().find(({ id }) => id === row?.account)
  }
}

const tokenIn = (c: Context): string => /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
