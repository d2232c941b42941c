/** Amounts reserved until their purpose succeeds (`post`) or fails (`release`). A hold ends once. */
import type { Shop } from '#app.ts'
import { codeOf, maybe, one, run, sql, type Tx } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { post } from './post.ts'
import { type Account, creditsUsed, idOf } from './rules.ts'

/** Reserves, or answers null when the account has too little. One hold per cause and account: a repeat finds the first. */
export async function hold(
  tx: Tx,
  shop: Shop,
  account: Account,
  amount: bigint,
  cause: { id: string; at: Temporal.Instant },
): Promise<string | null> {
  const known = await maybe(
    tx,
    sql<{
      id: string
    }>`select id from holds where business_id = current_business() and cause_id = ${cause.id} and account_id = ${idOf(account)}`,
  )
  if (known !== null) return known.id
  // The condition is part of the statement: no moment between looking and taking.
  const taken = await run(
    tx,
    sql`update accounts set held = held + ${amount}
      where business_id = current_business() and id = ${idOf(account)} and prepaid and balance - held >= ${amount}`,
  )
  if (taken === 0) return null
  const id = newId('hold', shop.app.clock)
  await run(
    tx,
    sql`insert into holds (business_id, id, account_id, amount, status, cause_id, created_at)
      values (${shop.businessId}, ${id}, ${idOf(account)}, ${amount}, 'open', ${cause.id}, ${cause.at})`,
  )
  return id
}

/** The purpose succeeded: the credits are used. A second call changes nothing. */
export async function postHold(
  tx: Tx,
  shop: Shop,
  holdId: string,
  account: Account,
  now: Temporal.Instant,
): Promise<void> {
  const ended = await end(tx, holdId, 'posted', now)
  if (ended === null) return
  await post(
    tx,
    shop,
    [{ debit: account, credit: { ...creditsUsed, unit: account.unit }, amount: ended.amount, purpose: 'credits_used' }],
    { id: holdId, at: now },
  )
}

/** The purpose failed for good: the credits are free again. */
export async function releaseHold(tx: Tx, holdId: string, now: Temporal.Instant): Promise<void> {
  await end(tx, holdId, 'released', now)
}

async function end(tx: Tx, holdId: string, status: 'posted' | 'released', now: Temporal.Instant) {
  const ended = await maybe(
    tx,
    sql<{ accountId: string; amount: bigint }>`update holds set status = ${status}, ended_at = ${now}
      where business_id = current_business() and id = ${holdId} and status = 'open'
      returning account_id as "accountId", amount`,
  )
  if (ended !== null)
    await run(
      tx,
      sql`update accounts set held = held - ${ended.amount} where business_id = current_business() and id = ${ended.accountId}`,
    )
  return ended
}

/** What the holder can still spend. Zero for an account that was never used. */
export async function available(tx: Tx, account: Account): Promise<bigint> {
  const found = await maybe(
    tx,
    sql<{
      free: bigint
    }>`select balance - held as free from accounts where business_id = current_business() and id = ${idOf(account)}`,
  )
  return found?.free ?? 0n
}

/** Whether the database refused to overdraw a prepaid account. */
export const isOverdrawn = (error: unknown): boolean =>
  codeOf(error) === '23514' &&
  typeof error === 'object' &&
  error !== null &&
  'constraint' in error &&
  error.constraint === 'accounts_never_negative'

/** The balance of an account that stores none: credits minus debits. */
export async function sumOf(tx: Tx, account: Account): Promise<bigint> {
  assert(account.kind !== 'customer' && account.kind !== 'wallet', 'prepaid accounts store their balance')
  const { total } = await one(
    tx,
    sql<{
      total: string
    }>`select (coalesce(sum(case when credit_account = ${idOf(account)} then amount else -amount end), 0))::text as total
      from transfers where business_id = current_business() and (credit_account = ${idOf(account)} or debit_account = ${idOf(account)})`,
  )
  return BigInt(total)
}
