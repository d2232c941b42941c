/** How many mails a business may send within 24 hours. What is too many waits for its place: nothing is dropped, and nobody who waits at a screen is kept. */
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql } from '#platform/db.ts'
import { plusHours, plusSeconds } from '#platform/time.ts'
import { raise, settle } from '../people/attention.ts'

/** Signing in is how a person gets to confirm; what somebody asks for just now is answered. */
export const always = ['magic_link', 'email_change', 'staff_invite', 'reseller_invite', 'staff_alert', 'test_message']

const kind = 'mail_limit'

/** True: this message waits until the oldest of the last day has left the count; when it is then still true, it goes. TV logins never wait. */
export async function waitsForPlace(shop: Shop, messageId: string, now: Temporal.Instant): Promise<boolean> {
  const most = shop.limits.mailsPerDay
  if (most === null) return false
  return transaction(shop, 'mail-limit', async (tx) => {
    const oldest =
      most === 0
        ? { at: now }
        : await maybe(
            tx,
            sql<{
              at: Temporal.Instant
            }>`select accepted_at as at from messages where business_id = current_business() and status = 'sent'
              and accepted_at > ${plusHours(now, -24)} and created_at > ${plusHours(now, -24 * 8)} order by accepted_at desc offset ${most - 1} limit 1`,
          )
    if (oldest === null) {
      await settle(tx, kind, shop.businessId, 'system', now)
      return false
    }
    const next = plusSeconds(plusHours(oldest.at, 24), 1)
    const waiting = await run(
      tx,
      sql`update messages set next_try_at = ${next}, send_until = case when send_until is not null then greatest(send_until, ${plusHours(next, 1)}::timestamptz) end
        where business_id = current_business() and id = ${messageId} and status = 'queued' and template <> all (${[...always, 'credentials']}::text[])`,
    )
    if (waiting === 0) return false
    await raise(
      tx,
      shop,
      {
        kind,
        subjectType: 'business',
        subjectId: shop.businessId,
        title: 'Mails wait: the limit of the day is reached',
        detail: `Your supplier lets you send ${most} mails within 24 hours. The others follow by themselves; sign-in and TV logins are not kept.`,
        severity: 'warn',
      },
      now,
    )
    return true
  })
}
