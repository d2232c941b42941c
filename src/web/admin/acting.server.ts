/** Which reseller the person at the console acts as: a cookie names it, and opens nothing, since everything about it is read with each request. */
import { type App, transaction } from '#app.ts'
import { type Acting, currentActing, endActing, readActing } from '#modules/people/acting.ts'
import { openShop } from '#modules/people/business.ts'
import type { Membership } from '#modules/people/memberships.ts'
import { Refusal } from '#platform/errors.ts'
import { isId } from '#platform/ids.ts'
import { cookieOf, type WebContext } from '#web/context.ts'

const cookieName = 'console_acting'

const cookie = (web: Pick<WebContext, 'app'>, value: string, seconds: number): string =>
  `${cookieName}=${value}; Path=/admin; Max-Age=${seconds}; SameSite=Lax; HttpOnly${web.app.publicUrl.startsWith('https:') ? '; Secure' : ''}`

export const actingCookie = (web: Pick<WebContext, 'app'>, { id, businessId }: Acting): string =>
  cookie(web, `${businessId}.${id}`, 86_400)

export const actingGone = (web: Pick<WebContext, 'app'>): string => cookie(web, '', 0)

/** Null: this browser acts as nobody. */
export function namedActing(request: Request): { businessId: string; id: string } | null {
  const named = cookieOf(request.headers.get('cookie'), cookieName)
  if (!named) return null
  const [businessId = '', id = ''] = named.split('.')
  return isId('biz', businessId) && isId('act', id) ? { businessId, id } : { businessId: '', id: '' }
}

/** `over`: the browser thinks that he acts, and he does not any more; what he sends was meant for the other business. */
export async function actingOf(
  app: App,
  request: Request,
  member: Membership,
  secondFactor: boolean,
): Promise<Acting | 'over' | null> {
  const named = namedActing(request)
  if (named === null) return null
  if (named.id === '') return 'over'
  return (await currentActing(app, named, member, secondFactor)) ?? 'over'
}

/** Ends what this browser acts as, when it was begun by this person. Tells whom he acted as. */
export async function stopActing(
  app: App,
  request: Request,
  userId: string,
  requestId: string,
): Promise<string | null> {
  const named = namedActing(request)
  if (named === null || named.id === '') return null
  const shop = await openShop(app, named.businessId, `staff:${named.id}`, requestId)
  return transaction(shop, 'end-acting', async (tx) => {
    const { userId: his } = await readActing(tx, named.id)
    if (his !== userId) return null
    await endActing(tx, shop, named.id)
    return named.businessId
  })
}

/** Where the cookie names nothing, there is nothing to stop. */
export function nothingToStop(error: unknown): null {
  if (error instanceof Refusal && error.code === 'not_found') return null
  throw error
}
