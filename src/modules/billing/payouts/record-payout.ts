/**
 * What a gateway has paid out to the bank. Entered from the gateway's notice or the bank's statement, once per reference: clearing becomes
 * money in the bank, and what the gateway kept becomes its fees. What is left on clearing is what it still owes.
 */
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isPositive, type Money } from '#platform/money.ts'
import { record } from '../../events/record.ts'
import { post } from '../../ledger/post.ts'
import { bank, clearing, fees } from '../../ledger/rules.ts'
import { settle } from '../../people/attention.ts'
import { findGateway, refuseLent } from '../gateways.ts'
import { releaseEntry } from './match-payouts.ts'
import { isRead, lockPayout } from './payouts.ts'
import type { Payout } from './rules.ts'

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
      const account = await findGateway(tx, wish.gatewayAccountId)
      if (account === null) throw wrong('/gateway', 'There is no such gateway.')
      refuseLent(account)
      if (fee !== null && (await isRead(tx, account.id)))
        throw wrong('/fee', 'This gateway tells by itself what it keeps of each payment. Please leave this empty.')
      const id = newId('pyo', shop.app.clock)
      const kept = fee?.minor ?? 0n
      await run(
        tx,
        sql`insert into payouts (business_id, id, gateway_account_id, currency, amount_minor, fee_minor, reference, arrived_on, by, created_at)
          values (${shop.businessId}, ${id}, ${wish.gatewayAccountId}, ${amount.currency}, ${amount.minor}, ${kept}, ${wish.reference}, ${wish.arrivedOn.toString()}::date, ${shop.actor}, ${now})`,
      )
      await bookPayout(
        tx,
        shop,
        {
          id,
          currency: amount.currency,
          gatewayAccountId: wish.gatewayAccountId,
          amountMinor: amount.minor,
          feeMinor: kept,
        },
        now,
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
    const found = await lockPayout(tx, id)
    if (found.undoneAt !== null) return
    const account = await findGateway(tx, found.gatewayAccountId)
    if (account !== null) refuseLent(account)
    if (found.state !== 'arrived') throw new Refusal('conflict', 'This payout is not in the books.')
    await run(
      tx,
      sql`update payouts set undone_at = ${now}, undone_by = ${shop.actor} where business_id = current_business() and id = ${id}`,
    )
    await unbookPayout(tx, shop, found, now)
    await settle(tx, 'payout_differs', id, shop.actor, now)
    await record(tx, shop, now, { type: 'payout.undone', subjectType: 'payout', subjectId: id })
  })
}

type Booked = Pick<Payout, 'id' | 'currency' | 'gatewayAccountId' | 'amountMinor' | 'feeMinor'>

/** It has arrived: clearing becomes money in the bank, and what was kept on the way fees. */
export function bookPayout(tx: Tx, shop: Shop, payout: Booked, now: Temporal.Instant): Promise<void> {
  const { id, currency, gatewayAccountId, amountMinor, feeMinor } = payout
  const from = clearing(currency, gatewayAccountId)
  return post(
    tx,
    shop,
    [
      { debit: bank(currency), credit: from, amount: amountMinor, purpose: 'payout' },
      { debit: fees(currency, gatewayAccountId), credit: from, amount: feeMinor, purpose: 'payout_fee' },
    ],
    { id, at: now },
  )
}

/** All of it goes back, with the difference that was accepted; the bank's entry waits for somebody again. */
export async function unbookPayout(tx: Tx, shop: Shop, payout: Payout, now: Temporal.Instant): Promise<void> {
  const { id, currency, gatewayAccountId, amountMinor, feeMinor, differenceMinor } = payout
  const [to, kept, here] = [clearing(currency, gatewayAccountId), fees(currency, gatewayAccountId), bank(currency)]
  const more = differenceMinor > 0n
  await post(
    tx,
    shop,
    [
      { debit: to, credit: here, amount: amountMinor, purpose: 'payout_undone' },
      { debit: to, credit: kept, amount: feeMinor, purpose: 'payout_fee_undone' },
      {
        debit: more ? kept : here,
        credit: more ? here : kept,
        amount: more ? differenceMinor : -differenceMinor,
        purpose: 'bank_difference_undone',
      },
    ],
    { id, at: now },
  )
  await releaseEntry(tx, shop, payout, now)
}
