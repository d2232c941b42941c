import { ChevronDown } from 'lucide-react'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { MacInput } from '../ui/special-inputs.tsx'
import { UnusualMac } from '../ui/unusual-mac.tsx'
import type { LoginPage } from './login.server.ts'

/** Another box for the same line: opened by one click and done by the second; says before what becomes of the old one. */
export function BoxChange({ login: { formKey, macChanges } }: { login: LoginPage }) {
  const t = useText()
  const failure = useFailure()
  return (
    <details
      open={failure !== null && failure.errors.username === undefined}
      className="group rounded-card border border-line bg-surface"
    >
      <summary className="flex min-h-12 items-center justify-between gap-4 px-5 py-3 font-medium">
        {t('portal.box.change')}
        <ChevronDown aria-hidden="true" className="motion size-5 shrink-0 text-muted group-open:rotate-180" />
      </summary>
      <form method="post" className="flex flex-col gap-5 px-5 pt-1 pb-5">
        <input type="hidden" name="form_key" value={formKey} />
        <Alert tone="warn">{t('portal.box.warn')}</Alert>
        <Field label={t('portal.box.mac')} hint={t('ui.mac.hint')} error={failure?.errors.mac}>
          {(tied) => <MacInput {...tied} name="mac" required defaultValue={failure?.values.mac} />}
        </Field>
        <UnusualMac errors={failure?.errors ?? {}} values={failure?.values ?? {}} />
        <p className="text-sm text-muted">
          {t('portal.box.limit', { most: String(macChanges.most), days: String(macChanges.days) })}
        </p>
        <Button look="primary" name="act" value="change_box">
          {t('portal.box.button')}
        </Button>
      </form>
    </details>
  )
}
