/** A quote for a story. */
import { transaction } from '#app.ts'
import { makeQuote, type QuoteFacts } from '#modules/checkout/make-quote.ts'
import type { OpenShop } from './shop.ts'

/** For Kim: the world's own plan at 9.00 EUR, for three days, unless `facts` say otherwise. */
export const aQuote = (
  { shop, planId }: Pick<OpenShop, 'shop' | 'planId'>,
  facts: Partial<QuoteFacts> = {},
): Promise<string> =>
  transaction(shop, 'a-quote', (tx) =>
    makeQuote(
      tx,
      shop,
      {
        email: 'kim@example.net',
        name: 'Kim',
        planId,
        currency: 'EUR',
        priceMinor: 900n,
        setupMinor: 0n,
        addOns: [],
        discount: null,
        note: '',
        validUntil: shop.now().add({ hours: 72 }),
        ...facts,
      },
      shop.now(),
    ),
  )
