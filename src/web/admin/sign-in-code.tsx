import { takeCode } from '#web/sign-in-steps.server.ts'
import { useText } from '../ui/page-context.tsx'
import { CodeForm } from '../ui/sign-in-forms.tsx'
import type { Route } from './+types/sign-in-code.ts'
import { EntryFrame } from './entry-frame.tsx'
import { returnPath } from './guard.server.ts'

export const action = ({ context, request }: Route.ActionArgs) => takeCode(context, request, returnPath(request))

export default function SignInCode() {
  const t = useText()
  return (
    <EntryFrame title={t('console.signIn.code.title')} lead={t('console.signIn.code.lead')}>
      <CodeForm />
    </EntryFrame>
  )
}
