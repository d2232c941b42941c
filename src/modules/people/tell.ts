/** What messages say to people about their access, and to staff. Their facts travel with the message: they are not stored elsewhere. */
import type { Teller } from '#app.ts'
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

export const peopleTellers: Record<string, Teller> = {
  magic_link: asQueued,
  email_change: asQueued,
  email_changed: asQueued,
  staff_invite: asQueued,
  staff_alert: stamped,
  test_message: stamped,
}
