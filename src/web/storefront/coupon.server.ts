/** A coupon at the checkout: weighed on the server, shown by the page, and weighed again when the order is placed. */
import type { Shop } from '#app.ts'
import type { Offer } from '#modules/checkout/offers.ts'
import { weighCoupon } from '#modules/subscriptions/coupons.ts'
import { Refusal } from '#platform/errors.ts'
import { dayOf, termsAway } from '#platform/time.ts'
import { doorOf, type WebContext } from '#web/context.ts'
import { saying } from '#web/i18n/saying.ts'
import { appliedText } from './chosen-sums.ts'
import { read } from './shop.server.ts'

export type Weighed = { applied: string; error: string | null }

/** `applied`: what the page reckons with. Counted, since whoever asks learns which codes there are. Nothing typed is no coupon. */
export async function weighTyped(
  web: WebContext,
  shop: Shop,
  offer: Offer,
  { code, extraMinor }: { code: string; extraMinor: bigint },
): Promise<Weighed> {
  if (code.trim() === '') return { applied: '', error: null }
  await doorOf(web).limits.count('coupon', { network: web.address })
  const { plan, price, term } = offer
  const wish = { code, plan, currency: price.currency, baseMinor: price.minor + extraMinor }
  const now = shop.now()
  try {
    const { discount } = await read(shop, (tx) => weighCoupon(tx, wish, now))
    const { periods } = discount
    const from = periods === null ? null : termsAway(now, term, periods, dayOf(now, shop.zone), shop.zone).toString()
    return { applied: appliedText({ ...discount, from }), error: null }
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid_input') throw error
    return { applied: '', error: saying(web.locale, error.fields[0]?.detail ?? error.message) }
  }
}
