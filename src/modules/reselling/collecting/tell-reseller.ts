/** A mail of the lender's to who owns the reseller. */
import type { Shop } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import { queueMessage } from '../../messages/queue-message.ts'

export async function tellReseller(
  tx: Tx,
  shop: Shop,
  resellerId: string,
  { claim, title, detail }: { claim: string; title: string; detail: string },
): Promise<void> {
  const owner = await maybe(
    tx,
    sql<{ email: string; language: string }>`select email, language from owner_of_reseller(${resellerId})`,
  )
  if (owner === null) return
  await queueMessage(
    tx,
    shop,
    {
      template: 'staff_alert',
      claim,
      to: owner.email,
      kind: 'staff',
      about: { alert_title: title, alert_detail: detail },
    },
    shop.now(),
  )
}
