/** What the house wrote down about whom a complaint names, for the person who has to find out why. */
import { sql } from '#platform/db.ts'
import type { World } from './world.ts'

type Told = { at: Temporal.Instant; type: string; actor: string; subject: string; data: unknown }

const most = 60

export async function storyOf(world: World, complaints: readonly string[]): Promise<string[]> {
  const named = [
    ...new Set(complaints.join(' ').match(/\b(?:sub|line|per|pay|inv|ord|msg)_[0-9a-z]{26}/g) ?? []),
  ].slice(0, 8)
  const names = [...complaints.join(' ').matchAll(/"(?:line|username)":"([^"]*)"/g)].map(([, name]) => name)
  const told = await world.look(sql<Told>`with s as (
      select id from subscriptions where id = any(${named}::text[])
      union select subscription_id from lines where id = any(${named}::text[]) or username = any(${names}::text[])
      union select subscription_id from periods where id = any(${named}::text[]))
    select e.at, e.type, e.actor, e.subject_id as subject, e.data from events e
    where e.type not in ('message.sent') and (e.subject_id = any(${named}::text[]) or e.subject_id in (select id from s)
      or e.subject_id in (select id from lines where subscription_id in (select id from s)))
    order by e.at desc, e.id desc limit ${most}`)
  const periods = await world.look(sql<{ row: unknown }>`select to_jsonb(p) - 'business_id' as row from periods p
    where p.id = any(${named}::text[]) or p.subscription_id = any(${named}::text[])
      or p.subscription_id in (select subscription_id from lines where username = any(${names}::text[])) order by p.starts`)
  return [
    ...told
      .toReversed()
      .map(({ at, type, actor, subject, data }) => `${at} ${type} ${subject} by ${actor} ${JSON.stringify(data)}`),
    ...periods.map(({ row }) => `period ${JSON.stringify(row)}`),
  ]
}
