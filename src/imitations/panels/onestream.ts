/**
 * An imitation of a OneStream panel as one of its resellers sees it: the JSON API under `/ext/`, an account with credits, request ids that
 * give the first answer again, and the viewer's side. Written from what public integrations send and read.
 */
import { type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { actionOf, addApi } from './onestream/api.ts'
import { allowed } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import { openPanel } from './xtream-family/panel.ts'
import { addSubscriberSide } from './xtream-family/subscriber.ts'
import { addCredits, openAccount } from './xui-reseller/account.ts'

/** Every option is text, as on the command line (`--option credits=20`). */
export const oneStreamDefaults = {
  api_key: 'os_0123456789abcdef0123456789abcdef',
  auth_user: 'ou_fedcba9876543210',
  /** What the account has at first. */
  credits: '500',
  /** `integer`, or `decimal` (`"500.0000"`). */
  credit_form: 'integer',
  /** `whole`: `/ext/lines` lists all at once; `paged`: only `/ext/lines/index` is there. */
  listing: 'whole',
  /** Whether the token may list lines. */
  may_list: '1',
  /** `flag`, or `words`: a trial is told only in the description of its package. */
  trial_by: 'flag',
  /** Trials that may still be made. */
  trials: '10',
  /** Milliseconds between reading the balance and writing it back; 0 debits at once. */
  charge_ms: '0',
} as const

const choices = {
  credit_form: ['integer', 'decimal'],
  listing: ['whole', 'paged'],
  may_list: ['0', '1'],
  trial_by: ['flag', 'words'],
}

export const oneStream: ImitationKind = {
  kind: 'onestream',
  title: 'OneStream panel, a reseller’s account',
  role: 'panel',
  defaults: oneStreamDefaults,
  async create(options): Promise<Imitation> {
    const settings = readOptions(oneStreamDefaults, options.options)
    allowed(settings, choices)
    const kit = await openKit(options, {
      faults: ['credits_out', 'package_gone', 'forget_line', 'charge_only', 'no_permission'],
      actionOf,
    })
    const panel = openPanel(kit, { edit: 'merge', php: '8', bouquets: 'array', dates: 'php', timeZone: 'UTC' })
    const account = openAccount(kit, settings)
    addHands(kit, panel)
    addCredits(kit, account)
    addApi(kit, panel, account, settings)
    addSubscriberSide(kit, panel, options.publicUrl)
    return kit
  },
}
