import { takeLink } from '#web/sign-in-steps.server.ts'
import { useText } from '../ui/page-context.tsx'
import { LinkForm } from '../ui/sign-in-forms.tsx'
import type { Route } from './+types/sign-in-link.ts'
import { Entry } from './frame.tsx'
import { forgetPath, rememberedPath } from './return.server.ts'

export const handle = { plain: true }

export function action({ context, request, params }: Route.ActionArgs) {
  const to = rememberedPath(request)
  const code = `/sign-in/second-factor?to=${encodeURIComponent(to)}`
  return takeLink(context, request, params.token, { to, code, expired: '/sign-in?expired' }, forgetPath)
}

export default function SignInLink() {
  const t = useText()
  return (
    <Entry title={t('portal.signIn.link.title')} lead={t('portal.signIn.link.lead')}>
      <LinkForm />
    </Entry>
  )
}
