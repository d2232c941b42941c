/**
 * An imitation of a Ministra (Stalker) portal: its REST API of version 1, and the side of boxes and apps. Written from the vendor's wiki,
 * its traps included: no id for a new account, tariffs that do not exist taken without a word, an API that is open while no login is set.
 */
import { type Context, Hono } from 'hono'
import { type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { accountCalls } from './ministra/accounts.ts'
import { addDeviceSide } from './ministra/devices.ts'
import { addHands } from './ministra/hands.ts'
import { openPortal } from './ministra/portal.ts'
import { allowed, same } from './xtream-family/front.ts'

/** Every option is text, as on the command line (`--option internal_billing=off`). */
export const ministraDefaults = {
  /** `api_auth_login` and `api_auth_password` of `custom.ini`. Both empty: everybody may use the API. */
  login: 'rest-user',
  password: 'rest-secret-7',
  /** `on`: accounts have an end date, and end by it. */
  internal_billing: 'on',
  /** `off`: `enable_api` is not set. */
  api: 'on',
  /** `on`: only addresses of MAG boxes are taken. */
  mac_format_validation: 'off',
  /** `string` or `number`: how rows write numbers. */
  numbers: 'string',
  /** In which end dates are meant. */
  time_zone: 'Europe/Paris',
} as const

export type MinistraOptions = { [Name in keyof typeof ministraDefaults]: string }

const choices = {
  internal_billing: ['on', 'off'],
  api: ['on', 'off'],
  mac_format_validation: ['on', 'off'],
  numbers: ['string', 'number'],
}

export const ministra: ImitationKind = {
  kind: 'ministra',
  title: 'Ministra portal',
  role: 'panel',
  defaults: ministraDefaults,
  async create(options): Promise<Imitation> {
    const settings = readOptions(ministraDefaults, options.options)
    allowed(settings, choices)
    const kit = await openKit(options, { faults: ['forget_account', 'nothing_done'], actionOf })
    const portal = openPortal(kit, settings)
    const call = accountCalls(kit, portal, settings)

    addHands(kit, portal)
    const api = new Hono()
    api.all('*', async (c) => {
      if (settings.api === 'off') return c.text('API not enabled', 404)
      if (!mayCall(c, settings)) return c.json({ status: 'ERROR', results: '', error: '401 Unauthorized request' }, 401)
      const [resource = '', ids = ''] = pathIn(c)
      const form = new URLSearchParams(c.req.method === 'GET' ? '' : await c.req.text())
      return c.json(call({ method: c.req.method, resource, ids, form, action: actionOf(c) }))
    })
    addDeviceSide(kit, portal)
    kit.app.all('/stalker_portal/api/v2/*', (c) => c.text('API v2 deprecated'))
    kit.app.route('/stalker_portal/api', api)
    kit.app.notFound((c) => c.html('<html><body><h1>Not Found</h1></body></html>', 404))
    return kit
  },
}

/** Resource and identifiers; version 1 may be named or left out. */
const pathIn = (c: Context): string[] => {
  const parts = c.req.path.replace(/^\/stalker_portal\/api\/(v1\/)?/, '').split('/')
  return parts.map((part) => decodeURIComponent(part))
}

/** `POST accounts` of the API, `load.php` of a box, `token` of an app. */
function actionOf(c: Context): string {
  if (!c.req.path.startsWith('/stalker_portal/api/') || c.req.path.startsWith('/stalker_portal/api/v2/'))
    return c.req.path.split('/').at(-1) ?? ''
  return `${c.req.method} ${pathIn(c)[0] ?? ''}`
}

function mayCall(c: Context, { login, password }: MinistraOptions): boolean {
  if (login === '' && password === '') return true
  const [, token = ''] = /^Basic (.+)$/.exec(c.req.header('authorization') ?? '') ?? []
  return same(Buffer.from(token, 'base64').toString(), `${login}:${password}`)
}
