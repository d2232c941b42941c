/** Mails the link that signs in: to those the business knows, sealed on its way, and gone with its quarter of an hour. */
import { type App, transaction } from '#app.ts'
import { queueMessage } from '#modules/messages/queue-message.ts'
import { openShop } from '#modules/people/business.ts'
import { sealSignInUrl } from '#modules/people/tell.ts'
import { sha256 } from '#platform/crypto.ts'
import { maybe, sql } from '#platform/db.ts'
import { formatSpan } from '#platform/time.ts'

const validMinutes = 15

/** To an address that is neither a customer's nor staff's nothing is sent: a stranger's mailbox is not ours to fill. */
export const signInMail =
  (app: App) =>
  async ({ email, url, businessId }: { email: string; url: string; businessId: string }): Promise<void> => {
    const shop = await openShop(app, businessId, 'system')
    const now = shop.now()
    await transaction(shop, 'queue-sign-in-link', async (tx) => {
      const known = await maybe(
        tx,
        sql<{ language: string }>`select language from (
            select language, 0 as place from customers where business_id = current_business() and email_key = ${email.toLowerCase()} and erased_at is null
            union all select 'en', 1 from memberships where business_id = current_business() and lower(email) = lower(${email})) who
          order by place limit 1`,
      )
      if (known === null) return
      await queueMessage(
        tx,
        shop,
        {
          template: 'magic_link',
          claim: `magic_link/${sha256(url).toString('base64url')}`,
          to: email,
          language: known.language,
          about: {
            sealed_url: sealSignInUrl(shop, url),
            valid_for: formatSpan(validMinutes, 'minute', known.language),
          },
          sendUntil: now.add({ minutes: validMinutes }),
        },
        now,
      )
    })
  }
