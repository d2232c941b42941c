import { redirect } from 'react-router'
import { doorOf, webOf } from '#web/context.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import type { Route } from './+types/stop-acting.ts'
import { actingGone, nothingToStop, stopActing } from './acting.server.ts'

export const loader = () => redirect('/admin')

/** One click, and he is back in his own console; also when it was over already. */
export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  const { userId } = await doorOf(web).signIn.requireSession(request)
  const acted = await stopActing(web.app, request, userId, web.requestId).catch(nothingToStop)
  const to = acted === null ? '/admin' : `/admin/resellers/${acted}`
  return redirect(to, { status: 303, headers: { 'set-cookie': actingGone(web) } })
}
