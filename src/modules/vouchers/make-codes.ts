/**
 * Makes the codes of a batch. They are told once, to who asked, and only their hashes are kept: nobody who reads the database can redeem one.
 * Whose download was lost makes them anew, as long as none was redeemed: what was made before is worth nothing then.
 */
import { type Shop, transaction } from '#app.ts'
import { sha256 } from '#platform/crypto.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { readBatch } from './queries.ts'
import { newCode, readCode } from './rules.ts'

export type MadeCode = { voucherId: string; number: number; code: string }

/** `readCode` of what is printed: the same code however it is typed. */
export const hashOf = (code: string): string => sha256(code).toString('base64url')

/** `anew`: in place of those that were made before. */
export function makeCodes(shop: Shop, batchId: string, { anew }: { anew: boolean }): Promise<MadeCode[]> {
  const now = shop.now()
  return transaction(shop, 'make-voucher-codes', (tx) => makeCodesIn(tx, shop, batchId, { anew }, now))
}

/** As `makeCodes`, inside the caller's transaction. */
export async function makeCodesIn(
  tx: Tx,
  shop: Shop,
  batchId: string,
  { anew }: { anew: boolean },
  now: Temporal.Instant,
): Promise<MadeCode[]> {
  await maybe(
    tx,
    sql`select from voucher_batches where business_id = current_business() and id = ${batchId} for update`,
  )
  const batch = await readBatch(tx, batchId)
  if (batch.codesMadeAt !== null && !anew)
    throw new Refusal('conflict', 'The codes of this batch were made before. They are shown once and not kept.')
  if (batch.redeemed > 0)
    throw new Refusal('conflict', 'Some of these vouchers were redeemed, so their codes stay as they are.')
  const unused = await rows(
    tx,
    sql<{ id: string; number: number }>`select id, number from vouchers
      where business_id = current_business() and batch_id = ${batchId} and status = 'unused' order by number for update`,
  )
  const made = unused.map(({ id, number }) => ({ voucherId: id, number, code: newCode() }))
  const kept = made.map(({ code }) => readCode(code) ?? '')
  await run(
    tx,
    sql`update vouchers v set code_hash = m.hash, hint = m.hint
      from unnest(${made.map(({ voucherId }) => voucherId)}::text[], ${kept.map(hashOf)}::text[], ${kept.map((code) => code.slice(-4))}::text[]) as m (id, hash, hint)
      where v.business_id = current_business() and v.id = m.id`,
  )
  await run(
    tx,
    sql`update voucher_batches set codes_made_at = ${now}, codes_made_by = ${shop.actor}, version = version + 1
      where business_id = current_business() and id = ${batchId}`,
  )
  await record(tx, shop, now, {
    type: 'voucher_batch.codes_made',
    subjectType: 'voucher_batch',
    subjectId: batchId,
    data: { count: made.length, anew },
  })
  return made
}
