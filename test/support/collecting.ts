/** Gateways that are lent, in stories. */
import { type Shop, transaction } from '#app.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { lendGateway } from '#modules/reselling/collecting/loans.ts'
import { type LoanTerms, standardLoan } from '#modules/reselling/collecting/rules.ts'
import { one, sql } from '#platform/db.ts'
import { read } from './stories.ts'
import type { World } from './world.ts'

/** The world's own gateway, lent to a reseller who switches it on. Answers loan and the account among his. */
export async function lends(
  world: Pick<World, 'shop' | 'gatewayId'>,
  reseller: Shop,
  terms: Partial<LoanTerms> = {},
): Promise<{ loanId: string; accountId: string }> {
  const loanId = await lendGateway(world.shop, {
    resellerId: reseller.businessId,
    gatewayAccountId: world.gatewayId,
    terms: { ...standardLoan, ...terms },
  })
  const { id: accountId, kind } = await read(reseller, (tx) =>
    one(
      tx,
      sql<{
        id: string
        kind: string
      }>`select id, kind from gateway_accounts where business_id = current_business() and loan_id = ${loanId}`,
    ),
  )
  const facts = { name: 'Card', kind, settings: {}, active: true, position: 1 }
  await transaction(reseller, 'switch-on', (tx) => saveGateway(tx, reseller, facts, accountId))
  return { loanId, accountId }
}

/** What the books of a business say of an account; debits less credits. */
export const booked = (shop: Shop, account: string): Promise<bigint> =>
  read(shop, async (tx) => {
    const { minor } = await one(
      tx,
      sql<{
        minor: bigint
      }>`select coalesce(sum(case when debit_account = ${account} then amount else -amount end), 0)::bigint as minor from transfers
        where business_id = current_business() and ${account} in (debit_account, credit_account)`,
    )
    return minor
  })
