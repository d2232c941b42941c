/** A coupon for a story. */
import { transaction } from '#app.ts'
import { type CouponFacts, saveCoupon } from '#modules/catalog/coupons.ts'
import type { OpenShop } from './shop.ts'

/** Half of the first period, for anybody, unless `facts` say otherwise. */
export const aCoupon = ({ shop }: Pick<OpenShop, 'shop'>, facts: Partial<CouponFacts> = {}): Promise<string> =>
  transaction(shop, 'a-coupon', (tx) =>
    saveCoupon(tx, shop, {
      code: 'HALF',
      note: '',
      percent: 5_000,
      periods: 1,
      planIds: [],
      sums: [],
      oncePerCustomer: true,
      newCustomers: false,
      stock: null,
      startsAt: null,
      endsAt: null,
      active: true,
      ...facts,
    }),
  )
