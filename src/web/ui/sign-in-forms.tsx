/** The forms of the steps that portal and console share when somebody signs in; they work without a script. */
import { Button } from './button.tsx'
import { Checkbox } from './choice.tsx'
import { Field } from './field.tsx'
import { FormErrors, useFailure } from './form-errors.tsx'
import { Input } from './input.tsx'
import { useText } from './page-context.tsx'

export function CodeForm() {
  const t = useText()
  const failed = useFailure()
  return (
    <form method="post" className="flex flex-col gap-5">
      <FormErrors failure={failed} />
      <Field label={t('ui.signIn.code')} error={failed?.errors.code}>
        {(tied) => <Input {...tied} code name="code" required autoComplete="one-time-code" inputMode="text" />}
      </Field>
      <Checkbox name="recovery" label={t('ui.signIn.recovery')} />
      <Button look="primary" wide>
        {t('ui.signIn.enter')}
      </Button>
    </form>
  )
}

export function LinkForm() {
  const t = useText()
  return (
    <form method="post">
      <Button look="primary" wide>
        {t('ui.signIn.enter')}
      </Button>
    </form>
  )
}
