/**
 * An imitation of an NXT panel as one of its resellers sees it: the JSON API under `/api/wclient/v1/`, an account with credits, and the
 * viewer's side. Written from what public integrations send and read; the maker has published nothing.
 */
import { type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { actionOf, addApi } from './nxt/api.ts'
import { allowed } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import { openPanel } from './xtream-family/panel.ts'
import { addSubscriberSide } from './xtream-family/subscriber.ts'
import { addCredits, openAccount } from './xui-reseller/account.ts'

/** Every option is text, as on the command line (`--option credits=20`). */
export const nxtDefaults = {
  token: '1|0123456789abcdef0123456789abcdef',
  username: 'myreseller',
  password: 'reseller-secret',
  /** What the account has at first. */
  credits: '500',
  /** `integer`, or `decimal` (`"500.0000"`). */
  credit_form: 'integer',
  /** Where `account-info` has the credits: `credits`, `data` (`data.balance`), or `none`. */
  credits_at: 'credits',
  /** `object` by number, `array`, or `names`: no more than a name for each number. */
  packages_as: 'object',
  /** How dates are written: `iso`, or `day_first` without seconds. */
  dates: 'iso',
  /** `full`, or `few`: the columns that every integration relies on, and no more. */
  columns: 'full',
  /** Where the new line's id stands: `top`, `data` or `line`. */
  id_at: 'top',
  /** What `enable/{id}` does without a body: `toggle`, or `on`. */
  bare_enable: 'toggle',
  /** Rows on a page of `lines`. */
  per_page: '15',
  /** The panel's time zone: dates are written and months added in it. */
  time_zone: 'Europe/Paris',
  /** Trials that may still be made. */
  trials: '10',
  /** Milliseconds between reading the balance and writing it back; 0 debits at once. */
  charge_ms: '0',
} as const

const choices = {
  credit_form: ['integer', 'decimal'],
  credits_at: ['credits', 'data', 'none'],
  packages_as: ['object', 'array', 'names'],
  dates: ['iso', 'day_first'],
  columns: ['full', 'few'],
  id_at: ['top', 'data', 'line'],
  bare_enable: ['toggle', 'on'],
}

export const nxt: ImitationKind = {
  kind: 'nxt',
  title: 'NXT panel, a reseller’s account',
  role: 'panel',
  defaults: nxtDefaults,
  async create(options): Promise<Imitation> {
    const settings = readOptions(nxtDefaults, options.options)
    allowed(settings, choices)
    const kit = await openKit(options, {
      faults: ['credits_out', 'package_gone', 'forget_line', 'charge_only'],
      actionOf,
    })
    const panel = openPanel(kit, {
      edit: 'merge',
      php: '8',
      bouquets: 'array',
      dates: 'php',
      timeZone: settings.time_zone,
    })
    const account = openAccount(kit, settings)
    addHands(kit, panel)
    addCredits(kit, account)
    addApi(kit, panel, account, settings)
    addSubscriberSide(kit, panel, options.publicUrl)
    return kit
  },
}
