/**
 * An imitation of a panel of the XUI family as one of its resellers sees it: the reseller API under an access code of its own, an
 * account with credits, and the viewer's side. Each line and each extension is charged, whoever asks and however often.
 */
import { type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { actionOf, addAccessCode, apiFaults } from './xtream-family/access-code.ts'
import { allowed, same } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import { openPanel } from './xtream-family/panel.ts'
import { addSubscriberSide } from './xtream-family/subscriber.ts'
import { addCredits, openAccount } from './xui-reseller/account.ts'
import { resellerActions } from './xui-reseller/actions.ts'

/** Every option is text, as on the command line (`--option credits=20`). */
export const xuiResellerDefaults = {
  /** The path under which the reseller API lies. */
  access_code: 'r7Tq2mWz',
  api_key: 'abcdef0123456789abcdef0123456789',
  /** What the account has at first. */
  credits: '500',
  /** `integer`, or `decimal` (`"500.0000"`) as newer builds write them. */
  credit_form: 'integer',
  /** `number` or `string`: how numbers are written, which depends on the panel's database driver. */
  numbers: 'number',
  /** The panel's time zone: months are added in it. */
  time_zone: 'Europe/Paris',
  /** `both`, or `query` on builds that do not look for the key in the body. */
  key_in: 'both',
  /** The most rows a table hands out at once, 0 for no bound. */
  page_cap: '0',
  /** `0`: this account makes no boxes. */
  create_boxes: '1',
  /** Packages that are not sold for boxes, by their numbers, separated by commas. */
  lines_only: '',
  allow_change_username: '1',
  allow_change_password: '1',
  allow_change_bouquets: '0',
  allow_restrictions: '1',
  minimum_username_length: '3',
  minimum_password_length: '6',
  /** Trials that may still be made. */
  trials: '10',
  /** `1`: packages that differ do not go together, and a change forfeits the time left. */
  check_compatible: '1',
  /** `unchecked` on older builds: any id may be read, switched and deleted. */
  ownership: 'checked',
  /** Milliseconds between reading the balance and writing it back, as on builds without a lock; 0 debits at once. */
  charge_ms: '0',
} as const

const choices = {
  credit_form: ['integer', 'decimal'],
  numbers: ['number', 'string'],
  key_in: ['both', 'query'],
  ownership: ['checked', 'unchecked'],
  check_compatible: ['0', '1'],
}

export const xuiReseller: ImitationKind = {
  kind: 'xui_reseller',
  title: 'XUI One panel, a reseller’s account',
  role: 'panel',
  defaults: xuiResellerDefaults,
  async create(options): Promise<Imitation> {
    const settings = readOptions(xuiResellerDefaults, options.options)
    allowed(settings, choices)
    const kit = await openKit(options, {
      faults: [...apiFaults, 'charge_only', 'send_again'],
      actionOf: (c) => actionOf(c, settings.access_code),
    })
    const panel = openPanel(kit, {
      edit: 'overwrite',
      php: '8',
      bouquets: 'array',
      dates: 'php',
      timeZone: settings.time_zone,
    })
    const account = openAccount(kit, settings)

    addHands(kit, panel)
    addCredits(kit, account)
    const admits = (key: string) => (same(key, settings.api_key) ? ('yes' as const) : ('no' as const))
    addAccessCode(kit, { ...settings, admits }, resellerActions(kit, panel, account, settings))
    addSubscriberSide(kit, panel, options.publicUrl)
    return kit
  },
}
