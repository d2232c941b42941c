/** What must always be true of paid time, and of what it makes of lines. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../people/invariants.ts'

type Part = ReturnType<typeof sql>

/** So many of a unit later on the wall clock. Of an hour that comes twice the first counts, as everywhere; PostgreSQL would take the second. */
export const laterThan = (at: Part, span: Part, zone: Part) => {
  const local = sql`(${at} at time zone ${zone} + ${span})`
  const late = sql`(${local} at time zone ${zone})`
  return sql`least(${late}, case when (${late} - interval '1 hour') at time zone ${zone} = ${local} then ${late} - interval '1 hour' end,
    case when (${late} - interval '30 minutes') at time zone ${zone} = ${local} then ${late} - interval '30 minutes' end)`
}

/** Where the steps alone, without rules and calendar, suspend the subscription `s`; at once for those who only tried or leave. */
const byTheSteps = sql`greatest(case when s.status = 'trial' or s.cancel_at_end or not s.auto_renew then s.paid_through else (
  select case coalesce((step->>'offset_days')::int, 0) when 0 then s.paid_through
      else ${laterThan(sql`s.paid_through`, sql`make_interval(days => (step->>'offset_days')::int)`, sql`s.zone`)} end
    + make_interval(secs => coalesce((step->>'offset_hours')::float, 0) * 3600)
  from policies p, jsonb_array_elements(p.steps) step
  where p.business_id = s.business_id and p.id = s.policy_id and p.current and step->>'action' = 'suspend' limit 1) end, s.hold_until)`

/** As it was last written; one that was sold before it was written down goes by the steps. */
const cutOff = sql`coalesce(s.cut_off_at, ${byTheSteps})`

/** Where a period began when it was sold: a pause or a cancellation may have moved it since. */
const begun = sql`coalesce(p.sold_starts, p.starts)`
const ended = sql`coalesce(p.sold_ends, p.ends)`

/** How long a term is at least from its start: months clamp to the month's end, days are counted on the clock of the zone. */
const termOfItem = (zone: Part) => sql`case i.term_unit
  when 'hour' then ${begun} + make_interval(hours => i.term_count * i.quantity)
  when 'day' then ${laterThan(begun, sql`make_interval(days => i.term_count * i.quantity)`, zone)}
  when 'month' then ${laterThan(begun, sql`make_interval(months => i.term_count * i.quantity)`, zone)}
  else ${laterThan(begun, sql`make_interval(years => i.term_count * i.quantity)`, zone)} end`

