import { Form, redirect } from 'react-router'
import { businessesOfUser } from '#modules/people/memberships.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/choose.ts'
import { EntryFrame } from './entry-frame.tsx'
import { chooseCookie, returnPath } from './guard.server.ts'

/** Which of the businesses that one works for. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const web = webOf(context)
  const session = await doorOf(web).signIn.sessionOf(request)
  if (session === null) throw redirect('/admin/sign-in')
  return { email: session.email, workplaces: await businessesOfUser(web.app, session.userId, web.app.clock.now()) }
}

export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  const session = await doorOf(web).signIn.requireSession(request)
  const wanted = (await request.formData()).get('business')
  const workplaces = await businessesOfUser(web.app, session.userId, web.app.clock.now())
  const chosen = workplaces.find(({ businessId }) => businessId === wanted)
  if (chosen === undefined) throw new Refusal('not_found', 'You do not work for this business.')
  return redirect(returnPath(request), { status: 303, headers: { 'set-cookie': chooseCookie(web, chosen.businessId) } })
}

export default function Choose({ loaderData: { email, workplaces } }: Route.ComponentProps) {
  const t = useText()
  const none = workplaces.length === 0
  return (
    <EntryFrame
      title={t(none ? 'console.choose.none' : 'console.choose.title')}
      lead={none ? t('console.choose.none.lead', { email }) : t('console.choose.lead', { email })}
    >
      {none ? null : (
        <Form method="post" className="flex flex-col gap-2">
          {workplaces.map(({ businessId, name, mode }) => (
            <Button key={businessId} wide name="business" value={businessId} className="justify-between!">
              <span className="min-w-0 truncate">{name}</span>
              {mode === 'test' ? (
                <Badge tone="warn">{t('ui.mode.test')}</Badge>
              ) : (
                <Badge tone="good">{t('ui.mode.live')}</Badge>
              )}
            </Button>
          ))}
        </Form>
      )}
      <Form method="post" action="/admin/sign-out">
        <Button look="quiet" wide>
          {t('console.shell.signOut')}
        </Button>
      </Form>
    </EntryFrame>
  )
}
