/** Where a mailed link leads after the sign-in: kept in the browser that asked, never in the mail. */
import type { WebContext } from '#web/context.ts'
import { portalPath } from './visitor.server.ts'

const name = 'portal_to'

/** As long as the link lives: 15 minutes. */
export const rememberPath = (web: Pick<WebContext, 'app'>, path: string): string =>
  `${name}=${encodeURIComponent(path)}; Path=/; Max-Age=900; SameSite=Lax; HttpOnly${web.app.publicUrl.startsWith('https:') ? '; Secure' : ''}`

export const forgetPath = `${name}=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly`

export function rememberedPath(request: Request): string {
  const pair = request.headers
    .get('cookie')
    ?.split(/;\s*/)
    .find((each) => each.startsWith(`${name}=`))
  try {
    return portalPath(decodeURIComponent(pair?.slice(name.length + 1) ?? ''))
  } catch {
    return '/account' // Not ours: somebody wrote it by hand.
  }
}
