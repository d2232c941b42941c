import { doorOf, webOf } from '#web/context.ts'
import type { Route } from './+types/security-passkey.ts'
import { actAs, requireRecent } from './guard.server.ts'

/** What the browser asks its owner for, to make a passkey for him. */
export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request)
  requireRecent(staff, request, '/admin/security')
  const web = webOf(context)
  const { options, headers } = await doorOf(web).signIn.beginPasskey(request, { address: web.address })
  return Response.json(options, { headers })
}
