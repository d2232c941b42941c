import { takeLink } from '#web/sign-in-steps.server.ts'
import { useText } from '../ui/page-context.tsx'
import { LinkForm } from '../ui/sign-in-forms.tsx'
import type { Route } from './+types/sign-in-link.ts'
import { EntryFrame } from './entry-frame.tsx'

const paths = { to: '/admin', code: '/admin/sign-in/code', expired: '/admin/sign-in?expired' }

export const action = ({ context, request, params }: Route.ActionArgs) =>
  takeLink(context, request, params.token, paths)

export default function SignInLink() {
  const t = useText()
  return (
    <EntryFrame title={t('console.signIn.link.title')} lead={t('console.signIn.link.lead')}>
      <LinkForm />
    </EntryFrame>
  )
}
