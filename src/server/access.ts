/** Where media servers ask whether a viewer may watch: `/access/<business>/<panel>/<secret>`, by GET or POST. The answer is a status and headers. */
import { Hono } from 'hono'
import { limitBody } from '#api/body.ts'
import type { Env } from '#api/env.ts'
import type { App } from '#app.ts'
import { answerAsk } from '#modules/lines/answer-ask.ts'
import { Refusal } from '#platform/errors.ts'

const kibibyte = 1024

export function access(app: App): Hono<Env> {
  const router = new Hono<Env>()
  router.use(limitBody(64 * kibibyte))
  router.on(['GET', 'POST'], '/:business/:panel/:secret', async (c) => {
    const { business, panel, secret } = c.req.param()
    const answer = await answerAsk(
      app,
      { businessId: business, panelId: panel, secret },
      {
        query: new URL(c.req.url).searchParams,
        headers: Object.fromEntries(c.req.raw.headers),
        body: c.req.method === 'POST' ? await c.req.text() : '',
      },
    )
    if (answer === 'unknown') throw new Refusal('not_found', 'There is no such address for media servers.')
    return c.body(null, answer.status as 200, { ...answer.headers, 'cache-control': 'no-store' })
  })
  router.all('/:business/:panel/:secret', (c) => {
    c.header('Allow', 'GET, POST')
    throw new Refusal('method_not_allowed', 'Media servers ask by GET or POST.')
  })
  return router
}
