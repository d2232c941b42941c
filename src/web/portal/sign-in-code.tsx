import { takeCode } from '#web/sign-in-steps.server.ts'
import { useText } from '../ui/page-context.tsx'
import { CodeForm } from '../ui/sign-in-forms.tsx'
import type { Route } from './+types/sign-in-code.ts'
import { Entry } from './frame.tsx'
import { returnPath } from './visitor.server.ts'

export const handle = { plain: true }

export const action = ({ context, request }: Route.ActionArgs) => takeCode(context, request, returnPath(request))

export default function SignInCode() {
  const t = useText()
  return (
    <Entry title={t('portal.signIn.code.title')} lead={t('portal.signIn.code.lead')}>
      <CodeForm />
    </Entry>
  )
}
