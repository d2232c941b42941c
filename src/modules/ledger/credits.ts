/**
 * Credits that a period on another's panel costs, in the books of everybody from the panel's owner down to the seller: all wallets or
 * none. The rows are another business's, so functions of the database move them (migration 0094); each may be called again.
 */
import { maybe, one, sql, type Tx } from '#platform/db.ts'

/** `ahead`: taken when the period begins. `waiting`: a wallet on the way has too little. */
export type CreditStatus = 'ahead' | 'waiting' | 'held' | 'posted' | 'released'

/** Whose wallet has too little, where one has. */
export type Taken = { status: CreditStatus; shortHolder: string | null }

export type CreditsAsked = {
  periodId: string
  subscriptionId: string
  planId: string
  starts: Temporal.Instant
  ends: Temporal.Instant
  /** Of what a whole term costs. */
  share: number
}

/** A period was opened: its credits are held now, or when it begins. Null: its line is on the seller's own panel, it costs nobody credits. */
export const askCredits = (tx: Tx, asked: CreditsAsked, now: Temporal.Instant): Promise<Taken | null> =>
  maybe(
    tx,
    sql<Taken>`select status, short_holder as "shortHolder"
      from ask_credits(${asked.periodId}, ${asked.subscriptionId}, ${asked.planId}, ${asked.starts}, ${asked.ends}, ${String(asked.share)}::numeric, ${now})`,
  )

/** One more try for a period that has begun and waits. The subscription is locked before. */
export const takeCredits = (tx: Tx, periodId: string, now: Temporal.Instant): Promise<Taken | null> =>
  maybe(tx, sql<Taken>`select status, short_holder as "shortHolder" from take_credits(${periodId}, ${now})`)

/** The panel was read back and agrees: what is held for the subscription is used. How many periods that were. */
export const postCredits = async (tx: Tx, subscriptionId: string, now: Temporal.Instant): Promise<number> =>
  (await one(tx, sql<{ posted: number }>`select post_credits(${subscriptionId}, ${now}) as posted`)).posted

/** The subscription ended: what is held is free again, and what nobody has any more comes back where that is agreed. */
export const releaseCredits = async (tx: Tx, subscriptionId: string, now: Temporal.Instant): Promise<void> => {
  await one(tx, sql`select release_credits(${subscriptionId}, ${now})`)
}
