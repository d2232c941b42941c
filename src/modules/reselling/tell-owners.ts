/** A mail of the business's own to those who answer for it and for its money, once per occasion. */
import type { Shop } from '#app.ts'
import { rows, sql, type Tx } from '#platform/db.ts'
import { type Instant, plusHours } from '#platform/time.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { type NewAttention, raise } from '../people/attention.ts'

export type Told = { claim: string; title: string; detail: string; sendUntil?: Instant }

export async function tellOwners(tx: Tx, shop: Shop, told: Told, now: Instant): Promise<void> {
  const { claim, title, detail, sendUntil } = told
  for (const { email } of await owners(tx, now))
    await queueMessage(
      tx,
      shop,
      {
        template: 'staff_alert',
        claim: `${claim}/${email}`,
        to: email,
        kind: 'staff',
        about: { alert_title: title, alert_detail: detail },
        ...(sendUntil === undefined ? {} : { sendUntil }),
      },
      now,
    )
}

type News = Pick<NewAttention, 'kind' | 'title' | 'severity'> & { detail: string }

/** What needs attention about the credits of `holder`, told once until it is settled: in the books of who holds them, or of who issues them. True: it is news. */
export const raiseOnce = (tx: Tx, shop: Shop, holder: string, news: News, now: Instant): Promise<boolean> =>
  raise(tx, shop, { ...news, subjectType: holder === shop.businessId ? 'wallet' : 'reseller', subjectId: holder }, now)

/** And its owners are written to, for a day, when it is news. */
export async function tellOnce(tx: Tx, shop: Shop, holder: string, news: News, now: Instant): Promise<boolean> {
  if (!(await raiseOnce(tx, shop, holder, news, now))) return false
  const { kind, title, detail } = news
  await tellOwners(
    tx,
    shop,
    { claim: `${kind}/${holder}/${now.toString()}`, title, detail, sendUntil: plusHours(now, 24) },
    now,
  )
  return true
}

const owners = (tx: Tx, now: Instant) =>
  rows(
    tx,
    sql<{
      email: string
    }>`select email from memberships where business_id = current_business() and role in ('owner', 'billing')
      and (expires_at is null or expires_at > ${now}) order by email`,
  )
