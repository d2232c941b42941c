/** Where a mailed link leads after the sign-in: kept in the browser that asked, never in the mail. */
import { cookieOf, type WebContext } from '#web/context.ts'
import { portalPath } from './visitor.server.ts'

const name = 'portal_to'

/** As long as the link lives: 15 minutes. */
export const rememberPath = (web: Pick<WebContext, 'app'>, path: string): string =>
  `${name}=${encodeURIComponent(path)}; Path=/; Max-Age=900; SameSite=Lax; HttpOnly${web.app.publicUrl.startsWith('https:') ? '; Secure' : ''}`

export const forgetPath = `${name}=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly`

export const rememberedPath = (request: Request): string =>
  portalPath(cookieOf(request.headers.get('cookie'), name) ?? '')
