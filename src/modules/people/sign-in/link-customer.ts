/** A customer's record belongs to a business, his sign-in to the installation: the mail address that he has proven joins them. */
import { maybe, one, sql, type Tx } from '#platform/db.ts'
import type { Session } from './sessions.ts'

type Person = Pick<Session, 'userId' | 'email' | 'emailVerified'>

/**
 * The customer of this business who is signed in, joined at his first visit; null when he is none. A record that belongs to
 * another identity is never taken over, whatever its address became since. Repeating changes nothing.
 */
export async function linkCustomer(tx: Tx, person: Person): Promise<string | null> {
  const linked = await customerOf(tx, person.userId)
  if (linked !== null || !person.emailVerified) return linked
  const joined = await maybe(
    tx,
    sql<{ id: string }>`update customers set user_id = ${person.userId}, version = version + 1
      where business_id = current_business() and email_key = ${person.email.toLowerCase()} and user_id is null and erased_at is null
      returning id`,
  )
  return joined?.id ?? customerOf(tx, person.userId)
}

/** The customer of this business behind a signed-in person, without joining anything. */
export async function customerOf(tx: Tx, userId: string): Promise<string | null> {
  const { id } = await one(
    tx,
    sql<{ id: string | null }>`select min(id) as id from customers
      where business_id = current_business() and user_id = ${userId} and erased_at is null`,
  )
  return id
}
