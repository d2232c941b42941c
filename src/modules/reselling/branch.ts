/**
 * What happens to a branch of the tree as a whole: suspended with its lines kept or paused, lifted, closed, hung elsewhere. Only somebody
 * above it may, and the database holds that: a business cannot change its own place.
 */
import { type Shop, transaction } from '#app.ts'
import { maybe, one, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { forgetBusiness } from '../people/business.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { isPausedFromAbove, restLine } from '../subscriptions/credits.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { restLinesJob, tellBranchJob } from './jobs.ts'
import { type Reseller, readChild, readReseller } from './queries.ts'

/** `paused`: every line on a panel from above rests until the suspension is lifted. `kept`: they run and are renewed; only nothing new is sold. */
export type Suspension = {
  lines: 'kept' | 'paused'
  /** The reseller reads it; those below him do not. */
  reason: string
  /** Customers of the branch are written to, by their own shops. */
  tells: boolean
}

/** Whom a suspension would reach. `customers` have a line that runs, `resting` one that would rest. */
export type Reach = { businesses: number; lines: number; customers: number; resting: number }

export async function suspensionReach(tx: Tx, resellerId: string): Promise<Reach> {
  await readReseller(tx, resellerId)
  return one(tx, sql<Reach>`select businesses, lines, customers, resting from suspension_reach(${resellerId})`)
}

/** Closes the shops of a whole branch. What is suspended already, stays as it is. */
export function suspendBranch(shop: Shop, resellerId: string, { lines, reason, tells }: Suspension): Promise<Reseller> {
  const now = shop.now()
  return transaction(shop, 'suspend-branch', async (tx) => {
    await readReseller(tx, resellerId)
    const changed = await rows(
      tx,
      sql<{
        id: string
        since: Temporal.Instant
      }>`select id, since from suspend_branch(${resellerId}, ${now}, ${reason}, ${lines}, ${tells})`,
    )
    if (changed.length === 0) throw new Refusal('conflict', 'This reseller is suspended already.')
    await record(tx, shop, now, {
      ...about('suspended', resellerId),
      data: { lines, reason, tells, businesses: changed.length },
    })
    if (lines === 'paused') for (const { id } of changed) await enqueue(tx, restLinesJob, { businessId: id })
    for (const { id, since } of changed)
      await enqueue(tx, tellBranchJob, { businessId: id, told: 'suspended', since: since.toString() })
    forgetAll(tx, shop, changed)
    return readReseller(tx, resellerId)
  })
}

/** Opens again what this business suspended; lines that were paused come back. */
export function liftBranch(shop: Shop, resellerId: string): Promise<Reseller> {
  const now = shop.now()
  return transaction(shop, 'lift-branch', async (tx) => {
    await readReseller(tx, resellerId)
    const changed = await rows(
      tx,
      sql<{
        id: string
        since: Temporal.Instant
        lines: 'kept' | 'paused'
        tells: boolean
      }>`select id, since, lines, tells from lift_branch(${resellerId})`,
    )
    if (changed.length === 0) throw new Refusal('conflict', 'You have not suspended this reseller.')
    await record(tx, shop, now, { ...about('lifted', resellerId), data: { businesses: changed.length } })
    for (const { id, since, lines, tells } of changed) {
      await enqueue(tx, restLinesJob, { businessId: id })
      await enqueue(tx, tellBranchJob, { businessId: id, told: 'lifted', since: since.toString(), lines, tells })
    }
    forgetAll(tx, shop, changed)
    return readReseller(tx, resellerId)
  })
}

export const obstacles: Record<string, string> = {
  children: 'He has resellers of his own. Close or move them first.',
  lines: 'Lines of his still run or wait. End them or move them first.',
  unknown_parent: 'There is no such reseller.',
  below_itself: 'A reseller cannot be below himself.',
  credits: 'He still has credits of his present parent. Take them back first.',
  waiting: 'Lines of his branch are being set up or wait for credits. Try again when they are done.',
  plans: 'The new parent does not have all plans that he sells. Share them with the new parent first.',
  panels: 'The new parent is not below the owner of the panels that his lines are on.',
}

/** For good: nothing is sold there any more. Its books stay. */
export function closeBranch(shop: Shop, resellerId: string): Promise<Reseller> {
  const now = shop.now()
  return transaction(shop, 'close-branch', async (tx) => {
    await readChild(tx, resellerId)
    const { outcome } = await one(tx, sql<{ outcome: string }>`select close_branch(${resellerId}, ${now}) as outcome`)
    if (outcome !== 'closed') throw new Refusal('conflict', obstacles[outcome] ?? 'This reseller cannot be closed.')
    await record(tx, shop, now, about('closed', resellerId))
    await enqueue(tx, tellBranchJob, { businessId: resellerId, told: 'closed', since: now.toString() })
    forgetAll(tx, shop, [{ id: resellerId }])
    return readChild(tx, resellerId)
  })
}

/** Hangs a reseller, and all below him, under another one of the branch, or under this business. His lines stay where they are. */
export function moveBranch(shop: Shop, resellerId: string, parentId: string): Promise<Reseller> {
  const now = shop.now()
  return transaction(shop, 'move-branch', async (tx) => {
    await readReseller(tx, resellerId)
    const { outcome } = await one(
      tx,
      sql<{ outcome: string }>`select move_branch(${resellerId}, ${parentId}) as outcome`,
    )
    if (outcome === 'unknown_parent')
      throw new Refusal('invalid_input', 'Please choose the new parent.', [
        { pointer: '/parent_id', code: 'unknown', detail: obstacles.unknown_parent ?? '' },
      ])
    if (outcome !== 'moved') throw new Refusal('conflict', obstacles[outcome] ?? 'This reseller cannot be moved.')
    await record(tx, shop, now, { ...about('moved', resellerId), data: { parent: parentId } })
    await enqueue(tx, tellBranchJob, { businessId: resellerId, told: 'moved', since: now.toString() })
    forgetAll(tx, shop, [{ id: resellerId }])
    return readReseller(tx, resellerId)
  })
}

const about = (what: string, resellerId: string) => ({
  type: `reseller.${what}`,
  subjectType: 'reseller',
  subjectId: resellerId,
})

const forgetAll = (tx: Tx, shop: Shop, changed: readonly { id: string }[]): void =>
  tx.afterCommit(() => {
    for (const { id } of changed) forgetBusiness(shop.app, id)
  })

const batch = 200

/** Lets the lines of one business rest, or come back, as its suspension says now: in batches, each followed by the next in its commit. */
export async function restLines(shop: Shop): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'rest-lines', async (tx) => {
    const rests = await isPausedFromAbove(tx)
    const found = await rows(
      tx,
      rests
        ? sql<{
            id: string
          }>`select s.id from subscriptions s join lines l on l.business_id = s.business_id and l.subscription_id = s.id
            where s.business_id = current_business() and s.status <> 'terminated' and s.waiting_for is distinct from 'parent'
              and l.panel_business_id <> l.business_id and l.wanted in ('active', 'suspended') order by s.id limit ${batch}`
        : sql<{
            id: string
          }>`select s.id from subscriptions s where s.business_id = current_business() and s.waiting_for = 'parent' order by s.id limit ${batch}`,
    )
    for (const { id } of found) {
      const subscription = await lockSubscription(tx, id)
      const waitingFor = rests ? 'parent' : (await waitsForCredits(tx, id)) ? 'credits' : null
      await changeSubscription(tx, shop, id, now, () => ({ event: 'noted', next: { waitingFor } }), {
        reason: rests ? 'suspended by the supplier' : 'the supplier has lifted the suspension',
        locked: subscription,
      })
      if (rests) await restLine(tx, shop, subscription, now)
    }
    if (found.length === batch) await enqueue(tx, restLinesJob, { businessId: shop.businessId })
  })
}

const waitsForCredits = async (tx: Tx, subscriptionId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from period_credits where business_id = current_business() and subscription_id = ${subscriptionId} and status = 'waiting'`,
  )) !== null
