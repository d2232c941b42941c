/**
 * Where gateways knock: `/hooks/<gateway account>`. 2xx only after the notice is committed (duplicates and types that we do not use
 * included), 400 for what nobody can verify, 503 for what may be sent again.
 */
import { Hono } from 'hono'
import { limitBody } from '#api/body.ts'
import type { Env } from '#api/env.ts'
import type { App } from '#app.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { Refusal } from '#platform/errors.ts'
import { isId } from '#platform/ids.ts'

const mebibyte = 1024 * 1024

export function hooks(app: App): Hono<Env> {
  const router = new Hono<Env>()
  router.use(limitBody(mebibyte))
  router.post('/:account', async (c) => {
    const account = c.req.param('account')
    if (!isId('gwa', account)) throw unknown()
    const body = new Uint8Array(await c.req.arrayBuffer())
    const headers = Object.fromEntries(c.req.raw.headers)
    const receipt = await receiveNotice(app, account, { body, headers, receivedAt: app.clock.now() }).catch((error) => {
      // Not stored is not told as stored: the gateway repeats it.
      app.log.error('notice not stored', { gateway: account, error })
      return 'later' as const
    })
    switch (receipt) {
      case 'stored':
        return c.json({ received: true })
      case 'forged':
        throw new Refusal('bad_request', 'The signature of this notice is not right.')
      case 'unknown':
        throw unknown()
      case 'later':
        throw new Refusal('unavailable', 'This notice cannot be taken now: please send it again.')
    }
  })
  router.all('/:account', (c) => {
    c.header('Allow', 'POST')
    throw new Refusal('method_not_allowed', 'Notices are sent by POST.')
  })
  return router
}

const unknown = () => new Refusal('not_found', 'There is no such address for notices.')
