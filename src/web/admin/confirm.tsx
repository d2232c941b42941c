import '../i18n/areas/security.ts'
import { Form, Link, redirect } from 'react-router'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/confirm.ts'
import { EntryFrame } from './entry-frame.tsx'
import { actAs, returnPath, staffOf } from './guard.server.ts'
import { PasskeyButton } from './passkey-button.tsx'

/** Sensitive acts ask for a sign-in of the last minutes: the same person signs in again and comes back to where he was. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { session } = await staffOf(context, request)
  return { email: session.email, to: returnPath(request) }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { session, home, form } = await actAs(context, request)
  const web = webOf(context)
  const { signIn } = doorOf(web)
  const to = returnPath(request)
  if (form.get('act') === 'link') {
    const base = `${web.app.publicUrl}/admin`
    await signIn.requestMagicLink(request, {
      email: session.email,
      businessId: home.businessId,
      base,
      address: web.address,
    })
    return redirectWith(`/admin/confirm?to=${encodeURIComponent(to)}`, 'console.signIn.sent', {
      values: { email: session.email },
    })
  }
  if (form.get('act') === 'passkey') {
    const asked = { answer: String(form.get('answer') ?? ''), only: session.userId, address: web.address }
    try {
      const { headers } = await signIn.signInWithPasskey(request, asked)
      await signIn.revokeSession(session.userId, session.sessionId)
      return redirect(to, { status: 303, headers })
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unauthenticated') return failure({}, form, error.message)
      throw error
    }
  }
  const password = String(form.get('password') ?? '')
  if (password === '') return failure({ password: 'Please enter your password.' }, form)
  try {
    const { outcome, headers } = await signIn.signInWithPassword(request, {
      email: session.email,
      password,
      address: web.address,
    })
    // The session it replaces must not live on beside the new one.
    if (outcome === 'signed_in') await signIn.revokeSession(session.userId, session.sessionId)
    return redirect(outcome === 'signed_in' ? to : `/admin/sign-in/code?to=${encodeURIComponent(to)}`, {
      status: 303,
      headers,
    })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unauthenticated') return failure({ password: error.message }, form)
    throw error
  }
}

export default function ConfirmSignIn({ loaderData: { email, to } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  return (
    <EntryFrame title={t('console.confirm.title')} lead={t('console.confirm.lead', { email })}>
      <Form method="post" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <Field label={t('console.signIn.password')} error={failed?.errors.password}>
          {(tied) => <SecretInput {...tied} name="password" autoComplete="current-password" />}
        </Field>
        <div className="flex flex-col gap-2">
          <Button look="primary" wide name="act" value="password">
            {t('console.confirm.go')}
          </Button>
          <Button look="quiet" wide name="act" value="link">
            {t('console.signIn.mailLink')}
          </Button>
        </div>
      </Form>
      <Form method="post" className="flex flex-col gap-2">
        <PasskeyButton ask="/admin/sign-in/passkey" act="passkey" wide>
          {t('portal.passkey.use')}
        </PasskeyButton>
      </Form>
      <p className="text-center text-sm">
        <Link to={parentOf(to)} className="text-brand underline">
          {t('console.confirm.back')}
        </Link>
      </p>
    </EntryFrame>
  )
}

/** The page above the one that asks: going back to that would only ask again. */
const parentOf = (path: string): string => path.replace(/[?#].*$/, '').replace(/\/[^/]+$/, '') || '/admin'
