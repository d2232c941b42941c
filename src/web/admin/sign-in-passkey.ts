import { redirect } from 'react-router'
import { doorOf, webOf } from '#web/context.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import type { Route } from './+types/sign-in-passkey.ts'

export const loader = () => redirect('/admin/sign-in')

/** What the browser asks its owner for, to sign in or to confirm who he is. The same for everybody who is not signed in. */
export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  const { options, headers } = await doorOf(web).signIn.askPasskey(request, { address: web.address })
  return Response.json(options, { headers })
}
