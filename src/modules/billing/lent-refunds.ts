/** Who collects for a reseller gives back for him what he still owes him: what was paid out is not there any more. */
import type { Shop } from '#app.ts'
import { one, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { format, type Money } from '#platform/money.ts'
import { findGateway, gatewayKind } from './gateways.ts'
import type { Payment } from './queries.ts'

/** Refuses a refund to its source that the lender of its gateway would have to advance, unless he agreed to that. Our own gateways: nothing. */
export async function refuseBeyondOwed(tx: Tx, shop: Shop, payment: Payment, amount: Money): Promise<void> {
  const account = await findGateway(tx, payment.gatewayAccountId)
  if (account === null || account.lent === null) return
  const { lenderId, lenderName, refunds } = account.lent
  // Given back "by hand" would be out of another pocket than the one that the books say.
  if (!gatewayKind(shop.app, account.kind).capabilities.refund || payment.remoteRef === null)
    throw new Refusal(
      'conflict',
      `This gateway gives no money back by itself. Give it to the customer’s balance, or ask ${lenderName}.`,
    )
  if (refunds === 'any') return
  const owed = await owedBy(tx, lenderId, amount.currency)
  if (amount.minor <= owed) return
  const most = format({ minor: owed > 0n ? owed : 0n, currency: amount.currency })
  throw new Refusal('invalid_input', `${lenderName} gives back no more than what is owed to you.`, [
    {
      pointer: '/amount',
      code: 'over_limit',
      detail: `What ${lenderName} has collected for you and not paid out is ${most}. Refund at most that, or give it to the customer’s balance.`,
    },
  ])
}

/** By our own books: collected less what was given back, kept, paid out, and is being refunded. Two refunds at once wait for each other. */
async function owedBy(tx: Tx, lenderId: string, currency: string): Promise<bigint> {
  const lent = await rows(
    tx,
    sql<{
      id: string
    }>`select id from gateway_accounts where business_id = current_business() and lender_id = ${lenderId} order by id for update`,
  )
  const ids = lent.map(({ id }) => id)
  const accounts = ids.map((id) => `clearing/${currency}/${id}`)
  const { owed } = await one(
    tx,
    sql<{ owed: bigint }>`select (
        coalesce((select sum(case when debit_account = any(${accounts}::text[]) then amount else -amount end) from transfers
          where business_id = current_business() and (debit_account = any(${accounts}::text[]) or credit_account = any(${accounts}::text[]))
            and split_part(purpose, '/', 1) not in ('collecting_kept', 'payout')), 0)
        - coalesce((select sum(kept_minor) from collected where business_id = ${lenderId} and reseller_id = current_business() and currency = ${currency}), 0)
        - coalesce((select sum(amount_minor) from reseller_payouts where business_id = ${lenderId} and reseller_id = current_business() and currency = ${currency}), 0)
        - coalesce((select sum(r.amount_minor) from refunds r join payments p on p.business_id = r.business_id and p.id = r.payment_id
            where r.business_id = current_business() and p.gateway_account_id = any(${ids}::text[]) and r.currency = ${currency} and r.destination = 'source'
              and r.status not in ('succeeded', 'failed', 'canceled')), 0))::bigint as owed`,
  )
  return owed
}
