/** The portal as a browser without scripts meets it: the world of the scenarios, the built pages, and customers who sign in by link. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { readBusiness } from '#modules/people/business.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { createWorld, type WorldOptions } from '../../../test/support/world.ts'
import { webBusinessOf } from '../admin/web-business.server.ts'
import { browserOf } from '../browser.test-support.ts'
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

  /** Each has a network of its own: links are counted per network. */
  function browser(shop: Shop = world.shop) {
    const address = `198.51.100.${++browsers}`
    return browserOf(origin, (request) => {
      request.headers.set('user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')
      return answer(request, shop, address)
    })
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
