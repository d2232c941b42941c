/** Credits that people give, take back or move between resellers: each with a reason, which stands beside it for good. */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { isOverdrawn } from '../ledger/holds.ts'
import { post } from '../ledger/post.ts'
import { creditsIssued, idOf, wallet } from '../ledger/rules.ts'
import { type Reseller, readChild, restTopUp } from './queries.ts'

/** Thousandths of a credit, positive. */
export type CreditMove = { resellerId: string; amountMilli: bigint; reason: string }

/** Issues credits to a child. Whoever waits for them is served by the sweep, oldest first. Answers the reseller as he stands afterwards. */
export const giveCredits = (shop: Shop, move: CreditMove): Promise<Reseller> =>
  withReason(shop, 'give-credits', async (tx) => {
    await openChild(tx, move.resellerId)
    await giveCreditsIn(tx, shop, move, newId('cmv', shop.app.clock))
    return readChild(tx, move.resellerId)
  })

/** As `giveCredits`, inside a transaction; `id` makes it once. */
export async function giveCreditsIn(tx: Tx, shop: Shop, move: CreditMove, id: string): Promise<void> {
  const now = shop.now()
  await readChild(tx, move.resellerId)
  if (!(await noteMove(tx, shop, 'given', move, null, id))) return
  const account = wallet(move.resellerId)
  await post(
    tx,
    shop,
    [{ debit: creditsIssued, credit: account, amount: move.amountMilli, purpose: 'credits_given' }],
    {
      id,
      at: now,
    },
  )
}

/** Takes credits back, what is held for lines excepted: never below nothing. */
export const takeBackCredits = (shop: Shop, move: CreditMove): Promise<Reseller> =>
  withReason(shop, 'take-back-credits', async (tx) => {
    const now = shop.now()
    await readChild(tx, move.resellerId)
    const id = newId('cmv', shop.app.clock)
    await noteMove(tx, shop, 'taken', move, null, id)
    await restTopUp(tx, move.resellerId, true)
    const account = wallet(move.resellerId)
    await post(
      tx,
      shop,
      [{ debit: account, credit: creditsIssued, amount: move.amountMilli, purpose: 'credits_taken' }],
      {
        id,
        at: now,
      },
    )
    return readChild(tx, move.resellerId)
  })

/** From one child to another, in one step. */
export const moveCredits = (shop: Shop, move: CreditMove & { toId: string }): Promise<Reseller> =>
  withReason(shop, 'move-credits', async (tx) => {
    const now = shop.now()
    if (move.resellerId === move.toId)
      throw new Refusal('invalid_input', 'Please choose another reseller.', [
        { pointer: '/to', code: 'same', detail: 'Credits move between two resellers.' },
      ])
    await readChild(tx, move.resellerId)
    await openChild(tx, move.toId)
    const [from, to] = [wallet(move.resellerId), wallet(move.toId)]
    // In one order, so that two that move against each other wait in line.
    await rows(
      tx,
      sql`select from accounts where business_id = current_business() and id = any (${[idOf(from), idOf(to)]}::text[]) order by id for update`,
    )
    const id = newId('cmv', shop.app.clock)
    await noteMove(tx, shop, 'moved', move, move.toId, id)
    await restTopUp(tx, move.resellerId, true)
    await post(tx, shop, [{ debit: from, credit: to, amount: move.amountMilli, purpose: 'credits_moved' }], {
      id,
      at: now,
    })
    return readChild(tx, move.resellerId)
  })

/** A closed reseller serves nobody: credits would lie in his wallet for ever. What he has left can be taken and moved away. */
async function openChild(tx: Tx, id: string): Promise<void> {
  const { closedAt } = await readChild(tx, id)
  if (closedAt !== null) throw new Refusal('conflict', 'This reseller is closed: credits would be of no use there.')
}

/** False: it was noted before. */
export async function noteMove(
  tx: Tx,
  shop: Shop,
  kind: 'given' | 'taken' | 'moved' | 'expired',
  { resellerId, amountMilli, reason }: CreditMove,
  toId: string | null,
  id: string,
): Promise<boolean> {
  const now = shop.now()
  const made = await run(
    tx,
    sql`insert into credit_moves (business_id, id, kind, reseller_id, to_id, amount_milli, reason, actor, created_at)
      values (${shop.businessId}, ${id}, ${kind}, ${resellerId}, ${toId}, ${amountMilli}, ${reason}, ${shop.actor}, ${now}) on conflict do nothing`,
  )
  if (made === 0) return false
  await record(tx, shop, now, {
    type: `credits.${kind}`,
    subjectType: 'reseller',
    subjectId: resellerId,
    data: { amount_milli: String(amountMilli), reason, ...(toId === null ? {} : { to: toId }) },
  })
  return true
}

async function withReason<T>(shop: Shop, name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await transaction(shop, name, work)
  } catch (error) {
    if (!isOverdrawn(error)) throw error
    throw new Refusal('conflict', 'There are not that many free credits in this wallet.', [
      { pointer: '/amount', code: 'too_much', detail: 'There are not that many free credits.' },
    ])
  }
}
