/** Comparisons with a gateway's own list, and how far each got: all reading of them, and their beginning. */
import type { Shop } from '#app.ts'
import { maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { type Instant, plusHours } from '#platform/time.ts'
import { record } from '../../events/record.ts'
import { findGateway, gatewayKind, refuseLent } from '../gateways.ts'
import { compareGatewayJob } from '../jobs.ts'

/** `doubtful`: the list ended well and is not believed; nothing was concluded from what it left out. */
export const comparisonStates = ['running', 'done', 'failed', 'doubtful'] as const

export type GatewayComparison = {
  id: string
  gatewayAccountId: string
  /** Who wanted it; null: it was due. */
  askedBy: string | null
  trustsLess: boolean
  state: (typeof comparisonStates)[number]
  stage: 'listing' | 'missing' | 'open' | 'over'
  cursor: string | null
  from: Instant
  until: Instant
  pages: number
  listed: number
  /** Money of others who use the account. */
  foreign: number
  expected: number | null
  missing: number | null
  breaks: number
  lastError: string | null
  startedAt: Instant
  finishedAt: Instant | null
  createdAt: Instant
}

const columns = sql`id, gateway_account_id as "gatewayAccountId", asked_by as "askedBy", trusts_less as "trustsLess", state, stage, cursor, listed_from as "from", listed_until as "until",
  pages, listed, foreign_count as "foreign", expected, missing, breaks, last_error as "lastError", started_at as "startedAt", finished_at as "finishedAt", created_at as "createdAt"`

export const listComparisons = (
  tx: Tx,
  filter: { gatewayAccountId?: string | undefined },
  page: Page,
): Promise<GatewayComparison[]> =>
  rowsOfPage(
    tx,
    sql<GatewayComparison>`select ${columns} from gateway_comparisons where business_id = current_business()
      and (${filter.gatewayAccountId ?? null}::text is null or gateway_account_id = ${filter.gatewayAccountId ?? null})`,
    page,
  )

export async function readComparison(tx: Tx, id: string): Promise<GatewayComparison> {
  const found = await maybe(
    tx,
    sql<GatewayComparison>`select ${columns} from gateway_comparisons where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such comparison.')
  return found
}

/** Of each account the newest, with how much waits for a person. */
export const lastComparisons = (tx: Tx): Promise<(GatewayComparison & { open: number })[]> =>
  rows(
    tx,
    sql<GatewayComparison & { open: number }>`select c.*, (select count(*)::int from money_differences d
        where d.business_id = current_business() and d.gateway_account_id = c."gatewayAccountId" and d.state = 'open') as open
      from (select distinct on (gateway_account_id) ${columns} from gateway_comparisons
        where business_id = current_business() order by gateway_account_id, created_at desc, id desc) c`,
  )

const running = (tx: Tx, accountId: string): Promise<GatewayComparison | null> =>
  maybe(
    tx,
    sql<GatewayComparison>`select ${columns} from gateway_comparisons where business_id = current_business() and gateway_account_id = ${accountId} and state = 'running'`,
  )

/** So far back the list is read: what a person would look through, and more than any outage of ours that nobody noticed. */
export const listedDays = 7

/** The account is locked by its row, so that of two who begin at once one begins. Null: another did. */
export async function begin(
  tx: Tx,
  shop: Shop,
  accountId: string,
  wish: { askedBy: string | null; trustsLess: boolean },
): Promise<string | null> {
  await one(
    tx,
    sql`select id from gateway_accounts where business_id = current_business() and id = ${accountId} for update`,
  )
  if ((await running(tx, accountId)) !== null) return null
  const now = shop.now()
  const id = newId('gcm', shop.app.clock)
  await run(
    tx,
    sql`insert into gateway_comparisons (business_id, id, gateway_account_id, asked_by, trusts_less, state, stage, listed_from, listed_until, next_at, started_at, created_at)
      values (${shop.businessId}, ${id}, ${accountId}, ${wish.askedBy}, ${wish.trustsLess}, 'running', 'listing', ${plusHours(now, -24 * listedDays)}, ${now}, ${shop.app.clock.now()}, ${now}, ${now})`,
  )
  return id
}

/**
 * Somebody wants an account compared now. One that is under way is answered as it is. `trustsLess`: what the list leaves out is looked
 * up, however much it is; a person has looked there.
 */
export async function compareBooks(
  tx: Tx,
  shop: Shop,
  accountId: string,
  { trustsLess = false }: { trustsLess?: boolean | undefined },
): Promise<GatewayComparison> {
  const account = await findGateway(tx, accountId)
  if (account === null) throw new Refusal('not_found', 'There is no such gateway.')
  refuseLent(account)
  if (!gatewayKind(shop.app, account.kind).capabilities.listsMoney)
    throw new Refusal(
      'conflict',
      'Gateways of this kind show no list of what they took, so there is nothing to compare with.',
    )
  const begun = await begin(tx, shop, accountId, { askedBy: shop.actor, trustsLess })
  const found = begun === null ? await running(tx, accountId) : await readComparison(tx, begun)
  if (found === null) throw new Refusal('conflict', 'The comparison has just ended. Please look at it, and try again.')
  if (begun !== null)
    await record(tx, shop, shop.now(), {
      type: 'gateway.comparison_asked',
      subjectType: 'gateway',
      subjectId: accountId,
      data: { trusts_less: trustsLess },
    })
  await enqueue(tx, compareGatewayJob, { businessId: shop.businessId, comparisonId: found.id })
  return found
}
