/** Unused vouchers are taken back: one, or what is left of a batch. What was owed for them is owed no more; a refund to their buyer is between you and him. */
import { type Shop, transaction } from '#app.ts'
import { rows, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { post } from '../ledger/post.ts'
import { owedForVouchers, paidForBatch } from './ledger.ts'
import { readBatch } from './queries.ts'

/** Answers how many. Throws `conflict` where none is unused. */
export function voidVouchers(
  shop: Shop,
  which: { batchId: string; voucherId?: string | undefined },
  reason: string,
): Promise<number> {
  const now = shop.now()
  return transaction(shop, 'void-vouchers', async (tx) => {
    const batch = await readBatch(tx, which.batchId)
    const voided = await rows(
      tx,
      sql<{ id: string }>`with mine as (
          select id from vouchers where business_id = current_business() and batch_id = ${batch.id} and status = 'unused'
            and (${which.voucherId ?? null}::text is null or id = ${which.voucherId ?? null}) order by id for update)
        update vouchers v set status = 'void', voided_at = ${now}, void_reason = ${reason} from mine
        where v.business_id = current_business() and v.id = mine.id returning v.id`,
    )
    if (voided.length === 0) throw new Refusal('conflict', 'There is no unused voucher to take back.')
    const { currency, priceMinor } = batch
    if (currency !== null && priceMinor !== null)
      await post(
        tx,
        shop,
        [
          {
            debit: owedForVouchers(currency),
            credit: paidForBatch(currency, batch.id),
            amount: priceMinor * BigInt(voided.length),
            purpose: 'vouchers_void',
          },
        ],
        // None is taken back twice, so that its first one names this act.
        { id: voided[0]?.id ?? batch.id, at: now },
      )
    await record(tx, shop, now, {
      type: 'voucher_batch.voided',
      subjectType: 'voucher_batch',
      subjectId: batch.id,
      data: { count: voided.length, reason, ...(which.voucherId && { voucher: which.voucherId }) },
    })
    return voided.length
  })
}
