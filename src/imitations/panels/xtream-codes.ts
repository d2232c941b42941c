/**
 * An imitation of a panel with Xtream Codes' API of version 2 (`api.php`), and its viewer's side. Written from re-posts of the
 * vendor's announcement, its traps included: no key but a list of addresses, HTTP 200 for failures, no id to look up by, no delete.
 */
import type { Context } from 'hono'
import { type Imitation, type ImitationKind, openKit, readOptions } from '../kit.ts'
import { boxCalls } from './xtream-codes/boxes.ts'
import { lineCalls } from './xtream-codes/lines.ts'
import { otherCalls } from './xtream-codes/others.ts'
import { allowed, numbersAsText, page } from './xtream-family/front.ts'
import { addHands } from './xtream-family/hands.ts'
import { openPanel } from './xtream-family/panel.ts'
import { readParams } from './xtream-family/params.ts'
import { addSubscriberSide } from './xtream-family/subscriber.ts'

/** Every option is text, as on the command line (`--option refusal=html`). */
export const xtreamCodesDefaults = {
  /** Addresses that may use the API, separated by commas; empty: every one. */
  allowed_ips: '',
  /** What all others get: `empty`, `html` or `404`. */
  refusal: 'empty',
  /** `string` or `number`: how rows write numbers. */
  numbers: 'string',
  /** How `result` is written: `boolean`, `number` or `string`. */
  result: 'boolean',
  /** A column that the table does not have: `fail` or `ignore`. */
  unknown_columns: 'fail',
  /** How the address of a box is shown: `plain` or `base64`, as the oldest builds store it. */
  macs: 'plain',
} as const

type Settings = { [Name in keyof typeof xtreamCodesDefaults]: string }

const choices = {
  refusal: ['empty', 'html', '404'],
  numbers: ['string', 'number'],
  result: ['boolean', 'number', 'string'],
  unknown_columns: ['fail', 'ignore'],
  macs: ['plain', 'base64'],
}

export const xtreamCodes: ImitationKind = {
  kind: 'xtream_codes',
  title: 'Xtream Codes panel',
  role: 'panel',
  defaults: xtreamCodesDefaults,
  async create(options): Promise<Imitation> {
    const settings = readOptions(xtreamCodesDefaults, options.options)
    allowed(settings, choices)
    const kit = await openKit(options, { faults: ['forget_line', 'whitelist'], actionOf })
    const panel = openPanel(kit, {
      edit: 'overwrite',
      php: '7',
      bouquets: 'json',
      dates: 'php',
      timeZone: 'Europe/Paris',
    })
    const ignoresUnknown = settings.unknown_columns === 'ignore'
    const calls = {
      ...lineCalls(kit, panel, { ignoresUnknown }),
      ...boxCalls(kit, panel, { ignoresUnknown, encodes: settings.macs === 'base64' }),
      ...otherCalls(panel),
    }

    addHands(kit, panel)
    kit.app.on(['GET', 'POST'], '/api.php', async (c) => {
      const action = await actionOf(c)
      if (!mayCall(c, settings) || kit.faults.strikes('whitelist', action)) return refused(c, settings)
      const call = Object.hasOwn(calls, action) ? calls[action] : undefined
      if (!call) return c.body('', 200)
      const { all } = await readParams(c)
      return c.json(written(call(all), settings))
    })
    addSubscriberSide(kit, panel, options.publicUrl, { process: true })
    kit.app.notFound((c) => c.html(page('404 Not Found'), 404))
    return kit
  },
}

/** `user_create` of the API; the script's name, `live` or `movie` on the viewer's side. */
async function actionOf(c: Context): Promise<string> {
  const [first = '', second] = c.req.path.split('/').slice(1)
  if (first !== 'api.php') return second === undefined ? first : first === 'movie' ? first : 'live'
  const { query } = await readParams(c)
  return `${query.get('action') ?? ''}_${query.get('sub') ?? ''}`
}

/** In process there is no address; whoever calls so is this machine. */
function mayCall(c: Context, settings: Settings): boolean {
  if (settings.allowed_ips === '') return true
  const env = c.env as { incoming?: import('node:http').IncomingMessage } | undefined
  const address = (env?.incoming?.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
  return settings.allowed_ips.split(',').some((each) => each.trim() === address)
}

function refused(c: Context, settings: Settings) {
  if (settings.refusal === '404') return c.html(page('404 Not Found'), 404)
  return settings.refusal === 'html' ? c.html(page('Access denied'), 200) : c.body('', 200)
}

function written(reply: object, settings: Settings): object {
  const result = 'result' in reply ? reply.result : undefined
  const forms: Record<string, unknown> = { number: result ? 1 : 0, string: result ? 'true' : 'false' }
  const formed =
    result === undefined || settings.result === 'boolean' ? reply : { ...reply, result: forms[settings.result] }
  return settings.numbers === 'string' ? numbersAsText(formed) : formed
}
