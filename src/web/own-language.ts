/** The language in the record of the customer who looks at a page: it goes before every cookie. */
import { transaction } from '#app.ts'
import { openShop } from '#modules/people/business.ts'
import { languageOfPerson } from '#modules/people/customers.ts'
import { spokenTo, type WebContext } from './context.ts'

/** Nothing is asked for a visitor without a session, nor for the console. */
export async function speakOwnLanguage(request: Request, context: WebContext): Promise<void> {
  const { app, business, door, requestId } = context
  if (business === null || door === null || !hasSession(request)) return
  const session = await door.signIn.sessionOf(request)
  if (session === null) return
  const shop = await openShop(app, business.id, 'system', requestId)
  const own = await transaction(shop, 'read-own-language', (tx) => languageOfPerson(tx, session.userId))
  Object.assign(context, spokenTo(request, business, own))
}

const hasSession = (request: Request): boolean => /session_token=/.test(request.headers.get('cookie') ?? '')
