/** The two steps of signing in that portal and console share: the mailed link, and the code of an authenticator. */
import { type RouterContextProvider, redirect } from 'react-router'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from './context.ts'
import { failure } from './failure.ts'
import { refuseForeign } from './own-form.server.ts'

type Context = Readonly<RouterContextProvider>

/** A code of the authenticator, or one of the recovery codes; then on to `to`. A wrong one is the form again. */
export async function takeCode(context: Context, request: Request, to: string) {
  refuseForeign(context, request)
  const web = webOf(context)
  const form = await request.formData()
  const code = String(form.get('code') ?? '').trim()
  if (code === '') return failure({ code: 'Please enter the code.' }, form)
  try {
    const recovery = form.get('recovery') === 'on'
    const { headers } = await doorOf(web).signIn.verifySecondFactor(request, { code, recovery, address: web.address })
    return redirect(to, { status: 303, headers })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unauthenticated') return failure({ code: error.message }, form)
    throw error
  }
}

/**
 * The link in the mail opens a question, and its button comes here: programs that look at mails open every address in them, and must
 * not use it up.
 */
export async function takeLink(
  context: Context,
  request: Request,
  token: string,
  paths: { to: string; code: string; expired: string },
  /** A cookie that goes with the answer once the link was good. */
  cookie?: string,
): Promise<Response> {
  refuseForeign(context, request)
  const web = webOf(context)
  try {
    const { outcome, headers } = await doorOf(web).signIn.redeemMagicLink(request, { token, address: web.address })
    if (cookie !== undefined) headers.append('set-cookie', cookie)
    return redirect(outcome === 'signed_in' ? paths.to : paths.code, { status: 303, headers })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return redirect(paths.expired, 303)
    throw error
  }
}
