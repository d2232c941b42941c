/**
 * Campaigns for a new price: written as a draft, looked at, started, and stopped again for those who have not renewed at it yet. A
 * campaign that was started is never edited: what was announced stays what was announced.
 */
import { type Shop, transaction } from '#app.ts'
import { json, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { record } from '../events/record.ts'
import { announcePricesJob, withdrawPricesJob } from './jobs.ts'
import { type StoredPriceChange, storedColumns } from './price-changes.ts'
import type { Condition } from './rules/condition.ts'
import type { ChangeStatus, PriceRule, Terms } from './rules/price-change.ts'

/** `note`: why, in the operator's words to his customers. */
export type CampaignFacts = Terms & { name: string; condition: Condition | null; change: PriceRule; note: string }

export type Campaign = CampaignFacts & {
  id: string
  status: 'draft' | 'running' | 'stopped'
  createdAt: Temporal.Instant
  startedAt: Temporal.Instant | null
  /** Everybody whom it reaches was found. */
  announcedAt: Temporal.Instant | null
  stoppedAt: Temporal.Instant | null
  stopReason: string | null
  version: number
}

const columns = sql`id, name, condition, change, effective_at as "effectiveAt", notice_days as "noticeDays", consent, silence, note, status, created_at as "createdAt",
  started_at as "startedAt", announced_at as "announcedAt", stopped_at as "stoppedAt", stop_reason as "stopReason", version`

const notThere = (): Refusal => new Refusal('not_found', 'There is no such price campaign.')

export async function readCampaign(tx: Tx, id: string): Promise<Campaign> {
  const found = await maybe(
    tx,
    sql<Campaign>`select ${columns} from price_campaigns where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw notThere()
  return found
}

async function lockCampaign(tx: Tx, id: string): Promise<Campaign> {
  const found = await maybe(
    tx,
    sql<Campaign>`select ${columns} from price_campaigns where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw notThere()
  return found
}

/** Newest first. */
export const listCampaigns = (tx: Tx, page: Page): Promise<Campaign[]> =>
  rowsOfPage(tx, sql<Campaign>`select ${columns} from price_campaigns where business_id = current_business()`, page)

/** Whom a started campaign reached, newest first. */
export const changesOfCampaign = (
  tx: Tx,
  campaignId: string,
  filter: { status?: ChangeStatus | undefined },
  page: Page,
): Promise<StoredPriceChange[]> =>
  rowsOfPage(
    tx,
    sql<StoredPriceChange>`select * from (select ${storedColumns}, p.created_at from price_changes p
        join price_campaigns c on c.business_id = p.business_id and c.id = p.campaign_id
        where p.business_id = current_business() and p.campaign_id = ${campaignId}
          and (${filter.status ?? null}::text is null or p.status = ${filter.status ?? null})) q where true`,
    page,
  )

/** Makes a draft, or changes the one named. */
export async function saveCampaign(
  tx: Tx,
  shop: Shop,
  facts: CampaignFacts,
  now: Temporal.Instant,
  id?: string,
): Promise<Campaign> {
  const campaignId = id ?? newId('pcm', shop.app.clock)
  if (id !== undefined && (await lockCampaign(tx, id)).status !== 'draft')
    throw new Refusal('conflict', 'This campaign was started, so it stays as it was announced. It can be stopped.')
  const { name, condition, change, effectiveAt, noticeDays, consent, silence, note } = facts
  await run(
    tx,
    sql`insert into price_campaigns (business_id, id, name, condition, change, effective_at, notice_days, consent, silence, note, status, created_at, created_by)
      values (${shop.businessId}, ${campaignId}, ${name}, ${condition === null ? null : json(condition)}, ${json(change)}, ${effectiveAt}, ${noticeDays}, ${consent}, ${silence},
        ${note}, 'draft', ${now}, ${shop.actor})
      on conflict (business_id, id) do update set name = excluded.name, condition = excluded.condition, change = excluded.change, effective_at = excluded.effective_at,
        notice_days = excluded.notice_days, consent = excluded.consent, silence = excluded.silence, note = excluded.note, version = price_campaigns.version + 1`,
  )
  await tell(tx, shop, id === undefined ? 'created' : 'changed', campaignId, { name }, now)
  return readCampaign(tx, campaignId)
}

/** `version`: of the draft that was looked at; another one is refused. Who is reached is told in batches that follow. */
export function startCampaign(shop: Shop, id: string, version: number): Promise<Campaign> {
  const now = shop.now()
  return transaction(shop, 'start-campaign', async (tx) => {
    const campaign = await lockCampaign(tx, id)
    if (campaign.status !== 'draft') throw new Refusal('conflict', 'This campaign was started before.')
    if (campaign.version !== version)
      throw new Refusal('conflict', 'The campaign was changed meanwhile, so nothing was started. Please look again.', [
        { pointer: '/version', code: 'outdated', detail: `Its version is ${campaign.version} now.` },
      ])
    await run(
      tx,
      sql`update price_campaigns set status = 'running', started_at = ${now}, started_by = ${shop.actor}, version = version + 1
        where business_id = current_business() and id = ${id}`,
    )
    await tell(tx, shop, 'started', id, { name: campaign.name }, now)
    await enqueue(tx, announcePricesJob, { businessId: shop.businessId, campaignId: id }, `announce-prices/${id}`)
    return readCampaign(tx, id)
  })
}

/**
 * Nobody is asked for the new price any more, from this commit on; who has a renewal invoice at it keeps that one. Those who were told
 * learn that their price stays.
 */
export function stopCampaign(shop: Shop, id: string, reason: string): Promise<Campaign> {
  const now = shop.now()
  return transaction(shop, 'stop-campaign', async (tx) => {
    const campaign = await lockCampaign(tx, id)
    if (campaign.status === 'stopped') throw new Refusal('conflict', 'This campaign was stopped before.')
    await run(
      tx,
      sql`update price_campaigns set status = 'stopped', stopped_at = ${now}, stopped_by = ${shop.actor}, stop_reason = ${reason}, version = version + 1
        where business_id = current_business() and id = ${id}`,
    )
    await tell(tx, shop, 'stopped', id, { name: campaign.name, reason }, now)
    await enqueue(tx, withdrawPricesJob, { businessId: shop.businessId, campaignId: id }, `withdraw-prices/${id}`)
    return readCampaign(tx, id)
  })
}

const tell = (
  tx: Tx,
  shop: Shop,
  what: 'created' | 'changed' | 'started' | 'stopped',
  id: string,
  data: Record<string, unknown>,
  now: Temporal.Instant,
): Promise<void> =>
  record(tx, shop, now, { type: `price_campaign.${what}`, subjectType: 'price_campaign', subjectId: id, data })

/** How far a started campaign is, by state; `ended`: the subscription ended before it renewed at the new price. */
export type Progress = {
  status: ChangeStatus | 'ended'
  currency: string
  count: number
  before: bigint
  after: bigint
}

type ProgressRow = Omit<Progress, 'before' | 'after'> & {
  unit: 'hour' | 'day' | 'month' | 'year'
  terms: number
  old: bigint
  new: bigint
}

/** Sums by state, currency and term; the caller makes months of them (`monthlyMicro`). */
export const progressRows = (tx: Tx, campaignId: string): Promise<ProgressRow[]> =>
  rows(
    tx,
    sql<ProgressRow>`select case when s.status = 'terminated' and p.ended_at is null then 'ended' else p.status end as status, p.currency, s.term_unit as unit,
        s.term_count as terms, count(*)::int as count, sum(p.old_minor)::bigint as old, sum(p.new_minor)::bigint as new
      from price_changes p join subscriptions s on s.business_id = p.business_id and s.id = p.subscription_id
      where p.business_id = current_business() and p.campaign_id = ${campaignId} group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
  )
