/**
 * An imitation of XC_VM in both generations: the admin API under an access code, and the viewer's side. What it shares with XUI One it
 * shares on the original, too; its own are tokens with a scope, codes of another type, and tables that answer `null`.
 */
import { type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { type Actions, actionOf, addAccessCode, apiFaults } from './xtream-family/access-code.ts'
import { actionsOf } from './xtream-family/actions.ts'
import { allowed, page, same } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import { openPanel } from './xtream-family/panel.ts'
import { addSubscriberSide } from './xtream-family/subscriber.ts'

/** Every option is text, as on the command line (`--option generation=2026`). */
export const xcVmDefaults = {
  /** The path under which the admin API lies. */
  access_code: 'v5Nc8pLd',
  /** `admin` (the API), or `pages`: the code leads to the sign-in page of the admin pages. */
  code_type: 'admin',
  /** `2025` (edits replace the row) or `2026` (they keep what is not named; tokens; sessions end at once). */
  generation: '2025',
  api_key: '89abcdef0123456789abcdef01234567',
  /** Of generation 2026. */
  token: 'xct_0123456789abcdef0123456789abcdef01234567',
  /** `full`, `read` or `lines`: what the token may do. */
  scope: 'full',
  /** `0`: keys of 32 characters are switched off, tokens only. */
  legacy_keys: '1',
  /** `rows`, or `null`: some builds of early 2026 answer tables so. */
  tables: 'rows',
  /** `number` or `string`: how numbers are written, which depends on the panel's database driver. */
  numbers: 'number',
  time_zone: 'Europe/Paris',
  /** The most rows a table hands out at once, 0 for no bound. */
  page_cap: '0',
} as const

const choices = {
  code_type: ['admin', 'pages'],
  generation: ['2025', '2026'],
  scope: ['full', 'read', 'lines'],
  legacy_keys: ['0', '1'],
  tables: ['rows', 'null'],
  numbers: ['number', 'string'],
}

type Settings = { [Name in keyof typeof xcVmDefaults]: string }

export const xcVm: ImitationKind = {
  kind: 'xc_vm',
  title: 'XC_VM panel',
  role: 'panel',
  defaults: xcVmDefaults,
  async create(options): Promise<Imitation> {
    const settings: Settings = readOptions(xcVmDefaults, options.options)
    allowed(settings, choices)
    const kit = await openKit(options, { faults: apiFaults, actionOf: (c) => actionOf(c, settings.access_code) })
    const panel = openPanel(kit, {
      edit: settings.generation === '2026' ? 'merge' : 'overwrite',
      php: '8',
      bouquets: 'json',
      dates: 'php',
      timeZone: settings.time_zone,
    })
    const actions = actionsOf(kit, panel, { pageCap: Number(settings.page_cap), apiKey: settings.api_key })

    addHands(kit, panel)
    if (settings.code_type === 'pages')
      kit.app.all(`/${settings.access_code}/*`, (c) => c.html(page('XC_VM | Login'), 200))
    addAccessCode(
      kit,
      { ...settings, key_in: 'both', admits: (key, action) => admits(settings, key, action) },
      settings.tables === 'null' ? { ...actions, ...nullTables } : actions,
    )
    addSubscriberSide(kit, panel, options.publicUrl, { xui: false, version: '1.1.0' })
    return kit
  },
}

/** The internal call failed, and its nothing was encoded. */
const nullTables: Actions = Object.fromEntries(
  ['get_lines', 'get_mags', 'get_enigmas', 'live_connections'].map((name) => [name, () => null as unknown as object]),
)

/** A good token outside its scope is told so, with HTTP 200 like everything else. */
function admits(settings: Settings, key: string, action: string): 'yes' | 'no' | 'outside' {
  const isNew = settings.generation === '2026'
  if (same(key, settings.api_key)) return !isNew || settings.legacy_keys === '1' ? 'yes' : 'no'
  if (!isNew || !same(key, settings.token)) return 'no'
  const reads = /^(get_|user_info|live_)/.test(action)
  const ofLines = /_(line|mag|enigma|connection)s?$|^user_info$/.test(action)
  if (settings.scope === 'read') return reads ? 'yes' : 'outside'
  return settings.scope === 'full' || ofLines || /^get_(bouquet|package)s?$/.test(action) ? 'yes' : 'outside'
}
