import { redirect, useSearchParams } from 'react-router'
import type { Shop } from '#app.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, type WebContext, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, shopOf, textOf } from '../storefront/shop.server.ts'
import type { Route } from './+types/sign-in.ts'
import { rememberPath } from './return.server.ts'
import { CheckMail, SignInForm } from './sign-in-form.tsx'
import { returnPath } from './visitor.server.ts'

export const handle = { plain: true }

/** Whoever is signed in goes on, unless a page asked him to sign in afresh. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const session = await doorOf(webOf(context)).signIn.sessionOf(request)
  if (session !== null && !new URL(request.url).searchParams.has('again')) throw redirect(returnPath(request))
  return null
}

export async function action({ context, request }: Route.ActionArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await formOf(context, request)
  const email = textOf(form, 'email')
  if (email === '') return failure({ email: 'Please enter your e-mail address.' }, form)
  // Enter in the field of the password presses the first button, which asks for a link.
  const password = String(form.get('password') ?? '')
  if (password !== '') return enter(web, request, form, { email, password })
  if (textOf(form, 'act') === 'password')
    return failure({ password: 'Please enter your account password, or ask for a link by mail.' }, form)
  return mailLink(web, shop, request, email)
}

async function enter(web: WebContext, request: Request, form: FormData, given: { email: string; password: string }) {
  try {
    const { outcome, headers } = await doorOf(web).signIn.signInWithPassword(request, {
      ...given,
      address: web.address,
    })
    const to = returnPath(request)
    return redirect(outcome === 'signed_in' ? to : `/sign-in/second-factor?to=${encodeURIComponent(to)}`, {
      status: 303,
      headers,
    })
  } catch (error) {
    // A wrong password is the form again, not an error page.
    if (error instanceof Refusal && error.code === 'unauthenticated') return failure({ password: error.message }, form)
    throw error
  }
}

/** The same answer for every address, known or not. */
async function mailLink(web: WebContext, shop: Shop, request: Request, email: string) {
  const { businessId, baseUrl: base } = shop
  await doorOf(web).signIn.requestMagicLink(request, { email, businessId, base, address: web.address })
  const sent = redirectWith('/sign-in?sent', 'portal.signIn.sent', { values: { email } })
  sent.headers.append('set-cookie', rememberPath(web, returnPath(request)))
  return sent
}

export default function SignIn() {
  const [search] = useSearchParams()
  return search.has('sent') ? <CheckMail /> : <SignInForm expired={search.has('expired')} again={search.has('again')} />
}
