import { recentSignIn } from '#modules/people/sign-in/sessions.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf } from '#web/context.ts'
import { redirectWith } from '#web/flash.ts'
import { formOf, textOf } from '../storefront/shop.server.ts'
import { Badge } from '../ui/badge.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/security.ts'
import { AccountPassword } from './account-password.tsx'
import { deviceName } from './device-name.ts'
import { Column, Portal } from './frame.tsx'
import { SignedIn } from './signed-in.tsx'
import { visitorOf } from './visitor.server.ts'

export const handle = { plain: true }

export async function loader({ context, request }: Route.LoaderArgs) {
  const { web, session } = await visitorOf(context, request)
  const sessions = await doorOf(web).signIn.listSessions(session.userId)
  return {
    recent: recentSignIn(session, web.app.clock.now()),
    secondFactor: session.authenticator,
    sessions: sessions.map(({ id, address, userAgent, signedInAt, lastSeenAt }) => ({
      id,
      address,
      ...deviceName(userAgent),
      signedInAt: signedInAt.toString(),
      lastSeenAt: lastSeenAt.toString(),
      own: id === session.sessionId,
    })),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const { web, session } = await visitorOf(context, request)
  const { signIn } = doorOf(web)
  switch (textOf(form, 'act')) {
    case 'password':
      await signIn.setPassword(request, { password: String(form.get('password') ?? '') })
      return redirectWith('/account/security', 'portal.security.password.saved')
    case 'end':
      await signIn.revokeSession(session.userId, textOf(form, 'session'))
      return redirectWith('/account/security', 'portal.security.ended')
    case 'end_others':
      await signIn.revokeSessions(session.userId, session.sessionId)
      return redirectWith('/account/security', 'portal.security.endedOthers')
    default:
      throw new Refusal('bad_request', 'This button is not known.')
  }
}

/** Account password, second factor, and the devices that are signed in. */
export default function Security({ loaderData: { recent, secondFactor, sessions } }: Route.ComponentProps) {
  const t = useText()
  const failure = useFailure()
  return (
    <Portal>
      <Column>
        <PageHeader title={t('portal.security.title')} />
        <FormErrors failure={failure} />
        <Card title={t('portal.accountPassword')}>
          <AccountPassword recent={recent} />
        </Card>
        <Card
          title={t('portal.factor.title')}
          actions={<Badge tone={secondFactor ? 'good' : 'none'}>{t(secondFactor ? 'portal.on' : 'portal.off')}</Badge>}
        >
          <div className="flex flex-col gap-4">
            <p className="text-muted">{t('portal.factor.lead')}</p>
            <div>
              <LinkButton to="/account/security/second-factor">
                {t(secondFactor ? 'portal.factor.manage' : 'portal.factor.begin')}
              </LinkButton>
            </div>
          </div>
        </Card>
        <SignedIn sessions={sessions} />
      </Column>
    </Portal>
  )
}
