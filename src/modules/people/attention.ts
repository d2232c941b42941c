/** What a person must look at: raised once per subject and kind, settled when its cause is gone or by staff. */
import type { Shop } from '#app.ts'
import { asked, type Batch, rows, run, sql, type Tx, table } from '#platform/db.ts'
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
  return (await asked(tx, settled, { kind, subjectId, by, now })).length > 0
}

type Settling = { kind: string; subjectId: string; by: string; now: Temporal.Instant }

const settled: Batch<Settling, { kind: string; subjectId: string }> = {
  keyOf: ({ kind, subjectId }) => `${kind}/${subjectId}`,
  keyOfRow: ({ kind, subjectId }) => `${kind}/${subjectId}`,
  many: (items) => sql`update attention a set closed_at = s.at, closed_by = s.by
    from ${table('s', items, [
      ['of_kind', 'text', ({ kind }) => kind],
      ['of_subject', 'text', ({ subjectId }) => subjectId],
      ['by', 'text', ({ by }) => by],
      ['at', 'timestamptz', ({ now }) => now],
    ])} where a.business_id = current_business() and a.kind = s.of_kind and a.subject_id = s.of_subject and a.closed_at is null
    returning a.kind, a.subject_id as "subjectId"`,
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
