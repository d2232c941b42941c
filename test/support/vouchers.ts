/** Vouchers for a story. */
import { transaction } from '#app.ts'
import { type BatchFacts, makeBatch } from '#modules/vouchers/make-batch.ts'
import { makeCodes } from '#modules/vouchers/make-codes.ts'
import type { OpenShop } from './shop.ts'

/** Two for the world's own plan, given away, unless `facts` say otherwise; with their codes. */
export async function aBatch(
  { shop, planId }: Pick<OpenShop, 'shop' | 'planId'>,
  facts: Partial<BatchFacts> = {},
): Promise<{ batchId: string; codes: string[] }> {
  const all = { name: 'Kiosks', planId, value: null, count: 2, price: null, soldTo: '', lastUseAt: null, ...facts }
  const batchId = await transaction(shop, 'a-batch', (tx) => makeBatch(tx, shop, all, shop.now()))
  const codes = await makeCodes(shop, batchId, { anew: false })
  return { batchId, codes: codes.map(({ code }) => code) }
}
