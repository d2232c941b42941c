/**
 * An invitation becomes a business: his own name, books and staff, the plans that were promised, open for sales when nothing is missing.
 * Each step is safe to repeat, and the acceptance is noted last: what a crash left half done is finished by the next try.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { isDuplicate, run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { listGateways, saveGateway } from '../billing/gateways.ts'
import { findPlan } from '../catalog/plans.ts'
import { attest, confirmStep, openForBusiness, skipMail } from '../checkout/set-up.ts'
import { record } from '../events/record.ts'
import { type Business, createBusiness, openShop, pathOf, readBusiness } from '../people/business.ts'
import { slugOf } from '../people/first-admin.ts'
import { openLink } from '../people/links.ts'
import { addMember, listStaff } from '../people/memberships.ts'
import type { SignIn } from '../people/sign-in.ts'
import { giveCreditsIn } from './move-credits.ts'
import { findInvitation, type Invitation, stateOfInvitation } from './queries.ts'
import { sharePlan, standardTerms } from './share-plans.ts'

export type Acceptance = {
  name: string
  slug: string
  zone: string
  currency: string
  country: string
  language: string
  /** He holds the rights to distribute what he will sell (S0-48). */
  attests: boolean
  /** Without one, he signs in by link. */
  password: string | null
}

/** The invitation behind a link, with the business that invites. Throws `not_found` for a link that is not, or not any more, valid. */
export async function openInvitation(
  app: App,
  token: string,
): Promise<{ shop: Shop; parent: Business; invitation: Invitation }> {
  const { businessId, id } = openLink(app, 'reseller', token, app.clock.now())
  const shop = await openShop(app, businessId, 'system')
  const { parent, invitation } = await transaction(shop, 'read-invitation', async (tx) => ({
    parent: await readBusiness(tx),
    invitation: await findInvitation(tx, id),
  }))
  if (invitation === null || stateOfInvitation(invitation, shop.now()) !== 'open')
    throw new Refusal('not_found', 'This invitation is not valid any more. Please ask for a new one.')
  return { shop, parent, invitation }
}

/** Answers the new business. Refuses `invalid_input` beside the field, for a name in the address that somebody has. */
export async function acceptInvitation(
  app: App,
  signIn: Pick<SignIn, 'createUser'>,
  token: string,
  wanted: Acceptance,
): Promise<{ businessId: string; email: string; slug: string }> {
  const { shop, parent, invitation } = await openInvitation(app, token)
  if (!wanted.attests)
    throw new Refusal('invalid_input', 'Please confirm your rights.', [
      { pointer: '/attests', code: 'required', detail: 'Without this you cannot sell here.' },
    ])
  const { childId, ancestors } = await transaction(shop, 'choose-child', async (tx) => {
    const locked = await findInvitation(tx, invitation.id, true)
    const chosen = locked?.childId ?? newId('biz', app.clock)
    await run(
      tx,
      sql`update reseller_invitations set child_id = ${chosen} where business_id = current_business() and id = ${invitation.id} and child_id is null`,
    )
    return { childId: chosen, ancestors: await pathOf(tx) }
  })
  const slug = slugOf(wanted.slug || wanted.name)
  // The link came by mail to this address, so it is his.
  const { userId } = await signIn.createUser({
    email: invitation.email,
    ...(wanted.password === null ? {} : { password: wanted.password }),
    emailVerified: true,
  })
  await makeBusiness(app, { parent, childId, ancestors, slug, wanted })
  const child = await openShop(app, childId, 'system')
  await transaction(child, 'set-up-reseller', async (tx) => {
    if ((await listStaff(tx)).some((each) => each.userId === userId)) return
    await addMember(tx, child, 'system', { userId, email: invitation.email, name: '', role: 'owner' })
    await confirmStep(tx, child, 'brand', {})
    await confirmStep(tx, child, 'money', {})
    await skipMail(tx, child)
    if ((await listGateways(tx)).length === 0)
      await saveGateway(tx, child, {
        name: 'Pay by hand',
        kind: 'manual',
        settings: { instructions: 'We tell you how to pay {amount}. Please name the reference {reference}.' },
        active: true,
        position: 0,
      })
  })
  await attest(await openShop(app, childId, `staff:${invitation.email}`))
  await keepPromises(shop, invitation, childId)
  await openForBusiness(await openShop(app, childId, 'system')).catch((error) => {
    // What is missing (a plan, its price) is shown to him in the console.
    if (!(error instanceof Refusal)) throw error
  })
  return { businessId: childId, email: invitation.email, slug }
}

async function makeBusiness(
  app: App,
  {
    parent,
    childId,
    ancestors,
    slug,
    wanted,
  }: { parent: Business; childId: string; ancestors: string[]; slug: string; wanted: Acceptance },
): Promise<void> {
  try {
    await createBusiness(
      app,
      {
        slug,
        name: wanted.name,
        mode: parent.mode,
        zone: wanted.zone,
        currency: wanted.currency,
        country: wanted.country,
        language: wanted.language,
      },
      app.clock.now(),
      { id: childId, parent, ancestors },
    )
  } catch (error) {
    if (!isDuplicate(error, 'businesses_slug_key')) throw error
    throw new Refusal('invalid_input', 'Please choose another address.', [
      { pointer: '/slug', code: 'taken', detail: 'Another shop has this address.' },
    ])
  }
}

/** The plans and credits that came with the invitation, and its end, in one commit. */
const keepPromises = (shop: Shop, { id, planIds, creditsMilli }: Invitation, childId: string): Promise<void> =>
  transaction(shop, 'accept-invitation', async (tx) => {
    const now = shop.now()
    const invitation = await findInvitation(tx, id, true)
    if (invitation === null || invitation.acceptedAt !== null) return
    for (const planId of planIds)
      if ((await findPlan(tx, planId)) !== null)
        await sharePlan(tx, shop, { resellerId: childId, planId, ...standardTerms })
    if (creditsMilli > 0n) {
      const move = { resellerId: childId, amountMilli: creditsMilli, reason: 'With the invitation' }
      await giveCreditsIn(tx, shop, move, newId('cmv', shop.app.clock))
    }
    await run(
      tx,
      sql`update reseller_invitations set accepted_at = ${now} where business_id = current_business() and id = ${id}`,
    )
    await record(tx, shop, now, { type: 'reseller.joined', subjectType: 'reseller', subjectId: childId })
  })
