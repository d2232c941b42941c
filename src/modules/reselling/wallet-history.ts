/**
 * What somebody here decided about the own wallet, in the own history. The wallet lies in the books of who issued it, whose history knows the business
 * only: which of its people it was, is told here.
 */
import { type Shop, transaction } from '#app.ts'
import { record } from '../events/record.ts'

/** After the issuer's commit, in one of its own: never what did not happen. */
export const tellOwnHistory = (
  shop: Shop,
  what: 'top_up_changed' | 'alarm_changed' | 'resume_order_changed' | 'credits_ordered',
  data: Record<string, unknown>,
): Promise<void> =>
  transaction(shop, 'tell-wallet', (tx) =>
    record(tx, shop, shop.now(), { type: `wallet.${what}`, subjectType: 'wallet', subjectId: shop.businessId, data }),
  )
