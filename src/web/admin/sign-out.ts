import { redirect } from 'react-router'
import { doorOf, webOf } from '#web/context.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import type { Route } from './+types/sign-out.ts'

export const loader = () => redirect('/admin')

export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const headers = await doorOf(webOf(context)).signIn.signOut(request)
  return redirect('/admin/sign-in', { status: 303, headers })
}
