import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { SecretInput } from '../ui/special-inputs.tsx'

/** Setting or replacing it asks for a sign-in of the last minutes, so that a phone left on a table does not change it. */
export function AccountPassword({ recent }: { recent: boolean }) {
  const t = useText()
  const failure = useFailure()
  if (!recent) return <SignInAgain to="/account/security" />
  return (
    <form method="post" className="flex flex-col gap-5">
      <p className="text-muted">{t('portal.security.password.lead')}</p>
      <Field
        label={t('portal.security.password.new')}
        hint={t('portal.security.password.rule')}
        error={failure?.errors.password}
      >
        {(tied) => <SecretInput {...tied} name="password" required autoComplete="new-password" />}
      </Field>
      <div>
        <Button name="act" value="password">
          {t('portal.security.password.save')}
        </Button>
      </div>
    </form>
  )
}

export function SignInAgain({ to }: { to: string }) {
  const t = useText()
  return (
    <Alert
      tone="info"
      actions={
        <LinkButton to={`/sign-in?again&to=${encodeURIComponent(to)}`}>{t('portal.security.again.button')}</LinkButton>
      }
    >
      {t('portal.security.again')}
    </Alert>
  )
}
