import { webOf } from '#web/context.ts'
import { translator } from '#web/i18n/translate.ts'
import type { Route } from './+types/username.ts'
import { answerUsername } from './checkout.server.ts'
import { shopOf } from './shop.server.ts'
import { usernameText } from './username-text.ts'

/** `?username=ana84` is answered with a sentence for the page: free, taken and what we would use instead, or not usable. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const typed = new URL(request.url).searchParams.get('username') ?? ''
  const answer = await answerUsername(web, await shopOf(web), params.plan, typed.slice(0, 100))
  const body = {
    verdict: answer.verdict,
    username: answer.username,
    text: usernameText(translator(web.locale), answer),
  }
  return Response.json(body, { headers: { 'cache-control': 'no-store' } })
}
