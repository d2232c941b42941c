import { redirect } from 'react-router'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { refuseForeign } from '../storefront/shop.server.ts'
import { Button } from '../ui/button.tsx'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/sign-in-link.ts'
import { Entry } from './frame.tsx'
import { forgetPath, rememberedPath } from './return.server.ts'

export const handle = { plain: true }

/** The link in the mail opens a question: programs that look at mails open every address in them, and must not use it up. */
export async function action({ context, request, params }: Route.ActionArgs) {
  refuseForeign(context, request)
  const web = webOf(context)
  try {
    const { outcome, headers } = await doorOf(web).signIn.redeemMagicLink(request, {
      token: params.token,
      address: web.address,
    })
    const to = rememberedPath(request)
    headers.append('set-cookie', forgetPath)
    return redirect(outcome === 'signed_in' ? to : `/sign-in/second-factor?to=${encodeURIComponent(to)}`, {
      status: 303,
      headers,
    })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return redirect('/sign-in?expired', 303)
    throw error
  }
}

export default function SignInLink() {
  const t = useText()
  return (
    <Entry title={t('portal.signIn.link.title')} lead={t('portal.signIn.link.lead')}>
      <form method="post">
        <Button look="primary" wide>
          {t('portal.signIn.enter')}
        </Button>
      </form>
    </Entry>
  )
}
