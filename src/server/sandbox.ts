/** The payment pages of test twins, `/sandbox/<twin>/pay/…`: what a buyer sees of the sandbox gateway. Its programs' side is not reached from here. */
import { Hono } from 'hono'
import { limitBody } from '#api/body.ts'
import type { Env } from '#api/env.ts'
import type { App } from '#app.ts'
import { Refusal } from '#platform/errors.ts'
import { isId } from '#platform/ids.ts'
import { askMachine, sandboxPath } from '../twins/machines.ts'

const kibibyte = 1024

export function sandboxPages(app: App): Hono<Env> {
  const router = new Hono<Env>()
  router.use(limitBody(16 * kibibyte))
  router.on(['GET', 'POST'], '/:twin/:page{pay|save}/:id', (c) => {
    const { twin } = c.req.param()
    if (!isId('biz', twin)) throw unknown()
    const url = new URL(c.req.url)
    url.pathname = url.pathname.slice(sandboxPath(twin).length)
    return askMachine(app, twin, 'sandbox', new Request(url, c.req.raw))
  })
  router.all('*', () => {
    throw unknown()
  })
  return router
}

const unknown = () => new Refusal('not_found', 'There is no such page.')
