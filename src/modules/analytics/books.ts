/** The books as they are read: balances of every account, the transfers behind one, and all of them in order. */
import type { RawBuilder } from 'kysely'
import { rows, sql, type Tx } from '#platform/db.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { AccountKind } from '../ledger/rules.ts'

export type AccountBalance = {
  id: string
  kind: AccountKind
  /** A currency, or `credit` (thousandths). */
  unit: string
  /** The customer, gateway account or business that it stands for. */
  holder: string | null
  debit: bigint
  credit: bigint
  /** Credits minus debits: all of a unit add up to nothing. */
  balance: bigint
}

/** Every account that was used before an instant; null: until now. */
export const trialBalance = (tx: Tx, before: Temporal.Instant | null): Promise<AccountBalance[]> =>
  rows(
    tx,
    sql<AccountBalance>`select a.id, a.kind, a.unit, a.holder_id as holder, sum(m.debit)::bigint as debit, sum(m.credit)::bigint as credit, sum(m.credit - m.debit)::bigint as balance
      from (
        select debit_account as account, sum(amount) as debit, 0 as credit from transfers
          where business_id = current_business() and (${before}::timestamptz is null or at < ${before}) group by 1
        union all
        select credit_account, 0, sum(amount) from transfers
          where business_id = current_business() and (${before}::timestamptz is null or at < ${before}) group by 1) m
      join accounts a on a.business_id = current_business() and a.id = m.account
      group by a.id, a.kind, a.unit, a.holder_id order by a.unit, a.kind, a.id`,
  )

export type KindBalance = Pick<AccountBalance, 'kind' | 'unit' | 'debit' | 'credit' | 'balance'> & { accounts: number }

/** Those of one kind and unit taken together: thousands of customers are one row. */
export function byKind(all: readonly AccountBalance[]): KindBalance[] {
  const sums = new Map<string, KindBalance>()
  for (const { kind, unit, debit, credit, balance } of all) {
    const key = `${unit}/${kind}`
    const sum = sums.get(key) ?? { kind, unit, debit: 0n, credit: 0n, balance: 0n, accounts: 0 }
    sums.set(key, {
      ...sum,
      debit: sum.debit + debit,
      credit: sum.credit + credit,
      balance: sum.balance + balance,
      accounts: sum.accounts + 1,
    })
  }
  return [...sums.values()]
}

export type BookedTransfer = {
  id: string
  at: Temporal.Instant
  debit: string
  credit: string
  unit: string
  amount: bigint
  purpose: string
  cause: string
  undoes: string | null
  /** What it is about: the payment, invoice, refund or dispute; null where it has no page. */
  source: { type: 'payment' | 'invoice' | 'refund' | 'dispute'; id: string } | null
  /** Of a refund: the payment on whose page it is told. */
  refunded: string | null
}

type Row = Omit<BookedTransfer, 'source'> & { invoiceId: string | null }

/** What of a transfer is told; `where` goes by an index of its own. */
const transfersWhere = (where: RawBuilder<unknown>, filter: TransferFilter) => sql<Row>`select * from (
    select t.id, t.at, t.debit_account as debit, t.credit_account as credit, t.unit, t.amount, t.purpose, t.cause_id as cause, t.undoes,
      (select a.invoice_id from allocations a where a.business_id = t.business_id and a.id = t.cause_id) as "invoiceId",
      (select r.payment_id from refunds r where r.business_id = t.business_id and r.id = t.cause_id) as refunded
    from transfers t where t.business_id = current_business() and ${where}
      and (${filter.from ?? null}::timestamptz is null or t.at >= ${filter.from ?? null})
      and (${filter.to ?? null}::timestamptz is null or t.at < ${filter.to ?? null})) found where true`

export type TransferFilter = {
  /** `clearing/EUR/gwa_…` */
  account?: string | undefined
  from?: Temporal.Instant | undefined
  to?: Temporal.Instant | undefined
}

/** Newest first. */
export async function listTransfers(tx: Tx, filter: TransferFilter, page: Page): Promise<BookedTransfer[]> {
  const { account } = filter
  if (account === undefined) return (await byBirth(tx, filter, page)).map(withSource)
  // Each side has its index; together they would be a sort of everything.
  const sides = [
    await rowsOfPage(tx, transfersWhere(sql`t.debit_account = ${account}`, filter), page, 'at'),
    await rowsOfPage(tx, transfersWhere(sql`t.credit_account = ${account}`, filter), page, 'at'),
  ]
  const merged = sides.flat().sort((a, b) => Temporal.Instant.compare(b.at, a.at) || (a.id < b.id ? 1 : -1))
  return (page.after === undefined ? merged.slice(0, page.limit) : merged.slice(-page.limit)).map(withSource)
}

/** Ids are in the order of birth, and are the key: no sort, however many there are. */
async function byBirth(tx: Tx, filter: TransferFilter, { limit, before, after }: Page): Promise<Row[]> {
  const all = transfersWhere(sql`true`, filter)
  if (after !== undefined)
    return (await rows(tx, sql<Row>`${all} and id > ${after.id} order by id limit ${limit}`)).toReversed()
  return rows(
    tx,
    sql<Row>`${all} and (${before?.id ?? null}::text is null or id < ${before?.id ?? null}) order by id desc limit ${limit}`,
  )
}

/** In the order in which they were booked: those after a transfer. */
export async function journalAfter(
  tx: Tx,
  filter: TransferFilter,
  after: string | null,
  limit: number,
): Promise<BookedTransfer[]> {
  const { account } = filter
  const where = account === undefined ? sql`true` : sql`(t.debit_account = ${account} or t.credit_account = ${account})`
  const found = await rows(
    tx,
    sql<Row>`${transfersWhere(where, filter)} and (${after}::text is null or id > ${after}) order by id limit ${limit}`,
  )
  return found.map(withSource)
}

function withSource({ invoiceId, ...transfer }: Row): BookedTransfer {
  const { cause, refunded } = transfer
  if (invoiceId !== null) return { ...transfer, source: { type: 'invoice', id: invoiceId } }
  if (refunded !== null) return { ...transfer, source: { type: 'refund', id: cause } }
  if (cause.startsWith('pay_')) return { ...transfer, source: { type: 'payment', id: cause } }
  if (cause.startsWith('dsp_')) return { ...transfer, source: { type: 'dispute', id: cause } }
  return { ...transfer, source: null }
}
