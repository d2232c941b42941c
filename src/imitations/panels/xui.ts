/**
 * An imitation of a panel of the XUI family: the admin API under an access code, and the viewer's side (`player_api.php`,
 * playlists, guide, a stream that shows nothing). Written from the public descriptions of that protocol, its traps
 * included: HTTP 200 for failures, bare lists, edits that overwrite, dates in the API user's zone, LIKE searches.
 */
import type { Context } from 'hono'
import { type Imitation, type ImitationKind, type Kit, openKit, readOptions } from '../kit.ts'
import { type Actions, actionsOf } from './xtream-family/actions.ts'
import { allowed, numbersAsText, page, same } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import { type Build, died } from './xtream-family/line.ts'
import { openPanel } from './xtream-family/panel.ts'
import { type Params, readParams } from './xtream-family/params.ts'
import { addSubscriberSide } from './xtream-family/subscriber.ts'

/** Every option is text, as on the command line (`--option edit=merge`). */
export const xuiDefaults = {
  /** The path under which the admin API lies. */
  access_code: 'k3Fa9xQp',
  api_key: '0123456789abcdef0123456789abcdef',
  /** `overwrite` (what an edit leaves out is lost) or `merge` (the generation of mid 2026). */
  edit: 'overwrite',
  /** `number` or `string`: how numbers are written, which depends on the panel's database driver. */
  numbers: 'number',
  /** The API user's time zone: dates without a zone are read in it. */
  time_zone: 'Europe/Paris',
  /** `php`, `ignore_zone` or `refuse_zone`. */
  dates: 'php',
  /** `8` (missing bouquets are fatal) or `7` (they are saved as none). */
  php: '8',
  /** `json` (one text) or `array` (`bouquets_selected[]`). */
  bouquets: 'json',
  /** `both`, or `query` on builds that do not look for the key in the body. */
  key_in: 'both',
  /** The most rows a table hands out at once, 0 for no bound. */
  page_cap: '0',
} as const

const choices: Partial<Record<keyof typeof xuiDefaults, readonly string[]>> = {
  edit: ['overwrite', 'merge'],
  numbers: ['number', 'string'],
  dates: ['php', 'ignore_zone', 'refuse_zone'],
  php: ['7', '8'],
  bouquets: ['json', 'array'],
  key_in: ['both', 'query'],
}

/** Faults beyond those of the kit, see `docs/imitations.md`. */
const ownFaults = [
  'credits_out',
  'package_gone',
  'forget_line',
  'duplicate_rows',
  'wrong_key',
  'no_permission',
  'whitelist',
  'flood',
]

export const xui: ImitationKind = {
  kind: 'xui',
  title: 'XUI One panel',
  role: 'panel',
  defaults: xuiDefaults,
  async create(options): Promise<Imitation> {
    const settings = readSettings(options.options)
    const kit = await openKit(options, { faults: ownFaults, actionOf: (c) => actionOf(c, settings.access_code) })
    const panel = openPanel(kit, {
      edit: settings.edit as Build['edit'],
      php: settings.php as Build['php'],
      bouquets: settings.bouquets as Build['bouquets'],
      dates: settings.dates as Build['dates'],
      timeZone: settings.time_zone,
    })
    const actions = actionsOf(kit, panel, { pageCap: Number(settings.page_cap), apiKey: settings.api_key })

    addHands(kit, panel)
    addFrontEnd(kit, settings.access_code)
    addAdminApi(kit, settings, actions)
    addSubscriberSide(kit, panel, options.publicUrl)
    kit.app.notFound((c) => c.html(page('404 Not Found'), 404))
    return kit
  },
}

type Settings = { [Name in keyof typeof xuiDefaults]: string }

function readSettings(given: Record<string, string> | undefined): Settings {
  const settings = readOptions(xuiDefaults, given)
  allowed(settings, choices)
  if (!/^[A-Za-z0-9_-]+$/.test(settings.access_code))
    throw new RangeError('option access_code may hold letters and digits')
  if (!/^\d+$/.test(settings.page_cap))
    throw new RangeError(`option page_cap is ${settings.page_cap}; a number is wanted`)
  return settings
}

/** Faults are switched by the words of the API (`create_line`), or by the script's name (`get.php`). */
async function actionOf(c: Context, accessCode: string): Promise<string> {
  const [first = '', second] = c.req.path.split('/').slice(1)
  if (first !== accessCode) return second === undefined ? first : first === 'live' || first === 'movie' ? first : 'live'
  const { all } = await readParams(c)
  return all.get('action') ?? ''
}

/** What the web server says before PHP is asked: for every path of the panel, the viewer's side included, when flooded. */
function addFrontEnd(kit: Kit, accessCode: string) {
  kit.app.use(async (c, next) => {
    const action = await actionOf(c, accessCode)
    if (kit.faults.strikes('flood', action)) return c.body(null, 403)
    const isAdmin = c.req.path.startsWith(`/${accessCode}/`)
    if (isAdmin && kit.faults.strikes('whitelist', action)) return c.html(page('403 Forbidden'), 403)
    return next()
  })
}

function addAdminApi(kit: Kit, settings: Settings, actions: Actions) {
  const answer = async (c: Context) => {
    if (c.req.method !== 'GET' && c.req.method !== 'POST') return c.body('', 200)
    const { query, all } = await readParams(c)
    const keys = settings.key_in === 'query' ? query : all
    const action = keys.get('action') ?? ''
    if (!same(keys.get('api_key') ?? '', settings.api_key) || kit.faults.strikes('wrong_key', action)) {
      return c.json({ status: 'STATUS_FAILURE', error: 'Invalid API key.' })
    }
    return perform(c, kit, settings, actions, action, all)
  }
  kit.app.all(`/${settings.access_code}/`, answer)
  kit.app.all(`/${settings.access_code}/index.php`, answer)
  kit.app.all(`/${settings.access_code}`, (c) => c.redirect(`/${settings.access_code}/`, 301)) // As nginx does.
}

function perform(c: Context, kit: Kit, settings: Settings, actions: Actions, action: string, params: Params) {
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (!act) return c.json({ status: 'STATUS_FAILURE', error: 'Invalid action.' })
  if (kit.faults.strikes('no_permission', action)) return c.json({ status: 'STATUS_NO_PERMISSIONS' })
  const reply = act(params)
  if (reply === died) return c.body('', 200)
  return c.json(settings.numbers === 'string' ? numbersAsText(reply) : reply)
}
