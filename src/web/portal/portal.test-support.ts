/** The portal as a browser without scripts meets it: the world of the scenarios, the built pages, and customers who sign in by link. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { readBusiness } from '#modules/people/business.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { createWorld, type WorldOptions } from '../../../test/support/world.ts'
import { plain } from '../admin/console.test-support.ts'
import { webBusinessOf } from '../admin/web-business.server.ts'
import { createWebHandler, ensureBuilt, webContextOf } from '../handler.ts'

export const origin = 'https://shop.example'

export type Portal = Awaited<ReturnType<typeof createPortal>>
export type Tab = ReturnType<Portal['browser']>

export async function createPortal(options: WorldOptions = {}) {
  await ensureBuilt(() => {})
  const world = await createWorld(options)
  const { app } = world
  const mailed: string[] = []
  const limits = createRateLimits(app)
  const signIn = createSignIn(app, { limits, sendMagicLink: async ({ url }) => void mailed.push(url) })
  const handler = createWebHandler()
  let requests = 0
  let browsers = 0

  async function answer(request: Request, shop: Shop = world.shop, address = '192.0.2.7'): Promise<Response> {
    const business = webBusinessOf(await transaction(shop, 'read-business', readBusiness))
    const known = { app, now: app.clock.now(), requestId: `req_${++requests}`, address, business }
    return handler(request, webContextOf(request, { ...known, door: { signIn, limits } }))
  }

  /** Keeps cookies, sends forms, follows nothing by itself. Each has a network of its own: links are counted per network. */
  function browser(shop: Shop = world.shop) {
    const jar = new Map<string, string>()
    const address = `198.51.100.${++browsers}`
    async function send(path: string, init: RequestInit = {}): Promise<Response> {
      const headers = new Headers(init.headers)
      headers.set('user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')
      if (jar.size > 0) headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '))
      const response = await answer(new Request(origin + path, { ...init, headers }), shop, address)
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (/max-age=0/i.test(line) || value === '') jar.delete(name)
        else jar.set(name, value)
      }
      return response
    }
    return {
      jar,
      get: (path: string) => send(path),
      post: (path: string, fields: Record<string, string> = {}, from = origin) =>
        send(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: from } }),
      async html(path: string): Promise<string> {
        const response = await send(path)
        expect(response.status, path).toBe(200)
        return response.text()
      },
      /** The page's text without markup. */
      async text(path: string): Promise<string> {
        return plain(await this.html(path))
      },
    }
  }

  /** Somebody who has just come in by the link of a mail. */
  async function signedIn(email: string, shop: Shop = world.shop) {
    const tab = browser(shop)
    expect((await tab.post('/sign-in', { email, act: 'link' })).status).toBe(303)
    const entered = await tab.post(pathOfLink(mailed.at(-1) ?? '', shop))
    expect(entered.headers.get('location')).toBe('/account')
    return tab
  }

  return { ...world, signIn, mailed, answer, browser, signedIn }
}

/** The link names `/s/<slug>`, which the server takes off before the pages see it. */
export const pathOfLink = (url: string, shop: Shop): string =>
  new URL(url).pathname.slice(new URL(shop.baseUrl).pathname.replace(/\/$/, '').length)
