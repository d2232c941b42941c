/** The code of whoever sent a visitor: it comes with a link (`?ref=CODE`), is kept in a cookie, and goes with the order. No script takes part. */
import { transaction } from '#app.ts'
import { programmeSetting } from '#modules/affiliates/programme.ts'
import { readCode } from '#modules/affiliates/rules.ts'
import { openShop } from '#modules/people/business.ts'
import { readSetting } from '#modules/people/settings.ts'
import type { WebContext } from './context.ts'

const name = 'ref'

/** The cookie that keeps the code of this address; null: it has none, or the shop has no programme. The last link counts. */
export async function referralCookie(web: WebContext, request: Request): Promise<string | null> {
  const asked = request.method === 'GET' ? new URL(request.url).searchParams.get(name) : null
  const code = asked === null ? null : readCode(asked)
  if (code === null || web.business === null) return null
  const shop = await openShop(web.app, web.business.id, 'system', web.requestId)
  const { on, link_days } = await transaction(shop, 'read-page', (tx) => readSetting(tx, shop, programmeSetting))
  if (!on) return null
  return `${name}=${code}; Path=${web.basePath || '/'}; Max-Age=${link_days * 24 * 60 * 60}; SameSite=Lax; HttpOnly`
}

/** What a form sends, a link says, or the cookie kept; empty: nobody sent him. */
export function referralOf(request: Request, form?: FormData): string {
  const sent = form?.get(name)
  const cookie = /(?:^|;\s*)ref=([A-Za-z0-9]{4,20})(?:;|$)/.exec(request.headers.get('cookie') ?? '')?.[1]
  const asked = typeof sent === 'string' && sent !== '' ? sent : new URL(request.url).searchParams.get(name)
  return readCode(asked ?? '') ?? cookie ?? ''
}
