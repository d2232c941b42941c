import { ChevronDown } from 'lucide-react'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { LoginPage } from './login.server.ts'

/** Another user name: says before that the old one stops, and how often it may be done. */
export function Rename({ login: { formKey, renames, name, wished } }: { login: LoginPage }) {
  const t = useText()
  const failure = useFailure()
  return (
    <details open={failure?.errors.username !== undefined} className="group rounded-card border border-line bg-surface">
      <summary className="flex min-h-12 items-center justify-between gap-4 px-5 py-3 font-medium">
        {t('portal.rename.change')}
        <ChevronDown aria-hidden="true" className="motion size-5 shrink-0 text-muted group-open:rotate-180" />
      </summary>
      <form method="post" className="flex flex-col gap-5 px-5 pt-1 pb-5">
        <input type="hidden" name="form_key" value={formKey} />
        <Alert tone="warn">{t('portal.rename.warn', { name })}</Alert>
        {wished === null ? null : <p>{t('portal.rename.wished', { wished, name })}</p>}
        <Field label={t('portal.rename.username')} hint={t('portal.rename.rule')} error={failure?.errors.username}>
          {(tied) => (
            <Input
              {...tied}
              code
              name="username"
              required
              maxLength={24}
              autoComplete="off"
              spellCheck={false}
              defaultValue={failure?.values.username ?? ''}
            />
          )}
        </Field>
        <p className="text-sm text-muted">{t('portal.rename.limit', { count: renames.most, days: renames.days })}</p>
        <Button look="primary" name="act" value="rename">
          {t('portal.rename.button')}
        </Button>
      </form>
    </details>
  )
}
