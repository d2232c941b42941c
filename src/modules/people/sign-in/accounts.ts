/** Identities: one per mail address and installation. Whether one exists is never told: asking for it makes or finds it. */
import { runWithTransaction } from '@better-auth/core/context'
import { Refusal } from '#platform/errors.ts'
import type { Auth } from './auth.ts'
import { faultOf, hashPassword } from './passwords.ts'

export type NewUser = {
  email: string
  name?: string | undefined
  /** Without one, he signs in by link. An identity that exists keeps the password it has. */
  password?: string | undefined
  /** Only when the machine's owner vouches for the address (command line, demo): a first link takes unproven passwords away. */
  emailVerified?: boolean | undefined
}

export const plainEmail = (email: string): string => email.trim().toLowerCase()

/** Refuses `invalid_input` beside the field. */
export function checkPassword(password: string, email: string): void {
  const fault = faultOf(password, email)
  if (fault !== null) throw new Refusal('invalid_input', fault.detail, [fault])
}

/** Makes the identity, or finds the one that has this address. */
export async function createUser(auth: Auth, wanted: NewUser): Promise<{ userId: string; created: boolean }> {
  const email = plainEmail(wanted.email)
  const { adapter, internalAdapter } = await auth.$context
  if (wanted.password !== undefined) checkPassword(wanted.password, email)
  const known = await internalAdapter.findUserByEmail(email)
  if (known !== null) return { userId: known.user.id, created: false }
  const password = wanted.password === undefined ? null : await hashPassword(wanted.password)
  const facts = { email, name: wanted.name ?? '', emailVerified: wanted.emailVerified ?? false }
  try {
    return await runWithTransaction(adapter, async () => {
      const user = await internalAdapter.createUser(facts, { method: 'email-password' })
      if (password !== null)
        await internalAdapter.linkAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password })
      return { userId: user.id, created: true }
    })
  } catch (error) {
    // Somebody made the same one a moment ago.
    const other = await internalAdapter.findUserByEmail(email)
    if (other === null) throw error
    return { userId: other.user.id, created: false }
  }
}

/** Sets or replaces a password. */
export async function savePassword(auth: Auth, userId: string, password: string): Promise<void> {
  const { internalAdapter } = await auth.$context
  const hash = await hashPassword(password)
  const accounts = await internalAdapter.findAccounts(userId)
  if (accounts.some(({ providerId }) => providerId === 'credential')) await internalAdapter.updatePassword(userId, hash)
  else await internalAdapter.linkAccount({ userId, providerId: 'credential', accountId: userId, password: hash })
}
