import { redirect } from 'react-router'
import { changeCustomer, readCustomer } from '#modules/people/customers.ts'
import { customerOf } from '#modules/people/sign-in/link-customer.ts'
import { type WebContext, webOf } from '#web/context.ts'
import { languages, locales } from '#web/i18n/locale.ts'
import type { Route } from './+types/preferences.ts'
import { asCustomer, read, shopOf } from './storefront/shop.server.ts'

const year = 365 * 24 * 60 * 60

/** Theme and language, kept in cookies. A plain form posts here and comes back to where it was, with or without scripts. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await request.formData()
  const headers = new Headers()
  const keep = (name: string, value: string) =>
    headers.append('set-cookie', `${name}=${value}; Path=/; Max-Age=${value === 'system' ? 0 : year}; SameSite=Lax`)

  const theme = form.get('theme')
  if (theme === 'light' || theme === 'dark' || theme === 'system') keep('theme', theme)
  const language = locales.find((each) => each === form.get('lang'))
  if (language) keep('lang', language)
  const own = languages.find((each) => each === language)
  if (own) await keepForCustomer(webOf(context), request, own)

  return redirect(ownPath(form.get('back')), { status: 303, headers })
}

/** Of who is signed in, the choice belongs to his record: his mails and papers follow it, on every device. */
async function keepForCustomer(web: WebContext, request: Request, language: string): Promise<void> {
  const session = web.business === null ? null : await web.door?.signIn.sessionOf(request)
  if (session == null) return
  const shop = await shopOf(web)
  await read(shop, async (tx) => {
    const customerId = await customerOf(tx, session.userId)
    if (customerId === null || (await readCustomer(tx, customerId)).language === language) return
    await changeCustomer(tx, asCustomer(shop, customerId), customerId, { language }, shop.now())
  })
}

/** A link that somebody sent must not lead away from here after the click; and what was just chosen goes before what the address says. */
function ownPath(back: FormDataEntryValue | null): string {
  if (typeof back !== 'string') return '/'
  const url = new URL(back, 'http://here.invalid')
  url.searchParams.delete('lang')
  return url.origin === 'http://here.invalid' && back.startsWith('/') ? url.pathname + url.search : '/'
}
