/**
 * What was decided above a business is told where it happens: to its owners by its own mail, on every page of its console, and, where whoever
 * suspended it wished so, to its customers, once each, by their own shop. Nobody above learns who they are. Safe to repeat: each message claims
 * its occasion.
 */
import { type Shop, type Teller, transaction } from '#app.ts'
import { maybe, one, rows, sql, type Tx } from '#platform/db.ts'
import { enqueue } from '#platform/jobs.ts'
import { formatDay, formatMoment, type Instant } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise } from '../people/attention.ts'
import { readCustomer } from '../people/customers.ts'
import { tellBranchJob } from './jobs.ts'
import { tellOwners } from './tell-owners.ts'

/** How a business stands with those above it. */
export type Standing = {
  /** Null: an operator. */
  parent: string | null
  parentName: string | null
  suspendedAt: Temporal.Instant | null
  suspendedLines: 'kept' | 'paused' | null
  suspendedTells: boolean
  /** Its own supplier suspended it; else somebody above him. */
  byParent: boolean | null
  /** Null: none, or it was meant for somebody above. */
  because: string | null
  /** Its supplier closes it: nothing is renewed past that day. */
  closesAt: Temporal.Instant | null
  closingSince: Temporal.Instant | null
  closesTells: boolean
  closedAt: Temporal.Instant | null
}

export const ownStanding = (tx: Tx): Promise<Standing> =>
  one(
    tx,
    sql<Standing>`select parent, parent_name as "parentName", o.suspended_at as "suspendedAt", o.suspended_lines as "suspendedLines", o.suspended_tells as "suspendedTells",
      by_parent as "byParent", because, o.closed_at as "closedAt",
      b.closes_at as "closesAt", b.closing_since as "closingSince", b.closes_tells as "closesTells" from own_standing() o join businesses b on b.id = current_business()`,
  )

export type Told = {
  told: 'suspended' | 'lifted' | 'moved' | 'closing' | 'staying' | 'closed'
  since: string
  lines?: 'kept' | 'paused' | undefined
  tells?: boolean | undefined
  /** The last customer of the batch before. */
  after?: string | undefined
}

export async function tellBranch(shop: Shop, told: Told): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'tell-branch', async (tx) => {
    const standing = await ownStanding(tx)
    if (told.told === 'suspended' && standing.suspendedAt?.toString() !== told.since) return
    if (told.told === 'closing' && standing.closingSince?.toString() !== told.since) return
    if (told.after === undefined && !(await isRecorded(tx, told))) await tellStaff(tx, shop, standing, told, now)
    const last = await tellCustomers(tx, shop, standing, told, now)
    if (last !== null) await enqueue(tx, tellBranchJob, { businessId: shop.businessId, ...told, after: last })
  })
}

