import { redirect } from 'react-router'
import { doorOf, webOf } from '#web/context.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import type { Route } from './+types/sign-out.ts'
import { actingGone, nothingToStop, stopActing } from './acting.server.ts'

export const loader = () => redirect('/admin')

export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  const { signIn } = doorOf(web)
  const session = await signIn.sessionOf(request)
  if (session !== null) await stopActing(web.app, request, session.userId, web.requestId).catch(nothingToStop)
  const headers = await signIn.signOut(request)
  headers.append('set-cookie', actingGone(web))
  return redirect('/admin/sign-in', { status: 303, headers })
}
