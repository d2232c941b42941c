/** What was collected is paid out: staff have sent it, and note when and under which reference. Never more than what is free. */
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { format } from '#platform/money.ts'
import { record } from '../../events/record.ts'
import { post } from '../../ledger/post.ts'
import { bank, owedToReseller } from '../../ledger/rules.ts'
import { collectFor, lockLoans } from './collect.ts'
import { listLoans } from './loans.ts'
import { partsOf, payableOf } from './rules.ts'
import { standings } from './statements.ts'
import { tellReseller } from './tell-reseller.ts'

export type ResellerPayout = {
  id: string
  lenderId: string
  resellerId: string
  currency: string
  amountMinor: bigint
  reference: string
  paidOn: string
  statementId: string | null
  createdAt: Temporal.Instant
}

const columns = sql`id, business_id as "lenderId", reseller_id as "resellerId", currency, amount_minor as "amountMinor", reference, paid_on::text as "paidOn", statement_id as "statementId", created_at as "createdAt"`

/** To one of our resellers, or to all. */
export const listResellerPayouts = (tx: Tx, resellerId: string | null, page: Page): Promise<ResellerPayout[]> =>
  rowsOfPage(
    tx,
    sql<ResellerPayout>`select ${columns} from reseller_payouts where business_id = current_business() and (${resellerId}::text is null or reseller_id = ${resellerId})`,
    page,
  )

export async function readResellerPayout(tx: Tx, id: string): Promise<ResellerPayout> {
  const found = await maybe(
    tx,
    sql<ResellerPayout>`select ${columns} from reseller_payouts where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such payout.')
  return found
}

/** What was paid out to us. */
export const payoutsToUs = (tx: Tx, page: Page): Promise<ResellerPayout[]> =>
  rowsOfPage(
    tx,
    sql<ResellerPayout>`select ${columns} from reseller_payouts where reseller_id = current_business()`,
    page,
  )

export type PayWish = {
  resellerId: string
  currency: string
  /** Null: everything that is free. */
  amountMinor: bigint | null
  reference: string
  paidOn: Temporal.PlainDate
}

/** Answers its id. `conflict` where nothing is free, or the reference was used for him before. */
export async function payReseller(shop: Shop, wish: PayWish): Promise<string> {
  await collectFor(shop, wish.resellerId)
  try {
    const id = await transaction(shop, 'pay-reseller', (tx) => pay(tx, shop, wish))
    await collectFor(shop, wish.resellerId)
    return id
  } catch (error) {
    if (!isDuplicate(error, 'reseller_payouts_business_id_reseller_id_reference_key')) throw error
    throw new Refusal('conflict', 'A payout with this reference is noted already.', [
      { pointer: '/reference', code: 'duplicate', detail: 'This reference was used for him before.' },
    ])
  }
}

async function pay(
  tx: Tx,
  shop: Shop,
  { resellerId, currency, amountMinor, reference, paidOn }: PayWish,
): Promise<string> {
  const now = shop.now()
  await lockLoans(tx, resellerId)
  const loans = await listLoans(tx, resellerId)
  const standing = (await standings(tx, { lenderId: shop.businessId, resellerId }, now)).find(
    (each) => each.currency === currency,
  )
  const payable = standing === undefined ? 0n : payableOf(standing)
  if (payable === 0n) throw new Refusal('conflict', `Nothing in ${currency} can be paid out now.`)
  const amount = amountMinor ?? payable
  refuseAmount(amount, payable, currency, Math.max(...loans.map(({ leastPayout }) => leastPayout[currency] ?? 0)))
  const id = newId('rpo', shop.app.clock)
  await run(
    tx,
    sql`insert into reseller_payouts (business_id, id, reseller_id, currency, amount_minor, reference, paid_on, created_at, created_by)
      values (${shop.businessId}, ${id}, ${resellerId}, ${currency}, ${amount}, ${reference}, ${paidOn.toString()}::date, ${now}, ${shop.actor})`,
  )
  for (const { loan, minor } of partsOf(amount, await balancesByLoan(tx, resellerId, currency)))
    await run(
      tx,
      sql`insert into reseller_payout_parts (business_id, payout_id, loan_id, reseller_id, amount_minor) values (${shop.businessId}, ${id}, ${loan.id}, ${resellerId}, ${minor})`,
    )
  await post(
    tx,
    shop,
    [{ debit: owedToReseller(currency, resellerId), credit: bank(currency), amount, purpose: 'reseller_payout' }],
    { id, at: now },
  )
  await record(tx, shop, now, {
    type: 'reseller.paid_out',
    subjectType: 'reseller',
    subjectId: resellerId,
    data: { payout: id, amount: amount.toString(), currency, reference },
  })
  const sum = format({ minor: amount, currency })
  await tellReseller(tx, shop, resellerId, {
    claim: `reseller_payout/${id}`,
    title: `${shop.name} has paid out ${sum}`,
    detail: `Sent on ${paidOn} under the reference ${reference}.`,
  })
  return id
}

function refuseAmount(amount: bigint, payable: bigint, currency: string, least: number): void {
  const refuse = (detail: string) => {
    throw new Refusal('invalid_input', 'This amount cannot be paid out.', [
      { pointer: '/amount', code: 'out_of_range', detail },
    ])
  }
  if (amount <= 0n || amount > payable) refuse(`It must be at most ${format({ minor: payable, currency })}.`)
  if (amount < BigInt(least)) refuse(`You agreed to pay out at least ${format({ minor: BigInt(least), currency })}.`)
}

const balancesByLoan = (tx: Tx, resellerId: string, currency: string) =>
  rows(
    tx,
    sql<{ id: string; balanceMinor: bigint }>`select l.id,
        (coalesce((select sum(c.amount_minor - c.kept_minor) from collected c where c.business_id = l.business_id and c.loan_id = l.id and c.currency = ${currency}), 0)
        - coalesce((select sum(p.amount_minor) from reseller_payout_parts p join reseller_payouts o on o.business_id = p.business_id and o.id = p.payout_id
            where p.business_id = l.business_id and p.loan_id = l.id and o.currency = ${currency}), 0))::bigint as "balanceMinor"
      from gateway_loans l where l.business_id = current_business() and l.reseller_id = ${resellerId} order by l.created_at, l.id`,
  )