const isRecorded = async (tx: Tx, { told, since }: Told): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from events where business_id = current_business() and type = ${`business.${told}`} and data ->> 'since' = ${since} limit 1`,
  )) !== null

async function tellStaff(tx: Tx, shop: Shop, standing: Standing, told: Told, now: Instant): Promise<void> {
  const lines = told.lines ?? standing.suspendedLines ?? undefined
  await record(tx, shop, now, {
    type: `business.${told.told}`,
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { since: told.since, ...(lines === undefined ? {} : { lines }) },
  })
  const words = wordsOf(shop, standing, { ...told, lines })
  await tellOwners(tx, shop, { claim: `branch/${told.told}/${told.since}`, ...words }, now)
  if (told.told === 'moved')
    await raise(
      tx,
      shop,
      { kind: 'supplier_changed', subjectType: 'business', subjectId: shop.businessId, severity: 'info', ...words },
      now,
    )
}

function wordsOf(shop: Shop, standing: Standing, { told, since, lines }: Told): { title: string; detail: string } {
  const { parentName, because } = standing
  const supplier = parentName ?? 'your supplier'
  const when = formatMoment(Temporal.Instant.from(since), shop.zone, 'en')
  switch (told) {
    case 'suspended':
      return {
        title: 'Your business is suspended',
        detail: [
          `Since ${when} your shop sells nothing new, as ${standing.byParent ? supplier : `a business above ${supplier}`} has decided.`,
          lines === 'paused'
            ? 'Lines on panels from above rest until it is lifted; lines on panels of your own run on.'
            : 'Lines run on, and your customers can renew.',
          standing.suspendedTells ? 'Your customers are told by your shop.' : 'Your customers are not told.',
          because === null ? '' : `The reason given: ${because}`,
        ]
          .join(' ')
          .trim(),
      }
    case 'lifted':
      return {
        title: 'Your business is no longer suspended',
        detail: `Your shop sells again.${lines === 'paused' ? ' Lines that rested come back by themselves.' : ''}`,
      }
    case 'moved':
      return {
        title: `${supplier} is your supplier now`,
        detail: `Since ${when} your credits come from ${supplier}. Your lines stay where they are, and so do your customers.`,
      }
    case 'closing':
      return {
        title: 'Your business is going to close',
        detail: [
          `${supplier} closes it${standing.closesAt === null ? '' : ` on ${formatMoment(standing.closesAt, shop.zone, 'en')}`}.`,
          'Your shop sells nothing new from now on, and nothing is renewed past that day. What is paid runs to its end; with the last line your business is closed.',
          standing.closesTells ? 'Your customers are told by your shop.' : 'Your customers are not told.',
        ].join(' '),
      }
    case 'staying':
      return {
        title: 'Your business stays open',
        detail: `${supplier} has taken back that it closes. Your shop sells again, and lines are renewed as before.`,
      }
    case 'closed':
      return {
        title: 'Your business is closed',
        detail: `${supplier} has closed it on ${when}. Nothing is sold there any more. You can still sign in and read your books.`,
      }
  }
}

/** Of one commit. */
const batch = 200

/** Answers who was the last, where more may follow. */
async function tellCustomers(tx: Tx, shop: Shop, standing: Standing, told: Told, now: Instant): Promise<string | null> {
  const found = await customersTo(tx, standing, told)
  const closing = told.told === 'closing' || told.told === 'staying'
  const template = closing ? 'shop_closing' : told.told === 'suspended' ? 'service_stopped' : 'service_back'
  const lines = told.lines ?? standing.suspendedLines ?? 'kept'
  for (const customerId of found)
    await queueMessage(
      tx,
      shop,
      {
        template,
        claim: `${told.told === 'staying' ? 'shop_staying' : template}/${told.since}/${customerId}`,
        customerId,
        about: { customer_id: customerId, since: told.since, lines, ...(closing ? { what: told.told } : {}) },
      },
      now,
    )
  return found.length === batch ? (found.at(-1) ?? null) : null
}

async function customersTo(tx: Tx, standing: Standing, { told, since, tells, after = '' }: Told): Promise<string[]> {
  if (told === 'suspended' && standing.suspendedTells)
    return idsOf(
      tx,
      sql<{
        id: string
      }>`select distinct s.customer_id as id from subscriptions s join lines l on l.business_id = s.business_id and l.subscription_id = s.id
        where s.business_id = current_business() and s.status in ('trial', 'active', 'grace') and (l.wanted = 'active' or s.waiting_for = 'parent')
          and (${standing.suspendedLines === 'kept'}::boolean or l.panel_business_id <> l.business_id) and s.customer_id > ${after} order by 1 limit ${batch}`,
    )
  if (told === 'closing' && standing.closesTells)
    return idsOf(
      tx,
      sql<{
        id: string
      }>`select distinct customer_id as id from subscriptions where business_id = current_business() and status in ('trial', 'active', 'grace', 'suspended', 'paused')
          and customer_id > ${after} order by 1 limit ${batch}`,
    )
  // Who was not reached by the first message needs no second one.
  const first = told === 'staying' ? 'shop_closing' : 'service_stopped'
  if ((told === 'lifted' || told === 'staying') && tells)
    return idsOf(
      tx,
      sql<{
        id: string
      }>`select m.customer_id as id from message_claims c join messages m on m.business_id = c.business_id and m.id = c.message_id
        where c.business_id = current_business() and c.claim > ${`${first}/${since}/${after}`} and c.claim < ${`${first}/${since}/~`}
          and m.status in ('sending', 'sent')
          and exists (select from subscriptions s where s.business_id = m.business_id and s.customer_id = m.customer_id and s.status in ('trial', 'active', 'grace'))
        order by c.claim limit ${batch}`,
    )
  return []
}

const idsOf = async (tx: Tx, query: ReturnType<typeof sql<{ id: string }>>): Promise<string[]> =>
  (await rows(tx, query)).map(({ id }) => id)

/** What customers read: that it rests, as long as it does; and that it is back, unless it rests again. */
const told =
  (stopped: boolean): Teller =>
  async (tx, shop, { customer_id = '', since, lines }) => {
    const { suspendedAt } = await ownStanding(tx)
    if (stopped ? suspendedAt?.toString() !== since : suspendedAt !== null) return null
    const { name } = await readCustomer(tx, customer_id)
    return { customer_name: name, account_url: `${shop.baseUrl}/account`, tv_rests: lines === 'paused' }
  }

/** That the shop closes, as long as it is to; and that it stays, unless it is to close again. */
const closing: Teller = async (tx, shop, { customer_id = '', since, what }) => {
  const { closesAt, closingSince } = await ownStanding(tx)
  const stays = what === 'staying'
  if (stays ? closesAt !== null : closingSince?.toString() !== since) return null
  const { name, language } = await readCustomer(tx, customer_id)
  return {
    customer_name: name,
    account_url: `${shop.baseUrl}/account`,
    stays,
    closes_on: closesAt === null ? '' : formatDay(closesAt, shop.zone, language),
  }
}

export const resellingTellers: Record<string, Teller> = {
  service_stopped: told(true),
  service_back: told(false),
  shop_closing: closing,
}
