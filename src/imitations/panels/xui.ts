/**
 * An imitation of a panel of the XUI family: the admin API under an access code, and the viewer's side (`player_api.php`,
 * playlists, guide, a stream that shows nothing). Written from the public descriptions of that protocol, its traps
 * included: HTTP 200 for failures, bare lists, edits that overwrite, dates in the API user's zone, LIKE searches.
 */
import { type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { actionOf, addAccessCode, apiFaults } from './xtream-family/access-code.ts'
import { actionsOf } from './xtream-family/actions.ts'
import { allowed, same } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import type { Build } from './xtream-family/line.ts'
import { openPanel } from './xtream-family/panel.ts'
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

export const xui: ImitationKind = {
  kind: 'xui',
  title: 'XUI One panel',
  role: 'panel',
  defaults: xuiDefaults,
  async create(options): Promise<Imitation> {
    const settings = readSettings(options.options)
    const kit = await openKit(options, { faults: apiFaults, actionOf: (c) => actionOf(c, settings.access_code) })
    const panel = openPanel(kit, {
      edit: settings.edit as Build['edit'],
      php: settings.php as Build['php'],
      bouquets: settings.bouquets as Build['bouquets'],
      dates: settings.dates as Build['dates'],
      timeZone: settings.time_zone,
    })
    const actions = actionsOf(kit, panel, { pageCap: Number(settings.page_cap), apiKey: settings.api_key })

    addHands(kit, panel)
    addAccessCode(kit, { ...settings, admits: (key) => (same(key, settings.api_key) ? 'yes' : 'no') }, actions)
    addSubscriberSide(kit, panel, options.publicUrl)
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