export const subscriptionInvariants = invariantsOf('subscriptions', [
  {
    id: 'M9-no-overlap',
    text: 'Periods of a subscription do not overlap',
    // In one pass: each beside each other would be the square of a long life. What was cut to nothing overlaps nothing.
    query: () => sql`select p.business_id, p.subscription_id, p.id, p.starts, p.before from (
        select *, max(ends) over (partition by business_id, subscription_id order by starts, ends rows between unbounded preceding and 1 preceding) as before
        from periods where starts < ends) p
      where p.starts < p.before`,
  },
  {
    id: 'M9-tiles',
    text: 'A period begins where the one before ended, unless the line was off in between',
    query: () => sql`select p.business_id, p.subscription_id, p.id, p.before, p.starts from (
        select *, lag(ends) over w as before, lag(starts) over w as begun, lag(kind) over w as kind_before from periods
        -- Of two that begin together one is empty, cut to nothing: it comes first.
        window w as (partition by business_id, subscription_id order by starts, ends)) p
      where p.starts > p.before and p.kind_before <> 'trial' and not exists (select from events e
        where e.business_id = p.business_id and e.subject_id = p.subscription_id and (e.type in ('subscription.suspended', 'subscription.terminated') and e.at > p.begun
          -- Off since before that period even began: paid ahead, then suspended or ended by hand; on again with this money, or unpaid before it.
          or (e.type in ('subscription.restored', 'subscription.resumed') or e.type = 'subscription.end_moved' and e.data->>'from' = 'suspended')
            and e.at in (p.created_at, p.starts)))`,
  },
  {
    id: 'M9-length',
    text: 'A paid period is as long as what was sold, never shorter; its anchor day may add what a short month took',
    query: () => sql`select p.business_id, p.id, p.starts, p.ends from periods p
      join invoice_items i on i.business_id = p.business_id and i.id = p.invoice_item_id
      join subscriptions s on s.business_id = p.business_id and s.id = p.subscription_id,
        lateral (select ${termOfItem(sql`s.zone`)} as least) sold
      -- An hour of tolerance: a clock change may fall on either end.
      where i.covers_until is null and (${ended} < sold.least - interval '1 hour'
        or ${ended} > sold.least + interval '1 hour' + case when i.term_unit in ('month', 'year') then interval '3 days' else interval '0' end)`,
  },
  {
    id: 'M9-dark',
    text: 'What is bought after staff brought a line back unpaid begins no earlier than that: days in the dark are not sold',
    query: () => sql`select p.business_id, p.subscription_id, p.id, p.starts, s.served_since from periods p
      join subscriptions s on s.business_id = p.business_id and s.id = p.subscription_id
      where p.kind = 'paid' and p.created_at > s.served_since and ${begun} < s.served_since`,
  },
  {
    id: 'M9-span',
    text: 'What was sold until the day of a household is exactly as long as it was sold',
    query: () => sql`select p.business_id, p.id, p.starts, p.ends, i.period_start, i.covers_until from periods p
      join invoice_items i on i.business_id = p.business_id and i.id = p.invoice_item_id
      where i.covers_until is not null and ${ended} - ${begun} is distinct from i.covers_until - i.period_start`,
  },
  {
    id: 'S-household-lead',
    text: 'Whose days are those of a household is in it',
    query: () => sql`select h.business_id, h.id, h.lead_id from households h
      where exists (select from subscriptions s where s.business_id = h.business_id and s.household_id = h.id)
        and not exists (select from subscriptions s where s.business_id = h.business_id and s.household_id = h.id and s.id = h.lead_id)`,
  },
  {
    id: 'M9-served',
    text: 'A period serves what was sold: a pause inside makes it longer by its length, and only a cut makes it shorter',
    query: () => sql`select p.business_id, p.id, p.starts, p.ends, p.sold_starts, p.sold_ends from periods p,
        lateral (select coalesce(sum(u.ends - u.starts), interval '0') as rested from pauses u
          where u.business_id = p.business_id and u.subscription_id = p.subscription_id and u.ends is not null and u.starts >= p.starts and u.ends <= p.ends) gap
      where p.sold_starts is not null and case when p.ended_early_at is null then (p.ends - p.starts) - gap.rested <> p.sold_ends - p.sold_starts
        else (p.ends - p.starts) - gap.rested > p.sold_ends - p.sold_starts end
        or (p.sold_starts is null and p.ended_early_at is not null)`,
  },
  {
    id: 'S-paused',
    text: 'What rests has one open pause and keeps exactly the time that is left; nothing else has either',
    query:
      () => sql`select s.business_id, s.id, s.status, s.paused_at, s.banked_seconds::text, p.starts from subscriptions s
      left join pauses p on p.business_id = s.business_id and p.subscription_id = s.id and p.ends is null
      where (s.status = 'paused') <> (p.id is not null) or (p.id is not null and p.starts <> s.paused_at)
        or s.banked_seconds <> case when s.status = 'paused' then floor(extract(epoch from s.paid_through - s.paused_at)) else 0 end`,
  },
  {
    id: 'J3-pause-stuck',
    text: 'No pause lasts an hour beyond its day',
    query: (now) => sql`select p.business_id, p.id, p.resumes_at from pauses p join businesses b on b.id = p.business_id
      where p.ends is null and p.resumes_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'M9-paid-through',
    text: 'A subscription is paid through the end of its last period, and one that was never paid has none',
    query: () => sql`select s.business_id, s.id, s.status, s.paid_through, p.ends from subscriptions s
      left join (select business_id, subscription_id, max(ends) as ends from periods group by 1, 2) p
        on p.business_id = s.business_id and p.subscription_id = s.id
      where s.paid_through is distinct from p.ends or (s.status = 'pending') <> (p.ends is null)`,
  },
  {
    id: 'S-history',
    text: 'A subscription is in the state that its history tells',
    query:
      () => sql`select s.business_id, s.id, s.status from subscriptions s where s.status <> 'pending' and not exists (
      select from events e where e.business_id = s.business_id and e.subject_id = s.id and e.subject_type = 'subscription' and e.data->>'to' = s.status
        and e.at = (select max(x.at) from events x where x.business_id = s.business_id and x.subject_id = s.id and x.subject_type = 'subscription' and x.data ? 'to'))`,
  },
  {
    id: 'S3-has-line',
    text: 'A subscription has a line, from the order on',
    query: () => sql`select s.business_id, s.id from subscriptions s
      where not exists (select from lines l where l.business_id = s.business_id and l.subscription_id = s.id)`,
  },
  {
    id: 'S1-wish',
    text: 'A line is wanted active exactly while its subscription says so',
    query: () => sql`select s.business_id, s.id, s.status, l.id as line_id, l.wanted from subscriptions s
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      where s.waiting_for is null and not (l.wanted = any (case
        when s.status = 'pending' then array['none']
        when s.status in ('trial', 'active', 'grace') then array['active']
        when s.status in ('suspended', 'paused') then array['suspended']
        else array['ended', 'none'] end))`,
  },
  {
    id: 'S-add-ons',
    text: 'A subscription knows how many add-ons it has and what they cost',
    query:
      () => sql`select s.business_id, s.id, s.add_ons, s.add_ons_minor::text as minor, a.count, a.minor::text as sum from subscriptions s
      left join lateral (select count(*)::int as count, coalesce(sum(volume_price(price_minor, breaks, renews_quantity) * renews_quantity), 0) as minor from subscription_add_ons x
        where x.business_id = s.business_id and x.subscription_id = s.id) a on true
      where s.add_ons <> a.count or s.add_ons_minor <> a.minor`,
  },
  {
    id: 'M9-coupon-stock',
    text: 'A coupon counts the uses that were not given up, and they are within its stock',
    query: () => sql`select c.business_id, c.id, c.stock, c.taken, coalesce(u.uses, 0) as uses from coupons c
      left join (select business_id, coupon_id, count(*)::int as uses from coupon_uses where freed_at is null group by 1, 2) u
        on u.business_id = c.business_id and u.coupon_id = c.id
      where c.taken <> coalesce(u.uses, 0) or c.taken > c.stock`,
  },
  {
    id: 'M9-coupon-periods',
    text: 'No more periods are given at a discount than the coupon promised',
    query: () => sql`select u.business_id, u.id, u.periods, i.given from coupon_uses u
      join (select business_id, coupon_use_id, count(*)::int as given from invoice_items where coupon_use_id is not null and fulfilled_at is not null group by 1, 2) i
        on i.business_id = u.business_id and i.coupon_use_id = u.id
      where i.given > u.periods`,
  },
  {
    id: 'M9-coupon-freed',
    text: 'The coupon of an order that was given up takes off nothing',
    query: () => sql`select u.business_id, u.id from coupon_uses u
      where u.freed_at is not null and exists (select from invoice_items i where i.business_id = u.business_id and i.coupon_use_id = u.id and i.fulfilled_at is not null)`,
  },
  {
    id: 'M9-coupon-items',
    text: 'A discount is its subscription’s own coupon, and takes off no more than the period with its add-ons costs (F57)',
    query: () => sql`select i.business_id, i.id, i.coupon_use_id, i.net_minor::text from invoice_items i
      left join subscriptions s on s.business_id = i.business_id and s.id = i.subscription_id
      where i.kind = 'discount' and (s.coupon_use_id is distinct from i.coupon_use_id or -i.net_minor > (select coalesce(sum(o.net_minor), 0) from invoice_items o
        where o.business_id = i.business_id and o.invoice_id = i.invoice_id and o.subscription_id = i.subscription_id and o.kind in ('period', 'add_on')))`,
  },
  {
    id: 'S1-connections',
    text: 'A line is wanted with the connections of its plan and of the add-ons that were paid, no more and no fewer',
    query:
      () => sql`select l.business_id, l.id, l.connections, l.extra_connections, coalesce(a.extra, 0) as paid from lines l
      left join (select x.business_id, x.subscription_id, sum(x.quantity)::int as extra from subscription_add_ons x
          join add_ons k on k.business_id = x.business_id and k.id = x.add_on_id and k.kind = 'connection' group by 1, 2) a
        on a.business_id = l.business_id and a.subscription_id = l.subscription_id
      where l.extra_connections <> coalesce(a.extra, 0)`,
  },
  {
    id: 'S1-restricted',
    text: 'A line has fewer connections for a while exactly where its subscription says so',
    query: () => sql`select s.business_id, s.id, s.restricted_to, l.restricted_to as line from subscriptions s
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      where s.waiting_for is null and s.restricted_to is distinct from l.restricted_to`,
  },
  {
    id: 'S1-overdue',
    text: 'No line is wanted an hour past its cut-off, unless the engine has a suspension that waits for its reason to pass',
    query: (
      now,
    ) => sql`select s.business_id, s.id, s.next_step, s.next_step_at from subscriptions s join businesses b on b.id = s.business_id
      where s.status in ('trial', 'active', 'grace') and s.asleep_since is null and ${cutOff} < ${businessNow(now)} - ${stuckAfter}
        -- A wait looks again within a day; one that lies in the past is found as stuck.
        and (s.next_step_at is null or s.next_step_at > ${businessNow(now)} + interval '25 hours')`,
  },
  {
    id: 'S2-safety-net',
    text: 'The panel does not end a line before we would',
    query: (
      now,
    ) => sql`select s.business_id, s.id, l.id as line_id, l.wanted_until, ${cutOff} as cut_off from subscriptions s
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id join businesses b on b.id = s.business_id
      where s.status in ('trial', 'active', 'grace') and s.asleep_since is null and l.wanted = 'active' and l.wanted_until < ${cutOff}
        and not (l.adopted_at is not null and s.next_step_at <= ${businessNow(now)})`,
  },
  {
    id: 'S2-cut-off',
    text: 'The cut-off that the line goes by is the one that its policy says now, where no rule and no calendar moves it',
    query: (
      now,
    ) => sql`select s.business_id, s.id, s.cut_off_at, ${byTheSteps} as by_the_steps from subscriptions s join businesses b on b.id = s.business_id
      join policies p on p.business_id = s.business_id and p.id = s.policy_id and p.current and p.rules = '[]' and p.calendar is null
      where s.status in ('trial', 'active', 'grace') and s.policy_version = p.version and s.cut_off_at <> ${byTheSteps}
        and s.next_step_at > ${businessNow(now)}`,
  },
  {
    id: 'S8-policy-applied',
    text: 'Within an hour of a change everybody goes by the new version of his policy',
    query: (
      now,
    ) => sql`select s.business_id, s.id, s.policy_id, s.policy_version, p.version from subscriptions s join businesses b on b.id = s.business_id
      join policies p on p.business_id = s.business_id and p.id = s.policy_id and p.current
      where s.status in ('trial', 'active', 'grace', 'suspended') and s.policy_version < p.version and p.created_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'S2-too-early',
    text: 'No rule suspends inside the time that was paid for',
    query: () => sql`select s.business_id, s.id, s.suspended_at, s.paid_through from subscriptions s
      where s.status = 'suspended' and s.suspended_at < s.paid_through and exists (select from events e
        where e.business_id = s.business_id and e.subject_id = s.id and e.type = 'subscription.suspended' and e.at = s.suspended_at and e.actor like 'rule:%')`,
  },
  {
    id: 'B18-asleep-is-quiet',
    text: 'To what was taken over from a panel and sleeps still, no rule has done anything',
    query: () => sql`select s.business_id, s.id, d.step, d.at from subscriptions s
      join steps_done d on d.business_id = s.business_id and d.subscription_id = s.id
      where s.asleep_since is not null and d.at >= s.asleep_since`,
  },
  {
    id: 'J1-engine-looks',
    text: 'A subscription that runs has a time at which the engine looks again; one that ended has none',
    query: () => sql`select business_id, id, status from subscriptions
      where (status in ('trial', 'active', 'grace', 'suspended') and next_step_at is null and asleep_since is null) or (status in ('pending', 'terminated') and next_step_at is not null)`,
  },
  {
    id: 'J3-engine-stuck',
    text: 'The engine is not an hour late for any subscription',
    query: (
      now,
    ) => sql`select s.business_id, s.id, s.next_step, s.next_step_at from subscriptions s join businesses b on b.id = s.business_id
      where s.next_step_at < ${businessNow(now)} - ${stuckAfter}`,
  },
])
