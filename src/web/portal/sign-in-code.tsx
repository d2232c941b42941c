import { redirect } from 'react-router'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { formOf, textOf } from '../storefront/shop.server.ts'
import { Button } from '../ui/button.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/sign-in-code.ts'
import { Entry } from './frame.tsx'
import { returnPath } from './visitor.server.ts'

export const handle = { plain: true }

/** The second step: a code of the authenticator, or one of the recovery codes. */
export async function action({ context, request }: Route.ActionArgs) {
  const web = webOf(context)
  const form = await formOf(context, request)
  const code = textOf(form, 'code')
  if (code === '') return failure({ code: 'Please enter the code.' }, form)
  try {
    const recovery = form.get('recovery') === 'on'
    const { headers } = await doorOf(web).signIn.verifySecondFactor(request, { code, recovery, address: web.address })
    return redirect(returnPath(request), { status: 303, headers })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unauthenticated') return failure({ code: error.message }, form)
    throw error
  }
}

export default function SignInCode() {
  const t = useText()
  const failed = useFailure()
  return (
    <Entry title={t('portal.signIn.code.title')} lead={t('portal.signIn.code.lead')}>
      <form method="post" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <Field label={t('portal.signIn.code')} error={failed?.errors.code}>
          {(tied) => <Input {...tied} code name="code" required autoComplete="one-time-code" inputMode="text" />}
        </Field>
        <Checkbox name="recovery" label={t('portal.signIn.recovery')} />
        <Button look="primary" wide>
          {t('portal.signIn.enter')}
        </Button>
      </form>
    </Entry>
  )
}
