/** Payments of those whom a gateway of ours is lent: what the gateway tells us of them is theirs to hear. */
import { type Shop, transaction } from '#app.ts'
import { unseal } from '#platform/crypto.ts'
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { openShop } from '../people/business.ts'
import type { Notice } from './queries.ts'
import { keepNotice } from './receive-notice.ts'

export type LentPayment = {
  /** By which of the names asked about it was found. */
  ref: string
  businessId: string
  gatewayAccountId: string
  paymentId: string
  /** Null: a page that only keeps a method. */
  currency: string | null
}

/** By our own reference or by the gateway's, of all whom the account is lent. */
export const lentPayments = (
  tx: Tx,
  accountId: string,
  refs: readonly (string | null | undefined)[],
): Promise<LentPayment[]> =>
  rows(
    tx,
    sql<LentPayment>`select ref, business_id as "businessId", gateway_account_id as "gatewayAccountId", payment_id as "paymentId", currency
      from lent_payments(${accountId}, ${refs.filter((ref) => typeof ref === 'string' && ref !== '')}::text[])`,
  )

type Kept = { account: string; dedupeKey: string; body: string | null }

/**
 * A notice about a payment of a reseller's is kept in his business as if it had come to him; his own key makes it count once, however often this
 * is repeated. Answers to whom; empty: it is about nobody's.
 */
export async function handOn(shop: Shop, notice: Notice): Promise<string[]> {
  const refs = notice.hints.flatMap(({ ourRef, remoteRef }) => [ourRef, remoteRef])
  const found = await transaction(shop, 'read-handed-on', async (tx) => {
    const kept = await maybe(
      tx,
      sql<Kept>`select n.gateway_account_id as account, k.dedupe_key as "dedupeKey", n.body from notices n
        join notice_keys k on k.business_id = n.business_id and k.gateway_account_id = n.gateway_account_id and k.notice_id = n.id
        where n.business_id = current_business() and n.id = ${notice.id}`,
    )
    return kept && { kept, payments: await lentPayments(tx, kept.account, refs) }
  })
  if (found === null) return []
  const { kept, payments } = found
  const accounts = new Map(payments.map((each) => [each.gatewayAccountId, each.businessId]))
  for (const [accountId, businessId] of accounts) {
    const theirs = await openShop(shop.app, businessId, `gateway:${accountId}`)
    // One that was read anew long after: its words are gone, its hints are what counts.
    const body = kept.body === null ? '' : unseal(shop.dataKey, `${shop.businessId}/notice/${notice.id}`, kept.body)
    await keepNotice(theirs, accountId, { ...notice, dedupeKey: kept.dedupeKey }, body)
  }
  return [...new Set(accounts.values())]
}
