/** Notices as people read them: what each gateway told, and what became of it. What was left without effect can be read once more. */
import { type App, type Shop, transaction } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { plusHours } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { settle } from '../people/attention.ts'
import { allShops } from '../people/business.ts'
import { paymentsHinted } from './queries.ts'

export const noticeStates = ['received', 'applied', 'ignored', 'failed'] as const
export type NoticeState = (typeof noticeStates)[number]

export type ListedNotice = {
  id: string
  gatewayAccountId: string
  /** As the gateway calls it. */
  eventType: string
  status: NoticeState
  /** Why it had no effect; of one that waits: why it had none yet. */
  reason: string
  tries: number
  nextTryAt: Temporal.Instant | null
  at: Temporal.Instant
  doneAt: Temporal.Instant | null
  /** The first that it is about, of those that we know. */
  paymentId: string | null
}

const columns = sql`n.id, n.gateway_account_id as "gatewayAccountId", n.event_type as "eventType", n.status, n.reason, n.tries, n.next_try_at as "nextTryAt",
  n.received_at as at, n.done_at as "doneAt", (select p.id from (select 1) one ${paymentsHinted} where p.id is not null limit 1) as "paymentId"`

export const listNotices = (
  tx: Tx,
  { status, gatewayAccountId }: { status?: string | undefined; gatewayAccountId?: string | undefined },
  page: Page,
): Promise<ListedNotice[]> =>
  rowsOfPage(
    tx,
    sql<ListedNotice>`select * from (select ${columns} from notices n where n.business_id = current_business()
        and (${status ?? null}::text is null or n.status = ${status ?? null})
        and (${gatewayAccountId ?? null}::text is null or n.gateway_account_id = ${gatewayAccountId ?? null})) found where true`,
    page,
    'at',
  )

/** Throws `not_found`. */
export async function readNotice(tx: Tx, id: string): Promise<ListedNotice> {
  const found = await maybe(
    tx,
    sql<ListedNotice>`select ${columns} from notices n where n.business_id = current_business() and n.id = ${id}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such notice.')
  return found
}

/** Reads it as if it had just come. One that was applied, or waits already, stays as it is: to ask twice is to ask once. */
export async function readNoticeAgain(shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'read-notice-again', async (tx) => {
    await readNotice(tx, id)
    const again = await run(
      tx,
      sql`update notices set status = 'received', tries = 0, next_try_at = ${now}, done_at = null
        where business_id = current_business() and id = ${id} and status in ('ignored', 'failed')`,
    )
    if (again === 0) return
    await settle(tx, 'notice_failed', id, shop.actor, now)
    await record(tx, shop, now, { type: 'notice.read_again', subjectType: 'notice', subjectId: id })
  })
}

/** Days after a notice had its end for which it can be shown word for word: a payment may be disputed that long after it. */
const wordsKeptDays = 180
/** Emptied in one transaction: so many rows are locked at most. */
const mostAtOnce = 1_000

/** For the daily upkeep: what gateways said is emptied when it is old, and what came of it stays. To do it again finds nothing. */
export async function forgetWords(app: App): Promise<void> {
  for await (const shop of allShops(app)) while ((await emptyOld(shop)) === mostAtOnce);
}

const emptyOld = (shop: Shop): Promise<number> =>
  transaction(shop, 'forget-words', (tx) => {
    const before = plusHours(shop.now(), -24 * wordsKeptDays)
    return run(
      tx,
      sql`update notices n set body = null from (
          select received_at, id from notices where business_id = current_business() and body is not null and received_at < ${before} and done_at < ${before}
          order by received_at limit ${mostAtOnce} for update skip locked) old
        where n.business_id = current_business() and n.received_at = old.received_at and n.id = old.id`,
    )
  })
