/**
 * What players ask of the imitated panels of test twins, at the addresses that such panels have: a TV login of test mode answers like a real
 * one. Whose it is, is told by the login; no other login is known here.
 */
import type { Context } from 'hono'
import { Hono } from 'hono'
import { limitBody } from '#api/body.ts'
import type { Env } from '#api/env.ts'
import type { App } from '#app.ts'
import { twinOfLogin } from '#modules/people/business.ts'
import { Refusal } from '#platform/errors.ts'
import { askMachine } from '../twins/machines.ts'

const kibibyte = 1024

export function viewerPages(app: App): Hono<Env> {
  const router = new Hono<Env>()
  const ask = async (c: Context<Env>, username = '', password = '', body?: string) => {
    const twinId = await twinOfLogin(app, username, password)
    if (twinId === null) throw new Refusal('not_found', 'There is no such TV login in test mode.')
    const { url, method, headers } = c.req.raw
    return askMachine(
      app,
      twinId,
      'panel',
      new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
    )
  }
  for (const path of ['/player_api.php', '/get.php', '/xmltv.php'])
    router.get(path, (c) => ask(c, c.req.query('username'), c.req.query('password')))
  router.post('/player_api.php', limitBody(16 * kibibyte), async (c) => {
    const body = await c.req.text()
    const form = new URLSearchParams(body)
    const field = (name: string) => form.get(name) ?? c.req.query(name)
    return ask(c, field('username'), field('password'), body)
  })
  for (const path of ['/live/:username/:password/:file', '/movie/:username/:password/:file'])
    router.get(path, (c) => ask(c, c.req.param('username'), c.req.param('password')))
  return router
}
