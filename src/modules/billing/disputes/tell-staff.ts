/** A dispute has a day by which it must be answered: whoever looks after money is written to, once per turn it takes. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { formatMoment, isAfter } from '#platform/time.ts'
import { queueMessage } from '../../messages/queue-message.ts'
import { listStaff } from '../../people/memberships.ts'

/** Roles that answer disputes; support sees them in the console. */
const answers = ['owner', 'admin', 'billing']

export async function tellStaff(
  tx: Tx,
  shop: Shop,
  dispute: { id: string; status: string; dueAt: Temporal.Instant | null },
  words: { title: string; detail: string },
  now: Temporal.Instant,
): Promise<void> {
  const until =
    dispute.dueAt === null ? {} : { alert_next: `Answer by ${formatMoment(dispute.dueAt, shop.zone, 'en')}.` }
  const staff = (await listStaff(tx)).filter(({ expiresAt }) => expiresAt === null || isAfter(expiresAt, now))
  for (const { id, email, role } of staff)
    if (answers.includes(role))
      await queueMessage(
        tx,
        shop,
        {
          template: 'staff_alert',
          kind: 'staff',
          claim: `dispute/${dispute.id}/${dispute.status}/${id}`,
          to: email,
          language: shop.language,
          about: {
            alert_title: words.title,
            alert_detail: words.detail,
            console_url: `${shop.app.publicUrl}/admin/disputes/${dispute.id}`,
            ...until,
          },
        },
        now,
      )
}
