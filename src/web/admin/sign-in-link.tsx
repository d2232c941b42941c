import { Form, redirect } from 'react-router'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { Button } from '../ui/button.tsx'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/sign-in-link.ts'
import { EntryFrame } from './entry-frame.tsx'
import { refuseForeign } from './guard.server.ts'

/** The link in the mail opens a question: programs that look at mails open every address in them, and must not use it up. */
export async function action({ context, request, params }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  try {
    const { outcome, headers } = await doorOf(web).signIn.redeemMagicLink(request, {
      token: params.token,
      address: web.address,
    })
    return redirect(outcome === 'signed_in' ? '/admin' : '/admin/sign-in/code', { status: 303, headers })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return redirect('/admin/sign-in?expired', 303)
    throw error
  }
}

export default function SignInLink() {
  const t = useText()
  return (
    <EntryFrame title={t('console.signIn.link.title')} lead={t('console.signIn.link.lead')}>
      <Form method="post">
        <Button look="primary" wide>
          {t('console.signIn.enter')}
        </Button>
      </Form>
    </EntryFrame>
  )
}
