import '../i18n/areas/resellers.ts'
import { Form, redirect } from 'react-router'
import { acceptInvitation, openInvitation } from '#modules/reselling/accept-invitation.ts'
import { isCurrency } from '#platform/money.ts'
import { isZone } from '#platform/time.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { refuseForeign } from '#web/own-form.server.ts'
import { Button } from '../ui/button.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/join.ts'
import { EntryFrame } from './entry-frame.tsx'
import { formReader } from './form-reader.server.ts'
import { chooseCookie } from './guard.server.ts'

/** Whoever was invited opens a shop of his own: one form, and it sells. */
export async function loader({ context, params }: Route.LoaderArgs) {
  const { parent, invitation } = await openInvitation(webOf(context).app, params.token)
  const { name, currency, country, zone } = parent
  return { parent: name, email: invitation.email, currency, country, zone }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  const { signIn, limits } = doorOf(web)
  await limits.count('use_link', { network: web.address })
  const form = await request.formData()
  const read = formReader(form)
  const name = read.text('name', { most: 80 })
  const slug = read.raw('slug').toLowerCase()
  if (slug !== '' && !/^[a-z0-9][a-z0-9-]{0,39}$/.test(slug))
    read.refuse('slug', 'Only small letters, digits and dashes.')
  const currency = read.raw('currency').toUpperCase()
  if (!isCurrency(currency)) read.refuse('currency', 'Please enter a currency, like EUR.')
  const country = read.raw('country').toUpperCase()
  if (!/^[A-Z]{2}$/.test(country)) read.refuse('country', 'Please enter a country, like DE.')
  const zone = read.raw('zone')
  if (!isZone(zone)) read.refuse('zone', 'Please enter a time zone, like Europe/Berlin.')
  const attests = read.flag('attests')
  if (!attests) read.refuse('attests', 'Without this you cannot sell here.')
  if (read.failed) return failure(read.errors, form)
  const password = String(form.get('password') ?? '')
  const wanted = { name, slug, zone, currency, country, language: 'en', attests, password: password || null }
  const joined = await acceptInvitation(web.app, signIn, params.token, wanted)
  const chosen = chooseCookie(web, joined.businessId)
  // Who had a sign-in here before keeps its password: then he signs in as always.
  const entered = password
    ? await signIn
        .signInWithPassword(request, { email: joined.email, password, address: web.address })
        .catch(() => null)
    : null
  const headers = entered?.headers ?? new Headers()
  headers.append('set-cookie', chosen)
  const to = entered === null ? `/admin/sign-in?email=${encodeURIComponent(joined.email)}` : '/admin'
  return redirect(entered?.outcome === 'second_factor' ? '/admin/sign-in/code' : to, { status: 303, headers })
}

export default function JoinPage({ loaderData }: Route.ComponentProps) {
  const { parent, email, ...given } = loaderData
  const t = useText()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
  return (
    <EntryFrame title={t('console.join.title')} lead={t('console.join.lead', { name: parent })}>
      <Form method="post" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <Field label={t('console.join.name')} error={errors.name}>
          {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={values.name} />}
        </Field>
        <Field label={t('console.join.slug')} hint={t('console.join.slug.hint')} error={errors.slug} optional>
          {(tied) => <Input {...tied} name="slug" maxLength={40} defaultValue={values.slug} />}
        </Field>
        <div className="grid grid-cols-2 gap-4">
          <Field label={t('console.join.currency')} error={errors.currency}>
            {(tied) => (
              <Input
                {...tied}
                name="currency"
                required
                maxLength={3}
                defaultValue={values.currency ?? given.currency}
              />
            )}
          </Field>
          <Field label={t('console.join.country')} error={errors.country}>
            {(tied) => (
              <Input {...tied} name="country" required maxLength={2} defaultValue={values.country ?? given.country} />
            )}
          </Field>
        </div>
        <Field label={t('console.join.zone')} error={errors.zone}>
          {(tied) => <Input {...tied} name="zone" required maxLength={64} defaultValue={values.zone ?? given.zone} />}
        </Field>
        <Field
          label={t('console.join.password')}
          hint={t('console.join.password.hint', { email })}
          error={errors.password}
          optional
        >
          {(tied) => <SecretInput {...tied} name="password" autoComplete="new-password" />}
        </Field>
        <Checkbox name="attests" label={t('console.join.attests')} error={errors.attests} required />
        <Button look="primary" wide>
          {t('console.join.go')}
        </Button>
      </Form>
    </EntryFrame>
  )
}
