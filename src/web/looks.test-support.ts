/** Pages in a real browser: axe finds nothing, nothing is wider than a phone, nothing fails in the browser. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import { getRequestListener } from '@hono/node-server'
import { expect } from 'vitest'
import { launchChromium } from '../../test/support/chromium.ts'

export type Looks = Awaited<ReturnType<typeof openLooks>>

/** `signedIn`: the cookies of whoever looks, for all pages but those before the sign-in, which begin with `before`. */
export async function openLooks(parts: {
  answer(request: Request): Promise<Response>
  origin: string
  signedIn: ReadonlyMap<string, string>
  before: string
}) {
  const cookie = () => [...parts.signedIn].map((pair) => pair.join('=')).join('; ')
  const server = createServer(
    getRequestListener(async (request) => {
      // The cookie is bound to https; this server is not, so it adds it itself.
      const headers = new Headers(request.headers)
      const { pathname, search } = new URL(request.url)
      if (!pathname.startsWith(parts.before)) headers.set('cookie', cookie())
      const { method } = request
      if (method === 'GET') return parts.answer(new Request(parts.origin + pathname + search, { headers }))
      headers.set('origin', parts.origin)
      const body = await request.arrayBuffer()
      return parts.answer(new Request(parts.origin + pathname + search, { method, headers, body }))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await launchChromium()

  /** Wide and light, then as a phone in the dark with longer texts. */
  async function see(path: string): Promise<void> {
    for (const { width, colorScheme, more } of [
      { width: 1440, colorScheme: 'light', more: '' },
      { width: 390, colorScheme: 'dark', more: 'lang=en-XA' },
    ] as const) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
      const to = more ? `${path}${path.includes('?') ? '&' : '?'}${more}` : path
      const answer = await page.goto(address + to, { waitUntil: 'networkidle' })
      expect(answer?.status()).toBe(200)
      await page.evaluate(() => {
        // Menus stand over the page and close each other; what is folded within it is read too.
        for (const each of document.querySelectorAll<HTMLDetailsElement>('main details:not([data-menu])'))
          each.open = true
      })
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(faults).toEqual([])
      await context.close()
    }
  }

  /** As a phone in another language: nothing is wider than it, and the page runs the way of its script. */
  async function fits(path: string, lang: string, width = 390): Promise<void> {
    const context = await browser.newContext({ viewport: { width, height: 900 } })
    const page = await context.newPage()
    const answer = await page.goto(`${address}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`)
    expect(answer?.status()).toBe(200)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([
      lang,
      lang === 'ar' ? 'rtl' : 'ltr',
    ])
    await context.close()
  }

  return {
    fits,
    see,
    /** A page to act on, as a phone. */
    async open(path: string) {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
      await page.goto(address + path, { waitUntil: 'networkidle' })
      return page
    },
    async close() {
      await browser.close()
      server.close()
    },
  }
}

/** `/admin/lines/:line` with the ids of this world. */
export const pathOf = (path: string, ids: Readonly<Record<string, string>>): string =>
  path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? '')
