/** Passkeys of a person: what he has, what he calls them, and removing one. Their keys are read by better-auth only. */
import { passkey } from '@better-auth/passkey'
import type { App } from '#app.ts'
import { rows, run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { inAuth } from './sessions.ts'

export type Passkey = { id: string; name: string; createdAt: Temporal.Instant | null; backedUp: boolean }

/** As many as anybody has devices. */
export const mostPasskeys = 20

/** The address that begins a session by a passkey. */
export const passkeyPath = '/passkey/verify-authentication'

/**
 * The plugin, for this host only. A passkey is two factors because its device asks for a finger, a face or a code: one that did not is refused, which
 * better-auth itself leaves open.
 */
export function passkeyPlugin({ publicUrl }: Pick<App, 'publicUrl'>, refuse: () => Error) {
  const { hostname, origin } = new URL(publicUrl)
  return passkey({
    rpID: hostname,
    rpName: 'Linekeeper',
    origin,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    advanced: { webAuthnChallengeCookie: 'passkey' },
    registration: {
      afterVerification: async ({ verification: { registrationInfo } }) => {
        if (registrationInfo?.userVerified !== true) throw refuse()
      },
    },
    authentication: {
      afterVerification: async ({ verification: { authenticationInfo } }) => {
        if (!authenticationInfo.userVerified) throw refuse()
      },
    },
  })
}

export const listPasskeys = (app: App, userId: string): Promise<Passkey[]> =>
  inAuth(app, 'list-passkeys', (tx) =>
    rows(
      tx,
      sql<Passkey>`select "id", coalesce("name", '') as name, "createdAt", "backedUp" from auth."passkey" where "userId" = ${userId} order by "createdAt", "id"`,
    ),
  )

/** Another's id is answered like an absent one. */
export async function renamePasskey(app: App, userId: string, id: string, name: string): Promise<void> {
  const changed = await inAuth(app, 'rename-passkey', (tx) =>
    run(tx, sql`update auth."passkey" set "name" = ${name} where "userId" = ${userId} and "id" = ${id}`),
  )
  if (changed === 0) throw absent()
}

export async function removePasskey(app: App, userId: string, id: string): Promise<void> {
  const removed = await inAuth(app, 'remove-passkey', (tx) =>
    run(tx, sql`delete from auth."passkey" where "userId" = ${userId} and "id" = ${id}`),
  )
  if (removed === 0) throw absent()
}

export const markSession = (app: App, sessionId: string): Promise<number> =>
  inAuth(app, 'mark-session', (tx) =>
    run(tx, sql`update auth."session" set "passkey" = true where "id" = ${sessionId}`),
  )

const absent = () => new Refusal('not_found', 'There is no such passkey.')
