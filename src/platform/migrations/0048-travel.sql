-- A test business travels: its clock is moved from one due instant to the next, and what is due at each is done before it goes on.

alter table businesses
  add column travel_from timestamptz,
  add column travel_to timestamptz,
  add column travel_by text,
  add column travel_runs_on boolean,         -- its clock runs again on arrival; else it stands still there
  add column travel_since timestamptz,       -- the machine's clock: since when it stands at the present stop
  add column travel_look_at timestamptz,     -- the machine's clock: when to look whether it can go on
  add constraint businesses_travel check (travel_to is null or (mode = 'test' and clock_frozen_at is not null)),
  add constraint businesses_travel_whole check ((travel_to is null) = (travel_from is null) and (travel_to is null) = (travel_by is null)
    and (travel_to is null) = (travel_runs_on is null) and (travel_to is null) = (travel_since is null) and (travel_to is null) = (travel_look_at is null));
create index businesses_travel_due on businesses (travel_look_at) where travel_look_at is not null;

-- What a business has before it, by its own clock: how much is due now or in hand, and when something is due next. One branch for each
-- kind of due work. It sees what its caller sees: a business asks for itself.
create function time_ahead(now_there timestamptz) returns table (busy text, next_at timestamptz)
language sql stable set search_path = public
as $$
  with due (kind, at) as (
    select 'notice', n.next_try_at from notices n where n.business_id = current_business() and n.next_try_at is not null
    union all select 'payment', p.next_check_at from payments p where p.business_id = current_business() and p.next_check_at is not null
    union all select 'refund', r.next_check_at from refunds r where r.business_id = current_business() and r.next_check_at is not null
    union all select 'invoice', now_there from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status = 'paid'
      where i.business_id = current_business() and i.fulfilled_at is null and i.subscription_id is not null
    union all select 'plan_change', c.due_at from plan_changes c where c.business_id = current_business() and c.status in ('awaiting_payment', 'paid')
    union all select 'add_on', c.due_at from add_on_changes c where c.business_id = current_business() and c.status = 'awaiting_payment'
    union all select 'add_on', p.starts from subscription_add_ons a
      join periods p on p.business_id = a.business_id and p.id = a.from_period_id
      join subscriptions s on s.business_id = a.business_id and s.id = a.subscription_id and s.status <> 'paused'
      where a.business_id = current_business() and a.from_period_id is not null
    union all select 'pause', u.resumes_at from pauses u where u.business_id = current_business() and u.ends is null
    union all select 'collection', c.next_try_at from collections c where c.business_id = current_business() and c.next_try_at is not null
    union all select 'method', m.forget_at from payment_methods m where m.business_id = current_business() and m.forget_at is not null
    -- A line or message that somebody has in hand is leased into the time to come: it is busy until he is done.
    union all select 'line', case when l.trouble is null then now_there else l.next_try_at end from lines l
      where l.business_id = current_business() and l.next_try_at is not null
    union all select 'message', case when m.status = 'sending' then now_there else m.next_try_at end from messages m
      where m.business_id = current_business() and m.next_try_at is not null
    union all select 'subscription', s.next_step_at from subscriptions s where s.business_id = current_business() and s.next_step_at is not null
    union all select 'incident', i.next_look_at from incidents i where i.business_id = current_business() and i.next_look_at is not null
    union all select 'settle', now_there from orders o join lines l on l.business_id = o.business_id and l.subscription_id = o.subscription_id
      where o.business_id = current_business() and o.status not in ('ready', 'canceled', 'refunded') and l.activated_at <= now_there
    union all select 'order', o.expires_at from orders o where o.business_id = current_business() and o.status in ('awaiting_payment', 'processing'))
  select (select d.kind from due d where d.at <= now_there order by d.at limit 1), (select min(d.at) from due d where d.at > now_there)
$$;

-- One more kind of due work, by the machine's clock: its own branch, before the others.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
begin
  execute replace(body, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'travel' then return query
      select b.id, b.id from businesses b where b.travel_look_at <= machine_now order by b.travel_look_at limit most;
$branch$);
end
$$;
