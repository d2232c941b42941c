import { data, redirect, useActionData } from 'react-router'
import { recentSignIn } from '#modules/people/sign-in/sessions.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf } from '#web/context.ts'
import { failure as refused } from '#web/failure.ts'
import { formOf, textOf } from '../storefront/shop.server.ts'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/second-factor.ts'
import { SignInAgain } from './account-password.tsx'
import { BeginFactor, ConfirmFactor, EndFactor } from './factor-forms.tsx'
import { Column, Portal } from './frame.tsx'
import { visitorOf } from './visitor.server.ts'

export const handle = { plain: true }

export const headers = () => ({ 'cache-control': 'no-store' })

export async function loader({ context, request }: Route.LoaderArgs) {
  const { web, session } = await visitorOf(context, request)
  return { on: session.authenticator, recent: recentSignIn(session, web.app.clock.now()) }
}

/** The secret of the authenticator and the recovery codes are in this one answer and nowhere else. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await formOf(context, request)
  const { web } = await visitorOf(context, request)
  const { signIn } = doorOf(web)
  const password = String(form.get('password') ?? '')
  const given = password === '' ? {} : { password }
  const { address } = web
  try {
    switch (textOf(form, 'act')) {
      case 'begin':
        return data({ begun: await signIn.beginSecondFactor(request, given) })
      case 'confirm': {
        const code = textOf(form, 'code')
        if (code === '') return refused({ code: 'Please enter the code that your authenticator shows.' }, form)
        return done(await signIn.confirmSecondFactor(request, { code, address }))
      }
      case 'end':
        return done(await signIn.endSecondFactor(request, { ...given, address }))
      default:
        throw new Refusal('bad_request', 'This button is not known.')
    }
  } catch (error) {
    // A wrong password or code is the form again, not an error page.
    if (!(error instanceof Refusal) || error.code !== 'unauthenticated') throw error
    if (textOf(form, 'act') === 'confirm') return refused({ code: error.message }, form)
    return refused({ password: 'The account password is not right.' }, form)
  }
}

const done = (headers: Headers): Response => redirect('/account/security', { status: 303, headers })

export default function SecondFactor({ loaderData: { on, recent } }: Route.ComponentProps) {
  const t = useText()
  const failure = useFailure()
  const answer = useActionData<typeof action>()
  const begun = answer && 'begun' in answer ? answer.begun : null
  return (
    <Portal>
      <Column>
        <PageHeader
          title={t('portal.factor.title')}
          description={t('portal.factor.lead')}
          back={{ to: '/account/security', label: t('portal.nav.security') }}
        />
        <FormErrors failure={failure} />
        <Card>
          {!recent ? (
            <SignInAgain to="/account/security/second-factor" />
          ) : on ? (
            <EndFactor />
          ) : begun !== null || failure?.errors.code ? (
            <ConfirmFactor begun={begun} />
          ) : (
            <BeginFactor />
          )}
        </Card>
      </Column>
    </Portal>
  )
}
