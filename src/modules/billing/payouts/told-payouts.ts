/** What a gateway tells of its payouts: booked once when they have arrived, taken back when the bank refused one after all. */
import type { ListedPayout } from '#adapters/gateways/gateway.ts'
import type { Shop } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { format, money } from '#platform/money.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../../events/record.ts'
import { post } from '../../ledger/post.ts'
import { clearing, fees } from '../../ledger/rules.ts'
import { raise, settle } from '../../people/attention.ts'
import { lockEntered, lockTold } from './payouts.ts'
import { bookPayout, unbookPayout } from './record-payout.ts'
import type { Payout } from './rules.ts'

/** Safe to repeat: what was told before changes nothing. What a person has taken back stays so. */
export async function applyTold(
  tx: Tx,
  shop: Shop,
  gatewayAccountId: string,
  told: ListedPayout,
  now: Instant,
): Promise<void> {
  const known = await lockTold(tx, gatewayAccountId, told.ref)
  if (known !== null) return moved(tx, shop, known, told, now)
  const { ref, arrivesOn, amount } = told
  const entered =
    told.state === 'failed'
      ? null
      : await lockEntered(tx, { gatewayAccountId, ref, arrivesOn, currency: amount.currency, minor: amount.minor })
  if (entered !== null) return adopt(tx, shop, entered, told, now)
  const id = newId('pyo', shop.app.clock)
  await run(
    tx,
    sql`insert into payouts (business_id, id, gateway_account_id, state, currency, amount_minor, fee_minor, reference, remote_ref, bank_text, arrived_on, by, created_at)
      values (${shop.businessId}, ${id}, ${gatewayAccountId}, ${told.state}, ${amount.currency}, ${amount.minor}, ${told.fee.minor}, ${ref}, ${ref}, ${told.bankText}, ${arrivesOn}::date,
        ${shop.actor}, ${now})`,
  )
  if (told.state === 'failed') return
  if (told.state === 'arrived')
    await bookPayout(
      tx,
      shop,
      { id, gatewayAccountId, currency: amount.currency, amountMinor: amount.minor, feeMinor: told.fee.minor },
      now,
    )
  await record(tx, shop, now, {
    type: told.state === 'arrived' ? 'payout.arrived' : 'payout.coming',
    subjectType: 'payout',
    subjectId: id,
    data: { gateway: gatewayAccountId, amount: amount.minor.toString(), currency: amount.currency },
  })
}

async function moved(tx: Tx, shop: Shop, known: Payout, told: ListedPayout, now: Instant): Promise<void> {
  if (known.undoneAt !== null || known.state === told.state || known.state === 'failed') return
  // What has arrived can only fail; a list that is behind says nothing new.
  if (known.state === 'arrived' && told.state === 'coming') return
  if (told.state === 'arrived') await bookPayout(tx, shop, known, now)
  if (known.state === 'arrived') await unbookPayout(tx, shop, known, now)
  const failed = told.state === 'failed'
  await run(
    tx,
    sql`update payouts set state = ${told.state}, arrived_on = ${told.arrivesOn}::date, settled_at = case when ${failed} then null else settled_at end,
        settled_by = case when ${failed} then null else settled_by end, settled_reason = case when ${failed} then null else settled_reason end
      where business_id = current_business() and id = ${known.id}`,
  )
  const data = { gateway: known.gatewayAccountId, amount: known.amountMinor.toString(), currency: known.currency }
  await record(tx, shop, now, {
    type: failed ? 'payout.failed' : 'payout.arrived',
    subjectType: 'payout',
    subjectId: known.id,
    data,
  })
  if (!failed) return
  await run(
    tx,
    sql`update gateway_moves set payout_id = null where business_id = current_business() and payout_id = ${known.id}`,
  )
  await settle(tx, 'payout_differs', known.id, shop.actor, now)
  await raise(
    tx,
    shop,
    {
      kind: 'payout_failed',
      subjectType: 'payout',
      subjectId: known.id,
      title: `A payout of ${format(money(known.amountMinor, known.currency))} did not reach the bank`,
      detail: 'Its gateway holds the money again. Look there what is wrong with the bank account.',
      severity: 'bad',
    },
    now,
  )
}

/** Somebody entered it before: it is in the books. What was typed as its fee the moves tell, each with its payment. */
async function adopt(tx: Tx, shop: Shop, entered: Payout, told: ListedPayout, now: Instant): Promise<void> {
  const { id, currency, gatewayAccountId, feeMinor } = entered
  const off = told.fee.minor - feeMinor
  const [held, kept] = [clearing(currency, gatewayAccountId), fees(currency, gatewayAccountId)]
  const transfer = off > 0n ? { debit: kept, credit: held, amount: off } : { debit: held, credit: kept, amount: -off }
  await post(tx, shop, [{ ...transfer, purpose: 'payout_fee_told' }], { id, at: now })
  await run(
    tx,
    sql`update payouts set remote_ref = ${told.ref}, bank_text = ${told.bankText}, fee_minor = ${told.fee.minor} where business_id = current_business() and id = ${id}`,
  )
}
