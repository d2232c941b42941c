/**
 * Somebody is invited to the staff: his membership, and the mail that tells him how to come in, in one commit. He gets no password: he signs
 * in by a link to his mailbox, which proves that it is his.
 */
import { type Shop, transaction } from '#app.ts'
import { newId } from '#platform/ids.ts'
import { addMember, type StaffActor } from '../people/memberships.ts'
import type { Role } from '../people/permissions.ts'
import { isBuiltIn, readRole } from '../people/roles.ts'
import type { SignIn } from '../people/sign-in.ts'
import { queueMessage } from './queue-message.ts'

export type Invitation = {
  email: string
  name: string
  /** A built-in role, or the id of one of the business. */
  role: string
  /** Null: for as long as he is not removed. */
  expiresAt: Temporal.Instant | null
  /** The name that the mail gives of who invites. */
  invitedBy: string
}

const titles: Record<Role, string> = {
  owner: 'owner',
  admin: 'manager',
  billing: 'billing',
  support: 'support',
  read_only: 'read only',
}

/** Answers the membership. Refuses what `addMember` refuses. */
export async function inviteMember(
  shop: Shop,
  signIn: Pick<SignIn, 'createUser'>,
  by: StaffActor,
  { email, name, role, expiresAt, invitedBy }: Invitation,
): Promise<string> {
  const { userId } = await signIn.createUser({ email, name })
  const made = await transaction(shop, 'invite-member', async (tx) => {
    const id = await addMember(tx, shop, by, { userId, email, name, role, expiresAt })
    const about = {
      invited_by: invitedBy,
      role: isBuiltIn(role) ? titles[role] : (await readRole(tx, role)).name,
      invite_url: `${shop.app.publicUrl}/admin/sign-in?email=${encodeURIComponent(email)}`,
      valid_for: expiresAt === null ? 'as long as you are on the staff' : `until ${lastDayOf(expiresAt, shop.zone)}`,
    }
    const claim = `staff-invite/${newId('mem', shop.app.clock)}`
    await queueMessage(tx, shop, { template: 'staff_invite', claim, to: email, kind: 'staff', about }, shop.now())
    return { id }
  })
  return made.id
}

/** The last day of access, whose end is the instant after it. */
export const lastDayOf = (ends: Temporal.Instant, zone: string): string =>
  ends.subtract({ seconds: 1 }).toZonedDateTimeISO(zone).toPlainDate().toString()
