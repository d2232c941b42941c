import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'
import { Entry } from './frame.tsx'

/** A link by mail first; the account password for those who have set one. */
export function SignInForm({ expired, again }: { expired: boolean; again: boolean }) {
  const t = useText()
  const failed = useFailure()
  return (
    <Entry title={t('portal.signIn.title')} lead={t('portal.signIn.lead')}>
      {expired ? <Alert tone="warn">{t('portal.signIn.expired')}</Alert> : null}
      {again ? <Alert tone="info">{t('portal.signIn.again')}</Alert> : null}
      <form method="post" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <Field label={t('portal.signIn.email')} error={failed?.errors.email}>
          {(tied) => (
            <Input
              {...tied}
              type="email"
              name="email"
              required
              autoComplete="username"
              defaultValue={failed?.values.email}
            />
          )}
        </Field>
        <Button look="primary" wide name="act" value="link">
          {t('portal.signIn.mailLink')}
        </Button>
        <details open={failed?.errors.password !== undefined} className="border-t border-line pt-3">
          <summary className="inline-flex min-h-11 items-center text-brand underline">
            {t('portal.signIn.other')}
          </summary>
          <div className="flex flex-col gap-4 pt-2">
            <Field label={t('portal.accountPassword')} error={failed?.errors.password}>
              {(tied) => <SecretInput {...tied} name="password" autoComplete="current-password" />}
            </Field>
            <Button wide name="act" value="password">
              {t('ui.signIn.enter')}
            </Button>
          </div>
        </details>
      </form>
    </Entry>
  )
}

/** After asking for a link; the sentence above tells the address. */
export function CheckMail() {
  const t = useText()
  return (
    <Entry title={t('portal.signIn.check.title')} lead={t('portal.signIn.check.lead')}>
      <p className="text-muted">{t('portal.signIn.check.none')}</p>
      <LinkButton to="/sign-in" wide>
        {t('portal.signIn.check.again')}
      </LinkButton>
    </Entry>
  )
}
