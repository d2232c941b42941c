/**
 * A reseller is closed with a date: from now on his shop sells nothing new, nothing is renewed past the date, and he is closed by itself when his
 * last line has ended. Until then it can be taken back. A round each minute does what is due; each of its acts is safe to repeat.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { inTransaction, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Instant, isBefore, plusHours } from '#platform/time.ts'
import { cancelAtEnd, undoCancel } from '../billing/cancel-subscription.ts'
import { record } from '../events/record.ts'
import { forgetBusiness, openShop } from '../people/business.ts'
import { closeBranch, obstacles } from './branch.ts'
import { tellBranchJob } from './jobs.ts'
import { type Reseller, readChild } from './queries.ts'

/** `tells`: customers are written to, by their own shop. */
export type WindDown = { closesAt: Instant; tells: boolean }

const mostHours = 2 * 366 * 24

export async function windDown(shop: Shop, resellerId: string, { closesAt, tells }: WindDown): Promise<Reseller> {
  const now = shop.now()
  if (!isBefore(now, closesAt) || isBefore(plusHours(now, mostHours), closesAt))
    throw new Refusal('invalid_input', 'Please choose another day.', [
      { pointer: '/closes_at', code: 'out_of_range', detail: 'A day to come, within two years.' },
    ])
  return transaction(shop, 'wind-down', async (tx) => {
    await readChild(tx, resellerId)
    const { outcome } = await one(
      tx,
      sql<{ outcome: string }>`select wind_down_branch(${resellerId}, ${now}, ${closesAt}, ${tells}) as outcome`,
    )
    if (outcome !== 'winding_down')
      throw new Refusal('conflict', obstacles[outcome] ?? 'This reseller is closed, or closes already.')
    await record(tx, shop, now, {
      type: 'reseller.winding_down',
      subjectType: 'reseller',
      subjectId: resellerId,
      data: { closes_at: closesAt.toString(), tells },
    })
    await enqueue(tx, tellBranchJob, { businessId: resellerId, told: 'closing', since: now.toString() })
    tx.afterCommit(() => forgetBusiness(shop.app, resellerId))
    return readChild(tx, resellerId)
  })
}

/** It stays open after all: renewals that ended for it go on. */
export function stopWindingDown(shop: Shop, resellerId: string): Promise<Reseller> {
  const now = shop.now()
  return transaction(shop, 'stop-winding-down', async (tx) => {
    await readChild(tx, resellerId)
    const stopped = await maybe(
      tx,
      sql<{ since: Temporal.Instant; tells: boolean }>`select since, tells from stop_winding_down(${resellerId})`,
    )
    if (stopped === null) throw new Refusal('conflict', 'This reseller is not about to close.')
    await record(tx, shop, now, { type: 'reseller.stays', subjectType: 'reseller', subjectId: resellerId })
    const { since, tells } = stopped
    await enqueue(tx, tellBranchJob, { businessId: resellerId, told: 'staying', since: since.toString(), tells })
    tx.afterCommit(() => forgetBusiness(shop.app, resellerId))
    return readChild(tx, resellerId)
  })
}

/** One round over those that close, and those that stay after all. */
export async function goOnClosing(app: App): Promise<void> {
  const found = await inTransaction(app.db, { role: 'lookup' }, 'closing-businesses', (tx) =>
    rows(
      tx,
      sql<{
        id: string
        parentId: string
        closes: boolean
      }>`select business_id as id, parent_id as "parentId", closes from closing_businesses()`,
    ),
  )
  for (const { id, parentId, closes } of found)
    await (closes ? endRenewals(app, id, parentId) : giveBackRenewals(app, id)).catch((error: unknown) =>
      app.log.error('a business that closes could not be looked at', { business: id, error }),
    )
}

/** Of one round; the rest come with the next. */
const batch = 200

async function endRenewals(app: App, id: string, parentId: string): Promise<void> {
  const shop = await openShop(app, id, 'system')
  const now = shop.now()
  const { closesAt } = shop
  if (closesAt === null) return
  const over = !isBefore(now, closesAt)
  // Written down before it ends, so that a process that dies between the two takes nobody for one who left by himself.
  const ends = await transaction(shop, 'end-with-shop', (tx) =>
    rows(
      tx,
      sql<{ id: string }>`with due as (
          select s.id from subscriptions s where s.business_id = current_business() and s.status not in ('pending', 'terminated', 'trial') and not s.cancel_at_end
            and (${over}::boolean or s.paid_through >= ${closesAt}) order by s.id limit ${batch}),
        noted as (insert into closing_ends (business_id, subscription_id) select current_business(), id from due on conflict do nothing)
        select id from due`,
    ),
  )
  for (const each of ends)
    await cancelAtEnd(shop, each.id, 'the shop closes').catch((error: unknown) => {
      // It has ended meanwhile.
      if (!(error instanceof Refusal)) throw error
    })
  if (!over || ends.length > 0 || (await runs(shop))) return
  const parent = await openShop(app, parentId, 'system')
  await closeBranch(parent, id).catch((error: unknown) => {
    // A line of his is on its way yet: the next round looks again.
    if (!(error instanceof Refusal)) throw error
  })
}

const runs = (shop: Shop): Promise<boolean> =>
  transaction(
    shop,
    'read-closing',
    async (tx: Tx) =>
      (await maybe(
        tx,
        sql`select from lines where business_id = current_business() and wanted in ('active', 'suspended') limit 1`,
      )) !== null,
  )

async function giveBackRenewals(app: App, id: string): Promise<void> {
  const shop = await openShop(app, id, 'system')
  const ended = await transaction(shop, 'read-closing', (tx) =>
    rows(
      tx,
      sql<{
        id: string
      }>`select subscription_id as id from closing_ends where business_id = current_business() order by 1 limit ${batch}`,
    ),
  )
  for (const each of ended) {
    await undoCancel(shop, each.id, 'the shop stays open').catch((error: unknown) => {
      // It has ended meanwhile, or was not ended by the closing.
      if (!(error instanceof Refusal)) throw error
    })
    await transaction(shop, 'forget-closing-end', (tx) =>
      run(tx, sql`delete from closing_ends where business_id = current_business() and subscription_id = ${each.id}`),
    )
  }
}
