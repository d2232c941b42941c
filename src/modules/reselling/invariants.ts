/** What must always be true of credits and of what parents share. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import type { Instant } from '#platform/time.ts'

const steps = sql`jsonb_to_recordset(c.steps) as s (issuer text, holder text, cost bigint, hold text, deducts text)`

/** What came back of the hold of a step. */
const recovered = sql`(select coalesce(sum(t.amount), 0) from transfers t
  where t.business_id = s.issuer and t.cause_id >= s.hold and t.cause_id < s.hold || '0' and t.purpose = 'credits_recovered')`

/** The sweep is given a quarter of an hour. */
const sweepMinutes = 15

export const resellingInvariants = invariantsOf('reselling', [
  {
    id: 'R1-line-without-credits',
    text: 'A line runs on a panel of another business only while the credits of its period are held or used',
    query: (now: Instant) => sql`select l.business_id, l.id, p.id as period from lines l
      join businesses b on b.id = l.business_id
      join periods p on p.business_id = l.business_id and p.subscription_id = l.subscription_id
      join panel_grants g on g.business_id = l.panel_business_id and g.panel_id = l.panel_id and g.granted_to = l.business_id
      left join period_credits c on c.business_id = p.business_id and c.period_id = p.id
      where l.panel_business_id <> l.business_id and l.wanted = 'active' and l.activated_at is not null
        and p.starts <= business_now(b.clock_frozen_at, b.clock_offset_ms, ${now}::timestamptz) - make_interval(mins => ${sweepMinutes})
        and p.ends > business_now(b.clock_frozen_at, b.clock_offset_ms, ${now}::timestamptz)
        and coalesce(c.status, 'none') not in ('held', 'posted')`,
  },
  {
    id: 'R2-debit-of-a-period',
    text: 'A period has used the credits of every wallet on its way, or none; but for who pays before it begins, or when somebody watches',
    query:
      () => sql`select c.business_id, c.period_id, c.status, s.issuer, s.holder, h.status as hold from period_credits c
      cross join lateral ${steps}
      left join holds h on h.business_id = s.issuer and h.id = s.hold and h.amount = s.cost and h.account_id = 'wallet/credit/' || s.holder
      where not case
        when c.status in ('ahead', 'waiting') then h.status in ('open', 'posted')
        when c.status = 'held' and not c.awaits_use then h.status = 'open' or (h.status = 'posted' and (s.deducts = 'payment' or c.round > 0))
        when c.status = 'held' then h.status = case when s.deducts = 'first_use' then 'open' else 'posted' end or (h.status = 'posted' and c.round > 0)
        when c.status = 'posted' then h.status = 'posted' or (h.status = 'released' and s.deducts = 'first_use')
        else h.status = 'released' or (h.status = 'posted' and s.deducts = 'payment' and ${recovered} = s.cost) end is true`,
  },
  {
    id: 'R3-debit-without-a-line',
    text: 'Credits are held or used for a period that says so, and for no other',
    query: () => sql`select h.business_id, h.id, h.status from holds h
      join accounts a on a.business_id = h.business_id and a.id = h.account_id and a.kind = 'wallet'
      where h.cause_id like 'per\\_%' and not exists (select from period_credits c where c.period_id = split_part(h.cause_id, '/', 1)
        and (c.steps || c.past) @> jsonb_build_array(jsonb_build_object('hold', h.id, 'issuer', h.business_id)))`,
  },
  {
    id: 'R4-panel-not-shared',
    text: 'A product is on a panel of another business only when it was shared, by an ancestor',
    query: () => sql`select m.business_id, m.product_id, m.panel_id from product_panels m
      where m.panel_business_id <> m.business_id and (
        not exists (select from panel_grants g where g.business_id = m.panel_business_id and g.panel_id = m.panel_id and g.granted_to = m.business_id)
        or not exists (select from business_paths w where w.ancestor_id = m.panel_business_id and w.business_id = m.business_id))`,
  },
  {
    id: 'R5-recovered',
    text: 'No more credits come back than were used',
    query: () => sql`select t.business_id, t.cause_id from transfers t
      where t.purpose = 'credits_recovered' and (select sum(o.amount) from transfers o
          where o.business_id = t.business_id and split_part(o.cause_id, '/', 1) = split_part(t.cause_id, '/', 1) and o.purpose = 'credits_recovered')
        > (select coalesce(sum(u.amount), 0) from transfers u
        where u.business_id = t.business_id and u.cause_id = split_part(t.cause_id, '/', 1) and u.purpose = 'credits_used')`,
  },
  {
    id: 'R7-taken-too-early',
    text: 'Before a period begins only who agreed to pay with the payment has paid for it, and only where it was paid for',
    query:
      () => sql`select c.business_id, c.period_id, s.issuer, s.holder, s.deducts from period_credits c cross join lateral ${steps}
      left join periods p on p.business_id = c.business_id and p.id = c.period_id
      where c.status in ('ahead', 'waiting') and c.round = 0 and (s.deducts is distinct from 'payment' or p.kind <> 'paid')`,
  },
  {
    id: 'R8-used-unseen',
    text: 'Who agreed to pay with the first stream has paid only where there was one or the panel does not tell, and what is over waits for none',
    query: (
      now: Instant,
    ) => sql`select c.business_id, c.period_id, s.issuer, s.holder, h.status as hold from period_credits c
      join businesses b on b.id = c.business_id
      cross join lateral ${steps}
      join holds h on h.business_id = s.issuer and h.id = s.hold
      where s.deducts = 'first_use' and ((h.status = 'posted' and c.used_at is null)
        or (c.awaits_use and c.ends <= business_now(b.clock_frozen_at, b.clock_offset_ms, ${now}::timestamptz) - make_interval(mins => ${sweepMinutes})))`,
  },
  {
    id: 'R6-credit-lot',
    text: 'What given credits cost is entered for as many as were given to that wallet',
    query: () => sql`select l.business_id, l.id, l.credits_milli from credit_lots l
      join businesses b on b.id = l.business_id
      where l.transfer_id is not null and not exists (select from transfers t where t.business_id = b.parent_id and t.id = l.transfer_id
        and t.credit_account = 'wallet/credit/' || b.id and t.amount = l.credits_milli)`,
  },
])
