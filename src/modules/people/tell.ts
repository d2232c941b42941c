/** What messages say to people about their access, and to staff. Their facts travel with the message: they are not stored elsewhere. */
import type { Shop, Teller } from '#app.ts'
import { seal, unseal } from '#platform/crypto.ts'
import { formatMoment } from '#platform/time.ts'

const asQueued: Teller = async (_tx, shop, { customer_id: _, ...about }) => ({
  account_url: `${shop.baseUrl}/account`,
  customer_name: null,
  console_url: `${shop.app.publicUrl}/admin`,
  ...about,
})

const stamped: Teller = async (tx, shop, about) => ({
  ...(await asQueued(tx, shop, about)),
  sent_at: formatMoment(shop.now(), shop.zone, 'en'),
})

/** A link that signs in is a key: it waits sealed, so that whoever reads the table of messages cannot use it. */
const linkPlace = (shop: Pick<Shop, 'businessId'>) => `${shop.businessId}/sign-in-link`
export const sealSignInUrl = (shop: Shop, url: string): string => seal(shop.dataKey, linkPlace(shop), url)

const magicLink: Teller = async (tx, shop, { sealed_url = '', ...about }) => ({
  ...(await asQueued(tx, shop, about)),
  sign_in_url: unseal(shop.dataKey, linkPlace(shop), sealed_url),
})

/** The invitation's link is a key as well. */
const resellerInvite: Teller = async (tx, shop, { sealed_url = '', ...about }) => ({
  ...(await asQueued(tx, shop, about)),
  invite_url: unseal(shop.dataKey, linkPlace(shop), sealed_url),
})

export const peopleTellers: Record<string, Teller> = {
  magic_link: magicLink,
  email_change: asQueued,
  email_changed: asQueued,
  staff_invite: asQueued,
  reseller_invite: resellerInvite,
  staff_alert: stamped,
  test_message: stamped,
}
