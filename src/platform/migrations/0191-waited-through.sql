-- A period that was waited through to its end was never served: it costs nobody credits any more. It was paid for afterwards, with credits that
-- the present period then lacked.
create or replace function take_credits(period text, at timestamptz) returns table (status text, short_holder text)
language plpgsql security definer set search_path = public
as $$
#variable_conflict use_column
declare
  me text := current_business();
  kept period_credits;
  since timestamptz;
  step record;
  free bigint;
  way jsonb;
begin
  select * into kept from period_credits c where c.business_id = me and c.period_id = period for update;
  if not found then return; end if;
  if kept.status not in ('ahead', 'waiting') or kept.starts > at then
    return query select kept.status, kept.short_holder;
    return;
  end if;
  if kept.status = 'waiting' and kept.ends <= at then
    update period_credits c set status = 'released', ended_at = at, short_issuer = null, short_holder = null, short_cost = null
      where c.business_id = me and c.period_id = period;
    return query select 'released', null::text;
    return;
  end if;
  since := coalesce(kept.waiting_since, at);
  way := (select coalesce(jsonb_agg(jsonb_build_object('issuer', s.issuer, 'holder', s.holder, 'cost', s.cost,
    'hold', 'hold_' || left(md5(me || period || s.issuer), 26)) order by s.level), '[]') from credit_steps(me, kept.subscription_id, kept.plan_id, kept.share, at) s where s.cost > 0);
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    select a.balance - a.held into free from accounts a where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder for update;
    if coalesce(free, 0) < step.cost or exists (select from period_credits w where w.status = 'waiting' and w.short_issuer = step.issuer and w.short_holder = step.holder
        and (w.waiting_since, w.period_id) < (since, period)) then
      update period_credits c set status = 'waiting', waiting_since = since, short_issuer = step.issuer, short_holder = step.holder, short_cost = step.cost
        where c.business_id = me and c.period_id = period;
      return query select 'waiting', step.holder;
      return;
    end if;
  end loop;
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    update accounts a set held = a.held + step.cost where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
    insert into holds (business_id, id, account_id, amount, status, cause_id, created_at)
      values (step.issuer, step.hold, 'wallet/credit/' || step.holder, step.cost, 'open', period, at);
  end loop;
  update period_credits c set status = 'held', steps = way, short_issuer = null, short_holder = null, short_cost = null
    where c.business_id = me and c.period_id = period;
  return query select 'held', null::text;
end
$$;
