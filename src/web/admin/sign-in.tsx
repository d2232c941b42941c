import '../i18n/areas/security.ts'
import { Form, redirect, useSearchParams } from 'react-router'
import { rootBusiness } from '#modules/people/business.ts'
import { awaitsFirstOwner } from '#modules/people/first-admin.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/sign-in.ts'
import { EntryFrame } from './entry-frame.tsx'
import { returnPath } from './guard.server.ts'
import { PasskeyButton } from './passkey-button.tsx'

/** Whoever is signed in already goes on; before anybody can sign in there is the first owner to make. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const web = webOf(context)
  const session = await doorOf(web).signIn.sessionOf(request)
  if (session !== null) throw redirect(returnPath(request))
  if (await awaitsFirstOwner(web.app)) throw redirect('/admin/setup/first')
  return null
}

export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const form = await request.formData()
  if (form.get('act') === 'passkey') return enterByPasskey(context, request, form)
  const email = String(form.get('email') ?? '').trim()
  if (email === '') return failure({ email: 'Please enter your e-mail address.' }, form)
  return form.get('act') === 'link' ? mailLink(context, request, email) : enter(context, request, form, email)
}

async function enter(context: Route.ActionArgs['context'], request: Request, form: FormData, email: string) {
  const web = webOf(context)
  const password = String(form.get('password') ?? '')
  if (password === '') return failure({ password: 'Please enter your password, or ask for a link by mail.' }, form)
  try {
    const { outcome, headers } = await doorOf(web).signIn.signInWithPassword(request, {
      email,
      password,
      address: web.address,
    })
    const to = returnPath(request)
    return redirect(outcome === 'signed_in' ? to : `/admin/sign-in/code?to=${encodeURIComponent(to)}`, {
      status: 303,
      headers,
    })
  } catch (error) {
    // A wrong password is the form again, not an error page.
    if (error instanceof Refusal && error.code === 'unauthenticated') return failure({ password: error.message }, form)
    throw error
  }
}

async function enterByPasskey(context: Route.ActionArgs['context'], request: Request, form: FormData) {
  const web = webOf(context)
  try {
    const answer = String(form.get('answer') ?? '')
    const { headers } = await doorOf(web).signIn.signInWithPasskey(request, { answer, address: web.address })
    return redirect(returnPath(request), { status: 303, headers })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unauthenticated') return failure({}, form, error.message)
    throw error
  }
}

/** The same answer for every address, known or not. */
async function mailLink(context: Route.ActionArgs['context'], request: Request, email: string) {
  const web = webOf(context)
  const businessId = web.business?.id ?? (await rootBusiness(web.app))
  if (businessId === null) throw new Refusal('unavailable', 'Nothing is set up here yet.')
  const base = `${web.app.publicUrl}/admin`
  await doorOf(web).signIn.requestMagicLink(request, { email, businessId, base, address: web.address })
  return redirectWith('/admin/sign-in?sent', 'console.signIn.sent', { values: { email } })
}

export default function SignIn() {
  const t = useText()
  const failed = useFailure()
  const [search] = useSearchParams()
  return (
    <EntryFrame title={t('console.signIn.title')} lead={t('console.signIn.lead')}>
      {search.has('expired') ? <Alert tone="warn">{t('console.signIn.expired')}</Alert> : null}
      <Form method="post" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <Field label={t('console.signIn.email')} error={failed?.errors.email}>
          {(tied) => (
            <Input
              {...tied}
              type="email"
              name="email"
              required
              autoComplete="username"
              defaultValue={failed?.values.email ?? search.get('email') ?? undefined}
            />
          )}
        </Field>
        <Field label={t('console.signIn.password')} error={failed?.errors.password}>
          {(tied) => <SecretInput {...tied} name="password" autoComplete="current-password" />}
        </Field>
        <div className="flex flex-col gap-2">
          <Button look="primary" wide name="act" value="password">
            {t('ui.signIn.enter')}
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
    </EntryFrame>
  )
}
