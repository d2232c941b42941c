/**
 * What a gateway has paid out to the bank. Entered from the gateway's notice or the bank's statement, once per reference: clearing becomes
 * money in the bank, and what the gateway kept becomes its fees. What is left on clearing is what it still owes.
 */
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { isPositive, type Money } from '#platform/money.ts'
import { record } from '../../events/record.ts'
import { post } from '../../ledger/post.ts'
import { bank, clearing, fees } from '../../ledger/rules.ts'
import { findGateway } from '../gateways.ts'

export type Payout = {
  id: string
  gatewayAccountId: string
  currency: string
  amountMinor: bigint
  feeMinor: bigint
  reference: string
  /** `2026-03-31`. */
  arrivedOn: string
  by: string
  createdAt: Temporal.Instant
  undoneAt: Temporal.Instant | null
}

const columns = sql`id, gateway_account_id as "gatewayAccountId", currency, amount_minor as "amountMinor", fee_minor as "feeMinor", reference,
  arrived_on::text as "arrivedOn", by, created_at as "createdAt", undone_at as "undoneAt"`

export const findPayout = (tx: Tx, id: string): Promise<Payout | null> =>
  maybe(tx, sql<Payout>`select ${columns} from payouts where business_id = current_business() and id = ${id}`)

export const listPayouts = (tx: Tx, filter: { gatewayAccountId?: string | undefined }, page: Page): Promise<Payout[]> =>
  rowsOfPage(
    tx,
    sql<Payout>`select ${columns} from payouts where business_id = current_business()
      and (${filter.gatewayAccountId ?? null}::text is null or gateway_account_id = ${filter.gatewayAccountId ?? null})`,
    page,
  )

export type HeldByGateway = { gatewayAccountId: string; currency: string; minor: bigint }

/** What each gateway holds for us by the books: received, less what went back, was paid out or kept. Negative: it paid out more than we know of. */
export const heldByGateways = (tx: Tx): Promise<HeldByGateway[]> =>
  rows(
    tx,
    sql<HeldByGateway>`select split_part(account, '/', 3) as "gatewayAccountId", split_part(account, '/', 2) as currency, sum(minor)::bigint as minor from (
        select debit_account as account, amount as minor from transfers where business_id = current_business() and debit_account like 'clearing/%'
        union all select credit_account, -amount from transfers where business_id = current_business() and credit_account like 'clearing/%') m
      group by account order by account`,
  )

export type NewPayout = {
  gatewayAccountId: string
  /** What arrived at the bank. */
  amount: Money
  fee: Money | null
  reference: string
  arrivedOn: Temporal.PlainDate
}

/** Answers its id. Throws `conflict` when the gateway's payout of this reference is entered already. */
export async function recordPayout(shop: Shop, wish: NewPayout): Promise<string> {
  const now = shop.now()
  const { amount, fee } = wish
  if (!isPositive(amount)) throw wrong('/amount', 'Please enter what arrived.')
  if (fee !== null && fee.currency !== amount.currency) throw wrong('/fee', `The fee must be in ${amount.currency}.`)
  try {
    return await transaction(shop, 'record-payout', async (tx) => {
      if ((await findGateway(tx, wish.gatewayAccountId)) === null) throw wrong('/gateway', 'There is no such gateway.')
      const id = newId('pyo', shop.app.clock)
      const kept = fee?.minor ?? 0n
      await run(
        tx,
        sql`insert into payouts (business_id, id, gateway_account_id, currency, amount_minor, fee_minor, reference, arrived_on, by, created_at)
          values (${shop.businessId}, ${id}, ${wish.gatewayAccountId}, ${amount.currency}, ${amount.minor}, ${kept}, ${wish.reference}, ${wish.arrivedOn.toString()}::date, ${shop.actor}, ${now})`,
      )
      const from = clearing(amount.currency, wish.gatewayAccountId)
      await post(
        tx,
        shop,
        [
          { debit: bank(amount.currency), credit: from, amount: amount.minor, purpose: 'payout' },
          { debit: fees(amount.currency, wish.gatewayAccountId), credit: from, amount: kept, purpose: 'payout_fee' },
        ],
        { id, at: now },
      )
      await record(tx, shop, now, {
        type: 'payout.recorded',
        subjectType: 'payout',
        subjectId: id,
        data: { gateway: wish.gatewayAccountId, amount: amount.minor.toString(), currency: amount.currency },
      })
      return id
    })
  } catch (error) {
    if (!isDuplicate(error, 'payouts_once')) throw error
    throw new Refusal('conflict', 'A payout with this reference is entered already.', [
      { pointer: '/reference', code: 'duplicate', detail: 'This gateway’s payout is entered already.' },
    ])
  }
}

const wrong = (pointer: string, detail: string) =>
  new Refusal('invalid_input', 'Please check the payout.', [{ pointer, code: 'invalid', detail }])

/** It was entered by mistake: the books take it back by transfers of their own. A second call changes nothing. */
export function undoPayout(shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'undo-payout', async (tx) => {
    const found = await maybe(
      tx,
      sql<Payout>`select ${columns} from payouts where business_id = current_business() and id = ${id} for update`,
    )
    if (found === null) throw new Refusal('not_found', 'There is no such payout.')
    if (found.undoneAt !== null) return
    await run(
      tx,
      sql`update payouts set undone_at = ${now}, undone_by = ${shop.actor} where business_id = current_business() and id = ${id}`,
    )
    const from = clearing(found.currency, found.gatewayAccountId)
    await post(
      tx,
      shop,
      [
        { debit: from, credit: bank(found.currency), amount: found.amountMinor, purpose: 'payout_undone' },
        {
          debit: from,
          credit: fees(found.currency, found.gatewayAccountId),
          amount: found.feeMinor,
          purpose: 'payout_fee_undone',
        },
      ],
      { id, at: now },
    )
    await record(tx, shop, now, { type: 'payout.undone', subjectType: 'payout', subjectId: id })
  })
}
