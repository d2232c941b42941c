/** Transfers: the only way in which money and credits move. */
import type { Shop } from '#app.ts'
import { type Batch, sql, type Tx, table, written } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Account, idOf, isPrepaid } from './rules.ts'

export type Transfer = {
  debit: Account
  credit: Account
  /** Minor units of the unit, or thousandths of a credit; positive. */
  amount: bigint
  /** `receipt`, `sale`, `tax`, `refund`: with the cause, it makes the effect unique. */
  purpose: string
  /** When several causes meet in one posting: this transfer's own. */
  causeId?: string
}

/** Posts transfers of one cause. A repeat of the same cause and purpose is refused by the database, so nothing is counted twice. */
export async function post(
  tx: Tx,
  shop: Shop,
  transfers: readonly Transfer[],
  cause: { id: string; at: Temporal.Instant; undoes?: string },
): Promise<void> {
  const moves = transfers.filter((each) => each.amount !== 0n)
  if (moves.length === 0) return
  for (const each of moves) {
    assert(each.amount > 0n, 'a transfer moves a positive amount')
    assert(each.debit.unit === each.credit.unit, 'a transfer has one unit')
  }
  const accounts = new Map(moves.flatMap((each) => [each.debit, each.credit]).map((each) => [idOf(each), each]))
  // Locked in one order, prepaid ones by their update below; made when first used.
  const ordered = [...accounts.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
  const deltas = ordered
    .filter(([, account]) => isPrepaid(account))
    .map(([id]) => ({ id, delta: deltaOf(id, moves) }))
    .filter(({ delta }) => delta !== 0n)
  for (const each of moves)
    written(tx, posted, {
      ...each,
      id: newId('trf', shop.app.clock),
      causeId: each.causeId ?? cause.id,
      undoes: cause.undoes ?? null,
      at: cause.at,
    })
  for (const each of deltas) written(tx, balancesMoved, each)
}

type Posted = Transfer & { id: string; causeId: string; undoes: string | null; at: Temporal.Instant }

/** Accounts are made when first used. */
const posted: Batch<Posted> = {
  keyOf: ({ id }) => id,
  many: (transfers) => sql`with made as (
      insert into accounts (business_id, id, kind, unit, holder_id, prepaid, created_at)
      select current_business(), a.* from ${table('a', accountsOf(transfers), [
        ['id', 'text', idOf],
        ['kind', 'text', ({ kind }) => kind],
        ['unit', 'text', ({ unit }) => unit],
        ['holder_id', 'text', ({ holder }) => holder],
        ['prepaid', 'boolean', isPrepaid],
        ['created_at', 'timestamptz', ({ at }) => at],
      ])} on conflict (business_id, id) do nothing)
    insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, undoes, at)
    select current_business(), t.* from ${table('t', transfers, [
      ['id', 'text', ({ id }) => id],
      ['debit_account', 'text', ({ debit }) => idOf(debit)],
      ['credit_account', 'text', ({ credit }) => idOf(credit)],
      ['unit', 'text', ({ debit }) => debit.unit],
      ['amount', 'bigint', ({ amount }) => amount],
      ['purpose', 'text', ({ purpose }) => purpose],
      ['cause_id', 'text', ({ causeId }) => causeId],
      ['undoes', 'text', ({ undoes }) => undoes],
      ['at', 'timestamptz', ({ at }) => at],
    ])}`,
}

/** In one order, so that no two who make the same ones wait for each other. */
const accountsOf = (transfers: readonly Posted[]): (Account & { at: Temporal.Instant })[] =>
  [
    ...new Map(
      transfers.flatMap(({ debit, credit, at }) =>
        [debit, credit].map((each) => [idOf(each), { ...each, at }] as const),
      ),
    ),
  ]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, account]) => account)

/** The check on the table refuses a balance below what is held. */
const balancesMoved: Batch<{ id: string; delta: bigint }> = {
  keyOf: ({ id }) => id,
  many: (moved) => sql`update accounts a set balance = a.balance + d.delta
    from ${table('d', moved, [
      ['id', 'text', ({ id }) => id],
      ['delta', 'bigint', ({ delta }) => delta],
    ])} where a.business_id = current_business() and a.id = d.id`,
}

const deltaOf = (id: string, moves: readonly Transfer[]): bigint =>
  moves.reduce(
    (total, each) =>
      total + (idOf(each.credit) === id ? each.amount : 0n) - (idOf(each.debit) === id ? each.amount : 0n),
    0n,
  )
