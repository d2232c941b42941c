/** Transfers: the only way in which money and credits move. */
import type { Shop } from '#app.ts'
import { run, sql, type Tx, together } from '#platform/db.ts'
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
  const ordered = [...accounts.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, account]) => ({ id, ...account }))
  const deltas = ordered
    .filter(isPrepaid)
    .map((account) => ({ id: account.id, delta: deltaOf(account.id, moves) }))
    .filter(({ delta }) => delta !== 0n)
  await together([
    run(
      tx,
      sql`insert into accounts (business_id, id, kind, unit, holder_id, prepaid, created_at)
        select ${shop.businessId}::text, a.id, a.kind, a.unit, a.holder, a.prepaid, ${cause.at}::timestamptz
        from unnest(${ordered.map((a) => a.id)}::text[], ${ordered.map((a) => a.kind)}::text[], ${ordered.map((a) => a.unit)}::text[],
          ${ordered.map((a) => a.holder)}::text[], ${ordered.map((a) => isPrepaid(a))}::boolean[]) as a (id, kind, unit, holder, prepaid)
        on conflict (business_id, id) do nothing`,
    ),
    run(
      tx,
      sql`insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, undoes, at)
        select ${shop.businessId}::text, t.id, t.debit, t.credit, t.unit, t.amount, t.purpose, t.cause, ${cause.undoes ?? null}::text, ${cause.at}::timestamptz
        from unnest(${moves.map(() => newId('trf', shop.app.clock))}::text[], ${moves.map((m) => idOf(m.debit))}::text[], ${moves.map((m) => idOf(m.credit))}::text[],
          ${moves.map((m) => m.debit.unit)}::text[], ${moves.map((m) => m.amount)}::bigint[], ${moves.map((m) => m.purpose)}::text[], ${moves.map((m) => m.causeId ?? cause.id)}::text[])
          as t (id, debit, credit, unit, amount, purpose, cause)`,
    ),
    // The check on the table refuses a balance below what is held.
    deltas.length === 0
      ? undefined
      : run(
          tx,
          sql`update accounts a set balance = a.balance + d.delta
            from unnest(${deltas.map((d) => d.id)}::text[], ${deltas.map((d) => d.delta)}::bigint[]) as d (id, delta)
            where a.business_id = current_business() and a.id = d.id`,
        ),
  ])
}

const deltaOf = (id: string, moves: readonly Transfer[]): bigint =>
  moves.reduce(
    (total, each) =>
      total + (idOf(each.credit) === id ? each.amount : 0n) - (idOf(each.debit) === id ? each.amount : 0n),
    0n,
  )
