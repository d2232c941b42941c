/**
 * A parent lends a gateway of his to a child: the child's customers pay there, and the money is the child's, less what was agreed. The child has it
 * among his own gateways, switches it on or off, and never sees how it is opened.
 */
import { type Shop, transaction } from '#app.ts'
import { json, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { findGateway, gatewayKind } from '../../billing/gateways.ts'
import { changesOf } from '../../events/changes.ts'
import { record } from '../../events/record.ts'
import { forgetBusiness } from '../../people/business.ts'
import { readChild } from '../queries.ts'
import type { LoanTerms } from './rules.ts'

export type Loan = LoanTerms & {
  id: string
  lenderId: string
  resellerId: string
  gatewayAccountId: string
  gatewayName: string
  gatewayKind: string
  /** The same gateway among the reseller's own. */
  childAccountId: string
  createdAt: Temporal.Instant
  endedAt: Temporal.Instant | null
  version: number
}

const columns = sql`l.id, l.business_id as "lenderId", l.reseller_id as "resellerId", l.gateway_account_id as "gatewayAccountId", g.name as "gatewayName", g.kind as "gatewayKind",
  l.child_account_id as "childAccountId", l.kept_bps as "keptBps", l.kept_fixed as "keptFixed", l.hold_days as "holdDays", l.least_payout as "leastPayout", l.refunds, l.monthly,
  l.created_at as "createdAt", l.ended_at as "endedAt", l.version`
const ofUs = sql`gateway_loans l join gateway_accounts g on g.business_id = l.business_id and g.id = l.gateway_account_id where l.business_id = current_business()`

/** What this business lends, of all resellers or of one. */
export const listLoans = (tx: Tx, resellerId: string | null = null): Promise<Loan[]> =>
  rows(
    tx,
    sql<Loan>`select ${columns} from ${ofUs} and (${resellerId}::text is null or l.reseller_id = ${resellerId}) order by l.created_at, l.id`,
  )

export async function readLoan(tx: Tx, id: string): Promise<Loan> {
  const found = await maybe(tx, sql<Loan>`select ${columns} from ${ofUs} and l.id = ${id}`)
  if (found === null) throw new Refusal('not_found', 'There is no such loan.')
  return found
}

/** What was agreed about the gateways that this business was lent. */
export const loansToUs = (tx: Tx): Promise<Omit<Loan, 'gatewayAccountId'>[]> =>
  rows(
    tx,
    sql<
      Omit<Loan, 'gatewayAccountId'>
    >`select ${columns} from gateway_loans l join gateway_accounts g on g.business_id = current_business() and g.id = l.child_account_id
      where l.reseller_id = current_business() order by l.created_at, l.id`,
  )

/** Lends it, or changes what was agreed; one that was taken back is lent again. Answers the loan's id. */
export async function lendGateway(
  shop: Shop,
  { resellerId, gatewayAccountId, terms }: { resellerId: string; gatewayAccountId: string; terms: LoanTerms },
): Promise<string> {
  const now = shop.now()
  const id = await transaction(shop, 'lend-gateway', async (tx) => {
    await readChild(tx, resellerId)
    await refuseToLend(tx, shop, gatewayAccountId)
    const before = (await listLoans(tx, resellerId)).find((each) => each.gatewayAccountId === gatewayAccountId) ?? null
    const loan = await one(
      tx,
      sql<{
        id: string
      }>`insert into gateway_loans (business_id, id, gateway_account_id, reseller_id, child_account_id, kept_bps, kept_fixed, hold_days, least_payout, refunds, monthly, created_at, created_by)
        values (${shop.businessId}, ${newId('gwl', shop.app.clock)}, ${gatewayAccountId}, ${resellerId}, ${newId('gwa', shop.app.clock)}, ${terms.keptBps}, ${json(terms.keptFixed)}, ${terms.holdDays},
          ${json(terms.leastPayout)}, ${terms.refunds}, ${terms.monthly}, ${now}, ${shop.actor})
        on conflict (business_id, gateway_account_id, reseller_id) do update set kept_bps = excluded.kept_bps, kept_fixed = excluded.kept_fixed, hold_days = excluded.hold_days,
          least_payout = excluded.least_payout, refunds = excluded.refunds, monthly = excluded.monthly, ended_at = null, ended_by = null, version = gateway_loans.version + 1
        returning id`,
    )
    const { put } = await one(tx, sql<{ put: boolean }>`select put_lent_gateway(${loan.id}, ${now}) as put`)
    if (!put) throw new Refusal('not_found', 'There is no such reseller.')
    await record(tx, shop, now, {
      type: 'gateway.lent',
      subjectType: 'gateway',
      subjectId: gatewayAccountId,
      data: { reseller: resellerId, ...changesOf(before, terms) },
    })
    return loan.id
  })
  forgetBusiness(shop.app, resellerId)
  return id
}

async function refuseToLend(tx: Tx, shop: Shop, gatewayAccountId: string): Promise<void> {
  if (shop.twinOf !== null)
    throw new Refusal('conflict', 'In a test twin each business has a sandbox of its own: nothing is lent there.')
  const account = await findGateway(tx, gatewayAccountId)
  if (account === null) throw new Refusal('not_found', 'There is no such gateway.')
  if (account.lent !== null) throw new Refusal('conflict', 'This gateway is lent to you: only its owner can lend it.')
  // What staff of the reseller say has come would be owed to him by who never got it.
  if (gatewayKind(shop.app, account.kind).capabilities.staffConfirms)
    throw new Refusal(
      'conflict',
      'Money that people confirm cannot be collected for others. Choose a gateway that says itself what was paid.',
    )
  if (account.testedAt === null) throw new Refusal('conflict', 'Please test this gateway before you lend it.')
}

/** No new payment begins there. What is under way ends properly, old payments can be refunded, and what is owed stays owed. */
export async function takeBackGateway(shop: Shop, loanId: string): Promise<void> {
  const now = shop.now()
  const loan = await transaction(shop, 'take-back-gateway', async (tx) => {
    const found = await readLoan(tx, loanId)
    if (found.endedAt !== null) return found
    await run(
      tx,
      sql`update gateway_loans set ended_at = ${now}, ended_by = ${shop.actor}, version = version + 1 where business_id = current_business() and id = ${loanId}`,
    )
    await record(tx, shop, now, {
      type: 'gateway.taken_back',
      subjectType: 'gateway',
      subjectId: found.gatewayAccountId,
      data: { reseller: found.resellerId },
    })
    return found
  })
  forgetBusiness(shop.app, loan.resellerId)
}
