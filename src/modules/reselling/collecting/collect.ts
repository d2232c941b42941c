/**
 * What moved on a lent gateway in a reseller's books comes into his lender's: once each, by the transfer's own id. Then the reseller's books learn what
 * was kept and paid out. Each business writes only its own books; both halves may run as often as one likes.
 */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { plusHours } from '#platform/time.ts'
import { bookPayout } from '../../billing/payouts/record-payout.ts'
import { record } from '../../events/record.ts'
import { post, type Transfer } from '../../ledger/post.ts'
import { clearing, collecting, fees, owedToReseller } from '../../ledger/rules.ts'
import { openShop } from '../../people/business.ts'
import { type Loan, listLoans } from './loans.ts'
import { keptOf, kindOfMove } from './rules.ts'

const atOnce = 200

/** Everything that is new of one reseller, in both books. `not_found` for whom nothing is lent: nobody else's business is touched. */
export async function collectFor(asked: Shop, resellerId: string): Promise<void> {
  // Reading is not what a request asked for: its key is completed by what follows.
  const shop: Shop = { ...asked, idempotency: undefined }
  for (let more = true; more; )
    more = await transaction(shop, 'collect', async (tx) => {
      const lent = await lockLoans(tx, resellerId)
      if (lent.length === 0) throw new Refusal('not_found', 'Nothing is collected for this reseller.')
      let most = 0
      for (const loan of await listLoans(tx, resellerId)) most = Math.max(most, await collect(tx, shop, loan))
      return most === atOnce
    })
  await settleWithLenders(await openShop(shop.app, resellerId, 'system'))
}

/** Who collects, closes or pays out holds the loans: two of them never see the same money. */
export const lockLoans = (tx: Tx, resellerId: string) =>
  rows(
    tx,
    sql`select id from gateway_loans where business_id = current_business() and reseller_id = ${resellerId} order by id for update`,
  )

type Moved = {
  id: string
  at: Temporal.Instant
  currency: string
  amount: bigint
  purpose: string
  paymentId: string
}

async function collect(tx: Tx, shop: Shop, loan: Loan): Promise<number> {
  const now = shop.now()
  const found = await rows(
    tx,
    sql<Moved>`select id, at, currency, amount, purpose, payment_id as "paymentId" from lent_moves(${loan.id}, ${atOnce})`,
  )
  for (const { id: transferId, at, currency, amount, purpose, paymentId } of found) {
    const id = newId('clf', shop.app.clock)
    const kind = kindOfMove(purpose)
    const kept = kind === 'payment' ? keptOf(amount, currency, loan) : 0n
    await run(
      tx,
      sql`insert into collected (business_id, id, loan_id, reseller_id, transfer_id, payment_id, kind, currency, amount_minor, kept_minor, at, free_at, created_at)
        values (${shop.businessId}, ${id}, ${loan.id}, ${loan.resellerId}, ${transferId}, ${paymentId}, ${kind}, ${currency}, ${amount}, ${kept}, ${at}, ${plusHours(at, 24 * loan.holdDays)}, ${now})`,
    )
    await post(tx, shop, transfersOf(loan, currency, amount, kept), { id, at: now })
  }
  return found.length
}

function transfersOf(loan: Loan, currency: string, amount: bigint, kept: bigint): Transfer[] {
  const [gateway, owed] = [clearing(currency, loan.gatewayAccountId), owedToReseller(currency, loan.resellerId)]
  return [
    amount > 0n
      ? { debit: gateway, credit: owed, amount, purpose: 'collected' }
      : { debit: owed, credit: gateway, amount: -amount, purpose: 'collected_back' },
    { debit: owed, credit: collecting(currency), amount: kept, purpose: 'kept' },
  ]
}

type Kept = { id: string; currency: string; minor: bigint; accountId: string }
type Paid = { id: string; currency: string; minor: bigint; accountId: string; reference: string; paidOn: string }

/** The reseller's half: what his lenders kept are fees, and what they paid out is in his bank. */
export async function settleWithLenders(shop: Shop): Promise<void> {
  for (let more = true; more; )
    more = await transaction(shop, 'settle-collected', async (tx) => {
      const now = shop.now()
      await rows(
        tx,
        sql`select id from gateway_accounts where business_id = current_business() and lender_id is not null order by id for update`,
      )
      const kept = await keptOfUs(tx)
      for (const { id, currency, minor, accountId } of kept)
        await post(
          tx,
          shop,
          [
            {
              debit: fees(currency, accountId),
              credit: clearing(currency, accountId),
              amount: minor,
              purpose: 'collecting_kept',
            },
          ],
          { id, at: now },
        )
      for (const each of await paidToUs(tx)) await bookPaid(tx, shop, each, now)
      return kept.length === atOnce
    })
}

const keptOfUs = (tx: Tx): Promise<Kept[]> =>
  rows(
    tx,
    sql<Kept>`select c.id, c.currency, c.kept_minor as minor, l.child_account_id as "accountId" from collected c
      join gateway_loans l on l.business_id = c.business_id and l.id = c.loan_id
      where c.reseller_id = current_business() and c.kept_minor > 0
        and not exists (select from transfers t where t.business_id = current_business() and t.cause_id = c.id and t.purpose = 'collecting_kept')
      order by c.id limit ${atOnce}`,
  )

const paidToUs = (tx: Tx): Promise<Paid[]> =>
  rows(
    tx,
    sql<Paid>`select o.id, o.currency, p.amount_minor as minor, l.child_account_id as "accountId", o.reference, o.paid_on::text as "paidOn" from reseller_payout_parts p
      join reseller_payouts o on o.business_id = p.business_id and o.id = p.payout_id
      join gateway_loans l on l.business_id = p.business_id and l.id = p.loan_id
      where p.reseller_id = current_business()
        and not exists (select from payouts t where t.business_id = current_business() and t.gateway_account_id = l.child_account_id and t.remote_ref = o.id)
      order by o.id, l.id`,
  )

/** A payout of the lent gateway like any other: it is found again on the bank's statement. */
async function bookPaid(tx: Tx, shop: Shop, paid: Paid, now: Temporal.Instant): Promise<void> {
  const { currency, minor, accountId, reference, paidOn } = paid
  const id = newId('pyo', shop.app.clock)
  await run(
    tx,
    sql`insert into payouts (business_id, id, gateway_account_id, currency, amount_minor, fee_minor, reference, remote_ref, arrived_on, by, created_at)
      values (${shop.businessId}, ${id}, ${accountId}, ${currency}, ${minor}, 0, ${reference}, ${paid.id}, ${paidOn}::date, 'lender', ${now})`,
  )
  await bookPayout(tx, shop, { id, currency, gatewayAccountId: accountId, amountMinor: minor, feeMinor: 0n }, now)
  await record(tx, shop, now, {
    type: 'payout.recorded',
    subjectType: 'payout',
    subjectId: id,
    data: { gateway: accountId, amount: minor.toString(), currency },
  })
}
