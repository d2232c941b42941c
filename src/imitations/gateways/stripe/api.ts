/** The routes under `/v1`. Each handler runs without a pause: two requests never mix. */
import { type Context, Hono } from 'hono'
import type { Account } from './account.ts'
import { passTime } from './checkout.ts'
import { ApiError, refuse } from './errors.ts'
import { type Add, readForm } from './form.ts'
import { once } from './idempotency.ts'
import { expanded } from './lists.ts'
import { apiVersion } from './objects.ts'
import { addCheckout, addIntents, addRefunds } from './routes-money.ts'
import { addBooks, addEndpoints, addPeople } from './routes-records.ts'

/** `changed` is called after every request that may have made events. */
export function stripeApi(account: Account, changed: () => void): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (!(error instanceof ApiError)) throw error
    return reply(c, error.status, JSON.stringify({ error: error.body }, null, 2), account.newId('req', 14))
  })
  app.use('/v1/*', async (c, next) => {
    authenticate(account, c.req.header('authorization') ?? '')
    await next()
  })

  const write =
    (method: 'POST' | 'DELETE'): Add =>
    (path, handler) =>
      app.on(method, path, async (c) => {
        const body = await c.req.text()
        if (/json/.test(c.req.header('content-type') ?? '')) {
          refuse('Invalid request (check that your POST content type is application/x-www-form-urlencoded).')
        }
        passTime(account)
        const key = c.req.header('idempotency-key') || null
        const answer = once(account, key, `${method} ${c.req.path}\n${body}`, () => {
          const form = readForm(body)
          return expanded(account, handler(form, c.req.param('id') ?? ''), form)
        })
        changed()
        if (key !== null) c.header('idempotency-key', key)
        if (answer.replayed) {
          c.header('idempotent-replayed', 'true')
          c.header('original-request', answer.requestId)
        }
        return reply(c, answer.status, answer.body, answer.requestId)
      })
  const post = write('POST')
  const get: Add = (path, handler) =>
    app.get(path, (c) => {
      passTime(account)
      changed()
      const query = readForm(new URL(c.req.url).search.slice(1))
      const answer = expanded(account, handler(query, c.req.param('id') ?? ''), query)
      return reply(c, 200, JSON.stringify(answer, null, 2), account.newId('req', 14))
    })

  addCheckout(account, post, get)
  addIntents(account, post, get)
  addRefunds(account, post, get)
  addPeople(account, post, get)
  addBooks(account, post, get)
  addEndpoints(account, post, get, write('DELETE'))
  app.all('/v1/*', (c) => refuse(`Unrecognized request URL (${c.req.method}: ${c.req.path}).`, { status: 404 }))
  return app
}

function authenticate(account: Account, header: string): void {
  const basic = /^Basic (.+)$/i.exec(header)?.[1]
  const key = basic ? atob(basic).split(':')[0] : /^Bearer (.+)$/i.exec(header)?.[1]
  if (!key) {
    throw new ApiError(
      401,
      {
        type: 'invalid_request_error',
        message:
          "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      },
      true,
    )
  }
  const { key: only } = account.settings
  if (only === '' ? /^(sk|rk)_test_\w+$/.test(key) : key === only) return
  throw new ApiError(
    401,
    { type: 'invalid_request_error', message: `Invalid API Key provided: ${key.slice(0, 8)}****${key.slice(-4)}` },
    true,
  )
}

function reply(c: Context, status: number, body: string, requestId: string): Response {
  c.header('content-type', 'application/json')
  c.header('request-id', requestId)
  c.header('stripe-version', c.req.header('stripe-version') ?? apiVersion)
  return c.body(body, status as 200)
}
