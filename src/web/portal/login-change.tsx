import { ChevronDown } from 'lucide-react'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { RadioCards } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { LoginPage } from './login.server.ts'

/** Another password: opened by one click and done by the second; says before what it means for the devices. */
export function LoginChange({ login: { formKey } }: { login: LoginPage }) {
  const t = useText()
  const failure = useFailure()
  return (
    <details
      open={failure !== null && failure.errors.username === undefined}
      className="group rounded-card border border-line bg-surface"
    >
      <summary className="flex min-h-12 items-center justify-between gap-4 px-5 py-3 font-medium">
        {t('portal.login.change')}
        <ChevronDown aria-hidden="true" className="motion size-5 shrink-0 text-muted group-open:rotate-180" />
      </summary>
      <form method="post" className="flex flex-col gap-5 px-5 pt-1 pb-5">
        <input type="hidden" name="form_key" value={formKey} />
        <Alert tone="warn">{t('portal.login.change.warn')}</Alert>
        <FieldGroup legend={t('portal.login.change.kind')}>
          <RadioCards
            name="kind"
            required
            defaultValue={failure?.values.kind ?? 'auto'}
            options={[
              { value: 'auto', label: t('portal.login.change.auto'), hint: t('portal.login.change.auto.hint') },
              { value: 'own', label: t('portal.login.change.own'), hint: t('portal.login.change.own.hint') },
            ]}
          />
        </FieldGroup>
        <Field
          label={t('portal.login.change.password')}
          hint={t('portal.login.change.rule')}
          error={failure?.errors.password}
        >
          {(tied) => <Input {...tied} code name="password" autoComplete="off" maxLength={32} spellCheck={false} />}
        </Field>
        <Button look="primary" name="act" value="change">
          {t('portal.login.change.button')}
        </Button>
      </form>
    </details>
  )
}
