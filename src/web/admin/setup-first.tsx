import '../i18n/areas/setup.ts'
import { Form, redirect } from 'react-router'
import { awaitsFirstOwner, createFirstOwner } from '#modules/people/first-admin.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/setup-first.ts'
import { EntryFrame } from './entry-frame.tsx'
import { formReader } from './form-reader.server.ts'

/** The first owner of an empty installation makes himself, with the code that the program printed. Later there is no such page. */
export async function loader({ context }: Route.LoaderArgs) {
  if (!(await awaitsFirstOwner(webOf(context).app))) throw redirect('/admin')
  return null
}

export async function action({ context, request }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  const { signIn, limits } = doorOf(web)
  const form = await request.formData()
  await limits.count('sign_in', { account: 'first-owner', network: web.address })
  const read = formReader(form)
  const code = read.text('code', { most: 40 })
  const businessName = read.text('business_name', { most: 80 })
  const email = read.email('email') ?? ''
  const password = String(form.get('password') ?? '')
  if (password === '') read.refuse('password', 'Please choose a password.')
  if (read.failed) return failure(read.errors, form)
  await createFirstOwner(web.app, signIn, { code, email, password, businessName })
  const { headers } = await signIn.signInWithPassword(request, { email, password, address: web.address })
  return redirect('/admin/setup', { status: 303, headers })
}

export default function FirstOwnerPage() {
  const t = useText()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
  return (
    <EntryFrame title={t('console.first.title')} lead={t('console.first.lead')}>
      <Form method="post" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <Field label={t('console.first.code')} hint={t('console.first.code.hint')} error={errors.code}>
          {(tied) => (
            <Input
              {...tied}
              code
              name="code"
              required
              maxLength={40}
              autoComplete="one-time-code"
              defaultValue={values.code}
            />
          )}
        </Field>
        <Field label={t('console.first.business')} hint={t('console.first.business.hint')} error={errors.business_name}>
          {(tied) => (
            <Input {...tied} name="business_name" required maxLength={80} defaultValue={values.business_name} />
          )}
        </Field>
        <Field label={t('console.signIn.email')} error={errors.email}>
          {(tied) => (
            <Input {...tied} type="email" name="email" required autoComplete="username" defaultValue={values.email} />
          )}
        </Field>
        <Field label={t('console.first.password')} hint={t('console.first.password.hint')} error={errors.password}>
          {(tied) => <SecretInput {...tied} name="password" required autoComplete="new-password" />}
        </Field>
        <Button look="primary" wide>
          {t('console.first.go')}
        </Button>
      </Form>
    </EntryFrame>
  )
}
