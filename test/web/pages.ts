/** The world of the scenarios with its pages in front: requests in, pages out, as a browser without scripts would. */
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { createWebHandler, ensureBuilt } from '#web/handler.ts'
import { createServer } from '../../src/server.ts'
import { createWorld, type WorldOptions } from '../support/world.ts'

export const origin = 'https://shop.example'

export type Pages = Awaited<ReturnType<typeof createPages>>
export type Answer = { status: number; headers: Headers; html: string; text: string; location: string }

export async function createPages(options: WorldOptions = {}) {
  await ensureBuilt(() => {})
  const world = await createWorld(options)
  const limits = createRateLimits(world.app)
  const signIn = createSignIn(world.app, { limits, sendMagicLink: async () => {} })
  const server = createServer(world.app, { web: createWebHandler(), signIn, limits })

  async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await server.request(path.startsWith('http') ? path : origin + path, init)
    const html = await answer.text()
    const location = (answer.headers.get('location') ?? '').replace(origin, '')
    return { status: answer.status, headers: answer.headers, html, text: plain(html), location }
  }
  return {
    ...world,
    get: (path: string) => ask(path),
    post: (path: string, fields: Record<string, string>, headers: Record<string, string> = { origin }) =>
      ask(path, { method: 'POST', body: new URLSearchParams(fields), headers }),
    /** The buyer decides on the provider's page, and the world comes to rest. */
    async decides(how: 'pay' | 'decline' | 'later' | 'never', page: string): Promise<void> {
      const id = page.split('/').at(-1)
      await world.gateway.app.fetch(
        new Request(`${world.gatewayOrigin}/__pay`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ id, how }),
        }),
      )
      await world.settle()
    },
  }
}

/** What the page's hidden field of that name holds. */
export const hidden = ({ html }: Answer, name: string): string =>
  new RegExp(`name="${name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="${name}"`)
    .exec(html)
    ?.slice(1)
    .find(Boolean) ?? ''

/** A page as people read it. */
const plain = (html: string): string =>
  html
    .replace(/<(script|style|noscript)[\s\S]*?<\/\1>/g, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
