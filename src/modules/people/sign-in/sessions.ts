/** Sessions as the rest of the house sees them, and the list of one's own. Read from better-auth's tables as its role. */
import type { App } from '#app.ts'
import { inTransaction, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

export type Session = {
  userId: string
  email: string
  name: string
  /** Whether the person has shown that the mailbox is his. */
  emailVerified: boolean
  /** An authenticator is switched on. */
  authenticator: boolean
  /** This sign-in was by a passkey. */
  passkey: boolean
  /** It was shown two factors: one of these. */
  secondFactor: boolean
  sessionId: string
  signedInAt: Temporal.Instant
}

export type ListedSession = {
  id: string
  signedInAt: Temporal.Instant
  lastSeenAt: Temporal.Instant
  address: string
  userAgent: string
}

const idleDays = 7
const touchMinutes = 30

export const inAuth = <T>(app: Pick<App, 'db'>, name: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
  inTransaction(app.db, { role: 'auth' }, name, work)

/** Sensitive acts ask for a sign-in of the last minutes. `now` is the machine's clock, as all of signing in. */
export function recentSignIn(session: Pick<Session, 'signedInAt'>, now: Temporal.Instant, minutes = 15): boolean {
  return Temporal.Instant.compare(session.signedInAt, now.subtract({ minutes })) >= 0
}

export function requireRecentSignIn(session: Pick<Session, 'signedInAt'>, now: Temporal.Instant, minutes = 15): void {
  if (!recentSignIn(session, now, minutes))
    throw new Refusal('recent_sign_in_required', 'Please sign in again to do this.')
}

/**
 * Ends a session that idled for a week, else notes now and then that it is alive. False: it is over. `lastSeenAt` was just read.
 */
export async function keepAlive(app: App, sessionId: string, lastSeenAt: Temporal.Instant): Promise<boolean> {
  const now = app.clock.now()
  if (Temporal.Instant.compare(lastSeenAt, now.subtract({ hours: idleDays * 24 })) < 0) {
    await inAuth(app, 'end-session', (tx) => run(tx, sql`delete from auth."session" where "id" = ${sessionId}`))
    return false
  }
  if (Temporal.Instant.compare(lastSeenAt, now.subtract({ minutes: touchMinutes })) < 0)
    await inAuth(app, 'touch-session', (tx) =>
      run(tx, sql`update auth."session" set "lastSeenAt" = ${now} where "id" = ${sessionId}`),
    )
  return true
}

export const listSessions = (app: App, userId: string): Promise<ListedSession[]> =>
  inAuth(app, 'list-sessions', (tx) =>
    rows(
      tx,
      sql<ListedSession>`select "id", "signedInAt", "lastSeenAt", coalesce("ipAddress", '') as address, coalesce("userAgent", '') as "userAgent"
        from auth."session"
        where "userId" = ${userId} and "expiresAt" > now()
        order by "lastSeenAt" desc`,
    ),
  )

/** Ends all sessions of a person at once, but perhaps the one that asks. Tells how many. */
export const revokeSessions = (app: App, userId: string, exceptSessionId: string | null = null): Promise<number> =>
  inAuth(app, 'revoke-sessions', (tx) =>
    run(
      tx,
      sql`delete from auth."session" where "userId" = ${userId} and "id" is distinct from ${exceptSessionId}::text`,
    ),
  )

/** Ends one session of a person; another's id is answered like an absent one. */
export async function revokeSession(app: App, userId: string, sessionId: string): Promise<void> {
  const ended = await inAuth(app, 'revoke-sessions', (tx) =>
    run(tx, sql`delete from auth."session" where "userId" = ${userId} and "id" = ${sessionId}`),
  )
  if (ended === 0) throw new Refusal('not_found', 'There is no such session.')
}

/** Forgets links that were mailed and not used: a new one ends the older ones, and so does a new password. */
export const forgetLinks = (app: App, email: string): Promise<number> =>
  inAuth(app, 'forget-links', (tx) =>
    run(tx, sql`delete from auth."verification" where "value" = ${JSON.stringify({ email })}`),
  )

/** Takes a code of an authenticator for this person; false when it was taken before. */
export const claimCode = (app: App, userId: string, codeHash: Buffer): Promise<boolean> =>
  inAuth(app, 'claim-code', async (tx) => {
    const claimed = await maybe(
      tx,
      sql`insert into auth.used_codes (user_id, code_hash, used_at) values (${userId}, ${codeHash}, ${app.clock.now()})
        on conflict do nothing
        returning user_id`,
    )
    return claimed !== null
  })

/** Nightly upkeep: what is over is forgotten. */
export const forgetOldSignIns = (app: App): Promise<void> =>
  inAuth(app, 'forget-sign-ins', async (tx) => {
    await run(tx, sql`delete from auth."session" where "expiresAt" < now()`)
    await run(tx, sql`delete from auth."verification" where "expiresAt" < now()`)
    await run(tx, sql`delete from auth.used_codes where used_at < ${app.clock.now().subtract({ hours: 1 })}`)
  })
