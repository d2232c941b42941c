/**
 * Credits that a period on another's panel costs, in the books of everybody from the panel's owner down to the seller: all wallets or
 * none. The rows are another business's, so functions of the database move them (migrations 0094, 0232 to 0234 and 0257); each may be called again.
 */
import { maybe, one, sql, type Tx } from '#platform/db.ts'

/** `ahead`: taken when the period begins, but for what was agreed to be paid before. `waiting`: a wallet on the way has too little. */
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
  /** What paid for it; null: it was given. */
  invoiceItemId: string | null
  /** Who opened the period, as events name him. */
  askedBy: string
}

/** A period was opened: its credits are held now, or when it begins; before, too, where that was agreed of what is paid for. Null: its line is on the seller's own panel, it costs nobody credits. */
export const askCredits = (tx: Tx, asked: CreditsAsked, now: Temporal.Instant): Promise<Taken | null> =>
  maybe(
    tx,
    sql<Taken>`select status, short_holder as "shortHolder"
      from ask_credits(${asked.periodId}, ${asked.subscriptionId}, ${asked.planId}, ${asked.starts}, ${asked.ends}, ${String(asked.share)}::numeric, ${asked.invoiceItemId}, ${now}, ${asked.askedBy})`,
  )

/** One more try for a period that has begun and waits. The subscription is locked before. */
export const takeCredits = (tx: Tx, periodId: string, now: Temporal.Instant): Promise<Taken | null> =>
  maybe(tx, sql<Taken>`select status, short_holder as "shortHolder" from take_credits(${periodId}, ${now})`)

/** The panel was read back and agrees: what is held for the subscription is used, unless it waits for a stream. How many periods that were. */
export const postCredits = async (tx: Tx, subscriptionId: string, now: Temporal.Instant): Promise<number> =>
  (await one(tx, sql<{ posted: number }>`select post_credits(${subscriptionId}, ${now}) as posted`)).posted

/** The subscription ended: what is held is free again, what never began comes back, and what nobody has any more where that is agreed. */
export const releaseCredits = async (tx: Tx, subscriptionId: string, now: Temporal.Instant): Promise<void> => {
  await one(tx, sql`select release_credits(${subscriptionId}, ${now})`)
}

/**
 * What had ended comes back: paid time that is left of it costs again what is not held or used any more. How the period that runs stands; null: as
 * it did, or there is none.
 */
export const reviveCredits = (tx: Tx, subscriptionId: string, now: Temporal.Instant): Promise<Taken | null> =>
  maybe(tx, sql<Taken>`select status, short_holder as "shortHolder" from revive_credits(${subscriptionId}, ${now})`)

/** Sold time ends at `cut`: what is left of its periods costs no more than that, and what had not begun by then nothing. */
export const cutCredits = async (
  tx: Tx,
  subscriptionId: string,
  cut: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> => {
  await one(tx, sql`select cut_credits(${subscriptionId}, ${cut}, ${now})`)
}

/** It rested: its periods moved, and begin later. */
export const shiftCredits = async (
  tx: Tx,
  subscriptionId: string,
  from: Temporal.Instant,
  to: Temporal.Instant,
): Promise<void> => {
  await one(tx, sql`select shift_credits(${subscriptionId}, ${from}, ${to})`)
}

/** Somebody watches these subscriptions now. For transactions that have locked no line yet. */
export const seenCredits = async (tx: Tx, subscriptionIds: readonly string[], now: Temporal.Instant): Promise<void> => {
  await one(tx, sql`select seen_credits(${subscriptionIds}::text[], ${now})`)
}
