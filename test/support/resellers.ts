/** Resellers of a story: invited, joined by the link in their mail, with plans and credits; and what they sell by hand. */
import { type Shop, transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { setUpState } from '#modules/checkout/set-up.ts'
import { goLive, openShop } from '#modules/people/business.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { type Acceptance, acceptInvitation } from '#modules/reselling/accept-invitation.ts'
import { inviteReseller } from '#modules/reselling/invite-reseller.ts'
import { ownWallet } from '#modules/reselling/queries.ts'
import { type Purchase, parsedMails, present, read } from './stories.ts'
import type { World } from './world.ts'

export type Joining = Partial<Acceptance> & { slug: string; under?: Shop; credits?: bigint; planIds?: string[] }

/** What the page of the invitation hands in when it is left as it is. */
export const acceptance = (slug: string): Acceptance => ({
  name: `${slug} TV`,
  slug,
  zone: 'Europe/Berlin',
  currency: 'EUR',
  country: 'DE',
  language: 'en',
  attests: true,
  password: null,
})

/** The token of the invitation that was mailed to an address. */
export async function invitationTo(world: World, address: string): Promise<string> {
  await world.settle()
  const mail = (await parsedMails(world.mailbox.mails.filter(({ to }) => to.includes(address)))).at(-1)
  return present(/\/join\/([\w-]+)/.exec(present(mail).text ?? '')?.[1])
}

export function signInOf(world: World) {
  return createSignIn(world.app, { sendMagicLink: async () => {}, limits: createRateLimits(world.app) })
}

/** Invited, and accepted by the form as it is: open when nothing is missing. */
export async function invited(
  world: World,
  { slug, under = world.shop, credits = 0n, planIds, ...facts }: Joining,
): Promise<Shop> {
  const email = `${slug}@reseller.example`
  await inviteReseller(under, { email, name: slug, planIds: planIds ?? [world.planId], creditsMilli: credits })
  const token = await invitationTo(world, email)
  const { businessId } = await acceptInvitation(world.app, signInOf(world), token, { ...acceptance(slug), ...facts })
  await world.settle()
  return openShop(world.app, businessId, 'system')
}

/** Open without credits, too. */
export async function joins(world: World, joining: Joining): Promise<Shop> {
  const shop = await invited(world, joining)
  if (joining.credits === undefined || joining.credits === 0n) await opensWithoutCredits(shop)
  return openShop(world.app, shop.businessId, 'system')
}

/** As one who had some and used them: what is sold then is another story. */
async function opensWithoutCredits(shop: Shop): Promise<void> {
  await transaction(shop, 'open', async (tx) => {
    const missing = (await setUpState(tx, shop)).filter(({ state }) => state === 'next').map(({ step }) => step)
    if (missing.every((step) => step === 'credits' || step === 'live')) await goLive(tx, shop, shop.now())
  })
}

/** A customer of the reseller orders, and the money is marked as received: the line waits for nothing but credits. */
export async function sells(
  world: World,
  shop: Shop,
  name: string,
  choice: { mac?: string; username?: string } = {},
): Promise<Purchase> {
  const purchase = await world.customer(name, shop).orders(choice)
  await purchase.pays('pay', 'manual')
  await paidByHand(shop, purchase.invoiceId)
  await world.settle()
  return purchase
}

export async function paidByHand(shop: Shop, invoiceId: string): Promise<void> {
  const invoice = await read(shop, async (tx) => present(await findInvoice(tx, invoiceId)))
  const amount = { minor: invoice.totalMinor, currency: invoice.currency }
  await markReceived(shop, { invoiceId, amount, reference: 'cash' })
}

export const walletOf = (shop: Shop) => read(shop, async (tx) => present(await ownWallet(tx)))
