/** Invites somebody to a business of his own below this one. The link goes to his mailbox and nowhere else: who opens it has proved that it is his. */
import { type Shop, transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { plusHours } from '#platform/time.ts'
import { findPlan } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { signLink } from '../people/links.ts'
import { sealSignInUrl } from '../people/tell.ts'
import { findInvitation, type Invitation, stateOfInvitation } from './queries.ts'

/** `creditsMilli`: given with the acceptance. */
export type NewInvitation = { email: string; name: string; planIds: readonly string[]; creditsMilli: bigint }

const validDays = 14

export function inviteReseller(shop: Shop, wanted: NewInvitation): Promise<Invitation> {
  const now = shop.now()
  return transaction(shop, 'invite-reseller', async (tx) => {
    for (const [index, planId] of wanted.planIds.entries())
      if ((await findPlan(tx, planId)) === null)
        throw new Refusal('invalid_input', 'Please check the plans.', [
          { pointer: `/plan_ids/${index}`, code: 'unknown', detail: 'There is no such plan.' },
        ])
    const id = newId('rin', shop.app.clock)
    const email = wanted.email.trim().toLowerCase()
    await run(
      tx,
      sql`insert into reseller_invitations (business_id, id, email, name, plan_ids, credits_milli, created_at, created_by, expires_at)
        values (${shop.businessId}, ${id}, ${email}, ${wanted.name}, ${[...new Set(wanted.planIds)]}::text[], ${wanted.creditsMilli}, ${now}, ${shop.actor}, ${plusHours(now, validDays * 24)})`,
    )
    // The machine's clock: signing in and its links follow it, wherever the clock of a test business was moved.
    const token = signLink(
      shop.app,
      { kind: 'reseller', businessId: shop.businessId, id },
      plusHours(shop.app.clock.now(), validDays * 24),
    )
    await queueMessage(
      tx,
      shop,
      {
        template: 'reseller_invite',
        claim: `reseller_invite/${id}`,
        to: email,
        kind: 'staff',
        about: {
          invited_by: shop.name,
          sealed_url: sealSignInUrl(shop, `${shop.app.publicUrl}/join/${token}`),
          valid_for: `${validDays} days`,
        },
      },
      now,
    )
    await record(tx, shop, now, { type: 'reseller.invited', subjectType: 'invitation', subjectId: id })
    return found(await findInvitation(tx, id))
  })
}

/** The link does nothing any more. Repeating it changes nothing; what was accepted stays. */
export function withdrawInvitation(shop: Shop, id: string): Promise<Invitation> {
  const now = shop.now()
  return transaction(shop, 'withdraw-invitation', async (tx) => {
    const invitation = found(await findInvitation(tx, id, true))
    if (invitation.acceptedAt !== null) throw new Refusal('conflict', 'This invitation was accepted already.')
    if (stateOfInvitation(invitation, now) === 'withdrawn') return invitation
    await run(
      tx,
      sql`update reseller_invitations set withdrawn_at = ${now} where business_id = current_business() and id = ${id}`,
    )
    await record(tx, shop, now, { type: 'reseller.invitation_withdrawn', subjectType: 'invitation', subjectId: id })
    return { ...invitation, withdrawnAt: now }
  })
}

function found(invitation: Invitation | null): Invitation {
  if (invitation === null) throw new Refusal('not_found', 'There is no such invitation.')
  return invitation
}
