/** Saving a payment method without a payment: where that can be done, the way there, and looking after the customer came back. */
import { setTimeout as wait } from 'node:timers/promises'
import { redirect } from 'react-router'
import { declineText } from '#adapters/gateways/decline-words.ts'
import { latestSetup, type MethodSetup, refreshSetup, startSetup } from '#modules/billing/save-method.ts'
import { secondsBetween } from '#platform/time.ts'
import { doorOf } from '#web/context.ts'
import { failure } from '#web/failure.ts'
import { chosenMethod, type PayMethod, payMethods, saveConsentOf } from '../storefront/paying.server.ts'
import { read } from '../storefront/shop.server.ts'
import type { Me } from './visitor.server.ts'

const page = '/account/payment-methods'

export const waysToSave = async ({ web, shop }: Me): Promise<PayMethod[]> =>
  (await payMethods(web, shop, shop.currency)).filter(({ savesAlone }) => savesAlone)

/** Sends him to the gateway's page, once he has ticked the sentence. */
export async function saveMethod(me: Me, form: FormData) {
  const { web, shop, customerId } = me
  const consent = saveConsentOf(web, shop, form)
  if (consent === null) return failure({ save_method: 'Please tick the box: without it nothing can be saved.' }, form)
  const gatewayAccountId = chosenMethod(form, await waysToSave(me))
  await doorOf(web).limits.count('checkout', { account: customerId, network: web.address })
  const { redirectUrl } = await startSetup(shop, {
    customerId,
    gatewayAccountId,
    returnUrl: `${shop.baseUrl}${page}?back=1`,
    cancelUrl: `${shop.baseUrl}${page}`,
    consent,
  })
  return redirect(redirectUrl ?? page, 303)
}

const patienceMs = 2_000
const askAgainSeconds = 5

/** What to tell somebody who comes back from the gateway's page; null where he does not. Coming back proves nothing: it is asked. */
export async function lookAfterSaving({ web, shop, customerId }: Me, request: Request) {
  if (!new URL(request.url).searchParams.has('back')) return null
  const before = await read(shop, (tx) => latestSetup(tx, customerId))
  if (before === null) return null
  const asked = before.fetchedAt !== null && secondsBetween(before.fetchedAt, shop.now()) < askAgainSeconds
  if (before.status === 'requires_action' && !asked) {
    const asking = refreshSetup(shop, before.id).catch((error: unknown) => {
      web.app.log.info('saving of a method not fetched on return', { setup: before.id, error })
    })
    await Promise.race([asking, wait(patienceMs, undefined, { ref: false })])
  }
  return toldOf((await read(shop, (tx) => latestSetup(tx, customerId))) ?? before, web.locale)
}

function toldOf({ status, failure }: MethodSetup, locale: string) {
  const detail = failure === null ? '' : declineText(failure, locale)
  if (status === 'succeeded') return { state: 'done', tone: 'good', detail: '' } as const
  if (status === 'failed' || status === 'expired' || status === 'canceled')
    return { state: 'failed', tone: 'bad', detail } as const
  if (failure !== null) return { state: 'failed', tone: 'warn', detail } as const
  return { state: 'waiting', tone: 'info', detail: '' } as const
}
