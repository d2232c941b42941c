/** The front end of an API that lies under an access code: the web server's refusals, the key, and PHP's ways of answering. */
import type { Context } from 'hono'
import type { Kit } from '../../kit.ts'
import { numbersAsText, page } from './front.ts'
import { died } from './line.ts'
import { type Params, readParams } from './params.ts'

export type Reply = object | typeof died
export type Actions = Record<string, (params: Params) => Reply | Promise<Reply>>

/** What such an API can do wrong beyond the faults of the kit, see `docs/imitations.md`. */
export const apiFaults = [
  'credits_out',
  'package_gone',
  'forget_line',
  'duplicate_rows',
  'empty_list',
  'half_list',
  'wrong_key',
  'no_permission',
  'whitelist',
  'flood',
]

export type Door = {
  access_code: string
  /** `query` on builds that do not look for key and action in the body. */
  key_in: string
  /** `string`: every number is text. */
  numbers: string
  /** `outside`: a good key whose scope does not reach this action. */
  admits(key: string, action: string): 'yes' | 'no' | 'outside'
}

/** Faults are switched by the words of the API (`create_line`), or by the script's name (`get.php`). */
export async function actionOf(c: Context, accessCode: string): Promise<string> {
  const [first = '', second] = c.req.path.split('/').slice(1)
  if (first !== accessCode) return second === undefined ? first : first === 'live' || first === 'movie' ? first : 'live'
  const { all } = await readParams(c)
  return all.get('action') ?? ''
}

/** Routes of the folder, and what the web server says before PHP is asked: for every path of the panel when flooded. */
export function addAccessCode(kit: Kit, door: Door, actions: Actions): void {
  const { access_code } = door
  kit.app.use(async (c, next) => {
    const action = await actionOf(c, access_code)
    if (kit.faults.strikes('flood', action)) return c.body(null, 403)
    const isApi = c.req.path.startsWith(`/${access_code}/`)
    if (isApi && kit.faults.strikes('whitelist', action)) return c.html(page('403 Forbidden'), 403)
    return next()
  })

  const answer = async (c: Context) => {
    if (c.req.method !== 'GET' && c.req.method !== 'POST') return c.body('', 200)
    const { query, all } = await readParams(c)
    const keys = door.key_in === 'query' ? query : all
    const action = keys.get('action') ?? ''
    const admitted = door.admits(keys.get('api_key') ?? '', action)
    if (admitted === 'no' || kit.faults.strikes('wrong_key', action))
      return c.json({ status: 'STATUS_FAILURE', error: 'Invalid API key.' })
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (!act) return c.json({ status: 'STATUS_FAILURE', error: 'Invalid action.' })
    if (admitted === 'outside' || kit.faults.strikes('no_permission', action))
      return c.json({ status: 'STATUS_NO_PERMISSIONS' })
    const reply = await act(all)
    if (reply === died) return c.body('', 200)
    return c.json(door.numbers === 'string' ? numbersAsText(reply) : reply)
  }
  kit.app.all(`/${access_code}/`, answer)
  kit.app.all(`/${access_code}/index.php`, answer)
  kit.app.all(`/${access_code}`, (c) => c.redirect(`/${access_code}/`, 301)) // As nginx does.
  kit.app.notFound((c) => c.html(page('404 Not Found'), 404))
}
