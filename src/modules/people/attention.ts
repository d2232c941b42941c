/** What a person must look at: raised once per subject and kind, settled when its cause is gone or by staff. */
import type { Shop } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'

export type Attention = {
  id: string
  kind: string
  subjectType: string
  subjectId: string
  title: string
  detail: string
  severity: 'bad' | 'warn' | 'info'
  openedAt: Temporal.Instant
}

export type NewAttention = Omit<Attention, 'id' | 'openedAt' | 'detail'> & { detail?: string }

/** True when this is news: an item that is already open is only brought up to date, so nobody is told twice. */
export async function raise(tx: Tx, shop: Shop, item: NewAttention, now: Temporal.Instant): Promise<boolean> {
  const found = await rows(
    tx,
    sql<{
      fresh: boolean
    }>`insert into attention (business_id, id, kind, subject_type, subject_id, title, detail, severity, opened_at)
      values (${shop.businessId}, ${newId('att', shop.app.clock)}, ${item.kind}, ${item.subjectType}, ${item.subjectId}, ${item.title}, ${item.detail ?? ''}, ${item.severity}, ${now})
      on conflict (business_id, kind, subject_id) where closed_at is null
        do update set title = excluded.title, detail = excluded.detail, severity = excluded.severity
      returning (xmax = 0) as fresh`,
  )
  return found[0]?.fresh ?? false
}

/** Closes the open item of a subject, when there is one. True when there was. */
export async function settle(
  tx: Tx,
  kind: string,
  subjectId: string,
  by: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const closed = await run(
    tx,
    sql`update attention set closed_at = ${now}, closed_by = ${by}
      where business_id = current_business() and kind = ${kind} and subject_id = ${subjectId} and closed_at is null`,
  )
  return closed > 0
}

/** Whether an item of a subject is open. */
export const isRaised = async (tx: Tx, kind: string, subjectId: string): Promise<boolean> =>
  (
    await rows(
      tx,
      sql`select from attention where business_id = current_business() and kind = ${kind} and subject_id = ${subjectId} and closed_at is null`,
    )
  ).length > 0

export const closeAttention = (tx: Tx, id: string, by: string, now: Temporal.Instant): Promise<number> =>
  run(
    tx,
    sql`update attention set closed_at = ${now}, closed_by = ${by} where business_id = current_business() and id = ${id} and closed_at is null`,
  )

export const listAttention = (tx: Tx, limit = 100): Promise<Attention[]> =>
  rows(
    tx,
    sql<Attention>`select id, kind, subject_type as "subjectType", subject_id as "subjectId", title, detail, severity, opened_at as "openedAt"
      from attention where business_id = current_business() and closed_at is null
      order by case severity when 'bad' then 0 when 'warn' then 1 else 2 end, opened_at desc limit ${limit}`,
  )
