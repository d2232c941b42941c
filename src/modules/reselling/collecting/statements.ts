/**
 * A statement closes a time: what was collected, went back, was kept and paid out since the one before, and what is owed at its end. It is numbered and
 * never changed; what is read late comes onto the next one.
 */
import { type Shop, transaction } from '#app.ts'
import { json, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { format } from '#platform/money.ts'
import { record } from '../../events/record.ts'
import { readBusiness } from '../../people/business.ts'
import { collectFor, lockLoans } from './collect.ts'
import { listLoans } from './loans.ts'
import { bounded, type CollectedKind, payableOf, type Standing } from './rules.ts'
import { tellReseller } from './tell-reseller.ts'

export type ResellerStatement = {
  id: string
  number: number
  lenderId: string
  resellerId: string
  currency: string
  from: Temporal.Instant
  until: Temporal.Instant
  openingMinor: bigint
  paymentsMinor: bigint
  /** Below zero, as disputes are. */
  refundsMinor: bigint
  disputesMinor: bigint
  keptMinor: bigint
  paidMinor: bigint
  closingMinor: bigint
  payableMinor: bigint
  heldUntil: Temporal.Instant | null
  parties: Parties
  createdAt: Temporal.Instant
}

/** Who wrote it to whom, as they were called then, and in whose days. */
export type Parties = {
  lender: { name: string; address: string[]; vatId: string | null; email: string | null; color: string | null }
  reseller: { name: string }
  zone: string
}

const columns = sql`id, number, business_id as "lenderId", reseller_id as "resellerId", currency, from_at as "from", until_at as "until", opening_minor as "openingMinor", payments_minor as "paymentsMinor",
  refunds_minor as "refundsMinor", disputes_minor as "disputesMinor", kept_minor as "keptMinor", paid_minor as "paidMinor", closing_minor as "closingMinor", payable_minor as "payableMinor",
  held_until as "heldUntil", parties, created_at as "createdAt"`

/** `CS-000012`: one series for all resellers of a business. */
export const statementNumber = ({ number }: Pick<ResellerStatement, 'number'>): string =>
  `CS-${number.toString().padStart(6, '0')}`

/** Between which two: of a lender and one of his resellers. A business sees only what it is one of. */
export type Between = { lenderId: string; resellerId: string }

/** Of what we lend; newest first. */
export const listStatements = (
  tx: Tx,
  { resellerId }: { resellerId?: string | undefined },
  page: Page,
): Promise<ResellerStatement[]> =>
  rowsOfPage(
    tx,
    sql<ResellerStatement>`select ${columns} from reseller_statements where business_id = current_business() and (${resellerId ?? null}::text is null or reseller_id = ${resellerId ?? null})`,
    page,
  )

/** Of what is collected for us. */
export const statementsToUs = (tx: Tx, page: Page): Promise<ResellerStatement[]> =>
  rowsOfPage(
    tx,
    sql<ResellerStatement>`select ${columns} from reseller_statements where reseller_id = current_business()`,
    page,
  )

/** Ours on either side, or `not_found`. */
export async function readStatement(tx: Tx, id: string): Promise<ResellerStatement> {
  const found = await maybe(
    tx,
    sql<ResellerStatement>`select ${columns} from reseller_statements where id = ${id} and current_business() in (business_id, reseller_id)`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such statement.')
  return found
}

export type StatementLine = {
  id: string
  at: Temporal.Instant
  kind: CollectedKind | 'payout'
  /** The payment that it is about, or the reference of a payout. */
  about: string
  amountMinor: bigint
  keptMinor: bigint
}

/** In the order in which they happened. */
export const linesOfStatement = (
  tx: Tx,
  { id, lenderId }: Pick<ResellerStatement, 'id' | 'lenderId'>,
): Promise<StatementLine[]> =>
  rows(
    tx,
    sql<StatementLine>`select id, at, kind, payment_id as about, amount_minor as "amountMinor", kept_minor as "keptMinor" from collected where business_id = ${lenderId} and statement_id = ${id}
      union all select id, created_at, 'payout', reference, -amount_minor, 0 from reseller_payouts where business_id = ${lenderId} and statement_id = ${id}
      order by at, id`,
  )

/** What is owed, by currency, as of an instant. Of a payment that is held back, what went back of it is not. */
export async function standings(tx: Tx, { lenderId, resellerId }: Between, at: Temporal.Instant): Promise<Standing[]> {
  const found = await rows(
    tx,
    sql<Standing>`with nets as (
        select currency, sum(amount_minor - kept_minor) as net, max(free_at) filter (where kind = 'payment') as free_at from collected
        where business_id = ${lenderId} and reseller_id = ${resellerId} and at <= ${at} group by currency, payment_id),
      paid as (select currency, sum(amount_minor) as minor from reseller_payouts where business_id = ${lenderId} and reseller_id = ${resellerId} and created_at <= ${at} group by 1)
      select n.currency, (n.net - coalesce(p.minor, 0))::bigint as "balanceMinor", n.held::bigint as "heldMinor", n.until as "heldUntil"
      from (select currency, sum(net) as net, coalesce(sum(net) filter (where net > 0 and free_at > ${at}), 0) as held, max(free_at) filter (where net > 0 and free_at > ${at}) as until
        from nets group by 1) n left join paid p on p.currency = n.currency
      order by n.currency`,
  )
  return found.map(bounded)
}

/** Closes what is open until now. `conflict` where nothing has happened since the last one. Answers its id. */
export async function closeStatement(
  shop: Shop,
  { resellerId, currency }: { resellerId: string; currency: string },
): Promise<string> {
  await collectFor(shop, resellerId)
  return transaction(shop, 'close-statement', async (tx) => {
    const id = await close(tx, shop, { resellerId, currency }, shop.now())
    if (id !== null) return id
    throw new Refusal('conflict', `Nothing in ${currency} was collected or paid out since the last statement.`)
  })
}

/** At the end of each month of the lender's zone, for those who agreed on that; months that were missed first. What was collected is read before. */
export async function closeMonths(shop: Shop, resellerId: string): Promise<void> {
  const thisMonth = firstOfMonth(shop.now(), shop.zone)
  await transaction(shop, 'close-month', async (tx) => {
    if ((await listLoans(tx, resellerId)).every(({ monthly }) => !monthly)) return
    for (const { currency, at } of await openSince(tx, resellerId)) {
      let month = firstOfMonth(at, shop.zone).add({ months: 1 })
      for (; Temporal.ZonedDateTime.compare(month, thisMonth) <= 0; month = month.add({ months: 1 }))
        await close(tx, shop, { resellerId, currency }, month.toInstant())
    }
  })
}

const firstOfMonth = (at: Temporal.Instant, zone: string): Temporal.ZonedDateTime =>
  at.toZonedDateTimeISO(zone).with({ day: 1 }).startOfDay()

/** When the oldest happened that is on no statement, by currency. */
const openSince = (tx: Tx, resellerId: string) =>
  rows(
    tx,
    sql<{ currency: string; at: Temporal.Instant }>`select currency, min(at) as at from (
        select currency, at from collected where business_id = current_business() and reseller_id = ${resellerId} and statement_id is null
        union all select currency, created_at from reseller_payouts where business_id = current_business() and reseller_id = ${resellerId} and statement_id is null) m
      group by 1 order by 1`,
  )

type Sums = {
  payments: bigint
  refunds: bigint
  disputes: bigint
  kept: bigint
  paid: bigint
  first: Temporal.Instant | null
}

/** Null: nothing is open. The reseller's loans are locked, so nothing is collected or paid out meanwhile. */
async function close(
  tx: Tx,
  shop: Shop,
  { resellerId, currency }: { resellerId: string; currency: string },
  until: Temporal.Instant,
): Promise<string | null> {
  await lockLoans(tx, resellerId)
  const lines = sql`business_id = current_business() and reseller_id = ${resellerId} and currency = ${currency} and statement_id is null`
  const sums = await one(
    tx,
    sql<Sums>`select coalesce(sum(minor) filter (where kind = 'payment'), 0)::bigint as payments, coalesce(sum(minor) filter (where kind = 'refund'), 0)::bigint as refunds,
        coalesce(sum(minor) filter (where kind in ('dispute', 'dispute_fee')), 0)::bigint as disputes, coalesce(sum(kept), 0)::bigint as kept,
        coalesce(sum(minor) filter (where kind = 'payout'), 0)::bigint as paid, min(at) as first
      from (select kind, amount_minor as minor, kept_minor as kept, at from collected where ${lines} and at <= ${until}
        union all select 'payout', amount_minor, 0, created_at from reseller_payouts where ${lines} and created_at <= ${until}) m`,
  )
  if (sums.first === null) return null
  const last = await maybe(
    tx,
    sql<ResellerStatement>`select ${columns} from reseller_statements where business_id = current_business() and reseller_id = ${resellerId} and currency = ${currency} order by number desc limit 1`,
  )
  // Two of one instant would have no order.
  if (last !== null && Temporal.Instant.compare(last.until, until) >= 0) return null
  const opening = last?.closingMinor ?? 0n
  const closing = opening + sums.payments + sums.refunds + sums.disputes - sums.kept - sums.paid
  const standing = (await standings(tx, { lenderId: shop.businessId, resellerId }, until)).find(
    (each) => each.currency === currency,
  )
  const payable = payableOf({ balanceMinor: closing, heldMinor: standing?.heldMinor ?? 0n })
  // Numbers have no gaps: one statement of a business after the other.
  await one(tx, sql`select pg_advisory_xact_lock(hashtextextended(${`reseller_statements/${shop.businessId}`}, 0))`)
  const { number } = await one(
    tx,
    sql<{
      number: number
    }>`select coalesce(max(number), 0) + 1 as number from reseller_statements where business_id = current_business()`,
  )
  const id = newId('rst', shop.app.clock)
  const now = shop.now()
  await run(
    tx,
    sql`insert into reseller_statements (business_id, id, number, reseller_id, currency, from_at, until_at, opening_minor, payments_minor, refunds_minor, disputes_minor, kept_minor, paid_minor,
        closing_minor, payable_minor, held_until, parties, created_at, created_by)
      values (${shop.businessId}, ${id}, ${number}, ${resellerId}, ${currency}, ${last?.until ?? sums.first}, ${until}, ${opening}, ${sums.payments}, ${sums.refunds}, ${sums.disputes}, ${sums.kept}, ${sums.paid},
        ${closing}, ${payable}, ${standing?.heldUntil ?? null}, ${json(await partiesOf(tx, shop, resellerId))}, ${now}, ${shop.actor})`,
  )
  await run(tx, sql`update collected set statement_id = ${id} where ${lines} and at <= ${until}`)
  await run(tx, sql`update reseller_payouts set statement_id = ${id} where ${lines} and created_at <= ${until}`)
  await record(tx, shop, now, {
    type: 'reseller.statement_closed',
    subjectType: 'reseller',
    subjectId: resellerId,
    data: { statement: id, number, closing: closing.toString(), currency },
  })
  const name = statementNumber({ number })
  await tellReseller(tx, shop, resellerId, {
    claim: `reseller_statement/${id}`,
    title: `Statement ${name} of ${shop.name}`,
    detail: `Collected for you: ${format({ minor: sums.payments, currency })}. Owed to you at its end: ${format({ minor: closing, currency })}, of which ${format({ minor: payable, currency })} can be paid out now. The statement is in your console.`,
  })
  return id
}

async function partiesOf(tx: Tx, shop: Shop, resellerId: string): Promise<Parties> {
  const { name, legal, supportEmail, brand } = await readBusiness(tx)
  const found = await maybe(tx, sql<{ name: string }>`select name from branch() where id = ${resellerId}`)
  return {
    lender: {
      name: legal.name ?? name,
      address: legal.address ?? [],
      vatId: legal.vatId ?? null,
      email: supportEmail,
      color: brand.color ?? null,
    },
    // One who hangs below somebody else by now is known by his id.
    reseller: { name: found?.name ?? resellerId },
    zone: shop.zone,
  }
}
