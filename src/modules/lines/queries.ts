/** All reading of lines, panels and their calls. */
import { asked, type Batch, byId, inFoundRow, maybe, one, rows, sql, type Tx, table } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Line } from './rules.ts'
import type { TracedCall } from './trace-calls.ts'

export const lineColumns = sql`business_id as "businessId", id, customer_id as "customerId", subscription_id as "subscriptionId", panel_business_id as "panelBusinessId", panel_id as "panelId",
  kind, box, username, requested_username as "requestedUsername", password, former_logins as "formerLogins", marker, mac, former_macs as "formerMacs", held_mac as "heldMac", connections, extra_connections as "extraConnections", restricted_to as "restrictedTo", package, wanted, wanted_until as "wantedUntil", paid_until as "paidUntil", spending,
  revision, done_revision as "doneRevision", login_revision as "loginRevision", remote_id as "remoteId", found, found_at as "foundAt", differs, create_sent_at as "createSentAt", tries,
  next_try_at as "nextTryAt", trouble, last_answer as "lastAnswer", needs_review as "needsReview", activated_at as "activatedAt", routed,
  created_at as "createdAt", version`

const linesById = byId<Line>(
  (ids) => sql`select ${lineColumns} from lines where business_id = current_business() and id = any(${ids}::text[])`,
)

export const findLine = async (tx: Tx, id: string): Promise<Line | null> => (await asked(tx, linesById, id))[0] ?? null

export const lineOfSubscription = (tx: Tx, subscriptionId: string): Promise<Line | null> =>
  maybe(
    tx,
    sql<Line>`select ${lineColumns} from lines where business_id = current_business() and subscription_id = ${subscriptionId}`,
  )

export async function lockLine(tx: Tx, id: string): Promise<Line> {
  const line = await maybe(
    tx,
    sql<Line>`select ${lineColumns} from lines where business_id = current_business() and id = ${id} for update`,
  )
  if (line === null) throw new Refusal('not_found', 'There is no such line.')
  return line
}

/** Somebody has the line in hand: it was claimed, and neither done nor put off since. It is his until then. */
export const isInHand = (now: unknown) => sql`next_try_at = held_until and held_until > ${now}`

/** When a line is due of which something changed: now, or when who has it in hand gives it back. */
export const dueAgain = (now: unknown) => sql`case when ${isInHand(now)} then next_try_at else ${now} end`

/** `held`: the claim that the line was born with, which goes on. */
type Claim = { id: string; now: Temporal.Instant; leaseUntil: Temporal.Instant; held: Temporal.Instant | null }

/**
 * Takes a line for one reconciliation: due, and nobody else's for the length of the lease. No row when it is not due or taken,
 * which makes a repeated nudge harmless and keeps reconciling serial per line.
 */
export const claimLine: Batch<Claim, Line> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ id }) => id,
  many: (claims) => sql`with claims as (
      select * from ${table('c', claims, [
        ['line_id', 'text', ({ id }) => id],
        ['due_by', 'timestamptz', ({ now }) => now],
        ['lease_until', 'timestamptz', ({ leaseUntil }) => leaseUntil],
        ['held', 'timestamptz', ({ held }) => held],
      ])})
    update lines set next_try_at = lease_until, held_until = lease_until from claims
    where business_id = current_business() and id = line_id and ${inFoundRow(sql`next_try_at <= due_by or next_try_at = held`)}
    returning ${lineColumns}`,
}

export const linesOfCustomer = (tx: Tx, customerId: string): Promise<Line[]> =>
  rows(
    tx,
    sql<Line>`select ${lineColumns} from lines where business_id = current_business() and customer_id = ${customerId} and wanted <> 'none' order by created_at, id`,
  )

export type LineFilter = {
  search?: string | undefined
  panelId?: string | undefined
  wanted?: string | undefined
  /** `out_of_step`, `delayed`, `needs_review`, `in_step` */
  sync?: string | undefined
  /** Never read, or not since then. */
  readBefore?: Temporal.Instant | undefined
}

/** Newest first. Lines that were ordered and never paid are not lines yet. */
export function listLines(tx: Tx, filter: LineFilter, page: Page): Promise<Line[]> {
  const pattern = filter.search ? `%${filter.search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null
  return rowsOfPage(
    tx,
    sql<Line>`select ${lineColumns} from lines
      where business_id = current_business() and wanted <> 'none'
        and (${pattern}::text is null or username_key like ${pattern} or lower(mac) like ${pattern} or id = ${filter.search ?? null})
        and (${filter.panelId ?? null}::text is null or panel_id = ${filter.panelId ?? null})
        and (${filter.wanted ?? null}::text is null or wanted = ${filter.wanted ?? null})
        and (${filter.readBefore ?? null}::timestamptz is null or found_at is null or found_at < ${filter.readBefore ?? null})
        and (${filter.sync ?? null}::text is null or case ${filter.sync ?? null}::text
          when 'needs_review' then needs_review
          when 'out_of_step' then differs <> '{}' and done_revision = revision
          when 'delayed' then trouble is not null and done_revision < revision
          when 'in_step' then done_revision = revision and differs = '{}' end)`,
    page,
  )
}

/** Whether a name is free as far as we know: the panel itself has the last word. */
export async function isUsernameFree(
  tx: Tx,
  panel: { businessId: string; id: string },
  username: string,
): Promise<boolean> {
  const { taken } = await one(
    tx,
    sql<{ taken: boolean }>`select name_on_panel(${panel.businessId}, ${panel.id}, ${username}) as taken`,
  )
  return !taken
}

/** Whether no line that runs has this address on the panel, as far as we know. */
export async function isMacFree(
  tx: Tx,
  panel: { businessId: string; id: string },
  mac: string,
  exceptLine: string | null = null,
): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select from lines where panel_business_id = ${panel.businessId} and panel_id = ${panel.id} and mac = ${mac} and (kind <> 'line' or box is not null)
      and wanted in ('active', 'suspended') and id is distinct from ${exceptLine} limit 1`,
  )
  return found.length === 0
}

export type PanelCall = {
  id: string
  lineId: string | null
  operation: string
  outcome: string
  code: string | null
  detail: string
  tookMs: number
  at: Temporal.Instant
  /** What went over the wire, without what is secret: of lines that are set up, and of what failed, for two weeks. Else null. */
  requests: TracedCall[] | null
}

/** Looks at a panel that went well are a figure (`latencyOf`), not worth a row here. */
export const callsOf = (tx: Tx, of: { lineId?: string; panelId?: string }, limit = 50): Promise<PanelCall[]> =>
  rows(
    tx,
    sql<PanelCall>`select id, line_id as "lineId", operation, outcome, code, detail, took_ms as "tookMs", at, requests from panel_calls
      where business_id = current_business() and (${of.lineId ?? null}::text is null or line_id = ${of.lineId ?? null})
        and (${of.panelId ?? null}::text is null or panel_id = ${of.panelId ?? null}) and (line_id is not null or outcome <> 'ok')
      order by at desc, id desc limit ${limit}`,
  )
