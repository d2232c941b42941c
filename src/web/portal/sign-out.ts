import { redirect } from 'react-router'
import { doorOf, webOf } from '#web/context.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import type { Route } from './+types/sign-out.ts'

export const handle = { plain: true }

export const loader = () => redirect('/account')

export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const headers = await doorOf(webOf(context)).signIn.signOut(request)
  return redirect('/sign-in', { status: 303, headers })
}
