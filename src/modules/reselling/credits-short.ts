/** A wallet has too little for somebody who waits: its holder and who issues its credits are told, once until it is enough again. */
import { type Shop, transaction } from '#app.ts'
import { rows, sql, type Tx } from '#platform/db.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise } from '../people/attention.ts'
import { openShop } from '../people/business.ts'
import { ownWallet } from './queries.ts'
import { formatCredits } from './rules.ts'

export const creditsShort = 'credits_short'

/** `shop` holds the wallet. Nobody waits any more: nothing is told. */
export async function tellCreditsShort(shop: Shop): Promise<void> {
  const wallet = await transaction(shop, 'read-own-wallet', ownWallet)
  if (wallet === null || wallet.waiting === 0) return
  const issuer = await openShop(shop.app, wallet.issuer, 'system')
  await tell(shop, shop.businessId, {
    title: 'Credits are used up',
    detail: `There are ${formatCredits(wallet.balance - wallet.held)} credits left, and paid lines wait for more. They start by themselves when you top up.`,
  })
  await tell(issuer, shop.businessId, {
    title: `${shop.name} has used up its credits`,
    detail: `Paid lines wait for credits of ${shop.name}. They start by themselves after a top-up.`,
  })
}

async function tell(shop: Shop, holder: string, { title, detail }: { title: string; detail: string }): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'tell-credits-short', async (tx) => {
    const item = {
      kind: creditsShort,
      subjectType: holder === shop.businessId ? 'wallet' : 'reseller',
      subjectId: holder,
      title,
      detail,
      severity: 'bad',
    } as const
    if (!(await raise(tx, shop, item, now))) return
    const claim = `${creditsShort}/${holder}/${now.toString()}`
    for (const { email } of await owners(tx))
      await queueMessage(
        tx,
        shop,
        {
          template: 'staff_alert',
          claim: `${claim}/${email}`,
          to: email,
          kind: 'staff',
          about: { alert_title: title, alert_detail: detail },
          sendUntil: now.add({ hours: 24 }),
        },
        now,
      )
  })
}

const owners = (tx: Tx) =>
  rows(
    tx,
    sql<{
      email: string
    }>`select email from memberships where business_id = current_business() and role in ('owner', 'billing')
      and (expires_at is null or expires_at > now()) order by email`,
  )
